import { Buffer } from "node:buffer";
import { asUtf8 } from "../../scan/text.ts";
import { type Budget, spend } from "../private-key/budget.ts";
import { ALPHANUMERIC, alphabet, type Run } from "../private-key/search/runs.ts";

/** Text that was decoded, and where its encoding is. */
export interface Decoded {
  readonly text: Buffer;
  readonly start: number;
  readonly end: number;
}

/** 32 characters in base64, without the padding. */
const SHORTEST = 43;
/** Characters of base64 that hold a Box config with a key, and much more. */
const LONGEST = 16 * 1024;
const BASE64 = alphabet(`${ALPHANUMERIC}+/`);
/** 18 bytes: random ones are all printable once in 30 million times. */
const HEAD = 24;
/** What base64 of white space, of other printable characters in ASCII and of a byte order mark begins with. */
const FIRST = alphabet("CDIJKLMNOPQRSTUVWXYZabcdef7/");

/**
 * What `"box` begins with in base64, at each of the three places in a group of four, and what `"boxA` and `"box_`
 * make of it. The short form is searched for first: it is rare, and the search for it costs the least.
 */
const ENCODED_BOX: readonly (readonly [short: string, ...long: readonly string[]])[] = [
  ["Ym94", "Ym94QX", "Ym94X3"],
  ["ImJve", "ImJveE", "ImJveF"],
  ["Jib3h", "Jib3hB", "Jib3hf"],
];

/** Files that name Box in plain text are read whatever their size; of others only those that people write. */
const LARGEST_UNNAMED = 128 * 1024;

/**
 * Whether a file that does not name Box may hold a Box config or an assertion in base64, which has `"box` inside, or
 * a downscoped token.
 */
export const mayHideBox = (bytes: Buffer): boolean =>
  bytes.length <= LARGEST_UNNAMED && (holdsEncodedBox(bytes) || holdsDownscoped(bytes));

const holdsEncodedBox = (bytes: Buffer) =>
  ENCODED_BOX.some(([short, ...long]) => {
    const first = bytes.indexOf(short, 0, "latin1");
    return first !== -1 && long.some((word) => bytes.indexOf(word, first, "latin1") !== -1);
  });

const DOWNSCOPED = /^[\w-]{40}$/;

function holdsDownscoped(bytes: Buffer): boolean {
  for (let at = bytes.indexOf("1!", 0, "latin1"); at !== -1; at = bytes.indexOf("1!", at + 2, "latin1"))
    if (DOWNSCOPED.test(bytes.toString("latin1", at + 2, at + 42))) return true;
  return false;
}

/** Text in UTF-8 or UTF-16, of which the last character may be cut. Random bytes are such text once in a million times. */
const TEXT =
  /^(?:\xef\xbb\xbf)?(?:[\t\n\r -~]|[\xc3-\xdf][\x80-\xbf]|[\xe1-\xef][\x80-\xbf]{2}|\xf0[\x80-\xbf]{3})+(?:[\xc3-\xf0][\x80-\xbf]{0,2})?$|^(?:\xff\xfe)?(?:[\t\n\r -~]\0)+$/;

/**
 * The text that the run is in base64, also over several lines. Base64 of text begins with bytes that are text; hashes,
 * keys and names nearly never do, so few runs are decoded as a whole.
 */
export function decodedAt(bytes: Buffer, run: Run, budget: Budget): Decoded | undefined {
  const start = startOf(bytes, run.from);
  // The middle of a longer one, which was decoded from its beginning.
  if (start === undefined || FIRST[bytes[start] as number] !== 1) return undefined;
  if (!TEXT.test(decode(bytes, start, start + HEAD).toString("latin1"))) return undefined;
  const end = endOf(bytes, start, run.to);
  if (end - start < SHORTEST || !spend(budget, end - start)) return undefined;
  const text = asUtf8(decode(bytes, start, end));
  return text.includes(0) ? undefined : { text, start, end };
}

/** Where the base64 begins that has its first `+` or `/` before `from`. */
function startOf(bytes: Buffer, from: number): number | undefined {
  let start = from;
  while (start > 0 && from - start < HEAD && BASE64[bytes[start - 1] as number] === 1) start--;
  return start > 0 && BASE64[bytes[start - 1] as number] === 1 ? undefined : start;
}

/** Tools wrap base64 in lines of 64 or 76 characters; only the last one is shorter. */
const SHORTEST_LINE = 48;
const LINE_BREAK = /^\r?\n[ \t]{0,40}/;
/** What `LINE_BREAK` matches at most. */
const BREAK_CHARACTERS = 42;
const ENDS_LINE = /^={0,2}(?:["'`<\s]|$)/;

/** Where the base64 ends that begins at `start` and continues at `at`. */
function endOf(bytes: Buffer, start: number, at: number): number {
  const limit = Math.min(bytes.length, start + LONGEST);
  let end = lineEnd(bytes, at, limit);
  const width = end - start;
  for (let length = width; length === width && width >= SHORTEST_LINE; ) {
    const lineBreak = LINE_BREAK.exec(bytes.toString("latin1", end, end + BREAK_CHARACTERS))?.[0];
    if (lineBreak === undefined) break;
    const next = end + lineBreak.length;
    const nextEnd = lineEnd(bytes, next, limit);
    length = nextEnd - next;
    if (length > width || !ENDS_LINE.test(bytes.toString("latin1", nextEnd, nextEnd + 3))) break;
    end = Math.max(end, nextEnd);
  }
  return end;
}

function lineEnd(bytes: Buffer, at: number, limit: number): number {
  let end = at;
  while (end < limit && BASE64[bytes[end] as number] === 1) end++;
  return end;
}

const decode = (bytes: Buffer, from: number, to: number) =>
  Buffer.from(bytes.toString("latin1", from, to), "base64");
