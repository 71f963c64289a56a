import { Buffer } from "node:buffer";
import {
  createCipheriv,
  createHash,
  generateKeyPairSync,
  type KeyObject,
  pbkdf2Sync,
  randomBytes,
  scryptSync,
} from "node:crypto";
import { writePem } from "../keys/pem/pem.ts";

/** Private keys in every format, made when the tests run: none is in the repository. */
export const PASSPHRASE = "correct horse battery staple";

const made = new Map<number, { readonly privateKey: KeyObject; readonly publicKey: KeyObject }>();

/** An RSA key pair, the same for the whole process. */
export function rsaKeyPair(bits = 2048) {
  const known = made.get(bits) ?? generateKeyPairSync("rsa", { modulusLength: bits });
  made.set(bits, known);
  return known;
}

export const pkcs8 = (key: KeyObject): Buffer => key.export({ type: "pkcs8", format: "der" });
export const pkcs8Pem = (key: KeyObject): string => writePem("PRIVATE KEY", pkcs8(key));
export const pkcs1Pem = (key: KeyObject): string => key.export({ type: "pkcs1", format: "pem" }).toString();

/**
 * Exactly what the Box Developer Console writes: PBES2, PBKDF2 with 8 octets of salt, 2,048 rounds and the
 * default PRF (HMAC-SHA1), DES-EDE3-CBC.
 */
export function boxStylePem(key: KeyObject, passphrase = PASSPHRASE): string {
  return encryptedPem(boxStyleDer(key, passphrase));
}

export function boxStyleDer(key: KeyObject, passphrase = PASSPHRASE, rounds = 2048): Buffer {
  const salt = randomBytes(8);
  const iv = randomBytes(8);
  const cipher = createCipheriv("des-ede3-cbc", pbkdf2Sync(passphrase, salt, rounds, 24, "sha1"), iv);
  const parameters = pbes2(pbkdf2(salt, rounds), sequence(oidDer("1.2.840.113549.3.7"), octets(iv)));
  return encryptedDer(parameters, Buffer.concat([cipher.update(pkcs8(key)), cipher.final()]));
}

/** PBES1 of PKCS#12 (pbeWithSHAAnd3-KeyTripleDES-CBC), as old Java and Windows tools write; Node opens it. */
export function pkcs12PbePem(key: KeyObject, passphrase = PASSPHRASE): string {
  const salt = randomBytes(8);
  const material = (id: number, size: number) => pkcs12Kdf(passphrase, salt, 2048, id, size);
  const cipher = createCipheriv("des-ede3-cbc", material(1, 24), material(2, 8));
  const scheme = sequence(oidDer("1.2.840.113549.1.12.1.3"), sequence(octets(salt), integerDer(2048)));
  return encryptedPem(encryptedDer(scheme, Buffer.concat([cipher.update(pkcs8(key)), cipher.final()])));
}

/** PBES2 with scrypt (r = 8, p = 1) and AES-256-CBC. */
export function scryptPem(key: KeyObject, passphrase = PASSPHRASE, N = 16_384): string {
  const [salt, iv] = [randomBytes(8), randomBytes(16)];
  const cipher = createCipheriv("aes-256-cbc", scryptSync(passphrase, salt, 32, { N, r: 8, p: 1 }), iv);
  const scheme = pbes2(scrypt(N, 8, 1, salt), cipherDer("2.16.840.1.101.3.4.1.42", iv));
  return encryptedPem(encryptedDer(scheme, Buffer.concat([cipher.update(pkcs8(key)), cipher.final()])));
}

/** Encrypted as Node's own OpenSSL does it: PBES2 with 2,048 rounds of HMAC-SHA256. */
export const pbes2Pem = (key: KeyObject, cipher: string, passphrase = PASSPHRASE): string =>
  key.export({ type: "pkcs8", format: "pem", cipher, passphrase }).toString();

/** `Proc-Type: 4,ENCRYPTED` as old OpenSSL wrote it. */
export const traditionalPem = (key: KeyObject, cipher: string, passphrase = PASSPHRASE): string =>
  key.export({ type: "pkcs1", format: "pem", cipher, passphrase }).toString();

/** An encrypted PKCS#8 with the right identifiers and 1,200 random octets for a ciphertext: it never opens. */
export const sealedPem = (scheme: Buffer, ciphertext: Uint8Array = randomBytes(1200)): string =>
  encryptedPem(encryptedDer(scheme, ciphertext));

/** `AlgorithmIdentifier` of PBES1 or PKCS#12 PBE. */
export const pbe = (scheme: string, rounds = 2048): Buffer =>
  sequence(oidDer(scheme), sequence(octets(randomBytes(8)), integerDer(rounds)));

/** `AlgorithmIdentifier` of PBES2. */
export const pbes2 = (derivation: Buffer, cipher: Buffer): Buffer =>
  sequence(oidDer("1.2.840.113549.1.5.13"), sequence(derivation, cipher));

export const pbkdf2 = (salt: Uint8Array, rounds: number, prf?: string): Buffer =>
  sequence(
    oidDer("1.2.840.113549.1.5.12"),
    sequence(
      octets(salt),
      integerDer(rounds),
      ...(prf ? [sequence(oidDer(prf), tlv(0x05, Buffer.alloc(0)))] : []),
    ),
  );

export const scrypt = (N: number, r: number, p: number, salt: Uint8Array = randomBytes(8)): Buffer =>
  sequence(oidDer("1.3.6.1.4.1.11591.4.11"), sequence(octets(salt), ...[N, r, p].map(integerDer)));

export const cipherDer = (cipher: string, iv: Uint8Array = randomBytes(16)): Buffer =>
  sequence(oidDer(cipher), octets(iv));

const encryptedDer = (scheme: Buffer, ciphertext: Uint8Array): Buffer => sequence(scheme, octets(ciphertext));
export const encryptedPem = (der: Uint8Array): string => writePem("ENCRYPTED PRIVATE KEY", der);

/** A DER element. */
export function tlv(tag: number, content: Uint8Array): Buffer {
  const size = content.length;
  const long = [
    ...Buffer.from(size.toString(16).padStart(size > 0xffff ? 6 : size > 0xff ? 4 : 2, "0"), "hex"),
  ];
  const length = size < 0x80 ? [size] : [0x80 | long.length, ...long];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
}

export const sequence = (...parts: readonly Uint8Array[]): Buffer => tlv(0x30, Buffer.concat(parts));
export const octets = (content: Uint8Array): Buffer => tlv(0x04, content);

export function integerDer(value: number | bigint): Buffer {
  const digits = value.toString(16);
  const bytes = Buffer.from(digits.padStart(digits.length + (digits.length % 2), "0"), "hex");
  return tlv(0x02, (bytes[0] ?? 0) > 0x7f ? Buffer.concat([Buffer.alloc(1), bytes]) : bytes);
}

export function oidDer(dotted: string): Buffer {
  const [first = 0, second = 0, ...arcs] = dotted.split(".").map(Number);
  return tlv(0x06, Buffer.from([first * 40 + second, ...arcs].flatMap(base128)));
}

function base128(value: number): number[] {
  const digits = [value % 128];
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128))
    digits.unshift(128 + (rest % 128));
  return digits;
}

/** RFC 7292 appendix B.2 with SHA-1. */
function pkcs12Kdf(passphrase: string, salt: Buffer, rounds: number, id: number, size: number): Buffer {
  const fill = (bytes: Buffer) => Buffer.alloc(64 * Math.ceil(bytes.length / 64), bytes);
  const password = Buffer.from(`${passphrase}\0`, "utf16le").swap16();
  let state = Buffer.concat([fill(salt), fill(password)]);
  let out = Buffer.alloc(0);
  while (out.length < size) {
    let hash = createHash("sha1").update(Buffer.alloc(64, id)).update(state).digest();
    for (let round = 1; round < rounds; round++) hash = createHash("sha1").update(hash).digest();
    out = Buffer.concat([out, hash]);
    state = addToBlocks(state, Buffer.alloc(64, hash));
  }
  return out.subarray(0, size);
}

function addToBlocks(state: Buffer, addend: Buffer): Buffer<ArrayBuffer> {
  const mask = (1n << 512n) - 1n;
  const plus = BigInt(`0x${addend.toString("hex")}`) + 1n;
  const blocks = (state.toString("hex").match(/.{128}/g) ?? []).map(
    (block) => (BigInt(`0x${block}`) + plus) & mask,
  );
  return Buffer.from(blocks.map((block) => block.toString(16).padStart(128, "0")).join(""), "hex");
}
