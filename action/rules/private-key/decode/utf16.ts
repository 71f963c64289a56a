import { Buffer } from "node:buffer";
import type { Encoding } from "../../../scan/text.ts";
import { count, spend } from "../budget.ts";
import type { Decoded, Decoder } from "./decoder.ts";

/** 64 characters of UTF-32, which show whether every other character is a NUL. */
const SAMPLE = 256;
/** Of every so many kept bytes the offset is remembered, so that a hit costs the same wherever it is. */
const STEP = 1024;

/** Bytes before an anchor that are decoded as well: a BEGIN line and what is in front of it on its line. */
const LEAD = 1024;
/** Bytes after an anchor: a key of 16,384 bits in base64 takes 25 KB as UTF-16. */
const REGION = 64 * 1024;

/** UTF-16 inside of something else, around an anchor in it. The regions overlap by half, so that none cuts a key. */
export const utf16: Decoder = {
  name: "utf-16",
  at: ["wide"],
  find(bytes, { from: anchor }, budget) {
    const from = Math.max(0, anchor - LEAD);
    const to = Math.min(bytes.length, anchor + REGION);
    if (!spend(budget, to - from)) return undefined;
    const { bytes: inner, offsetOf } = narrow(bytes.subarray(from, to));
    return { bytes: inner, from, to: anchor + REGION / 2, offsetOf: (at) => from + offsetOf(at) };
  },
};

/** What a file is if it is UTF-16 or UTF-32. */
interface Whole {
  /** None for any other file. */
  readonly readings: readonly Decoded[];
  /** Whether its first bytes leave no doubt, so that the bytes themselves are no text. */
  readonly isCertain: boolean;
}

/** All of a file in UTF-16 or UTF-32. `encoding`: what its beginning and its byte order mark show, which may be wrong. */
export function wholeUtf16(bytes: Buffer, encoding: Encoding): Whole {
  const isCertain = looksWide(bytes);
  const readings: Decoded[] = [];
  const all = { from: 0, to: bytes.length };
  const latin = isCertain ? narrow(bytes) : undefined;
  if (latin) readings.push({ ...latin, ...all });
  // With other characters than those of Latin-1, whose bytes may be quotation marks.
  const hasOthers = latin === undefined || 2 * latin.bytes.length > bytes.length + MARK;
  if (encoding !== "utf8" && hasOthers) readings.push({ ...unitsOf(bytes, encoding), ...all });
  return { readings, isCertain };
}

/** Bytes of a byte order mark. */
const MARK = 2;
/** What a character beyond Latin-1 becomes: no character of a key. */
const OTHER = 0xff;

/** Each code unit as one byte. */
function unitsOf(bytes: Buffer, encoding: Encoding): Required<Pick<Decoded, "bytes" | "offsetOf">> {
  const high = encoding === "utf16le" ? 1 : 0;
  const isMarked = bytes[high] === 0xfe && bytes[1 - high] === 0xff;
  const first = isMarked ? MARK : 0;
  const units = Buffer.allocUnsafe((bytes.length - first) >> 1);
  count(bytes.length);
  for (let at = 0; at < units.length; at++) {
    const from = first + 2 * at;
    units[at] = bytes[from + high] === 0 ? (bytes[from + 1 - high] as number) : OTHER;
  }
  return { bytes: units, offsetOf: (at) => Math.min(bytes.length, first + 2 * at) };
}

/** Whether the bytes resemble text with a NUL before or after each character: UTF-16 or UTF-32. */
function looksWide(bytes: Buffer): boolean {
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
function narrow(bytes: Buffer): Required<Pick<Decoded, "bytes" | "offsetOf">> {
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
