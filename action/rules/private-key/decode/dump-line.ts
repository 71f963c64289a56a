import { Buffer } from "node:buffer";

/** What one line of a dump of memory or of a file spells, in each order that the bytes of its words may have. */
export interface DumpLine {
  /** In the order of the line, or what the column of text shows it to be. */
  readonly bytes: readonly number[];
  /** The bytes of each word the other way round; the same where a word has one byte, or the text settles it. */
  readonly swapped: readonly number[];
}

/** A mark of a comment or a diff, indentation, then the address. */
const ADDRESS = /^\W{0,16}(?:0x)?[0-9a-f]{4,16}[h:]?\s{1,4}(?:- )?/i;
/** A word, and what is between it and the next: one or two blanks, or a dash in the middle of the line. */
const WORD = /([0-9a-f]{2,16})(?: {1,4}|-|$)/iy;
/** Bytes of the widest lines that programs write. */
const MAX_WORDS = 64;
/** Words of a line that are numbers, where the text behind them could be taken for some too. */
const MAX_TRIES = 12;

/** The line of a dump, or of a list of bytes in source code; `undefined` where it is none. */
export function dumpLine(written: string): DumpLine | undefined {
  const line = written.trimEnd();
  const address = ADDRESS.exec(line)?.[0];
  if (address === undefined) return sourceLine(line);
  const words: string[] = [];
  const ends: number[] = [];
  WORD.lastIndex = address.length;
  for (let word = WORD.exec(line); word !== null && words.length < MAX_WORDS; word = WORD.exec(line)) {
    words.push(word[1] ?? "");
    ends.push(WORD.lastIndex);
    if (WORD.lastIndex >= line.length) break;
  }
  if (words.length === 0) return undefined;
  const end = ends.at(-1) ?? 0;
  return line.slice(end).trim() === ""
    ? (besideText(line, words, ends, isTextAlone) ?? wordsOf(words))
    : besideText(line, words, ends, isTextOf);
}

/** Marks around a column of text. */
const MARKS = 2;

/** What the first words spell, where the rest of the line shows the same as text. */
function besideText(
  line: string,
  words: readonly string[],
  ends: readonly number[],
  shows: (column: string, bytes: readonly number[]) => boolean,
): DumpLine | undefined {
  let digits = words.join("").length;
  for (let count = words.length; count > Math.max(0, words.length - MAX_TRIES); count--) {
    const text = line.slice(ends[count - 1]);
    // With fewer words the text would be longer still, and a byte has two digits.
    if (text.trim().length > digits / 2 + MARKS) return undefined;
    const mayShow = shows === isTextOf || text.trim().length === digits / 2;
    digits -= words[count - 1]?.length ?? 0;
    if (!mayShow) continue;
    const read = wordsOf(words.slice(0, count));
    if (read === undefined) continue;
    if (shows(text, read.bytes)) return { bytes: read.bytes, swapped: read.bytes };
    if (shows(text, read.swapped)) return { bytes: read.swapped, swapped: read.swapped };
  }
  return undefined;
}

/** Bytes in source code, behind an assembler's directive or before a comment that shows them as text. */
const SOURCE =
  /^[^\w.]*(?:\.?(?:byte|dcb|dc\.b|db)\s+)?((?:(?:0x|\$)[0-9a-f]{1,2}(?:\s*,\s*|\s*(?=\/[/*]|[;#]|$)))+)(?:$|\/[/*]|[;#])/i;

function sourceLine(line: string): DumpLine | undefined {
  const list = SOURCE.exec(line)?.[1];
  const bytes = list?.match(/[0-9a-f]+(?=\W|$)/gi)?.map((digits) => Number.parseInt(digits, 16));
  return bytes && { bytes, swapped: bytes };
}

/** Bytes in octal, as `od -b` writes them, and words of some bytes in hexadecimal. */
const OCTAL = /^[0-3][0-7]{2}$/;
const HEXADECIMAL = /^(?:[0-9a-f]{2}){1,8}$/i;

function wordsOf(words: readonly string[]): DumpLine | undefined {
  if (words.every((word) => OCTAL.test(word))) {
    const bytes = words.map((word) => Number.parseInt(word, 8));
    return { bytes, swapped: bytes };
  }
  if (!words.every((word) => HEXADECIMAL.test(word))) return undefined;
  const read = words.map((word) => [...Buffer.from(word, "hex")]);
  return { bytes: read.flat(), swapped: read.flatMap((bytes) => bytes.toReversed()) };
}

/** The same of a column that could be words of the dump: each of its characters is then one of the bytes. */
const isTextAlone = (column: string, bytes: readonly number[]): boolean =>
  String.fromCharCode(...bytes) === column.trim();

/** Whether the column of text shows these bytes: a printable one as itself, any other as anything. */
function isTextOf(column: string, bytes: readonly number[]): boolean {
  const text = column.trim();
  return [text, text.slice(1), text.slice(1, -1)].some((shown) => shows(shown, bytes));
}

/** Blanks at either end may be gone. */
function shows(text: string, bytes: readonly number[]): boolean {
  const first = text.startsWith(" ") ? 0 : bytes.findIndex((byte) => byte !== 0x20);
  if (text.length === 0 || first === -1 || text.length > bytes.length - first) return false;
  return bytes.slice(first).every((byte, at) => byte <= 0x20 || byte >= 0x7f || text.charCodeAt(at) === byte);
}
