import { Buffer, isUtf8 } from "node:buffer";
import { looksLikeArchiveInBase64 } from "../../../scan/archive.ts";
import { type Budget, spend } from "../budget.ts";
import { BASE64, type Run, SHORTEST_ENCODED } from "../search/runs.ts";
import type { Decoded, Decoder } from "./decoder.ts";
import { withoutEscapes } from "./escapes.ts";

/**
 * 1 where base64 may begin three bytes of text, by its first character (six bits of the first byte): `I` to `f`
 * for printable ASCII, `C` and `D` for white space, `A` for the NULs of UTF-16.
 */
const BEGINS_TEXT = new Uint8Array(128);
for (const char of "ACDIJKLMNOPQRSTUVWXYZabcdef") BEGINS_TEXT[char.charCodeAt(0)] = 1;

/** Something may be glued to the front: the groups of four begin at one of four places. */
const SHIFTS = [0, 1, 2, 3];
/** A window of a large file may begin with the second digit of a byte. */
const HEX_SHIFTS = [0, 1];
/** 27 of 64 characters may begin three bytes of text: random base64 passes nine groups once in 2,400 times. */
const GROUPS = 9;
/** Characters between two lines of one text: indentation, quotes, the date and level of a log. */
const NEAR = 96;
/** Characters of wrapped text that are read: nearly all need the first; the last bounds the cost of one run. */
const SIZES = [16 * 1024, 128 * 1024, 1024 * 1024];
/** Characters that two such pieces of a longer text share: a key of 16,384 bits in base64 takes 34 KB in hexadecimal. */
const SHARED = 64 * 1024;
/** A wider run is no line of a wrapped text; one of this width holds a key by itself. */
const LONGEST_LINE = 8 * 1024;
/** Encoders wrap at 60 to 76 characters, and hardly anything at more than this. */
const USUAL_LINE = 512;
/** 144 bits: no other place has them by chance. */
const TAIL = 24;
/** A shorter last line may be a word of a comment, and has to resemble base64. */
const SHORTEST_LINE = 20;
/** A run deserves a closer check in its middle, where there may be text of other alphabets than ASCII. */
const LONG = 512;

/**
 * The text that a run of base64 (or hexadecimal digits) spells, together with the runs of the same width that
 * follow it; `undefined` where it spells something else, as an image or a hash.
 */
export const encodedText: Decoder = {
  name: "encoded text",
  at: ["run", "base64"],
  find(bytes, place, budget) {
    const run = place.kind === "run" ? place : shortRun(bytes, place);
    if (run === undefined) return undefined;
    budget.archive ||= looksLikeArchiveInBase64(bytes, run.from, budget);
    const odd = HEX_SHIFTS.find((shift) => isHexText(bytes, { from: run.from + shift, to: run.to }));
    if (odd !== undefined) return decoded(bytes, run, { encoding: "hex", glued: odd, budget });
    const glued = base64Shift(bytes, run);
    return glued === undefined ? undefined : decoded(bytes, run, { encoding: "base64", glued, budget });
  },
};

/** The first line of a text in lines that are too short for a run; any other one is found as a run. */
function shortRun(bytes: Buffer, { from }: Run): Run | undefined {
  for (let to = from; to < from + SHORTEST_ENCODED; to++)
    if (BASE64[bytes[to] as number] !== 1) return { from, to };
  return undefined;
}

/** Characters of the run before the base64 of text begins: something may be glued to it. */
function base64Shift(bytes: Buffer, { from, to }: Run): number | undefined {
  const middle = Math.floor((to - from) / 8) * 4;
  const groups = Math.min(GROUPS, Math.floor((to - from - middle - 3) / 4));
  return SHIFTS.find((shift) => {
    const at = from + shift + middle;
    if (beginsText(bytes, at, groups)) return isText(sampled(bytes, at, to));
    return to - from >= LONG && isOtherText(sampled(bytes, at, to));
  });
}

function beginsText(bytes: Buffer, at: number, groups: number): boolean {
  for (let group = 0; group < groups; group++)
    if (BEGINS_TEXT[bytes[at + 4 * group] as number] !== 1) return false;
  return true;
}

const sampled = (bytes: Buffer, from: number, to: number) =>
  Buffer.from(bytes.toString("latin1", from, Math.min(to, from + 48)), "base64");

function isText(bytes: Buffer): boolean {
  let printable = 0;
  let nuls = 0;
  for (const byte of bytes) {
    if (byte === 0) nuls++;
    else if ((byte >= 0x20 && byte < 0x7f) || byte === 10 || byte === 13 || byte === 9) printable++;
  }
  const whole = bytes.length - (nuls * 3 > bytes.length ? nuls : 0);
  return printable >= whole * 0.9;
}

/** UTF-8 without control characters; the sample may begin and end inside of a character. */
function isOtherText(sample: Buffer): boolean {
  const begin = Math.max(
    0,
    sample.findIndex((byte) => byte < 0x80 || byte >= 0xc0),
  );
  if (begin > 3 || sample.some((byte) => byte < 0x20 && byte !== 10 && byte !== 13 && byte !== 9))
    return false;
  return [0, 1, 2, 3].some((cut) => isUtf8(sample.subarray(begin, sample.length - cut)));
}

function isHexText(bytes: Buffer, run: Run): boolean {
  if (isAsciiInHex(bytes, run)) return true;
  const { from, to } = run;
  if (to - from < LONG) return false;
  const middle = from + 2 * Math.floor((to - from) / 4);
  const text = bytes.toString("latin1", middle, middle + 72);
  return /^[0-9a-f]+$/i.test(text) && isOtherText(Buffer.from(text, "hex"));
}

function isAsciiInHex(bytes: Buffer, { from, to }: Run): boolean {
  const first = bytes[from] ?? 0;
  if (first < 0x30 || first > 0x37) return false;
  const text = bytes.toString("latin1", from, Math.min(to, from + 40));
  return /^(?:[2-7][0-9a-f]|0[9ad]|00)+$/i.test(text) && isText(Buffer.from(text, "hex"));
}

interface Encoded {
  readonly encoding: "base64" | "hex";
  readonly glued: number;
  readonly budget: Budget;
}

function decoded(bytes: Buffer, run: Run, { encoding, glued, budget }: Encoded): Decoded | undefined {
  const { text, end, isCut } = wrapped(bytes, { from: run.from + glued, to: run.to }, glued, budget);
  const content = Buffer.from(text, encoding);
  if (!spend(budget, content.length)) return undefined;
  return { bytes: content, from: run.from, to: end, ...(isCut && { again: end - SHARED }) };
}

interface Wrapped {
  readonly text: string;
  readonly end: number;
  readonly isCut?: boolean;
}

/** The run, what follows it behind an escape, and the lines after it, where it is wrapped. */
function wrapped(bytes: Buffer, run: Run, glued: number, budget: Budget): Wrapped {
  const alone = { text: bytes.toString("latin1", run.from, run.to), end: run.to };
  if (!goesOn(bytes, run)) return alone;
  for (const size of [2 * (run.to - run.from + NEAR), ...SIZES]) {
    if (!spend(budget, size)) return alone;
    const text = withoutEscapes(bytes.toString("latin1", run.from, run.from + size));
    const first = /^[A-Za-z0-9+/_-]*/.exec(text)?.[0] ?? "";
    const cut = run.from + size < bytes.length;
    const { lines, ended, last } = sameWidthLines(text, { width: widthOf(text, first), glued, cut });
    if (!ended && cut && size !== SIZES.at(-1)) continue;
    return { text: lines.join(""), end: endOfLines(bytes, run.from + last, lines), isCut: !ended && cut };
  }
  return alone;
}

function goesOn(bytes: Buffer, { from, to }: Run): boolean {
  const near = bytes.toString("latin1", to, to + NEAR + Math.min(to - from, LONGEST_LINE));
  if (/^[%&\\]/.test(near)) return true;
  return to - from <= LONGEST_LINE && /[A-Za-z0-9+/_-]{4}/.test(near);
}

interface Shape {
  readonly width: number;
  readonly glued: number;
  /** Whether more follows the text. */
  readonly cut: boolean;
}

/**
 * The first token of `text`, those of the width that follow, and the shorter one at the end. `last`: where the last
 * but the shorter one ends.
 */
function sameWidthLines(text: string, { width, glued, cut }: Shape) {
  const lines: string[] = [];
  let last = 0;
  for (const match of text.matchAll(/[A-Za-z0-9+/_-]+/g)) {
    if (match.index - last > NEAR) return { lines, ended: true, last };
    // What the cut leaves of a line is not the shorter one at the end.
    if (cut && match.index + match[0].length === text.length) return { lines, ended: false, last };
    const line = lines.length > 0 ? withoutMark(match[0], width, glued) : match[0];
    if (line.length === width || lines.length === 0) {
      lines.push(line);
      last = match.index + match[0].length;
    } else if (line.length > width) return { lines, ended: true, last };
    else if (isRest(line) || isPadded(text, last, match))
      return { lines: [...lines, line], ended: true, last };
    else if (isAnothers(line, width, lines)) return { lines, ended: true, last };
  }
  return { lines, ended: last < text.length - NEAR, last };
}

/** A line that LDIF or quoted-printable folds: a name takes a part of the first one. LDIF has a blank before the others. */
const FOLDED = /^(?:\r?\n[ \t]{1,16}|=\r?\n)([A-Za-z0-9+/]{40,})/;

/** The width of the lines: that of the first one, or of the second where a name takes a part of the first. */
function widthOf(text: string, { length }: string): number {
  const second = FOLDED.exec(text.slice(length, length + LONGEST_LINE))?.[1]?.length ?? 0;
  return Math.max(length, second);
}

/** What a diff, a comment or an escape leaves before each line. */
const MARK = /^(?:[+-]|\/\/|n)/;
const markOf = (token: string, width: number, glued: number) =>
  token.length > width && token.length < width + 4 ? token.length - width : glued;
const withoutMark = (token: string, width: number, glued: number) =>
  MARK.test(token) ? token.slice(markOf(token, width, glued)) : token;

/** The name of another value: wide lines are rarely one text, and the first of them proves nothing. */
const isAnothers = (word: string, width: number, lines: readonly string[]) =>
  width > USUAL_LINE && lines.length === 1 && /[A-Za-z0-9]/.test(word);

/** Comment words and the like are between lines as well; a last line resembles encoded text more closely. */
const isRest = (line: string) => line.length >= SHORTEST_LINE || /[0-9A-Z].*[a-z]|[a-z].*[0-9A-Z]/.test(line);

/** The end of a group of four on a line of its own: a few characters may happen to have no small letters. */
function isPadded(text: string, last: number, { index, 0: token }: RegExpExecArray): boolean {
  const padding = /^(={0,2})(?:["'`\s]|$)/.exec(text.slice(index + token.length, index + token.length + 3));
  const isAlone = padding !== null && /^["'`+\s]+$/.test(text.slice(last, index));
  return isAlone && (token.length + (padding[1] ?? "").length) % 4 === 0;
}

/**
 * The offset after the last full line. `least`: where it ends if nothing before it is escaped; the search goes forward
 * from there, because a text that repeats itself has the same characters again and again.
 */
function endOfLines(bytes: Buffer, least: number, lines: readonly string[]): number {
  const width = Math.max(lines[0]?.length ?? 0, lines[1]?.length ?? 0);
  const full = Buffer.from((lines.findLast((line) => line.length === width) ?? "").slice(-TAIL), "latin1");
  const reach = lines.length * (width + NEAR);
  const at = bytes.subarray(0, least + reach).indexOf(full, Math.max(0, least - full.length));
  return at < 0 ? least : at + full.length;
}
