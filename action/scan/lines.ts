import type { Buffer } from "node:buffer";

export const LINE_FEED = 0x0a;
export const CARRIAGE_RETURN = 0x0d;

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
