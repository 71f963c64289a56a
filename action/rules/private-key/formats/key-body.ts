import type { Buffer } from "node:buffer";
import { isLeftOut } from "../../../../keys/pem/placeholder.ts";
import { BASE64, type Codec, charsOf, readings } from "../decode/base64-candidates.ts";
import type { Key } from "./key.ts";
import { keyHead } from "./key-head.ts";
import { MIN_SHARE, partialKey, readLeadingKey } from "./read-key.ts";

export interface Body {
  readonly key: Key;
  /** The key as it is in the text, without what is between its lines. */
  readonly text: string;
}

/** 32 bytes, which show every head, in hexadecimal. */
const HEAD_CHARS = 64;
/** Characters of an alphabet that may precede a key without a break. */
const MAX_GLUED = 9;
/** The head of a key, and as much again of the key itself. */
const MIN_BYTES = 64;
/** OpenSSH's and OpenPGP's keys begin with the public part: with the headers, that of P-521 has 215 bytes. */
const MIN_UNSIZED_BYTES = 240;

/** What ends a body, whatever else follows it. */
const END = /-{2,5}[^A-Za-z0-9]{0,8}END|-{5}|END[A-Z\s]{0,40}PRIVATE/;

/**
 * The key whose encoded first character is the first of `text`, through quotes, comment marks and line breaks
 * (escapes must be gone). A key whose end is missing is `partial` if a good part of it is there.
 */
export function readBody(text: string, codec: Codec = BASE64): Body | undefined {
  const cut = beforeEnd(text);
  let longest: { bytes: Buffer; text: string } | undefined;
  for (const reading of readings(cut, codec, (start) => missing(start, codec))) {
    const bytes = codec.decode(reading);
    const found = readLeadingKey(bytes);
    if (found) return { key: found.key, text: reading.slice(0, charsOf(codec, found.size)) };
    longest ??= { bytes, text: reading };
    if (bytes.length > longest.bytes.length && keyHead(bytes)) longest = { bytes, text: reading };
  }
  return longest && !isSnipped(cut.slice(0, longest.text.length * 2)) ? cutShort(longest) : undefined;
}

/** Whether the body that `text` begins with ends in it, so that more text would add nothing. */
export const isEnded = (text: string): boolean => END.test(text);

/** Sixteen times the same character: zeros in a key that is whole, a placeholder in one that is not. */
const REPEATED = 16;

function isRepetitive(text: string): boolean {
  let [last, times] = [-1, 0];
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    times = code === last ? times + 1 : 1;
    last = code;
    if (times === REPEATED) return true;
  }
  return false;
}

const isSnipped = (text: string) => isLeftOut(text.replace(/[A-Za-z0-9+/_-]{16,}/g, " "));

/** The text before the END line. */
export function beforeEnd(text: string): string {
  const end = END.exec(text);
  return end ? text.slice(0, end.index) : text;
}

/** Where in `text` the encoded head of a private key is: at the start of one of its first tokens. */
export function findHead(text: string, codec: Codec = BASE64): number | undefined {
  for (const match of text.matchAll(codec.token)) {
    for (let glued = 0; glued < Math.min(MAX_GLUED, match[0].length); glued++) {
      const at = match.index + glued;
      if (startsLikeKey(text, at, codec) && keyHead(headAt(text, at, codec))) return at;
    }
  }
  return undefined;
}

/** A quick check of some characters before decoding: SEQUENCE, OpenSSH's magic, a secret key of OpenPGP. */
function startsLikeKey(text: string, at: number, codec: Codec): boolean {
  if (codec.name === "hex")
    return text.startsWith("30", at) || text.startsWith("6f70656e7373682d", at) || startsOther(text, at);
  const first = text.charCodeAt(at);
  const second = text.charCodeAt(at + 1);
  if (first === 0x4d) return second >= 0x41 && second <= 0x50;
  if (first === 0x62) return text.startsWith("b3Bl", at);
  if (first === 0x6c || first === 0x78) return mayBeOpenPgp((offset) => text.charCodeAt(at + offset));
  return mayStartOther(first, second) && startsOther(text, at);
}

/**
 * What key stores of Java, key blobs, PVK files and GnuPG's keys begin with: in hexadecimal digits, in base64 and in
 * base64url.
 */
const OTHER_STARTS = [
  ...["feedfeed0000000", "cececece0000000", "0702000000", "1ef1b5b000000000"].flatMap((digits) => [
    digits,
    digits.toUpperCase(),
  ]),
  ...[
    "/u3+7QAAAA",
    "_u3-7QAAAA",
    "zs7OzgAAAA",
    "BwIAAAAk",
    "BwIAAACk",
    "HvG1sAAAAA",
    "KDExOnByaX",
    "KDIxOnByb3",
  ],
];

/** Whether one of them is at this place. */
export const startsOther = (text: string, at: number): boolean =>
  OTHER_STARTS.some((start) => text.startsWith(start, at));

/** Their first two characters, for a check without a string. */
export const mayStartOther = (first = 0, second = 0): boolean => OTHER_PAIRS.has(pairOf(first, second));

const pairOf = (first: number, second: number) => (first << 8) | second;
const OTHER_PAIRS: ReadonlySet<number> = new Set(
  OTHER_STARTS.map((start) => pairOf(start.charCodeAt(0), start.charCodeAt(1))),
);

/**
 * Whether base64 may begin a secret key of OpenPGP: `l` or `x` for the tag, and behind one, two or five octets of
 * length the version, whose bits make a `D` to `G`, or an `A` or `B`.
 */
export function mayBeOpenPgp(charAt: (offset: number) => number | undefined): boolean {
  const tag = charAt(0);
  if (tag !== 0x6c && tag !== 0x78) return false;
  const isVersion = (char = 0) => char === 0x41 || char === 0x42;
  const short = charAt(3) ?? 0;
  return (short >= 0x44 && short <= 0x47) || isVersion(charAt(4)) || (tag === 0x78 && isVersion(charAt(8)));
}

/** The decoded head. Short pieces of a split text are put together. */
function headAt(text: string, at: number, codec: Codec): Buffer {
  const piece = text.slice(at, at + 4 * HEAD_CHARS);
  const first =
    codec.name === "hex" ? /^[0-9A-Fa-f]*/.exec(piece)?.[0] : /^[A-Za-z0-9+/_-]*/.exec(piece)?.[0];
  const joined = (first?.length ?? 0) >= 32 ? (first ?? "") : piece.replace(/[^A-Za-z0-9/]+/g, "");
  return codec.decode(joined.slice(0, HEAD_CHARS));
}

function missing(start: string, codec: Codec): number | undefined {
  const head = codec.decode(start.slice(0, HEAD_CHARS));
  const size = keyHead(head)?.size;
  return size === undefined ? undefined : charsOf(codec, size) - start.length;
}

function cutShort({ bytes, text }: { bytes: Buffer; text: string }): Body | undefined {
  const head = keyHead(bytes);
  if (!head) return undefined;
  const enough = head.size ? Math.max(MIN_BYTES, head.size * MIN_SHARE) : MIN_UNSIZED_BYTES;
  if (bytes.length < enough || (head.size !== undefined && bytes.length >= head.size)) return undefined;
  if (isRepetitive(text)) return undefined;
  const key = partialKey(bytes, head);
  return key && { key, text };
}
