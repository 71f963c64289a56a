import { Buffer } from "node:buffer";

/** An S-expression: a text of octets, or a list. */
export type Expression = Buffer | readonly Expression[];

/** Lists in lists; a key has four. */
const MAX_DEPTH = 16;

/**
 * What an atom is written as: with its length, or, with or without a length, in hexadecimal digits, in base64 or
 * between quotes; or as a word.
 */
const ATOM =
  /(\d{1,6}):|(?:\d{1,6})?(?:#([0-9A-Fa-f\s]*)#|\|([\w+/=\s-]*)\||"([^"\\]*(?:\\.[^"\\]*)*)")|([\w.+*/=-]+)/sy;
/** An escape between quotes. */
const ESCAPE = /\\(?:([0-7]{3})|x([0-9A-Fa-f]{2})|(\r\n?|\n\r?)|(.))/gs;
const CONTROLS: Readonly<Record<string, string>> = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t", v: "\v" };
const BLANKS = /\s*/y;

interface Read {
  readonly value: Expression;
  readonly end: number;
}

/**
 * The expression that `text` (Latin-1) begins with, in the canonical or the advanced form (RFC 9804), and where it
 * ends; `undefined` where it is malformed or cut.
 */
export function readExpression(text: string): Read | undefined {
  const open: Expression[][] = [];
  for (let at = afterBlanks(text, 0); at < text.length; at = afterBlanks(text, at)) {
    const read = readAt(text, at, open);
    if (read === undefined) return undefined;
    at = read.end;
    if (open.length === 0) return read;
    open.at(-1)?.push(...(read.value === OPENED ? [] : [read.value]));
  }
  return undefined;
}

/** Instead of a list that has only begun. */
const OPENED: Expression = [];

/** What is at `at`, with the lists that are open there. */
function readAt(text: string, at: number, open: Expression[][]): Read | undefined {
  if (text[at] === "(") return open.push([]) > MAX_DEPTH ? undefined : { value: OPENED, end: at + 1 };
  if (text[at] !== ")") return open.length === 0 ? undefined : readAtom(text, at);
  const value = open.pop();
  return value && { value, end: at + 1 };
}

function afterBlanks(text: string, at: number): number {
  BLANKS.lastIndex = at;
  BLANKS.exec(text);
  return BLANKS.lastIndex;
}

function readAtom(text: string, at: number): Read | undefined {
  ATOM.lastIndex = at;
  const found = ATOM.exec(text);
  if (found === null) return undefined;
  const [, length, hex, base64, quoted, word = ""] = found;
  const end = ATOM.lastIndex;
  if (hex !== undefined) return { value: Buffer.from(hex.replace(/\s+/g, ""), "hex"), end };
  if (base64 !== undefined) return { value: Buffer.from(base64, "base64"), end };
  if (length === undefined) return { value: Buffer.from(unescaped(quoted ?? word), "latin1"), end };
  const size = Number(length);
  return end + size > text.length
    ? undefined
    : { value: Buffer.from(text.slice(end, end + size), "latin1"), end: end + size };
}

const unescaped = (text: string) =>
  text.replace(ESCAPE, (_, octal?: string, hex?: string, lineBreak?: string, character = "") => {
    if (lineBreak !== undefined) return "";
    if (octal === undefined && hex === undefined) return CONTROLS[character] ?? character;
    return String.fromCharCode(octal === undefined ? Number(`0x${hex}`) : Number.parseInt(octal, 8) & 0xff);
  });
