import type { Buffer } from "node:buffer";
import { type Budget, spend } from "../budget.ts";
import { readJwk } from "../formats/jwk.ts";
import { type Hit, hit, type Key } from "../formats/key.ts";
import { HEAD_BYTES, keyHead } from "../formats/key-head.ts";
import { plainBase64At } from "../formats/plain-key.ts";
import { ALPHANUMERIC, alphabet, type Run } from "../search/runs.ts";
import { BASE64, type Codec, charsOf, HEX } from "./base64-candidates.ts";
import { withoutEscapes } from "./escapes.ts";
import { type Body, findHead, lacksRoom, mayBeOpenPgp, readBody } from "./key-body.ts";
import { endOf, readRegion } from "./region.ts";

const PEEK = 80;
/** Characters of a key's head that no container escapes. */
const FIRST = 8;
/** Characters that a container may make of one of base64, and its overhead. */
const MOST_WRAPPING = 8;
const ROOM = 512;
const LARGEST = 16_384;
/** Characters before a run that may hold the name of the property `d`, escapes included. */
const MEMBER_LEAD = 40;
const OBJECT = 12 * 1024;
const MEMBER_NAME = /(?:^|[^\w-])d["'`]?\s*(?::|=>?)\s*["'`]?[\w-]*$/;

/** A key whose encoded bytes the run begins with, whatever precedes it. */
export function encodedKeyAt(bytes: Buffer, { from, to }: Run, budget: Budget): Hit | undefined {
  if (!mayBeKey(bytes, from)) return undefined;
  const peek = withoutEscapes(bytes.toString("latin1", from, Math.min(to + 8, from + PEEK)));
  for (const codec of [BASE64, HEX]) {
    const start = mayBegin(peek, codec) ? findHead(peek, codec) : undefined;
    if (start === undefined) continue;
    const at = from + (start === 0 ? 0 : rawStart(bytes, from, peek, start));
    const size = keyHead(codec.decode(peek.slice(start, start + 2 * HEAD_BYTES)))?.size ?? LARGEST;
    const chars = charsOf(codec, size);
    if (codec === BASE64 && spend(budget, chars)) {
      const plain = plainBase64At(bytes, at, 2 * chars);
      if (plain) return plain;
    }
    const end = Math.min(bytes.length, at + chars * MOST_WRAPPING + ROOM);
    const found = readRegion(bytes, at, end, budget, (text) => finished(text, codec));
    if (!found?.body) continue;
    const { key, tail } = found.body;
    return hit(key, at, endOf(bytes, at, found.body.chars, tail) - at);
  }
  return undefined;
}

/** The offset in the bytes of what is at `start` of the text without escapes: an escape before it takes more. */
function rawStart(bytes: Buffer, from: number, peek: string, start: number): number {
  const raw = bytes.subarray(from, from + PEEK).indexOf(peek.slice(start, start + FIRST), 0, "latin1");
  return raw < 0 ? start : raw;
}

/** Without a string, because most runs are none: `M`, `b3`, `30` or `6f` in the first characters. */
function mayBeKey(bytes: Buffer, from: number): boolean {
  for (let at = from; at < from + 9; at++) {
    const byte = bytes[at];
    if (byte === 0x4d || (byte === 0x62 && bytes[at + 1] === 0x33)) return true;
  }
  return (
    (bytes[from] === 0x33 && bytes[from + 1] === 0x30) ||
    (bytes[from] === 0x36 && bytes[from + 1] === 0x66) ||
    ((bytes[from] === 0x6c || bytes[from] === 0x78) && mayBeOpenPgp((offset) => bytes[from + offset]))
  );
}

/** The same on text, closer. */
function mayBegin(peek: string, codec: Codec): boolean {
  if (codec === HEX) return /^(?:30|6f70656e)[0-9a-fA-F]{30}/.test(peek);
  return /^[\s\S]{0,8}?(?:M[A-P]|b3BlbnNz)/.test(peek) || mayBeOpenPgp((at) => peek.charCodeAt(at));
}

interface Finished {
  readonly body: Body | undefined;
  readonly final: boolean;
}

function finished(text: string, codec: Codec): Finished | undefined {
  const body = readBody(text, codec);
  return body || lacksRoom(text, codec) ? { body, final: body?.key.certainty === "certain" } : undefined;
}

/** A key of a format with named properties, if the run is the value of the secret one. */
export function memberKeyAt(bytes: Buffer, { from, to }: Run, budget: Budget): Hit | undefined {
  if (!mayBeMember(bytes, from)) return undefined;
  const lead = bytes.toString("latin1", Math.max(0, from - MEMBER_LEAD), from + 6);
  if (!MEMBER_NAME.test(withoutEscapes(lead))) return undefined;
  if (!spend(budget, 2 * OBJECT)) return undefined;
  const before = withoutEscapes(bytes.toString("latin1", Math.max(0, from - OBJECT), from));
  const text = withoutEscapes(bytes.toString("latin1", Math.max(0, from - OBJECT), from + OBJECT));
  const key: Key | undefined = readJwk(text, before.length);
  return key && hit(key, from, to - from);
}

/** A cheap search for the property `d` of a JWK, quoted and escaped in any way; `MEMBER_NAME` is the proof. */
function mayBeMember(bytes: Buffer, from: number): boolean {
  for (let at = from; at >= from - MEMBER_LEAD && at >= 0; at--)
    if (
      bytes[at] === 0x64 &&
      !isLetter(bytes[at - 1]) &&
      (!isLetter(bytes[at + 1]) || bytes[at + 1] === 0x75)
    )
      return true;
  return false;
}

const isLetter = (byte: number | undefined) =>
  byte !== undefined && (byte & 0xdf) >= 0x41 && (byte & 0xdf) <= 0x5a;

/** The run without what SQL dumps write before hexadecimal digits: `0x`, `\x`. */
export function withoutHexMark(bytes: Buffer, run: Run): Run {
  const zero = bytes[run.from] === 0x30 ? 1 : 0;
  const mark = (bytes[run.from + zero] ?? 0) | 0x20;
  if (mark !== 0x78 || (zero === 0 && bytes[run.from - 1] !== 0x5c)) return run;
  return { from: run.from + zero + 1, to: run.to };
}

/** Characters that `widened` goes back over: those of base64 that nothing escapes. */
const BARE = alphabet(`${ALPHANUMERIC}+_-`);
/** A character of base64 that is escaped because it is neither a letter nor a digit, as it ends. */
const SPELLED = /(?:\\\/|&#(?:43|47|x2b|x2f);|&(?:plus|sol);)$/i;
/** The same, where what is behind its first character has been gone over. */
const MARKED = /^(?:%(?:25){0,4}2[BF]|\\u002[bf])/i;
/** An escape that ends or goes on where a run begins. */
const OPEN_ESCAPE = /(?:%\0(?:25){0,4}2[BF]|\\\0(?:\/|u002[bf])|(?:&#(?:43|47|x2b|x2f)|&(?:plus|sol));\0)/i;
const BEFORE = 160;

/** The run together with what precedes an escape: `%2B` breaks a run of base64, but not what it spells. */
export function widened(bytes: Buffer, run: Run): Run {
  const byte = bytes[run.from - 1];
  if (byte !== 0x25 && byte !== 0x5c && byte !== 0x3b) return run;
  const before = bytes.toString("latin1", Math.max(0, run.from - BEFORE), run.from);
  if (!OPEN_ESCAPE.test(`${before.slice(-8)}\0${bytes.toString("latin1", run.from, run.from + 12)}`))
    return run;
  const closed = byte === 0x3b ? before : before.replace(/[%\\]+$/, "");
  return { from: run.from - before.length + spelledFrom(closed), to: run.to };
}

/** Where the characters of base64, escaped or not, begin with which `text` ends. */
function spelledFrom(text: string): number {
  let at = text.length;
  for (let next = at; next >= 0; next = spelledBefore(text, at)) at = next;
  return at;
}

/** Where the character that ends at `at` begins; -1 if it is none of base64. */
function spelledBefore(text: string, at: number): number {
  const code = text.charCodeAt(at - 1);
  if (BARE[code] === 1) return at - 1;
  const isMark = code === PERCENT || code === BACKSLASH;
  if (isMark && !MARKED.test(text.slice(at - 1, at + 12))) return -1;
  const size = isMark ? 1 : (SPELLED.exec(text.slice(Math.max(0, at - 6), at))?.[0].length ?? 0);
  let from = at - size;
  while (text.charCodeAt(from) === BACKSLASH && text.charCodeAt(from - 1) === BACKSLASH) from--;
  return size === 0 ? -1 : from;
}

const PERCENT = 0x25;
const BACKSLASH = 0x5c;
