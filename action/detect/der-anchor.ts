import type { Buffer } from "node:buffer";
import { type Hit, hit } from "./key.ts";
import { keyHead } from "./key-head.ts";
import { readLeadingKey } from "./read-key.ts";

/** How far before an AlgorithmIdentifier or a named curve the key may begin: versions, lengths, a SEC 1 scalar. */
const LONGEST_LEAD = 88;
const SEQUENCE = 0x30;
/** Keys of Edwards and Montgomery curves: nothing in them but the scalar proves anything. */
const SHORT = 96;
const SCALAR = 32;
const MODULUS_BITS = [512, 768, 1024, 1536, 2048, 3072, 4096, 6144, 7680, 8192, 15_360, 16_384];

/** The DER key around an anchor that stands inside of it. */
export function derAt(bytes: Buffer, at: number): Hit | undefined {
  if (bytes[at] === 0x02) return pkcs1At(bytes, at);
  for (let from = Math.max(0, at - LONGEST_LEAD); from < at; from++) {
    const found = keyFrom(bytes, from);
    if (found && from + found.size > at) return found;
  }
  return undefined;
}

/** PKCS#1: the anchor is the public exponent, and what stands before it is the modulus. */
function pkcs1At(bytes: Buffer, at: number): Hit | undefined {
  for (const bits of MODULUS_BITS) {
    const modulus = bits / 8 + 1;
    for (const lead of [2, 3, 4].flatMap((size) => [size + 5, size + 6, size + 7])) {
      const found = keyFrom(bytes, at - modulus - lead);
      if (found) return found;
    }
  }
  return undefined;
}

function keyFrom(bytes: Buffer, from: number): Hit | undefined {
  if (bytes[from] !== SEQUENCE) return undefined;
  const rest = bytes.subarray(from);
  const found = keyHead(rest) && readLeadingKey(rest);
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
