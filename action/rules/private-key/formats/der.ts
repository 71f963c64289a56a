import type { Buffer } from "node:buffer";
import { type Hit, hit, type KeyFormat } from "./key.ts";
import { readLeadingKey } from "./read-key.ts";

/** How far before an AlgorithmIdentifier or a named curve the key may begin: versions, lengths, a SEC 1 scalar. */
const LONGEST_LEAD = 88;
const SEQUENCE = 0x30;
const INTEGER = 0x02;
/** Keys of Edwards and Montgomery curves: nothing in them but the scalar proves anything. */
const SHORT = 96;
/** Octets of the scalar of Ed25519 and X25519; those of Ed448 and X448 are longer. */
const SCALAR = 32;
/** Sizes that generators offer; 7,680 and 15,360 have the strength of AES-192 and AES-256. */
const MODULUS_BITS = [512, 768, 1024, 1536, 2048, 3072, 4096, 6144, 7680, 8192, 15_360, 16_384];

/** The DER key around an anchor that is inside of it. None is read twice. */
export const der: KeyFormat = {
  name: "der",
  at: ["der"],
  find(bytes, { from: at, since }) {
    if (bytes[at] === INTEGER) return pkcs1At(bytes, at);
    for (let start = Math.max(0, since, at - LONGEST_LEAD); start < at; start++) {
      const found = mayBegin(bytes, start) ? keyFrom(bytes, start) : undefined;
      if (found && start + found.size > at) return found;
    }
    return undefined;
  },
};

/** By the bytes alone, because most are none: SEQUENCE, then a version or another SEQUENCE. */
function mayBegin(bytes: Buffer, from: number): boolean {
  if (bytes[from] !== SEQUENCE) return false;
  const length = bytes[from + 1] ?? 0;
  const inside = from + (length <= 0x80 ? 2 : 2 + (length & 0x7f));
  if (bytes[inside] === SEQUENCE) return true;
  return bytes[inside] === INTEGER && bytes[inside + 1] === 1 && (bytes[inside + 2] ?? 4) <= 3;
}

/** An INTEGER of one octet. */
const VERSION_SIZE = 3;

/** PKCS#1: the anchor is the public exponent, and what is before it is the modulus, with a zero before its first bit. */
function pkcs1At(bytes: Buffer, at: number): Hit | undefined {
  for (const bits of MODULUS_BITS) {
    const size = bits / 8 + 1;
    if (bytes[at - size] !== 0) continue;
    const header = integerHeader(size);
    const start = at - size - header.length;
    if (start < 0 || !header.every((byte, offset) => bytes[start + offset] === byte)) continue;
    for (const outer of [2, 3, 4]) {
      const found = keyFrom(bytes, start - VERSION_SIZE - outer);
      if (found) return found;
    }
  }
  return undefined;
}

const integerHeader = (size: number): readonly number[] =>
  size < 0x80
    ? [INTEGER, size]
    : size < 0x100
      ? [INTEGER, 0x81, size]
      : [INTEGER, 0x82, size >> 8, size & 0xff];

function keyFrom(bytes: Buffer, from: number): Hit | undefined {
  if (bytes[from] !== SEQUENCE) return undefined;
  const rest = bytes.subarray(from);
  const found = readLeadingKey(rest);
  if (!found || (found.size < SHORT && !looksRandom(rest.subarray(found.size - SCALAR, found.size))))
    return undefined;
  return hit(found.key, from, found.size);
}

/**
 * Whether this is what a generator made. Libraries carry the constant beginning of an Ed25519 or X25519 key, and any
 * 32 bytes after it are a key by structure: code and text have few high bits, or few different bytes.
 */
function looksRandom(bytes: Buffer): boolean {
  const high = bytes.reduce((count, byte) => count + (byte >> 7), 0);
  return high >= 6 && new Set(bytes).size >= 22;
}
