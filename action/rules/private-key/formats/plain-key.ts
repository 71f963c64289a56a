import { Buffer } from "node:buffer";
import { count } from "../budget.ts";
import { BASE64, charsOf } from "../decode/base64-candidates.ts";
import { withoutEscapes } from "../decode/escapes.ts";
import { withoutSoftBreaks } from "../decode/region.ts";
import { ALPHANUMERIC, alphabet } from "../search/runs.ts";
import { type Hit, hit, type KeyFormat } from "./key.ts";
import { HEAD_BYTES, keyHead } from "./key-head.ts";
import { readBlock } from "./pem.ts";
import { readLeadingKey } from "./read-key.ts";

/*
 * Keys as their writers write them. They cost no budget, so that nothing in front of them can hide them; the work is
 * linear anyway, because a body ends at the first character that no body has, such as a dash.
 */

const STANDARD = alphabet(`${ALPHANUMERIC}+/`);
const HEAD_CHARS = charsOf(BASE64, HEAD_BYTES);
/** What the largest key takes: 64 KB. */
const MAX_CHARS = 88 * 1024;
const characters = Buffer.allocUnsafeSlow(MAX_CHARS);

/** Characters before `PRIVATE` in a BEGIN line. */
const LEAD = 48;
const BEGIN = /-----BEGIN (?:[A-Z0-9]{1,12} ){0,3}$/;
const KEY_LINE = /^PRIVATE KEY(?: BLOCK)?-----/;
/** RFC 1421 headers, with real or escaped line breaks. */
const HEADERS = /^(?:\s|\\+[nr]){1,8}Proc-Type/;
/** Characters of 12 bytes, which the head of a PKCS#8 takes up to its OID. */
const SHORTEST_BODY = 16;
/** Characters between a body and the label of its END line. */
const END_LABEL = 24;

/** The PEM or OpenPGP armour whose label has `PRIVATE` at `at`, with real line breaks, escaped ones (`\n`) or none. */
export const plainPem: KeyFormat = {
  name: "plain pem",
  at: ["pem"],
  tail: END_LABEL,
  find: (bytes, { from }) => plainPemAt(bytes, from),
};

function plainPemAt(bytes: Buffer, at: number): Hit | undefined {
  const line = KEY_LINE.exec(bytes.toString("latin1", at, at + LONGEST_KEY_LINE))?.[0];
  if (line === undefined) return undefined;
  const before = bytes.toString("latin1", Math.max(0, at - LEAD), at);
  const begin = BEGIN.exec(before);
  if (begin === null) return undefined;
  const offset = at - before.length + begin.index;
  const from = at + line.length;
  const isArmour = line.includes("BLOCK");
  if (isArmour || HEADERS.test(bytes.toString("latin1", from, from + 24)))
    return wholeBlockAt(bytes, offset, from, isArmour ? LARGEST_ARMOUR : LARGEST_TRADITIONAL);
  const found = plainBase64At(bytes, from);
  return found && { ...found, offset, size: found.offset + found.size - offset };
}

const LONGEST_KEY_LINE = "PRIVATE KEY BLOCK-----".length;
/** Headers, and the ciphertext of the largest key that is encrypted in this way. */
const LARGEST_TRADITIONAL = 24 * 1024;
/** An OpenPGP key with subkeys, user ids and signatures; a longer one is read at the cost of the budget. */
const LARGEST_ARMOUR = 160 * 1024;

/** The whole block up to its END line, or to the next BEGIN line. */
function wholeBlockAt(bytes: Buffer, offset: number, from: number, most: number): Hit | undefined {
  const end = bytes.subarray(from, from + most).indexOf("-----");
  if (end < SHORTEST_BODY) return undefined;
  count(end);
  const text = withoutEscapes(withoutSoftBreaks(bytes.toString("latin1", offset, from + end)));
  const found = readBlock(`${text}-----END`);
  return found?.body && hit(found.body.key, offset, from + end - offset);
}

/**
 * The key in standard base64 whose first character is the first behind any white space at `from`. At most
 * `most` characters are read.
 */
export function plainBase64At(bytes: Buffer, from: number, most = MAX_CHARS): Hit | undefined {
  const start = collect(bytes, from, HEAD_CHARS);
  const head = start.chars < SHORTEST_BODY ? undefined : keyHead(decoded(start.chars));
  if (!head) return undefined;
  const wanted = head.size === undefined ? most : charsOf(BASE64, head.size);
  if (wanted > most) return undefined;
  const { chars } = collect(bytes, from, wanted);
  if (head.size !== undefined && chars < wanted) return undefined;
  const found = readLeadingKey(decoded(chars));
  if (!found) return undefined;
  const { first, end } = collect(bytes, from, charsOf(BASE64, found.size));
  return hit(found.key, first, end - first);
}

const decoded = (chars: number) => BASE64.decode(characters.toString("latin1", 0, chars));

interface Collected {
  readonly chars: number;
  /** Offset of the first character, and the one after the last. */
  readonly first: number;
  readonly end: number;
}

/** Puts up to `wanted` characters of base64 into `characters`, without white space and escaped line breaks. */
function collect(bytes: Buffer, from: number, wanted: number): Collected {
  let [chars, first, end] = [0, from, from];
  let at = from;
  for (; at < bytes.length && chars < wanted; at++) {
    const byte = bytes[at] as number;
    if (STANDARD[byte] === 1) {
      if (chars === 0) first = at;
      characters[chars++] = byte;
      end = at + 1;
    } else if (byte === BACKSLASH) {
      while (bytes[at + 1] === BACKSLASH) at++;
      if (!isBreak(bytes[at + 1])) break;
      at++;
    } else if (byte !== 0x0a && byte !== 0x0d && byte !== 0x20 && byte !== 0x09) break;
  }
  count(at - from);
  return { chars, first, end };
}

const BACKSLASH = 0x5c;
const isBreak = (byte: number | undefined) => byte === 0x6e || byte === 0x72;
