import type { Buffer } from "node:buffer";
import { withoutEscapes as decodeEscapes } from "../../../../keys/pem/escapes.ts";
import { count } from "../budget.ts";
import { ALPHANUMERIC, alphabet, type Run } from "../search/runs.ts";

/** `text` without escapes of any kind and in any number of layers, at the cost of the budget. */
export const withoutEscapes = (text: string): string =>
  decodeEscapes(withoutShortOctals(withWholeEscapes(text)), count);

/** Dashes as C may write them; elsewhere, digits behind a backslash are those of a key. */
const SHORT_DASHES = /\\55\\{1,8}55\\/;
const SHORT_OCTAL = /(?<!\\)\\{1,8}([0-7]{2})(?![0-7])/g;

/** Octal escapes of two digits: the others say by their first digit what they are. */
const withoutShortOctals = (text: string): string =>
  SHORT_DASHES.test(text)
    ? text.replace(SHORT_OCTAL, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)))
    : text;

/** Where YAML folds a quoted text: a backslash at the end of the line, and indentation. */
const FOLD = /\\\r?\n[ \t]*(?=[nru])/g;

/** Where a string of Haskell goes on on the next line, behind an escaped line feed: `\n\⏎  \MII`. */
const GAP = /(?<=\\n)\\\r?\n[ \t]*\\(?!n\\\r?\n)/g;

/** YAML folds by width, also between the backslashes of an escape and its letter: `\\\\⏎  nMII`. */
const withWholeEscapes = (text: string): string =>
  text
    .replace(GAP, "")
    .replace(FOLD, (fold, at: number, whole: string) => (whole[at - 1] === "\\" ? "" : fold));

/** The run from where what it encodes begins: with what precedes an escape, and without a mark of hexadecimal. */
export const encodedRun = (bytes: Buffer, run: Run): Run => withoutHexMark(bytes, widened(bytes, run));

/** The run without what SQL dumps write before hexadecimal digits: `0x`, `\x`. */
function withoutHexMark(bytes: Buffer, run: Run): Run {
  const zero = bytes[run.from] === 0x30 ? 1 : 0;
  const mark = (bytes[run.from + zero] ?? 0) | 0x20;
  if (mark !== 0x78 || (zero === 0 && bytes[run.from - 1] !== 0x5c)) return run;
  return { from: run.from + zero + 1, to: run.to };
}

/** Characters that `widened` goes back over: those of base64 that nothing escapes. */
const BARE = alphabet(`${ALPHANUMERIC}+_-`);
/** A character of base64 that is escaped because it is neither a letter nor a digit, as it ends. */
const SPELLED = /(?:\\\/|&#(?:43|47|x2b|x2f);|&(?:plus|sol);)$/i;
/** The same, where what is behind its first character has been gone over. */
const MARKED = /^(?:%(?:25){0,4}2[BF]|\\u002[bf])/i;
/** An escape that ends or continues where a run begins. */
const OPEN_ESCAPE = /(?:%\0(?:25){0,4}2[BF]|\\\0(?:\/|u002[bf])|(?:&#(?:43|47|x2b|x2f)|&(?:plus|sol));\0)/i;
/** Three pieces that are too short for a run of their own (40 characters), and the escapes between them. */
const BEFORE = 160;

/** The run together with what precedes an escape: `%2B` breaks a run of base64, but not what it spells. */
function widened(bytes: Buffer, run: Run): Run {
  const byte = bytes[run.from - 1];
  if (byte !== 0x25 && byte !== 0x5c && byte !== 0x3b) return run;
  const before = bytes.toString("latin1", Math.max(0, run.from - BEFORE), run.from);
  if (!OPEN_ESCAPE.test(`${before.slice(-8)}\0${bytes.toString("latin1", run.from, run.from + 12)}`))
    return run;
  const closed = byte === 0x3b ? before : before.replace(/[%\\]+$/, "");
  return { from: run.from - before.length + spelledFrom(closed), to: run.to };
}

/** Where the characters of base64, escaped or not, begin with which `text` ends. */
function spelledFrom(text: string): number {
  let at = text.length;
  for (let next = at; next >= 0; next = spelledBefore(text, at)) at = next;
  return at;
}

/** Where the character that ends at `at` begins; -1 if it is none of base64. */
function spelledBefore(text: string, at: number): number {
  const code = text.charCodeAt(at - 1);
  if (BARE[code] === 1) return at - 1;
  const isMark = code === PERCENT || code === BACKSLASH;
  if (isMark && !MARKED.test(text.slice(at - 1, at + 12))) return -1;
  const size = isMark ? 1 : (SPELLED.exec(text.slice(Math.max(0, at - 6), at))?.[0].length ?? 0);
  let from = at - size;
  while (text.charCodeAt(from) === BACKSLASH && text.charCodeAt(from - 1) === BACKSLASH) from--;
  return size === 0 ? -1 : from;
}

const PERCENT = 0x25;
const BACKSLASH = 0x5c;
