import { count } from "../budget.ts";

/** Layers of escapes that are taken off; each pass takes off at least one. */
const PASSES = 16;

const NAMED: Readonly<Record<string, string>> = {
  quot: '"',
  apos: "'",
  lt: "<",
  gt: ">",
  nbsp: " ",
  newline: "\n",
  tab: "\t",
  plus: "+",
  equals: "=",
  sol: "/",
  hyphen: "-",
  dash: "-",
  amp: "&",
};

/**
 * `text` without what JSON, source code, XML, HTML and URLs write for a character of ASCII, one or many times over:
 * a run of backslashes, `%25` or `&amp;` counts as one. The length may only shrink, and no character of base64 is
 * touched. Linear: a run is consumed once, by hand, because `/\\+u/` begins again at each of its backslashes.
 */
export function withoutEscapes(text: string): string {
  let plain = text;
  for (let pass = 0; pass < PASSES && /[\\%&]/.test(plain); pass++) {
    const before = plain;
    plain = unescaped(before);
    if (plain === before) break;
  }
  return plain;
}

/** What an escape represents, and the offset after it. */
interface Escape {
  readonly text: string;
  readonly end: number;
}

function unescaped(text: string): string {
  count(text.length);
  let plain = "";
  let copied = 0;
  for (let at = 0; at < text.length; ) {
    const code = text.charCodeAt(at);
    if (code !== BACKSLASH && code !== PERCENT && code !== AMPERSAND) {
      at++;
      continue;
    }
    const end = code === BACKSLASH ? runEnd(text, at) : at + 1;
    const found =
      code === BACKSLASH
        ? backslashed(text, end)
        : code === PERCENT
          ? percent(text, at)
          : reference(text, at);
    if (found !== undefined) {
      plain += text.slice(copied, at) + found.text;
      copied = found.end;
    }
    at = found?.end ?? end;
  }
  return copied === 0 ? text : plain + text.slice(copied);
}

const BACKSLASH = 0x5c;
const PERCENT = 0x25;
const AMPERSAND = 0x26;

function runEnd(text: string, from: number): number {
  let at = from + 1;
  while (text.charCodeAt(at) === BACKSLASH) at++;
  count(at - from);
  return at;
}

const PUNCTUATION = "\"'`/+=$%&<>#:,{}[]-";
const isSpace = (text: string, at: number) => at >= text.length || /\s/.test(text.charAt(at));

/** `at`: after a run of backslashes. */
function backslashed(text: string, at: number): Escape | undefined {
  const next = text.charAt(at);
  if (next === "u" || next === "U") return unicode(text, at);
  if (next === "x" || next === "X") {
    const code = digits(text, at + 1, 2, 16);
    return code < 0x80 ? { text: String.fromCharCode(code), end: at + 3 } : undefined;
  }
  if (next === "0" || next === "1") {
    const code = digits(text, at, 3, 8);
    return code < 0x80 ? { text: String.fromCharCode(code), end: at + 3 } : undefined;
  }
  if (next === "n") return { text: "\n", end: at + 1 };
  if (next === "r") return { text: "\n", end: lineFeedAfter(text, at + 1) };
  if (next === "t") return { text: "\t", end: at + 1 };
  if (next !== "" && PUNCTUATION.includes(next)) return { text: next, end: at + 1 };
  return isSpace(text, at) ? { text: "", end: at } : undefined;
}

/** After `\n`, if it follows a carriage return that ends at `at`. */
function lineFeedAfter(text: string, at: number): number {
  if (text.charCodeAt(at) !== BACKSLASH) return at;
  const end = runEnd(text, at);
  return text.charAt(end) === "n" ? end + 1 : at;
}

/** `u002d`, `u{2d}`, `U0000002d`; byte order marks, and the spaces and dashes of U+2000 to U+202F, are blank. */
function unicode(text: string, at: number): Escape | undefined {
  const braced = text.charAt(at + 1) === "{" ? 1 : 0;
  const from = at + 1 + braced;
  let size = 0;
  while (size < 8 && isHex(text.charCodeAt(from + size))) size++;
  const used = braced === 1 || (size === 8 && text.startsWith("000000", from)) ? size : Math.min(size, 4);
  if (used < 2) return undefined;
  const code = digits(text, from, used, 16);
  const end = from + used + (braced === 1 && text.charAt(from + used) === "}" ? 1 : 0);
  if (code < 0x80) return { text: String.fromCharCode(code), end };
  return code === 0xfeff || (code >= 0x2000 && code < 0x2030) ? { text: " ", end } : undefined;
}

/** `%2D`, `%252D`, `%25252D`. */
function percent(text: string, at: number): Escape | undefined {
  let from = at + 1;
  while (text.startsWith("25", from)) from += 2;
  count(from - at);
  const code = digits(text, from, 2, 16);
  if (code < 0x80) return { text: String.fromCharCode(code), end: from + 2 };
  return from > at + 1 ? { text: "%", end: from } : undefined;
}

/** Bounded: an ampersand costs at most so many characters as its longest spelling has. */
const REFERENCE = /&(?:amp;){0,4}(?:#(?:x0{0,6}([0-7]?[0-9a-f])|0{0,6}([0-9]{1,3}))|([a-z]{2,7}));/iy;

function reference(text: string, at: number): Escape | undefined {
  REFERENCE.lastIndex = at;
  const found = REFERENCE.exec(text);
  if (found === null) return undefined;
  const [match, hex, decimal, name] = found;
  const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
  const plain =
    name === undefined ? (code < 0x80 ? String.fromCharCode(code) : undefined) : NAMED[name.toLowerCase()];
  return plain === undefined ? undefined : { text: plain, end: at + match.length };
}

const isHex = (code: number) =>
  (code >= 0x30 && code <= 0x39) || ((code | 0x20) >= 0x61 && (code | 0x20) <= 0x66);

/** The number that so many digits make, or `Infinity` where one of them is none. */
function digits(text: string, from: number, size: number, radix: 8 | 16): number {
  let value = 0;
  for (let at = from; at < from + size; at++) {
    const code = text.charCodeAt(at);
    if (!(radix === 16 ? isHex(code) : code >= 0x30 && code <= 0x37)) return Number.POSITIVE_INFINITY;
    value = value * radix + (code < 0x3a ? code - 0x30 : (code | 0x20) - 0x57);
  }
  return value;
}
