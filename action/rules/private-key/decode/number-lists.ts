import { Buffer } from "node:buffer";
import { spend } from "../budget.ts";
import { alphabet, type Run } from "../search/runs.ts";
import type { Decoder } from "./decoder.ts";
import { jointAt, withoutJoints } from "./joints.ts";
import { hasNotation, inPlainNumbers } from "./notations.ts";

/** A list of 48 numbers, the shortest key, has more characters than this. */
const STRIDE = 96;
/** An Ed25519 key in PKCS#8, the smallest in use. */
const SHORTEST = 48;
/** Characters that must all be of a list before it is read. */
const SAMPLE = 24;
/** Characters that hold three numbers, each on its line behind 36 blanks. */
const WIDEST = 128;

const [NONE, DIGIT, LETTER, MARK] = [0, 1, 2, 3];
/** What lists of numbers contain in source code and in hexadecimal dumps, by kind. */
const CLASS = new Uint8Array(256);
for (const char of "0123456789") CLASS[char.charCodeAt(0)] = DIGIT;
for (const char of "abcdefABCDEF") CLASS[char.charCodeAt(0)] = LETTER;
for (const char of "xX,:;\\ \t\r\n\"'+-#/*|>_") CLASS[char.charCodeAt(0)] = MARK;
// What is around numbers in other notations (`notations.ts`): `0x30u8`, `48uy`, `&H30`, `$30`, `30h`, `@48`, `0 => 48`.
for (const char of "uUyhH&$@=") CLASS[char.charCodeAt(0)] = MARK;

/**
 * Lists of bytes written as numbers: hexadecimal with something in between (`30:82`, `0x30, 0x82`, `\x30\x82`), or
 * decimal as JSON and Java write them. Samples every 96th byte only, and continues from there if it finds digits.
 */
export function* numberLists(bytes: Buffer): Generator<Run> {
  let end = 0;
  for (let at = nextList(bytes, STRIDE); at !== -1; ) {
    const from = behindWord(bytes, listStart(bytes, at, end), at);
    end = listEnd(bytes, at + SAMPLE);
    yield { from, to: end };
    at = nextList(bytes, Math.max(at, end - (end % STRIDE)) + STRIDE);
  }
}

/** Where the list begins that has `at` in it, also in strings before that a program joins. `least`: where the one before ends. */
function listStart(bytes: Buffer, at: number, least: number): number {
  for (let from = at; ; ) {
    while (from > least && isOfList(bytes, from - 1)) from--;
    const joint = from > least && isAtString(bytes, from, 1) ? jointAt(bytes, from - 1) : undefined;
    if (joint === undefined || joint.from <= least) return from;
    from = joint.from;
  }
}

function listEnd(bytes: Buffer, at: number): number {
  for (let to = at; ; ) {
    while (to < bytes.length && isOfList(bytes, to)) to++;
    const joint = to < bytes.length && isAtString(bytes, to - 1, -1) ? jointAt(bytes, to) : undefined;
    if (joint === undefined) return to;
    to = joint.to;
  }
}

/** Whether a quotation mark is in one direction, behind nothing but the words and operators that a joint may have. */
function isAtString(bytes: Uint8Array, from: number, step: -1 | 1): boolean {
  let at = from;
  while (Math.abs(at - from) < MAX_BETWEEN && BETWEEN[bytes[at] as number] === 1) at += step;
  return QUOTES[bytes[at] as number] === 1;
}

/** Characters of indentation and of the name of a variable. */
const MAX_BETWEEN = 120;
const BETWEEN = alphabet("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_$ \t\r\n+.=;&@<()\\");
const QUOTES = alphabet("\"'`");

/** What the numbers of a list spell, from the first that may begin a key or a text. */
export const numbers: Decoder = {
  name: "numbers",
  at: ["numbers"],
  find(bytes, { from, to }, budget) {
    const list = spelled(bytes, from, to);
    return list.length >= SHORTEST && spend(budget, to - from) ? { bytes: list, from, to } : undefined;
  },
};

/** Also the letter of an escaped line feed or tab: source code in JSON. */
export const isOfList = (bytes: Uint8Array, at: number) =>
  CLASS[bytes[at] as number] !== NONE || (bytes[at - 1] === BACKSLASH && ESCAPED.has(bytes[at] as number));

/** Where a list begins whose first letters are the end of a word: `key:` and `data` are not numbers. */
function behindWord(bytes: Uint8Array, from: number, most: number): number {
  let at = from;
  if (isLetter(bytes[from - 1])) while (at < most && isLetter(bytes[at])) at++;
  return at;
}

const isLetter = (byte: number | undefined) => {
  const small = (byte ?? 0) | 0x20;
  return small >= 0x61 && small <= 0x7a;
};

const BACKSLASH = 0x5c;
const ESCAPED: ReadonlySet<number> = new Set(Buffer.from("nrt"));

/** The next offset that is sampled and is in a list, or -1. Small, so that V8 has it optimized at once. */
function nextList(bytes: Uint8Array, from: number): number {
  for (let at = from; at < bytes.length; at += STRIDE)
    if (CLASS[bytes[at] as number] !== NONE && isList(bytes, at)) return at;
  return -1;
}

/**
 * Nothing that is not of a list in the sample, and three groups of digits in it or soon behind it: where each number has
 * a line of its own with indentation, as in JSON within JSON, or is binary.
 */
function isList(bytes: Uint8Array, at: number): boolean {
  let groups = 0;
  let before = MARK;
  for (let offset = at; offset < at + SAMPLE || (groups < 3 && offset < at + WIDEST); offset++) {
    const kind = CLASS[bytes[offset] as number] ?? NONE;
    if (kind === NONE) return false;
    if (kind !== MARK && before === MARK) groups++;
    before = kind;
  }
  return groups >= 3;
}

const isBinary = (bytes: Uint8Array, at: number) =>
  BINARY.test(Buffer.from(bytes.subarray(at, at + 2 * SAMPLE)).toString("latin1"));

const BINARY = /0[bB][01_]{1,9}[,\s]+0[bB][01]/;
const BINARIES = /0[bB]([01]_?){1,8}(?![\w])/g;

/** The bytes that a list of numbers spells. */
export function spelled(bytes: Buffer, from: number, to: number): Buffer {
  const head = bytes.toString("latin1", from, Math.min(to, from + HEAD));
  const isQuotedOrCommented = AROUND.test(head);
  const isNotation = hasNotation(head.slice(0, 4 * SAMPLE));
  if (!isQuotedOrCommented && !isNotation) return spelledPlain(bytes, from, to);
  const text = bytes.toString("latin1", from, to);
  const bare = isQuotedOrCommented ? withoutOffsets(withoutJoints(text)).replace(PREFIX, "") : text;
  const plain = Buffer.from(isNotation ? inPlainNumbers(bare) : bare, "latin1");
  return spelledPlain(plain, 0, plain.length);
}

/** Characters that hold a line of source code and the comment behind it. */
const HEAD = 512;
/** What strings and comments have, and lists of numbers do not. */
const AROUND = /["'`]|\/[/*]|(?:#|--)[ \t]/;
/** The mark of a string of bytes, which is no number: `b'\x30'`. */
const PREFIX = /(?<![\w\\"'`])[bB](?=\\?["'`])/g;
/** A number alone in a comment: how far the list is, behind a line or anywhere. */
const OFFSETS =
  /(?:\/\/|#|--)(?<=[0-9A-Fa-f]["']?,?[ \t]{0,32}(?:\/\/|#|--))[ \t]{0,32}(?:0x)?[0-9A-Fa-f]{1,8}:?[ \t]{0,32}(?=\\?[\r\n]|$)|\/\*[ \t]{0,32}(?:0x)?[0-9A-Fa-f]{1,8}:?[ \t]{0,32}\*\//g;
const withoutOffsets = (text: string) => text.replace(OFFSETS, "");

function spelledPlain(bytes: Buffer, from: number, to: number): Buffer {
  if (isBinary(bytes, from)) return binaries(bytes, from, to);
  if (isIndexed(bytes, from)) return indexed(bytes, from, to);
  return isDecimal(bytes, from, to) ? decimals(bytes, from, to) : hexadecimals(bytes, from, to);
}

/** Commas, signs or numbers of three digits, and neither a letter nor an `x` among the first numbers. */
function isDecimal(bytes: Uint8Array, from: number, to: number): boolean {
  let marks = 0;
  for (let at = from; at < Math.min(to, from + 4 * STRIDE); at++) {
    const byte = bytes[at] as number;
    if (byte === 0x2c || (byte === 0x2d && isSign(bytes, at))) marks++;
    if (CLASS[byte] === LETTER || byte === 0x78 || byte === 0x58) return false;
  }
  return marks >= 5 || hasThreeDigits(bytes, from, Math.min(to, from + 48 * STRIDE));
}

/** Whether the dash is before a number and not between two. */
const isSign = (bytes: Uint8Array, at: number) =>
  CLASS[bytes[at + 1] as number] === DIGIT && CLASS[bytes[at - 1] as number] !== DIGIT;

/** Small letters have three digits, and a PEM may begin without any. The addresses of a dump have more. */
function hasThreeDigits(bytes: Uint8Array, from: number, to: number): boolean {
  let [digits, numbers] = [0, 0];
  for (let at = from; at < to && numbers < 5; at++) {
    const isDigit = CLASS[bytes[at] as number] === DIGIT;
    if (!isDigit && digits === 3) numbers++;
    digits = isDigit ? digits + 1 : 0;
    if (digits > 3) return false;
  }
  return numbers >= 5;
}

/** What `JSON.stringify` makes of a `Uint8Array`: `{"0":45,"1":45`. */
function isIndexed(bytes: Uint8Array, from: number): boolean {
  const [, first, second] =
    INDEXES.exec(Buffer.from(bytes.subarray(from, from + 4 * SAMPLE)).toString("latin1")) ?? [];
  return first !== undefined && Number(second) === Number(first) + 1;
}

const INDEXES = /^\s*"([0-9]{1,6})":\s*[0-9]{1,3},\s*"([0-9]{1,6})":/;

function indexed(bytes: Uint8Array, from: number, to: number): Buffer {
  const text = Buffer.from(bytes.subarray(from, to)).toString("latin1");
  return Buffer.from([...text.matchAll(/":\s*([0-9]{1,3})(?![0-9])/g)].map(([, value]) => Number(value)));
}

function binaries(bytes: Uint8Array, from: number, to: number): Buffer {
  const text = Buffer.from(bytes.subarray(from, to)).toString("latin1");
  const digits = (literal: string) => literal.slice(2).replaceAll("_", "");
  return Buffer.from([...text.matchAll(BINARIES)].map(([literal]) => Number.parseInt(digits(literal), 2)));
}

/** Java's bytes are signed. What is no byte ends the list, unless nothing was read yet. */
function decimals(bytes: Uint8Array, from: number, to: number): Buffer {
  const values = Buffer.allocUnsafe((to - from + 1) / 2 + 1);
  let count = 0;
  for (let at = from; at < to; at++) {
    if (CLASS[bytes[at] as number] !== DIGIT) continue;
    const negative = bytes[at - 1] === 0x2d;
    let value = 0;
    for (; at < to && CLASS[bytes[at] as number] === DIGIT; at++)
      value = value * 10 + (bytes[at] as number) - 0x30;
    if (value < 256) values[count++] = negative ? -value : value;
    else if (count < SHORTEST) count = 0;
    else break;
  }
  return values.subarray(0, count);
}

/** Groups of one or two digits; longer ones are offsets of a dump, and what precedes the first `0x` is not read. */
function hexadecimals(bytes: Uint8Array, from: number, to: number): Buffer {
  const values = Buffer.allocUnsafe((to - from + 1) / 2 + 1);
  let count = 0;
  for (let at = from; at < to; at++) {
    if (!isHex(bytes[at] as number)) continue;
    const start = at;
    let value = 0;
    for (; at < to && isHex(bytes[at] as number); at++)
      value = (value * 16 + digit(bytes[at] as number)) & 0xff;
    const prefix = at - start === 1 && value === 0 && isX(bytes[at]);
    if (!prefix && at - start <= 2) values[count++] = value;
  }
  return values.subarray(0, count);
}

const isHex = (byte: number) => CLASS[byte] === DIGIT || CLASS[byte] === LETTER;
const isX = (byte: number | undefined) => byte === 0x78 || byte === 0x58;
const digit = (byte: number) => (byte < 0x3a ? byte - 0x30 : (byte & 0xdf) - 0x37);
