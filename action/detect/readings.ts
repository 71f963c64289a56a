import { Buffer } from "node:buffer";

/** An alphabet that bytes are written in. `=` is left out: padding tells nothing. */
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

/** What may stand in front of every line: the marks of a diff, a comment, a lost backslash. */
const LINE_MARKS = ["+", "-", "//", "--", "n", "/", "++", "--+"];
const LINE = 16;

/**
 * How a text that begins with the first encoded character may be meant, the strictest reading first: the caller
 * proves one by parsing what comes out, so a later one may be loose. `missing` tells how many characters a
 * beginning still lacks, if that is known.
 */
export function* readings(
  text: string,
  codec: Codec,
  missing: (start: string) => number | undefined,
): Generator<string> {
  const plain = /^[\s\0A-Za-z0-9+/_-]*/.exec(text)?.[0].replace(/[\s\0]+/g, "") ?? "";
  yield plain;
  const tokens = (text.match(codec.token) ?? []).filter((token) => !/^[+/_-]+$/.test(token));
  yield sameWidth(tokens, missing);
  const quoted = insideQuotes(text);
  if (quoted.length > plain.length) yield quoted;
  for (const mark of marksOf(tokens)) {
    const bare = tokens.map((token, at) =>
      at > 0 && token.startsWith(mark) ? token.slice(mark.length) : token,
    );
    yield sameWidth(bare, missing);
    yield bare.filter((token) => token.length >= LINE).join("");
  }
  yield tokens.filter((token, at) => at === 0 || token.length >= LINE).join("");
  yield tokens.join("");
}

/** The text starts inside of a string, so every second part between quotes belongs to it. */
function insideQuotes(text: string): string {
  const parts = text.split(/["'`]/).filter((_, at) => at % 2 === 0);
  return parts.join("").replace(/[^A-Za-z0-9+/_-]+/g, "");
}

/** The marks that every long token but the first begins with. */
function marksOf(tokens: readonly string[]): readonly string[] {
  const lines = tokens.slice(1).filter((token) => token.length > LINE);
  return lines.length === 0 ? [] : LINE_MARKS.filter((mark) => lines.every((line) => line.startsWith(mark)));
}

/**
 * The tokens that are as wide as most, as an encoder wraps them, and the rest at the end. What stands between them
 * (comment words, method names) has another width.
 */
function sameWidth(tokens: readonly string[], missing: (start: string) => number | undefined): string {
  const width = commonWidth(tokens);
  const last = tokens.findLastIndex((token) => token.length === width);
  const lines = tokens.filter((token, at) => token.length === width || (at === 0 && token.length > LINE));
  const start = lines.join("");
  const between = new Set(tokens.slice(1, last).filter((token) => token.length !== width));
  const rest = tokens.slice(last + 1).filter((token) => !between.has(token) && token.length < width);
  const lacks = missing(start);
  if (lacks !== undefined && lacks <= 0) return start;
  const end =
    rest.find((token) => token.length === lacks) ?? rest.find((token) => token.length >= (lacks ?? 1));
  return start + (end ?? rest[0] ?? "");
}

function commonWidth(tokens: readonly string[]): number {
  const counts = new Map<number, number>();
  for (const { length } of tokens) if (length >= 8) counts.set(length, (counts.get(length) ?? 0) + 1);
  let best = tokens[0]?.length ?? 0;
  for (const [width, count] of counts) {
    const most = counts.get(best) ?? 0;
    if (count > most || (count === most && width > best)) best = width;
  }
  return best;
}
