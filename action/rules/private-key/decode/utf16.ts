import { Buffer } from "node:buffer";
import { count } from "../budget.ts";

const SAMPLE = 256;
/** Of every so many kept bytes the offset is remembered, so that a hit costs the same wherever it is. */
const STEP = 1024;

export interface Narrow {
  readonly bytes: Buffer;
  /** The original offset of the byte at `at`. */
  offsetOf(at: number): number;
}

/** Whether the bytes resemble text with a NUL before or after each character: UTF-16 or UTF-32. */
export function looksWide(bytes: Buffer): boolean {
  const sample = bytes.subarray(0, SAMPLE);
  if (!sample.includes(0)) return false;
  let nuls = 0;
  let printable = 0;
  for (const byte of sample) {
    if (byte === 0) nuls++;
    else if ((byte >= 0x20 && byte < 0x7f) || (byte >= 9 && byte <= 13)) printable++;
  }
  return nuls * 3 > sample.length && printable > (sample.length - nuls) * 0.8 && printable > 8;
}

/** The bytes without their NULs: what remains of UTF-16 and UTF-32 is ASCII where the text is. */
export function narrow(bytes: Buffer): Narrow {
  const kept = Buffer.allocUnsafe(bytes.length);
  const steps = new Uint32Array(Math.ceil(bytes.length / STEP));
  count(bytes.length);
  let size = 0;
  for (let offset = 0; offset < bytes.length; offset++) {
    const byte = bytes[offset] as number;
    if (byte === 0) continue;
    if (size % STEP === 0) steps[size / STEP] = offset;
    kept[size++] = byte;
  }
  return {
    bytes: kept.subarray(0, size),
    offsetOf(at) {
      if (at >= size) return bytes.length;
      let offset = steps[Math.floor(at / STEP)] as number;
      for (let seen = at - (at % STEP); seen < at; seen++) {
        offset++;
        while (bytes[offset] === 0) offset++;
      }
      count(at % STEP);
      return offset;
    },
  };
}
