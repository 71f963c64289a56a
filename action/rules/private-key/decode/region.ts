import { Buffer } from "node:buffer";
import { type Budget, spend } from "../budget.ts";
import { withoutEscapes } from "./escapes.ts";

/** Sizes of the text around a hit that are tried: most keys need the first, the largest escaped ones the last. */
const SIZES = [6 * 1024, 32 * 1024, 160 * 1024];

/**
 * Calls `read` with ever more of the text after `from`, without escapes, until it has a result that more text
 * cannot better. `prepare` sees the text before. `read` says `undefined` for nothing, and `final: false` for a key that is cut short.
 */
export function readRegion<Found extends { readonly final: boolean }>(
  bytes: Buffer,
  from: number,
  to: number,
  budget: Budget,
  read: (text: string) => Found | undefined,
  prepare: (raw: string) => string = (raw) => raw,
): Found | undefined {
  let found: Found | undefined;
  for (const size of SIZES) {
    const end = Math.min(to, from + size);
    if (!spend(budget, end - from)) return found;
    found = read(withoutEscapes(prepare(bytes.toString("latin1", from, end))));
    if (!found || found.final || end === to) return found;
  }
  return found;
}

/** The offset after `tail`, the last characters of something that starts at `from` and takes `chars` or more. */
export function endOf(bytes: Buffer, from: number, chars: number, tail: string): number {
  const near = bytes.subarray(from, from + chars * 6 + 512);
  const at = near.indexOf(Buffer.from(tail, "latin1"), Math.max(0, chars - tail.length));
  return at < 0 ? from + chars : from + at + tail.length;
}

/** Marks of a diff, a quotation or a comment, or the date, level and name that a log puts before each line. */
const LONGEST_PREFIX = 40;

/** What precedes `offset` on its line, as the mark of a diff or comment does on each; empty if it is long. */
export function prefixOfLine(bytes: Buffer, offset: number): string {
  const before = bytes.toString("latin1", Math.max(0, offset - LONGEST_PREFIX - 1), offset);
  const start = before.lastIndexOf("\n") + 1;
  return start > 0 || before.length === offset ? before.slice(start) : "";
}

/**
 * The lines after the first without what each of them begins with, where that could be taken for base64. The next
 * two have it too, or it only happens to be there.
 */
export function withoutLinePrefix(text: string, prefix: string): string {
  if (!/[A-Za-z0-9+/_-]/.test(prefix)) return text;
  const [, ...next] = text.split("\n", 3);
  return next.every((line) => line.startsWith(prefix)) ? text.replaceAll(`\n${prefix}`, "\n") : text;
}
