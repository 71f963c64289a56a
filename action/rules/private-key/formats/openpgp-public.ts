import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { MAX_MODULUS_BITS } from "../../../../keys/formats.ts";
import type { DetectedAlgorithm } from "../../../scan/key-facts.ts";

/** What key material consists of: MPIs, a fixed number of octets, or a field that begins with its length. */
type Part = "mpi" | "curve" | "point" | "parameters" | number;

interface Algorithm {
  readonly name: DetectedAlgorithm;
  readonly open: readonly Part[];
  readonly secret: readonly Part[];
}

const RSA: Algorithm = { name: "rsa", open: ["mpi", "mpi"], secret: ["mpi", "mpi", "mpi", "mpi"] };
const ELGAMAL: Algorithm = { name: "elgamal", open: ["mpi", "mpi", "mpi"], secret: ["mpi"] };
const EC: Algorithm = { name: "ec", open: ["curve", "point"], secret: ["point"] };
const native = (name: DetectedAlgorithm, open: number, secret: number): Algorithm => ({
  name,
  open: [open],
  secret: [secret],
});

/** RFC 9580 §9.1 and §5.5.5; 16 and 20 are Elgamal of RFC 4880. */
const ALGORITHMS: ReadonlyMap<number, Algorithm> = new Map([
  [1, RSA],
  [2, RSA],
  [3, RSA],
  [16, ELGAMAL],
  [17, { name: "dsa", open: ["mpi", "mpi", "mpi", "mpi"], secret: ["mpi"] }],
  [18, { ...EC, open: ["curve", "point", "parameters"] }],
  [19, EC],
  [20, ELGAMAL],
  [22, EC],
  [25, native("x25519", 32, 32)],
  [26, native("x448", 56, 56)],
  [27, native("ed25519", 32, 32)],
  [28, native("ed448", 57, 57)],
]);

/** RFC 9580 §9.2 by OID, in hexadecimal; where the curve is the algorithm, by that name. */
const CURVES: Readonly<Record<string, { readonly name?: DetectedAlgorithm; readonly bits?: number }>> = {
  "2a8648ce3d030107": { bits: 256 },
  "2b81040022": { bits: 384 },
  "2b81040023": { bits: 521 },
  "2b8104000a": { bits: 256 },
  "2b2403030208010107": { bits: 256 },
  "2b240303020801010b": { bits: 384 },
  "2b240303020801010d": { bits: 512 },
  "2b06010401da470f01": { name: "ed25519" },
  "2b060104019755010501": { name: "x25519" },
  "2b656e": { name: "x25519" },
  "2b656f": { name: "x448" },
  "2b6570": { name: "ed25519" },
  "2b6571": { name: "ed448" },
};

/** Less is a toy, and a random number is as likely. */
const MIN_RSA_BITS = 256;

export interface PublicPart {
  readonly algorithm: Algorithm;
  readonly name: DetectedAlgorithm;
  readonly bits: number | undefined;
  readonly version: number;
  /** RFC 9580 §5.5.4; that of version 5 as LibrePGP has it. */
  readonly fingerprint: string | undefined;
  /** Where the secret part begins. */
  readonly end: number;
}

/** The public part of a key packet (RFC 9580 §5.5.2); `undefined` where the numbers are not well formed. */
export function readPublicPart(body: Uint8Array): PublicPart | undefined {
  const head = readHead(body);
  if (!head) return undefined;
  const { version, algorithm, from } = head;
  const parts = readParts(body, from, algorithm.open);
  const first = parts?.[0];
  const end = parts?.at(-1)?.end;
  if (!parts || !first || end === undefined) return undefined;
  if (version > 4 && uint32(body, 6) !== end - from) return undefined;
  if (algorithm === RSA && (first.bits ?? 0) < MIN_RSA_BITS) return undefined;
  const curve = algorithm.open[0] === "curve" ? CURVES[hex(body, first)] : undefined;
  return {
    algorithm,
    name: curve?.name ?? algorithm.name,
    bits: curve ? curve.bits : first.bits,
    version,
    fingerprint: fingerprint(version, body.subarray(0, end), parts),
    end,
  };
}

/** Whether a public part begins here, by what the first 24 octets show. */
export function startsLikePublicPart(body: Uint8Array): boolean {
  const head = readHead(body);
  const [first] = head?.algorithm.open ?? [];
  if (!head || first === undefined) return false;
  const field = readField(body, head.from, first);
  return field !== undefined && !(head.algorithm === RSA && (field.bits ?? 0) < MIN_RSA_BITS);
}

function readHead(body: Uint8Array) {
  const version = body[0] ?? 0;
  if (version < 2 || version > 6) return undefined;
  const algorithm = ALGORITHMS.get(body[version <= 3 ? 7 : 5] ?? 0);
  if (!algorithm || (version <= 3 && algorithm !== RSA)) return undefined;
  return { version, algorithm, from: version <= 3 ? 8 : version === 4 ? 6 : 10 };
}

interface Field {
  /** Without its length. */
  readonly from: number;
  readonly end: number;
  readonly bits?: number;
}

/** The fields in their order; `undefined` if one of them is malformed or cut short. */
export function readParts(
  body: Uint8Array,
  from: number,
  parts: readonly Part[],
): readonly Field[] | undefined {
  const fields: Field[] = [];
  let at = from;
  for (const part of parts) {
    const field = readField(body, at, part);
    if (!field || field.end > body.length) return undefined;
    fields.push(field);
    at = field.end;
  }
  return fields;
}

function readField(body: Uint8Array, at: number, part: Part): Field | undefined {
  if (typeof part === "number") return { from: at, end: at + part };
  const first = body[at] ?? 0;
  if (part === "mpi" || part === "point") return readMpi(body, at, part === "point");
  const field = { from: at + 1, end: at + 1 + first };
  return part === "parameters" || Object.hasOwn(CURVES, hex(body, field)) ? field : undefined;
}

/** RFC 9580 §3.2. Points and scalars of curves may begin with zeros, where a program takes them for octets. */
function readMpi(body: Uint8Array, at: number, loose: boolean): Field | undefined {
  const bits = (body[at] ?? 0) * 256 + (body[at + 1] ?? 0);
  const from = at + 2;
  if (bits === 0 || bits > MAX_MODULUS_BITS) return undefined;
  const top = body[from];
  if (!loose && top !== undefined && 32 - Math.clz32(top) !== ((bits - 1) % 8) + 1) return undefined;
  return { from, end: from + Math.ceil(bits / 8), bits };
}

const uint32 = (bytes: Uint8Array, at: number) =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getUint32(at);

const hex = (body: Uint8Array, { from, end }: Field) => Buffer.from(body.subarray(from, end)).toString("hex");

function fingerprint(version: number, open: Uint8Array, fields: readonly Field[]): string | undefined {
  try {
    if (version <= 3) {
      const hash = createHash("md5");
      for (const { from, end } of fields) hash.update(open.subarray(from, end));
      return hash.digest("hex").toUpperCase();
    }
    const [mark, octets, hash] = FINGERPRINTS[version] ?? [0x99, 2, "sha1"];
    const length = Buffer.alloc(octets);
    length.writeUIntBE(open.length, 0, octets);
    const input = Buffer.concat([Buffer.from([mark]), length, open]);
    return createHash(hash).update(input).digest("hex").toUpperCase();
  } catch {
    // A build of OpenSSL without MD5.
    return undefined;
  }
}

const FINGERPRINTS: Readonly<Record<number, readonly [mark: number, octets: number, hash: string]>> = {
  4: [0x99, 2, "sha1"],
  5: [0x9a, 4, "sha256"],
  6: [0x9b, 4, "sha256"],
};
