import type { Buffer } from "node:buffer";
import type { Position } from "../../schemas/json/position.ts";

/**
 * The position of each of some ascending `offsets`, `start` being that of the first byte. UTF-8 is counted as the
 * UTF-16 code units that it encodes, and NULs are not counted, so that UTF-16 comes out right as well; a file cut
 * anywhere gives the same positions.
 */
export function positionsOf(bytes: Buffer, start: Position, offsets: readonly number[]): Position[] {
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

const [LINE_FEED, CARRIAGE_RETURN] = [0x0a, 0x0d];

/**
 * How many lines end between two offsets, and where the one behind the last of them begins. As in editors and parsers
 * of JSON, a carriage return without a line feed ends a line.
 */
export function linesIn(
  bytes: Buffer,
  from: number,
  to: number,
): { readonly count: number; readonly next: number } {
  let [count, next] = [0, from];
  for (const at of placesOf(bytes, LINE_FEED, from, to)) [count, next] = [count + 1, at + 1];
  for (const at of placesOf(bytes, CARRIAGE_RETURN, from, to))
    if ((bytes[at + 1] || bytes[at + 2]) !== LINE_FEED) [count, next] = [count + 1, Math.max(next, at + 1)];
  return { count, next };
}

/** By the native search, which is faster than a loop as long as lines have some length. */
function* placesOf(bytes: Buffer, byte: number, from: number, to: number): Generator<number> {
  for (let at = bytes.indexOf(byte, from); at >= 0 && at < to; at = bytes.indexOf(byte, at + 1)) yield at;
}

function unitsOf(byte: number): number {
  if (byte === 0 || (byte >= 0x80 && byte < 0xc0) || byte >= 0xf8) return 0;
  return byte >= 0xf0 ? 2 : 1;
}
