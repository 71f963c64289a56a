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

/** `unicode`: `\\u002d` and its like; `backslash`: every other one of source code. */
export type EscapeKind = "backslash" | "unicode" | "percent" | "reference";

const EVERY_KIND: readonly EscapeKind[] = ["backslash", "unicode", "percent", "reference"];

/** Called with the number of characters that a pass goes over. */
type OnWork = (characters: number) => void;

/**
 * `text` without what JSON, source code, XML, HTML and URLs write for a character of ASCII, one or many times over:
 * a run of backslashes, `%25` or `&amp;` counts as one. The length may only shrink, and no character of base64 is
 * touched. Linear: a run is consumed once, by hand, because `/\\+u/` begins again at each of its backslashes.
 */
export function withoutEscapes(text: string, onWork: OnWork = () => {}): string {
  let plain = text;
  for (let pass = 0; pass < PASSES && /[\\%&]/.test(plain); pass++) {
    const before = plain;
    plain = decode(before, { kinds: EVERY_KIND, deep: true, onWork });
    if (plain === before) break;
  }
  return plain;
}

/**
 * `text` without the escapes of one kind, for a caller that takes off one layer after the other: only the last of a
 * run of backslashes belongs to a `\\u`, `%25` is a percent sign, and characters of Latin-1 are decoded as well.
 */
export const withoutLayer = (text: string, kind: EscapeKind): string =>
  decode(text, { kinds: [kind], deep: false, onWork: () => {} });

interface Reading {
  readonly kinds: readonly EscapeKind[];
  /** Whether layers of the same kind are decoded at once. */
  readonly deep: boolean;
  readonly onWork: OnWork;
}

/** What an escape represents, and where it is. */
interface Escape {
  readonly text: string;
  readonly end: number;
}

function decode(text: string, reading: Reading): string {
  reading.onWork(text.length);
  let plain = "";
  let copied = 0;
  for (let at = nextMark(text, 0, reading); at !== -1; ) {
    const isRun = text.charCodeAt(at) === BACKSLASH;
    const end = isRun ? runEnd(text, at, reading.onWork) : at + 1;
    const found = escapeAt(text, at, end, reading);
    if (found !== undefined) {
      const from = isRun && !reading.deep && isUnicode(text, end) ? end - 1 : at;
      plain += text.slice(copied, from) + found.text;
      copied = found.end;
    }
    at = nextMark(text, found?.end ?? end, reading);
  }
  return copied === 0 ? text : plain + text.slice(copied);
}

/** What the escapes of a kind begin with. */
const MARKS = { backslash: "\\", unicode: "\\", percent: "%", reference: "&" } as const;

/** Where the next escape may begin, or -1. The native search is faster where there are few of one kind. */
function nextMark(text: string, from: number, { kinds: [kind, ...others] }: Reading): number {
  if (kind !== undefined && others.length === 0) return text.indexOf(MARKS[kind], from);
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === BACKSLASH || code === PERCENT || code === AMPERSAND) return at;
  }
  return -1;
}

/** The escape whose first character is at `at`; of backslashes, `end` is where their run ends. */
function escapeAt(
  text: string,
  at: number,
  end: number,
  { kinds, deep, onWork }: Reading,
): Escape | undefined {
  const most = deep ? ASCII : LATIN_1;
  switch (text.charCodeAt(at)) {
    case BACKSLASH:
      if (isUnicode(text, end)) return kinds.includes("unicode") ? unicode(text, end) : undefined;
      return kinds.includes("backslash") ? backslashed(text, end, onWork) : undefined;
    case PERCENT:
      return kinds.includes("percent") ? percent(text, at, { deep, most, onWork }) : undefined;
    default:
      return kinds.includes("reference") ? reference(text, at, most) : undefined;
  }
}

/** Codes that are decoded: of text that is searched, all that a key is written with; else also a byte order mark. */
const [ASCII, LATIN_1] = [0x7f, 0xff];
const isUnicode = (text: string, at: number) => text.charAt(at) === "u" || text.charAt(at) === "U";

const BACKSLASH = 0x5c;
const PERCENT = 0x25;
const AMPERSAND = 0x26;

function runEnd(text: string, from: number, onWork: OnWork): number {
  let at = from + 1;
  while (text.charCodeAt(at) === BACKSLASH) at++;
  onWork(at - from);
  return at;
}

const PUNCTUATION = "\"'`/+=$%&<>#:,{}[]-";
const isSpace = (text: string, at: number) => at >= text.length || /\s/.test(text.charAt(at));

/** `at`: after a run of backslashes. */
function backslashed(text: string, at: number, onWork: OnWork): Escape | undefined {
  const next = text.charAt(at);
  if (next === "x" || next === "X") {
    const code = digits(text, at + 1, 2, 16);
    return code < 0x80 ? { text: String.fromCharCode(code), end: at + 3 } : undefined;
  }
  if (next === "0" || next === "1") {
    const code = digits(text, at, 3, 8);
    return code < 0x80 ? { text: String.fromCharCode(code), end: at + 3 } : undefined;
  }
  if (next === "n") return { text: "\n", end: at + 1 };
  if (next === "r") return { text: "\n", end: lineFeedAfter(text, at + 1, onWork) };
  if (next === "t") return { text: "\t", end: at + 1 };
  if (next !== "" && PUNCTUATION.includes(next)) return { text: next, end: at + 1 };
  return isSpace(text, at) ? { text: "", end: at } : undefined;
}

/** After `\n`, if it follows a carriage return that ends at `at`. */
function lineFeedAfter(text: string, at: number, onWork: OnWork): number {
  if (text.charCodeAt(at) !== BACKSLASH) return at;
  const end = runEnd(text, at, onWork);
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

interface Depth extends Omit<Reading, "kinds"> {
  /** The highest code that is decoded. */
  readonly most: number;
}

/** `%2D`, and where layers are decoded at once `%252D`, `%25252D`. */
function percent(text: string, at: number, { deep, most, onWork }: Depth): Escape | undefined {
  let from = at + 1;
  while (deep && text.startsWith("25", from)) from += 2;
  onWork(from - at);
  const code = digits(text, from, 2, 16);
  if (code <= most) return { text: String.fromCharCode(code), end: from + 2 };
  return from > at + 1 ? { text: "%", end: from } : undefined;
}

/** Bounded: an ampersand costs at most so many characters as its longest spelling has. */
const REFERENCE = /&(?:amp;){0,4}(?:#(?:x0{0,6}([0-7]?[0-9a-f])|0{0,6}([0-9]{1,3}))|([a-z]{2,7}));/iy;

function reference(text: string, at: number, most: number): Escape | undefined {
  REFERENCE.lastIndex = at;
  const found = REFERENCE.exec(text);
  if (found === null) return undefined;
  const [match, hex, decimal, name] = found;
  const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
  const plain = name === undefined ? characterOf(code, most) : NAMED[name.toLowerCase()];
  return plain === undefined ? undefined : { text: plain, end: at + match.length };
}

/** Above Latin-1 are blanks of every width, which a text in a form may have between the lines of a key. */
const characterOf = (code: number, most: number) =>
  code <= most ? String.fromCharCode(code) : most === LATIN_1 ? " " : undefined;

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
