import { count } from "../budget.ts";

/** A piece of a text in the alphabet of a codec. */
export interface Token {
  readonly text: string;
  /** Characters before it on its line. */
  readonly column: number;
}

/** Tokens that are nothing but punctuation are marks of comments and diffs. */
const MARKS_ALONE = /^[+/_-]+$/;
/** Narrower than any line of wrapped base64 (48 characters), wider than most words between the lines. */
export const LINE = 16;
/** Narrower than the lines of what writes PEM, wider than what a log has in each line by chance. */
const NARROWEST = 48;
/** Source code breaks base64 into pieces as short as this; shorter tokens are its words. */
const SHORTEST_WIDTH = 8;

/** The tokens of a text that begins in `column`. */
export function tokensOf(text: string, alphabet: RegExp, column = 0): readonly Token[] {
  const tokens: Token[] = [];
  count(text.length);
  let line = -column;
  let next = lineFeedFrom(text, 0);
  for (const match of text.matchAll(alphabet)) {
    // Forwards: a search back to the last line feed goes through all of a text that has none, for each token.
    for (; next < match.index; next = lineFeedFrom(text, Math.max(0, line))) line = next + 1;
    if (!MARKS_ALONE.test(match[0])) tokens.push({ text: match[0], column: match.index - line });
  }
  return tokens;
}

function lineFeedFrom(text: string, from: number): number {
  const at = text.indexOf("\n", from);
  return at === -1 ? text.length : at;
}

/**
 * The tokens that are as wide as most, as an encoder wraps them, and the rest at the end, which begins in the same
 * column. What is between them (comment words, method names, times) has another width.
 */
export function sameWidth(tokens: readonly Token[], missing: (start: string) => number | undefined): string {
  const width = firstWidth(tokens[0]?.text ?? "", missing) ?? commonWidth(tokens);
  const isLine = ({ text }: Token, at: number) => text.length === width || (at === 0 && text.length > LINE);
  const start = tokens
    .filter(isLine)
    .map(({ text }) => text)
    .join("");
  const lacks = missing(start);
  if (lacks !== undefined && lacks <= 0) return start;
  const last = tokens.findLastIndex(({ text }) => text.length === width);
  const between = new Set(tokens.slice(1, last).map(({ text }) => text));
  const rest = tokens.slice(last + 1).filter(({ text }) => text.length < width && !between.has(text));
  return start + end(rest, tokens[last]?.column, lacks);
}

function end(rest: readonly Token[], column: number | undefined, lacks: number | undefined): string {
  const fits = rest.filter(({ text }) => text.length === lacks);
  const below = [...fits, ...rest].find(
    (token) => token.column === column && token.text.length >= (lacks ?? 1),
  );
  return (below ?? fits[0] ?? longest(rest))?.text ?? "";
}

const longest = (tokens: readonly Token[]) =>
  tokens.reduce<Token | undefined>(
    (best, token) => (token.text.length > (best?.text.length ?? 0) ? token : best),
    undefined,
  );

/** That of the first line, where the second is the last. */
function firstWidth(line: string, missing: (start: string) => number | undefined): number | undefined {
  const lacks = line.length < NARROWEST ? undefined : missing(line);
  return lacks !== undefined && lacks < line.length ? line.length : undefined;
}

/** That of the first line, which is one of the key, where another is as wide; else the one that most characters are in. */
function commonWidth(tokens: readonly Token[]): number {
  const counts = new Map<number, number>();
  for (const { text } of tokens)
    if (text.length >= SHORTEST_WIDTH) counts.set(text.length, (counts.get(text.length) ?? 0) + 1);
  let best = tokens[0]?.text.length ?? 0;
  if (best >= NARROWEST && (counts.get(best) ?? 0) > 1) return best;
  for (const [width, count] of counts) if (count * width > (counts.get(best) ?? 0) * best) best = width;
  return best;
}
