import { Buffer } from "node:buffer";
import { createHash, generateKeyPairSync, type KeyObject, randomBytes } from "node:crypto";

/** Packets of OpenPGP (RFC 9580, RFC 4880, LibrePGP), made when the tests run. Secrets under a passphrase are random. */
export const [SECRET_KEY, PUBLIC_KEY, SECRET_SUBKEY] = [5, 6, 7];
const [USER_ID, SIGNATURE] = [13, 2];

const TIME = Buffer.from("5f000000", "hex");

const number = (value: number, octets: number) => {
  const bytes = Buffer.alloc(octets);
  bytes.writeUIntBE(value, 0, octets);
  return bytes;
};

/** A multiprecision integer (RFC 9580 §3.2). */
function mpi(bytes: Uint8Array): Buffer {
  const first = bytes.findIndex((byte) => byte !== 0);
  const value = Buffer.from(bytes.subarray(first));
  return Buffer.concat([number(value.length * 8 - Math.clz32(value[0] ?? 0) + 24, 2), value]);
}

export type Header = "old" | "new" | "old-long" | "new-long";

/** A packet with the shortest length of its format, or with four octets of it. */
export function packet(tag: number, body: Uint8Array, header: Header = "new"): Buffer {
  const { length } = body;
  const first = header.startsWith("old") ? 0x80 | (tag << 2) : 0xc0 | tag;
  return Buffer.concat([lengthOf[header](first, length), body]);
}

const lengthOf: Readonly<Record<Header, (first: number, length: number) => Buffer>> = {
  old: (first, length) =>
    Buffer.concat([Buffer.from([length < 256 ? first : first | 1]), number(length, length < 256 ? 1 : 2)]),
  "old-long": (first, length) => Buffer.concat([Buffer.from([first | 2]), number(length, 4)]),
  new: (first, length) =>
    length < 192
      ? Buffer.from([first, length])
      : Buffer.from([first, 192 + ((length - 192) >> 8), (length - 192) & 255]),
  "new-long": (first, length) => Buffer.concat([Buffer.from([first, 255]), number(length, 4)]),
};

export interface Material {
  readonly algorithm: number;
  readonly open: Buffer;
  readonly secret: Buffer;
  /** The numbers of an RSA key alone, as version 3 hashes them. */
  readonly numbers: Buffer;
}

const part = (key: KeyObject, name: string) =>
  Buffer.from(String((key.export({ format: "jwk" }) as Record<string, string>)[name]), "base64url");

export function rsaMaterial(key: KeyObject): Material {
  const of = (name: string) => part(key, name);
  return {
    algorithm: 1,
    open: Buffer.concat([mpi(of("n")), mpi(of("e"))]),
    secret: Buffer.concat([mpi(of("d")), mpi(of("q")), mpi(of("p")), mpi(of("qi"))]),
    numbers: Buffer.concat([of("n"), of("e")]),
  };
}

/** EdDSA of RFC 4880bis, as GnuPG writes it, or with octets of their own as RFC 9580 does. */
export function ed25519Material(native: boolean): Material {
  const key = generateKeyPairSync("ed25519").privateKey;
  const [x, d] = [part(key, "x"), part(key, "d")];
  if (native) return { algorithm: 27, open: x, secret: d, numbers: x };
  const oid = Buffer.from("092b06010401da470f01", "hex");
  const open = Buffer.concat([oid, mpi(Buffer.concat([Buffer.from([0x40]), x]))]);
  return { algorithm: 22, open, secret: mpi(d), numbers: x };
}

/** ECDH on Curve25519: the public part ends in parameters of the key derivation. */
export function ecdhMaterial(): Material {
  const key = generateKeyPairSync("x25519").privateKey;
  const oid = Buffer.from("0a2b060104019755010501", "hex");
  const point = mpi(Buffer.concat([Buffer.from([0x40]), part(key, "x")]));
  return {
    algorithm: 18,
    open: Buffer.concat([oid, point, Buffer.from("03010807", "hex")]),
    secret: mpi(part(key, "d")),
    numbers: point,
  };
}

/** DSA and Elgamal are numbers alone; no check covers whether they belong together. */
export function numbersMaterial(algorithm: 16 | 17): Material {
  const random = (octets: number) => mpi(Buffer.concat([Buffer.from([0x80]), randomBytes(octets - 1)]));
  const sizes = algorithm === 17 ? [128, 20, 128, 128] : [128, 1, 128];
  return { algorithm, open: Buffer.concat(sizes.map(random)), secret: random(20), numbers: Buffer.alloc(0) };
}

export type Version = 3 | 4 | 5 | 6;

export function publicBody(version: Version, { algorithm, open }: Material): Buffer {
  const start = Buffer.concat([Buffer.from([version]), TIME]);
  if (version === 3) return Buffer.concat([start, number(0, 2), Buffer.from([algorithm]), open]);
  const counted = version > 4 ? number(open.length, 4) : Buffer.alloc(0);
  return Buffer.concat([start, Buffer.from([algorithm]), counted, open]);
}

/** RFC 9580 §5.5.4. */
export function fingerprintOf(version: Version, material: Material): string {
  const body = publicBody(version, material);
  const [hash, input] = {
    3: ["md5", material.numbers] as const,
    4: ["sha1", Buffer.concat([Buffer.from([0x99]), number(body.length, 2), body])] as const,
    5: ["sha256", Buffer.concat([Buffer.from([0x9a]), number(body.length, 4), body])] as const,
    6: ["sha256", Buffer.concat([Buffer.from([0x9b]), number(body.length, 4), body])] as const,
  }[version];
  return `openpgp:${createHash(hash).update(input).digest("hex").toUpperCase()}`;
}

/** How the secret part is protected: RFC 9580 §3.7.2.1; `stub` and `card` are GnuPG's. */
export type Protection = "plain" | "iterated" | "argon2" | "aead" | "checksum" | "legacy" | "stub" | "card";

const SPECIFIERS = {
  iterated: () => Buffer.concat([Buffer.from([3, 8]), randomBytes(8), Buffer.from([0x60])]),
  argon2: () => Buffer.concat([Buffer.from([4]), randomBytes(16), Buffer.from([1, 4, 21])]),
} as const;

export function secretBody(version: Version, material: Material, protection: Protection = "plain"): Buffer {
  const open = publicBody(version, material);
  const { secret } = material;
  if (protection === "plain") {
    const checksum =
      version === 6
        ? Buffer.alloc(0)
        : number(
            secret.reduce((sum, byte) => (sum + byte) & 0xffff, 0),
            2,
          );
    const counted =
      version === 5 ? Buffer.concat([Buffer.from([0]), number(secret.length, 4)]) : Buffer.alloc(0);
    return Buffer.concat([open, Buffer.from([0]), counted, secret, checksum]);
  }
  if (protection === "stub" || protection === "card")
    return Buffer.concat([
      open,
      Buffer.from([254, 7, 101, 2]),
      Buffer.from(`GNU${protection === "stub" ? "\u0001" : "\u0002"}`),
    ]);
  if (protection === "legacy")
    return Buffer.concat([open, Buffer.from([3]), randomBytes(8), randomBytes(secret.length)]);
  const usage = { aead: 253, iterated: 254, argon2: 254, checksum: 255 }[protection];
  const specifier = protection === "argon2" ? SPECIFIERS.argon2() : SPECIFIERS.iterated();
  const parameters = Buffer.concat([
    Buffer.from(protection === "aead" ? [9, 2] : [9]),
    version === 6 ? Buffer.from([specifier.length]) : Buffer.alloc(0),
    specifier,
    randomBytes(16),
  ]);
  const count = version > 4 ? Buffer.from([parameters.length]) : Buffer.alloc(0);
  return Buffer.concat([open, Buffer.from([usage]), count, parameters, randomBytes(secret.length + 20)]);
}

export const userId = (name: string): Buffer => packet(USER_ID, Buffer.from(`${name} <${name}@example.com>`));
export const signature = (): Buffer =>
  packet(SIGNATURE, Buffer.concat([Buffer.from([4, 0x13]), randomBytes(300)]));

/** ASCII armour (RFC 9580 §6.2) with its checksum. */
export function armour(bytes: Buffer, label = "PRIVATE", headers: readonly string[] = []): string {
  const lines = bytes.toString("base64").match(/.{1,64}/g) ?? [];
  const block = [...headers, "", ...lines, `=${crc24(bytes).toString("base64")}`];
  return [
    `-----BEGIN PGP ${label} KEY BLOCK-----`,
    ...block,
    `-----END PGP ${label} KEY BLOCK-----`,
    "",
  ].join("\n");
}

function crc24(bytes: Buffer): Buffer {
  let crc = 0xb704ce;
  for (const byte of bytes) {
    crc ^= byte << 16;
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x800000 ? (crc << 1) ^ 0x1864cfb : crc << 1;
  }
  return number(crc & 0xffffff, 3);
}
