import { Buffer } from "node:buffer";
import { type Budget, spend } from "../budget.ts";
import { withoutEscapes } from "./escapes.ts";

/** Sizes of the text around a hit that are tried: most keys need the first, the largest escaped ones the last. */
const SIZES = [6 * 1024, 32 * 1024, 160 * 1024];

/**
 * Calls `read` with ever more of the text after `from`, without escapes, until it has a result that more text
 * cannot better. `prepare` is given the text before. `read` returns `undefined` where no key begins, and `final: false` where
 * more text may complete one. `isCut`: whether there is more.
 */
export function readRegion<Found extends { readonly body: unknown; readonly final: boolean }>(
  bytes: Buffer,
  from: number,
  to: number,
  budget: Budget,
  read: (text: string, isCut: boolean) => Found | undefined,
  prepare: (raw: string) => string = (raw) => raw,
): Found | undefined {
  let found: Found | undefined;
  for (const size of SIZES) {
    const end = Math.min(to, from + size);
    if (!spend(budget, end - from)) return found;
    const raw = withoutSoftBreaks(bytes.toString("latin1", from, end));
    const next = read(withoutEscapes(prepare(raw)), end < to);
    if (!next) return found;
    if (next.body !== undefined || !found) found = next;
    if (next.final || end === to) return found;
  }
  return found;
}

/** A line of quoted-printable that continues (RFC 2045 §6.7): 76 characters, or less where an escape would not fit in. */
const SOFT_BREAK = /=\r?\n(?<=\n[^\n]{73,75}=\r?\n)/g;

/** Quoted-printable breaks lines by width, also inside of an escape of JSON. One such line may be padded base64. */
export const withoutSoftBreaks = (text: string): string =>
  (text.match(SOFT_BREAK)?.length ?? 0) > 1 ? text.replace(/=\r?\n/g, "").replaceAll("=3D", "=") : text;

/** What may be between the words of a label: also in an address, and in a form, where a space is a plus sign. */
export const BLANK = String.raw`(?: |\+|%(?:25)?20)`;

/** The text of a form with its spaces, where `start` begins it: a plus sign of base64 is escaped there. */
export const withoutFormBlanks = (text: string, start: RegExp): string =>
  start.test(text) ? text.replaceAll("+", " ") : text;

/** The last characters of something, to find its end again: 72 bits, which no other place within reach has by chance. */
const TAIL_CHARS = 12;

/**
 * The offset after `text`, which starts at `from` and ends before `to`, with line breaks or other text in it. Its last
 * line may be too short to be found: then that after the line before it.
 */
export function endOf(bytes: Buffer, from: number, text: string, to: number): number {
  const near = bytes.subarray(from, to);
  for (let rest = 0; rest < TAIL_CHARS; rest++) {
    const tail = Buffer.from(text.slice(0, text.length - rest).slice(-TAIL_CHARS), "latin1");
    const at = near.indexOf(tail, Math.max(0, text.length - rest - tail.length));
    if (at >= 0) return from + at + tail.length;
  }
  return Math.min(to, from + text.length);
}

/** Marks of a diff, a quotation or a comment, or what a log puts before each line: date, level, names of pod and class. */
const LONGEST_PREFIX = 240;

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
