import { Buffer } from "node:buffer";
import { withoutLostBreaks } from "../../../../keys/pem/lost-line-breaks.ts";
import { LINE, sameWidth, type Token, tokensOf } from "./line-wrapping.ts";

/** An alphabet that bytes are written in. `=` is left out: padding carries no information. */
export interface Codec {
  readonly name: "base64" | "hex";
  readonly token: RegExp;
  /** Characters that fill whole bytes, and the bytes they fill. */
  readonly chars: 4 | 2;
  readonly bytes: 3 | 1;
  decode(text: string): Buffer;
}

export const BASE64: Codec = {
  name: "base64",
  token: /[A-Za-z0-9+/_-]+/g,
  chars: 4,
  bytes: 3,
  decode: (text) => Buffer.from(text, "base64"),
};
export const HEX: Codec = {
  name: "hex",
  token: /[0-9A-Fa-f]+/g,
  chars: 2,
  bytes: 1,
  decode: (text) => Buffer.from(text, "hex"),
};

/** Characters that spell so many bytes. */
export const charsOf = (codec: Codec, bytes: number) => Math.ceil((bytes * codec.chars) / codec.bytes);

/** How psql ends each line of a field that has more of them. */
const PSQL_BREAK = /\+(?=\r?\n *\|)/g;
/** A margin as Scala's, before which a line of base64 may end with `+` by chance. */
const OTHER_MARGIN = /[^+\r\n]\r?\n *\|/;
/** What may precede every line: the marks of a diff, a comment, a lost backslash, rsyslog's `#012` for a line feed. */
const LINE_MARKS = ["+", "-", "//", "--", "n", "/", "++", "--+", "012"];

/**
 * How a text that begins with the first encoded character may be meant, the strictest reading first: the caller
 * proves one by parsing what comes out, so a later one may be loose. `missing` is the number of characters that a
 * beginning still lacks, if that is known, and `column` that of the text on its first line.
 */
export function* readings(
  text: string,
  codec: Codec,
  missing: (start: string) => number | undefined,
  column = 0,
): Generator<string> {
  if (codec === BASE64) yield* restoredLines(text, missing);
  const field = OTHER_MARGIN.test(text) ? text : text.replace(PSQL_BREAK, "");
  if (field.length < text.length) yield* readings(field, codec, missing, column);
  const tokens = tokensOf(text, codec.token, column);
  const unrepeated = withoutRepeated(tokens);
  if (unrepeated.length < tokens.length) yield* ofTokens(unrepeated, missing);
  yield* ofTokens(tokens, missing, text);
  // A variable of an environment that cannot have line breaks: `tr '\n' _`.
  if (codec === BASE64 && text.includes("_")) yield sameWidth(tokensOf(text, BETWEEN_UNDERSCORES), missing);
}

/** How the tokens may be meant; `text`: what they are of, where it may be read in other ways as well. */
function* ofTokens(
  tokens: readonly Token[],
  missing: (start: string) => number | undefined,
  text?: string,
): Generator<string> {
  const marked = marksOf(tokens).map((mark) => tokens.map((token) => without(mark, token)));
  // One line of base64 may well begin like a mark; many do not.
  const certain = tokens.filter(isLong).length > 3;
  if (certain) for (const bare of marked) yield sameWidth(bare, missing);
  yield sameWidth(tokens, missing);
  yield sameWidth(tokens, () => 0);
  if (text !== undefined) yield insideQuotes(text);
  if (!certain) for (const bare of marked) yield sameWidth(bare, missing);
  for (const bare of marked) yield joined(bare.filter(isLong));
  if (text !== undefined) yield (/^[\s\0A-Za-z0-9+/_-]*/.exec(text)?.[0] ?? "").replace(/[\s\0]+/g, "");
  yield joined(tokens.filter((token, at) => at === 0 || isLong(token)));
  yield joined(tokens);
}

/** Without what a log repeats in each line and is as long as a line of a key, such as the id of a container. */
function withoutRepeated(tokens: readonly Token[]): readonly Token[] {
  const known = new Set<string>();
  const repeated = new Set<string>();
  for (const { text } of tokens.filter(isLong)) (known.has(text) ? repeated : known).add(text);
  return repeated.size === 0 ? tokens : tokens.filter(({ text }) => !repeated.has(text));
}

const BETWEEN_UNDERSCORES = /[A-Za-z0-9+/]+/g;

/** Enough of a key to show its size. */
const HEAD = 64;

/** The text with line breaks where only the `n` of `\n` is left: its own proof, so it comes first. */
function restoredLines(text: string, missing: (start: string) => number | undefined): Generator<string> {
  const start = text.slice(0, HEAD);
  const lacks = missing(start);
  return withoutLostBreaks(text, lacks === undefined ? undefined : lacks + start.length);
}

const isLong = ({ text }: Token) => text.length >= LINE;
const joined = (tokens: readonly Token[]) => tokens.map(({ text }) => text).join("");
const without = (mark: string, token: Token): Token =>
  token.text.startsWith(mark) ? { ...token, text: token.text.slice(mark.length) } : token;

/** The text starts inside of a string, so every second part between quotes belongs to it. */
function insideQuotes(text: string): string {
  const parts = text.split(/["'`]/).filter((_, at) => at % 2 === 0);
  return parts.join("").replace(/[^A-Za-z0-9+/_-]+/g, "");
}

/** The marks that every long token but the first begins with. */
function marksOf(tokens: readonly Token[]): readonly string[] {
  const lines = tokens.slice(1).filter(isLong);
  return lines.length === 0
    ? []
    : LINE_MARKS.filter((mark) => lines.every(({ text }) => text.startsWith(mark)));
}
