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
    const last = bytes.subarray(at, end).lastIndexOf(LINE_FEED);
    if (last >= 0) {
      line += lineFeeds(bytes, at, at + last + 1);
      column = 1;
      at += last + 1;
    }
    for (; at < end; at++) column += unitsOf(bytes[at] as number);
    positions.push({ line, column });
  }
  return positions;
}

const LINE_FEED = 0x0a;

/** By the native search, which is faster than a loop as long as lines have some length. */
function lineFeeds(bytes: Buffer, from: number, to: number): number {
  let count = 0;
  for (let at = bytes.indexOf(LINE_FEED, from); at >= 0 && at < to; at = bytes.indexOf(LINE_FEED, at + 1))
    count++;
  return count;
}

function unitsOf(byte: number): number {
  if (byte === 0 || (byte >= 0x80 && byte < 0xc0) || byte >= 0xf8) return 0;
  return byte >= 0xf0 ? 2 : 1;
}
