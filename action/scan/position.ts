import type { Buffer } from "node:buffer";
import type { Position } from "../../schemas/json/position.ts";
import { CARRIAGE_RETURN, LINE_FEED, linesIn } from "./lines.ts";
import { type Encoding, encodingOf } from "./text.ts";

/**
 * The position of each of some ascending `offsets`, `start` being that of the first byte. UTF-8 is counted as the
 * UTF-16 code units that it encodes, and NULs are not counted; a file cut anywhere gives the same positions.
 */
export function positionsOf(
  bytes: Buffer,
  start: Position,
  offsets: readonly number[],
  encoding = encodingOf(bytes),
): Position[] {
  if (encoding !== "utf8") return positionsInUtf16(bytes, start, offsets, encoding);
  const positions: Position[] = [];
  let { line, column } = start;
  let at = 0;
  for (const offset of offsets) {
    const end = Math.min(offset, bytes.length);
    const { count, next } = linesIn(bytes, at, end);
    if (count > 0) [line, column, at] = [line + count, 1, next];
    for (; at < end; at++) column += unitsOf(bytes[at] as number);
    positions.push({ line, column });
  }
  return positions;
}

/** The same where each code unit has two bytes, of which one may happen to be a line feed. */
function positionsInUtf16(
  bytes: Buffer,
  start: Position,
  offsets: readonly number[],
  encoding: Encoding,
): Position[] {
  const high = encoding === "utf16le" ? 1 : 0;
  const unitAt = (at: number) => ((bytes[at + high] as number) << 8) | (bytes[at + 1 - high] as number);
  let { line, column } = start;
  let at = 0;
  return offsets.map((offset) => {
    for (const end = Math.min(offset, bytes.length) - 1; at < end; at += 2) {
      const unit = unitAt(at);
      const endsLine = unit === LINE_FEED || (unit === CARRIAGE_RETURN && unitAt(at + 2) !== LINE_FEED);
      if (endsLine) [line, column] = [line + 1, 1];
      else if (unit !== 0 && unit !== BYTE_ORDER_MARK) column++;
    }
    return { line, column };
  });
}

const BYTE_ORDER_MARK = 0xfeff;

function unitsOf(byte: number): number {
  if (byte === 0 || (byte >= 0x80 && byte < 0xc0) || byte >= 0xf8) return 0;
  return byte >= 0xf0 ? 2 : 1;
}
