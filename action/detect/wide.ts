import { Buffer } from "node:buffer";

const SAMPLE = 256;

export interface Narrow {
  readonly bytes: Buffer;
  /** Where the byte at `at` stood. */
  offsetOf(at: number): number;
}

/** Whether the bytes look like text with a NUL before or after each character: UTF-16 or UTF-32. */
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
  let size = 0;
  for (const byte of bytes) if (byte !== 0) kept[size++] = byte;
  return {
    bytes: kept.subarray(0, size),
    offsetOf(at) {
      let seen = -1;
      for (let offset = 0; offset < bytes.length; offset++)
        if (bytes[offset] !== 0 && ++seen === at) return offset;
      return bytes.length;
    },
  };
}
