import type { Buffer } from "node:buffer";
import { type Budget, spend } from "../budget.ts";
import { BASE64, type Codec, charsOf, HEX } from "../decode/base64-candidates.ts";
import { withoutEscapes } from "../decode/escapes.ts";
import { endOf, readRegion } from "../decode/region.ts";
import type { Run } from "../search/runs.ts";
import { type Hit, hit, type KeyFormat } from "./key.ts";
import {
  type Body,
  findHead,
  isEnded,
  mayBeOpenPgp,
  mayStartOther,
  readBody,
  startsOther,
} from "./key-body.ts";
import { HEAD_BYTES, keyHead } from "./key-head.ts";
import { plainBase64At } from "./plain-key.ts";

/** The head of a key (32 bytes) has 43 characters of base64 or 64 digits; up to nine may be glued to it. */
const PEEK = 80;
/** Characters of a key's head that no container escapes. */
const FIRST = 8;
/** Characters that a container may make of one of base64, and its overhead. */
const MAX_WRAPPING = 8;
/** What a container puts around even the shortest key: quotes, marks and white space. */
const ROOM = 512;
/** Bytes of a key whose head gives no size: one of 16,384 bits in OpenSSH's format has 9,300. */
const LARGEST = 16_384;
/** Characters of base64 before the anchor: SEQUENCE, lengths and version. */
const ANCHOR_LEAD = 8;

/** A key in base64 or hexadecimal: a run that begins with one, or what common keys begin with, in short pieces. */
export const encodedKey: KeyFormat = {
  name: "encoded key",
  at: ["base64", "run"],
  find(bytes, { kind, from, to }, budget) {
    if (kind === "run") return encodedKeyAt(bytes, { from, to }, budget);
    const lead = startsOther(bytes.toString("latin1", from, from + PEEK), 0) ? 0 : ANCHOR_LEAD;
    return encodedKeyAt(bytes, { from: Math.max(0, from - lead), to: from + 6 * ANCHOR_LEAD }, budget);
  },
};

/** A key whose encoded bytes the run begins with, whatever precedes it. */
function encodedKeyAt(bytes: Buffer, { from, to }: Run, budget: Budget): Hit | undefined {
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
    const end = Math.min(bytes.length, at + chars * MAX_WRAPPING + ROOM);
    const found = readRegion(bytes, at, end, budget, (text) => finished(text, codec));
    if (!found?.body) continue;
    return hit(found.body.key, at, endOf(bytes, at, found.body.text, end) - at);
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
    (mayStartOther(bytes[from], bytes[from + 1]) &&
      startsOther(bytes.toString("latin1", from, from + 16), 0)) ||
    ((bytes[from] === 0x6c || bytes[from] === 0x78) && mayBeOpenPgp((offset) => bytes[from + offset]))
  );
}

/** The same on text, closer. */
function mayBegin(peek: string, codec: Codec): boolean {
  if (startsOther(peek, 0)) return true;
  if (codec === HEX) return /^(?:30|6f70656e)[0-9a-fA-F]{30}/.test(peek);
  return /^[\s\S]{0,8}?(?:M[A-P]|b3BlbnNz)/.test(peek) || mayBeOpenPgp((at) => peek.charCodeAt(at));
}

interface Finished {
  readonly body: Body | undefined;
  readonly final: boolean;
}

function finished(text: string, codec: Codec): Finished {
  const body = readBody(text, codec);
  return { body, final: body?.key.certainty === "certain" || isEnded(text) };
}
