import { Buffer } from "node:buffer";
import { ALPHANUMERIC, alphabet, type Run } from "../private-key/search/runs.ts";

/** Box's secrets and tokens have 32 letters and digits; refresh tokens have 64. */
const LENGTHS: ReadonlySet<number> = new Set([32, 64]);

/** A token that was exchanged for a narrower one begins like this and is long. */
const DOWNSCOPED = /^1![\w-]{40,4000}$/;
/** Characters of it behind the mark. */
const SHORTEST_TOKEN = 40;

/** Of 40 random characters fewer than this are different hardly ever. */
const MIN_DIFFERENT = 16;
/** Characters that show whether a token is random; the rest of it would cost without proving more. */
const SAMPLE = 64;

/** Whether the value is a downscoped token, and no row of the letter x. */
export const isDownscoped = (value: string): boolean =>
  DOWNSCOPED.test(value) && new Set(value.slice(0, SAMPLE)).size >= MIN_DIFFERENT;

/** Where a value is. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** The value that the run is, or is a part of. */
export function spanOf(bytes: Buffer, { from, to: end }: Run, whole: boolean): Span | undefined {
  const token = downscoped(bytes, from);
  if (token) return token;
  const start = from + escapeLength(bytes, from);
  if (!LENGTHS.has(end - start)) return undefined;
  // At the border of a window it may be cut; the neighbour has it whole.
  if (!whole && (start === 0 || end === bytes.length)) return undefined;
  const [previous, next, second] = [bytes[start - 1], bytes[end], bytes[end + 1]];
  if (previous !== undefined && JOINS_BEFORE.has(previous) && !isDefault(bytes, start)) return undefined;
  if (next !== undefined && JOINS_AFTER.has(next) && !isInUserInfo(bytes, end)) return undefined;
  if (isElided(bytes, start, end)) return undefined;
  return next === DOT && second !== undefined && isWord(second) ? undefined : { start, end };
}

const PERCENT = 0x25;

/** How many characters of the run belong to the `%3D` or `%22` that it begins in. */
const escapeLength = (bytes: Buffer, from: number): number =>
  bytes[from - 1] === PERCENT && /^[23][0-9A-Fa-f]/.test(bytes.toString("latin1", from, from + 2)) ? 2 : 0;

/** Behind the secret in `https://id:secret@api.box.com`. */
export const IN_USER_INFO = /^@(?:[\w-]{1,40}\.){0,3}box\.com\b/;

const isInUserInfo = (bytes: Buffer, end: number): boolean =>
  bytes[end] === AT && IN_USER_INFO.test(bytes.toString("latin1", end, end + 140));

const [MINUS, AT] = [0x2d, 0x40];
/** A shell's default: `${NAME:-value}`. */
const DEFAULT = /\$\{[A-Za-z_]\w{0,100}:?-$/;
/** What `DEFAULT` matches at most is 105. */
const DEFAULT_CHARACTERS = 112;

const isDefault = (bytes: Buffer, start: number): boolean =>
  bytes[start - 1] === MINUS &&
  DEFAULT.test(bytes.toString("latin1", Math.max(0, start - DEFAULT_CHARACTERS), start));

const ELLIPSES = [Buffer.from("..."), Buffer.from("\u2026")];

/** Whether something was left out before or after the value, as documents do: then it is no whole secret. */
const isElided = (bytes: Buffer, start: number, end: number): boolean =>
  ELLIPSES.some(
    (dots) =>
      bytes.subarray(end, end + dots.length).equals(dots) ||
      bytes.subarray(Math.max(0, start - dots.length), start).equals(dots),
  );

const codes = (characters: string) => new Set([...characters].map((character) => character.charCodeAt(0)));

/** Characters that make a run a part of something longer: base64, a path, a UUID, code. */
const JOINS_BEFORE: ReadonlySet<number> = codes("-_./+!#@$%");
const JOINS_AFTER: ReadonlySet<number> = codes("-_/+=([{@:$");
/**
 * How a token begins, also in an address, in a shell and in JSON. Behind some characters it is a part of an address, as
 * in those of maps, or of a number.
 */
const TOKEN_MARK = /(?:(?<![\w!./%+~#@$^*-])|(?<=%(?:2[027]|3[ADad])))1(?:\\?!|%21|\\u0021)(?=[\w-])/;
const DOT = 0x2e;
const WORD = alphabet(`${ALPHANUMERIC}_-`);
const isWord = (byte: number) => WORD[byte] === 1;

/** Half of the longest token, on either side of the run that is a part of it. */
const LONGEST_HALF = 2000;
/** Characters that an escaped `!` takes. */
const MARK_CHARACTERS = 6;
/** A token that is left out in part shows fewer characters. */
const WHOLE = 500;

function downscoped(bytes: Buffer, inside: number): Span | undefined {
  // The search of bytes is native and fast; nearly no run is part of a token.
  const near = bytes.subarray(Math.max(0, inside - LONGEST_HALF), inside + MARK_CHARACTERS);
  if (near.lastIndexOf("!") === -1 && near.lastIndexOf("21") === -1) return undefined;
  let start = inside;
  while (start > 0 && inside - start < LONGEST_HALF && isWord(bytes[start - 1] as number)) start--;
  const from = Math.max(0, start - MARK_CHARACTERS);
  const mark = TOKEN_MARK.exec(bytes.toString("latin1", from, start + MARK_CHARACTERS + 1));
  if (mark === null) return undefined;
  let end = inside;
  while (end < bytes.length && end - inside < LONGEST_HALF && isWord(bytes[end] as number)) end++;
  const token = { start: from + mark.index, end };
  // Long ones end with two dots, and a sentence may end behind them.
  if (end - start < WHOLE && isElided(bytes, token.start, end)) return undefined;
  return isDownscoped(valueAt(bytes, token)) ? token : undefined;
}

/** Where the next token of Box that is not escaped may begin behind its mark, with the characters that each has. */
export function nextToken(bytes: Buffer, from: number): Run | undefined {
  for (let at = bytes.indexOf("1!", from); at !== -1; at = bytes.indexOf("1!", at + 1)) {
    const start = at + 2;
    let to = start;
    while (to < start + SHORTEST_TOKEN && isWord(bytes[to] as number)) to++;
    if (to === start + SHORTEST_TOKEN) return { from: start, to };
  }
  return undefined;
}

/** The value at a place, a token without the escape of its second character. */
export const valueAt = (bytes: Buffer, { start, end }: Span): string =>
  bytes.toString("latin1", start, end).replace(TOKEN_MARK, "1!");

/** Characters of the longest assertion that is parsed: a key of 16,384 bits signs with 2,731. */
const LONGEST_ASSERTION = 8192;
const JWT = /^eyJ[\w-]{16,2000}\.(eyJ[\w-]{16,4000})\.[\w-]{40,3000}/;
const [E, Y, J] = [0x65, 0x79, 0x4a];

/**
 * The JWT that begins at `from`, if it was made for Box: it has Box's own claim or is addressed to Box. Whether it
 * has expired does not count: the same content gives the same findings.
 */
export function assertionAt(bytes: Buffer, from: number): Span | undefined {
  if (bytes[from] !== E || bytes[from + 1] !== Y || bytes[from + 2] !== J) return undefined;
  const [whole, payload] = JWT.exec(bytes.toString("latin1", from, from + LONGEST_ASSERTION)) ?? [];
  if (whole === undefined || payload === undefined || !isForBox(payload)) return undefined;
  return { start: from, end: from + whole.length };
}

/** RFC 7519 §4.1.3 lets `aud` be a list. */
const AUDIENCE = /"aud"\s{0,4}:\s{0,4}\[?\s{0,4}"https:\/\/(?:[\w-]{1,40}\.){0,3}box\.com\//;
const SUBJECT_TYPE = /"box_sub_type"\s{0,4}:\s{0,4}"(?:enterprise|user)"/;

function isForBox(payload: string): boolean {
  const claims = Buffer.from(payload, "base64url").toString("latin1");
  return SUBJECT_TYPE.test(claims) || AUDIENCE.test(claims);
}
