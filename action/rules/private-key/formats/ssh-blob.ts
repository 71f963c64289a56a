import { Buffer } from "node:buffer";
import type { KeyObject } from "node:crypto";
import { integerBits, readDer, TAG, writeDer } from "../../../../keys/der.ts";
import type { DetectedAlgorithm } from "../../../scan/key-facts.ts";
import { publicKeyFromJwk, publicKeyFromSpki } from "./public-key.ts";

/** Reads SSH's length-prefixed strings (RFC 4251 §5). */
export interface SshReader {
  /** The next string; `undefined` if the bytes end before it does. */
  string(): Buffer | undefined;
  number(): number | undefined;
  readonly position: number;
}

export function sshReader(bytes: Buffer, from = 0): SshReader {
  let position = from;
  const number = () => {
    if (position + 4 > bytes.length) return undefined;
    position += 4;
    return bytes.readUInt32BE(position - 4);
  };
  const string = () => {
    const size = number();
    if (size === undefined || position + size > bytes.length) return undefined;
    position += size;
    return bytes.subarray(position - size, position);
  };
  return {
    string,
    number,
    get position() {
      return position;
    },
  };
}

const CURVES: Readonly<Record<string, { crv: string; bits: number; octets: number }>> = {
  nistp256: { crv: "P-256", bits: 256, octets: 32 },
  nistp384: { crv: "P-384", bits: 384, octets: 48 },
  nistp521: { crv: "P-521", bits: 521, octets: 66 },
};

export interface SshPublicKey {
  readonly algorithm: DetectedAlgorithm;
  readonly bits: number | undefined;
  /** `undefined` where Node has no such key: hardware-bound ones, Ed448 and the like. */
  readonly key: KeyObject | undefined;
}

/** A public key as SSH writes it (RFC 4253 §6.6, RFC 5656 §3.1, RFC 8709 §4); `undefined` if it is none. */
export function readSshPublicKey(blob: Buffer): SshPublicKey | undefined {
  const reader = sshReader(blob);
  const name = reader.string()?.toString("latin1");
  if (name === "ssh-rsa") {
    const [e, n] = [reader.string(), reader.string()];
    if (!e?.length || !n?.length) return undefined;
    const modulus = n[0] === 0 ? n.subarray(1) : n;
    const bits = modulus.length * 8 - Math.clz32(modulus[0] ?? 0) + 24;
    return { algorithm: "rsa", bits, key: publicKeyFromJwk({ kty: "RSA", e: url(e), n: url(modulus) }) };
  }
  if (name === "ssh-ed25519") {
    const x = reader.string();
    if (x?.length !== 32) return undefined;
    return {
      algorithm: "ed25519",
      bits: undefined,
      key: publicKeyFromJwk({ kty: "OKP", crv: "Ed25519", x: url(x) }),
    };
  }
  if (name?.startsWith("ecdsa-sha2-")) return readEc(reader);
  if (name === "ssh-dss") return readDsa(reader);
  if (name === "ssh-ed448") {
    const x = reader.string();
    if (x?.length !== 57) return undefined;
    return {
      algorithm: "ed448",
      bits: undefined,
      key: publicKeyFromJwk({ kty: "OKP", crv: "Ed448", x: url(x) }),
    };
  }
  return name?.startsWith("sk-")
    ? { algorithm: "hardware-bound", bits: undefined, key: undefined }
    : undefined;
}

/** Strings between the name of a kind and the last one, whose length ends the key. */
const BETWEEN: readonly (readonly [name: string, strings: number])[] = [
  ["ssh-ed", 0],
  ["ssh-rsa", 1],
  ["ecdsa-sha2-", 1],
];

/** Bytes of the public key that `start` begins; `undefined` where it does not show them. */
export function sizeOfSshPublicKey(start: Buffer): number | undefined {
  const reader = sshReader(start);
  const name = reader.string()?.toString("latin1");
  const [, between = -1] = BETWEEN.find(([begin]) => name?.startsWith(begin)) ?? [];
  if (between < 0 || (between > 0 && reader.string() === undefined)) return undefined;
  const last = reader.number();
  return last === undefined ? undefined : reader.position + last;
}

function readEc(reader: SshReader): SshPublicKey | undefined {
  const curve = CURVES[reader.string()?.toString("latin1") ?? ""];
  const point = reader.string();
  if (!curve || point?.length !== 1 + 2 * curve.octets || point[0] !== 4) return undefined;
  const [x, y] = [point.subarray(1, 1 + curve.octets), point.subarray(1 + curve.octets)];
  const key = publicKeyFromJwk({ kty: "EC", crv: curve.crv, x: url(x), y: url(y) });
  return { algorithm: "ecdsa", bits: curve.bits, key };
}

const DSA_OID = Buffer.from("06072a8648ce380401", "hex");

/** RFC 4253 §6.6. JWK has no DSA, so it becomes a SubjectPublicKeyInfo (RFC 3279 §2.3.2). */
function readDsa(reader: SshReader): SshPublicKey | undefined {
  const numbers = [reader.string(), reader.string(), reader.string(), reader.string()];
  const [p, q, g, y] = numbers.map((number) => writeDer(TAG.integer, number ?? Buffer.alloc(0)));
  if (!p || !q || !g || !y || !numbers.every((number) => number?.length)) return undefined;
  const parameters = writeDer(TAG.sequence, DSA_OID, writeDer(TAG.sequence, p, q, g));
  const spki = writeDer(TAG.sequence, parameters, writeDer(TAG.bitString, new Uint8Array(1), y));
  return { algorithm: "dsa", bits: integerBits(readDer(p)), key: publicKeyFromSpki(Buffer.from(spki)) };
}

const url = (bytes: Buffer) => bytes.toString("base64url");
