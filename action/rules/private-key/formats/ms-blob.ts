import { Buffer } from "node:buffer";
import { derIdentity } from "./fingerprint.ts";
import { rsaFromParts } from "./jwk.ts";
import { hit, type Key, type KeyFormat } from "./key.ts";

/** `BLOBHEADER` of a `PRIVATEKEYBLOB` in version 2, up to its algorithm: RSA for signatures, or for exchange. */
const HEADER = /^0702000000(?:24|a4)0000/;
/** Its bytes. */
const HEADER_SIZE = 8;
const RSA2 = "RSA2";
/** Bytes before the modulus: the header, `RSA2`, the size in bits and the exponent. */
const BEFORE_MODULUS = 20;
/** Bytes of a blob before the anchor. */
const ANCHOR_AT = 5;
/** What a file in the PVK format begins with. */
const PVK_MAGIC = 0xb0b5f11e;
/** Bytes of its header. */
const PVK_SIZE = 24;
/** Bytes; programs write 16. */
const MAX_SALT = 64;

const [MIN_BITS, MAX_BITS] = [384, 16_384];

/** Microsoft's `PRIVATEKEYBLOB` of an RSA key, as in a strong-name key (`.snk`), inside of anything. */
export const msBlob: KeyFormat = {
  name: "Microsoft key blob",
  at: ["blob"],
  find(bytes, { from }) {
    const start = from - ANCHOR_AT;
    const found = start < 0 ? undefined : readMsKey(bytes.subarray(start));
    return found && hit(found.key, start, found.size);
  },
};

/** Bytes of the blob or PVK file that begins here; `undefined` where none does. */
export function msKeySize(bytes: Buffer): number | undefined {
  if (bytes.length < PVK_SIZE) return undefined;
  if (HEADER.test(bytes.toString("hex", 0, HEADER_SIZE))) return blobSize(bytes);
  if (bytes.readUInt32LE(0) !== PVK_MAGIC || bytes.readUInt32LE(4) !== 0) return undefined;
  const [type, encrypted, salt, key] = [8, 12, 16, 20].map((at) => bytes.readUInt32LE(at)) as Fields;
  const fits = (type === 1 || type === 2) && encrypted <= 1 && salt <= MAX_SALT && key <= 2 * MAX_BITS;
  return fits && key > BEFORE_MODULUS ? PVK_SIZE + salt + key : undefined;
}

type Fields = [type: number, encrypted: number, salt: number, key: number];

function blobSize(bytes: Buffer): number | undefined {
  const bits = bytes.readUInt32LE(12);
  const isRsa = bytes.toString("latin1", HEADER_SIZE, HEADER_SIZE + RSA2.length) === RSA2;
  const fits = isRsa && bits >= MIN_BITS && bits <= MAX_BITS && bits % 16 === 0;
  // Modulus and private exponent, and five numbers of half their size.
  return fits ? BEFORE_MODULUS + (bits / 8) * 2 + (bits / 16) * 5 : undefined;
}

/** The key that `bytes` begin with, and how many bytes it takes. */
export function readMsKey(bytes: Buffer): { readonly key: Key; readonly size: number } | undefined {
  const size = msKeySize(bytes);
  if (size === undefined || size > bytes.length) return undefined;
  const isPvk = bytes.readUInt32LE(0) === PVK_MAGIC;
  const blob = isPvk ? bytes.subarray(PVK_SIZE + bytes.readUInt32LE(16), size) : bytes.subarray(0, size);
  const isEncrypted = isPvk && bytes.readUInt32LE(12) === 1;
  const key = isEncrypted ? lockedKey(bytes.subarray(0, size), blob) : plainKey(blob);
  return key && { key, size };
}

/** Everything behind the header is encrypted with RC4. */
function lockedKey(file: Buffer, blob: Buffer): Key | undefined {
  if (!HEADER.test(blob.toString("hex", 0, HEADER_SIZE))) return undefined;
  return {
    container: "pvk",
    algorithm: "rsa",
    encryption: "unnamed",
    bits: undefined,
    certainty: "certain",
    identity: derIdentity(file),
  };
}

function plainKey(blob: Buffer): Key | undefined {
  const size = blobSize(blob);
  if (size === undefined || blob.length < size) return undefined;
  const octets = blob.readUInt32LE(12) / 8;
  const number = (from: number, length: number) => littleEndian(blob.subarray(from, from + length));
  const half = octets / 2;
  const n = number(BEFORE_MODULUS, octets);
  const p = number(BEFORE_MODULUS + octets, half);
  const q = number(BEFORE_MODULUS + octets + half, half);
  if (value(p) * value(q) !== value(n)) return undefined;
  const e = number(BEFORE_MODULUS - 4, 4);
  return rsaFromParts("pvk", n.toString("base64url"), e.toString("base64url"));
}

const littleEndian = (bytes: Buffer) => Buffer.from(bytes).reverse();
const value = (bytes: Buffer) => BigInt(`0x${bytes.toString("hex")}`);
