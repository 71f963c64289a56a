import { Buffer } from "node:buffer";
import type { Position } from "../../schemas/json/position.ts";
import type { Content } from "./content.ts";
import { linesIn } from "./position.ts";

/** The last segment of a path. */
export const baseName = (path: string): string => path.slice(path.lastIndexOf("/") + 1);

/** Whether the bytes are UTF-16, by their byte order mark or by the zeros beside the first two characters. */
function utf16(bytes: Buffer): "le" | "be" | undefined {
  // Not by destructuring: the iterator costs more than all anchors over a small file.
  const [first, second, third, fourth] = [bytes[0], bytes[1], bytes[2], bytes[3]];
  if (first === 0xff && second === 0xfe) return "le";
  if (first === 0xfe && second === 0xff) return "be";
  if (first && second === 0 && third && fourth === 0) return "le";
  if (first === 0 && second && third === 0 && fourth) return "be";
  return undefined;
}

export const isUtf16 = (bytes: Buffer): boolean => utf16(bytes) !== undefined;

/** The bytes as UTF-8, which they mostly are already. */
export function asUtf8(bytes: Buffer): Buffer {
  const order = utf16(bytes);
  if (order === undefined) return bytes;
  const even = Buffer.from(bytes.subarray(0, bytes.length - (bytes.length % 2)));
  const text = (order === "be" ? even.swap16() : even).toString("utf16le");
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
