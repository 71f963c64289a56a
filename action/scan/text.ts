import { Buffer } from "node:buffer";
import type { Position } from "../../schemas/json/position.ts";
import type { Content } from "./content.ts";
import { linesIn } from "./lines.ts";

/** The last segment of a path. */
export const baseName = (path: string): string => path.slice(path.lastIndexOf("/") + 1);

/** How the characters of a text are written; other encodings of one byte count as UTF-8. */
export type Encoding = "utf8" | "utf16le" | "utf16be";

/** By the byte order mark, the zeros beside the first two characters, or what the first bytes are as UTF-16. */
export function encodingOf(bytes: Buffer): Encoding {
  // Not by destructuring: the iterator costs more than all anchors over a small file.
  const [first, second, third, fourth] = [bytes[0], bytes[1], bytes[2], bytes[3]];
  if (first === 0xff && second === 0xfe) return "utf16le";
  if (first === 0xfe && second === 0xff) return "utf16be";
  if (first && second === 0 && third && fourth === 0) return "utf16le";
  if (first === 0 && second && third === 0 && fourth) return "utf16be";
  const head = bytes.subarray(0, HEAD_BYTES);
  if (!head.includes(0)) return "utf8";
  return ORDERS.find((order) => isTextIn(head, order)) ?? "utf8";
}

const ORDERS = ["utf16le", "utf16be"] as const;
/** Even. No text has as many without a blank or a line feed, whatever its language. */
const HEAD_BYTES = 8000;
/** Characters of a text among which one is in ASCII. */
const MAX_PER_ASCII = 256;
/** In a shorter text without a byte order mark the zeros show nothing. */
const MIN_UNITS = 16;

/**
 * Whether the bytes are text in UTF-16 of that order: no control characters, no halves of pairs, some ASCII, and not
 * nearly all of the rest such as two characters of ASCII make, which NULs may be between as well.
 */
function isTextIn(head: Buffer, order: Encoding): boolean {
  const high = order === "utf16le" ? 1 : 0;
  const units = Math.floor(head.length / 2);
  let [ascii, others, pairs] = [0, 0, 0];
  let paired = false;
  for (let at = 0; at < 2 * units; at += 2) {
    const unit = ((head[at + high] as number) << 8) | (head[at + 1 - high] as number);
    const half = unit & 0xfc00;
    if (paired !== (half === LOW_HALF) || isNoText(unit)) return false;
    paired = half === HIGH_HALF;
    if (unit < 0x80) ascii++;
    else if ((unit & 0xff) !== 0) others++;
    if (isPrintable(unit >> 8) && isPrintable(unit & 0xff)) pairs++;
  }
  return units >= MIN_UNITS && ascii * MAX_PER_ASCII >= units && pairs * 8 <= others * 7;
}

const [HIGH_HALF, LOW_HALF] = [0xd800, 0xdc00];
const isPrintable = (byte: number) => byte >= 0x20 && byte < 0x7f;
/** Tab, line feed, form feed, carriage return. */
const isBlank = (unit: number) => unit === 9 || unit === 10 || unit === 12 || unit === 13;
const isNoText = (unit: number) =>
  (unit < 0x20 && !isBlank(unit)) || (unit >= 0x7f && unit < 0xa0) || unit >= 0xfffe;

export const isUtf16 = (bytes: Buffer): boolean => encodingOf(bytes) !== "utf8";

/** The bytes as UTF-8, which they mostly are already. `encoding`: that of the file, where they are its middle. */
export function asUtf8(bytes: Buffer, encoding = encodingOf(bytes)): Buffer {
  if (encoding === "utf8") return bytes;
  const even = Buffer.from(bytes.subarray(0, bytes.length - (bytes.length % 2)));
  const text = (encoding === "utf16be" ? even.swap16() : even).toString("utf16le");
  return Buffer.from(text.startsWith("\uFEFF") ? text.slice(1) : text);
}

/** A position inside the content as one inside the file. */
export function inFile({ start }: Content, { line, column }: Position): Position {
  return { line: line + start.line - 1, column: line === 1 ? column + start.column - 1 : column };
}

/** Where the byte at `offset` of UTF-8 text is. */
export function placeOf(bytes: Buffer, offset: number): Position {
  const { count, next: lineStart } = linesIn(bytes, 0, offset);
  const mark = lineStart === 0 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 1 : 0;
  return { line: count + 1, column: bytes.toString("utf8", lineStart, offset).length + 1 - mark };
}
