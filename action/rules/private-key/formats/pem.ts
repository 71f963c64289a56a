import type { Buffer } from "node:buffer";
import { readDekEncryption } from "../../../../keys/encryption.ts";
import { type DekHeader, type DekInfo, isWholeDek, readDekHeader } from "../../../../keys/pem/dek-info.ts";
import { withoutLostBreaks } from "../../../../keys/pem/lost-line-breaks.ts";
import { writePem } from "../../../../keys/pem/pem.ts";
import type { DetectedAlgorithm } from "../../../scan/key-facts.ts";
import { type Budget, spend } from "../budget.ts";
import { BASE64, readings } from "../decode/base64-candidates.ts";
import { withoutEscapes } from "../decode/escapes.ts";
import { endOf, prefixOfLine, readRegion, withoutFormBlanks, withoutLinePrefix } from "../decode/region.ts";
import { derIdentity } from "./fingerprint.ts";
import { type Hit, hit, type Key, type KeyFormat } from "./key.ts";
import { type Body, beforeEnd, findHead, isEnded, readBody } from "./key-body.ts";
import { attempt } from "./read-key.ts";

/** Characters before `PRIVATE` that may hold `BEGIN`: 96 of source code between them, and the word with its dashes. */
const BEFORE = 112;
/** Text after the BEGIN line in which the key must have begun. */
const HEAD_TEXT = 4096;
/** Bytes of one PEM in any wrapping: the last size of a region (`region.ts`). */
const LONGEST = 160 * 1024;
const LABEL =
  /BEGIN[^a-z]{0,60}?(?:PRIVATE|SECRET)[^A-Za-z0-9]{1,40}KEY[^A-Za-z0-9]{0,12}(?:BLOCK[^A-Za-z0-9]{0,12})?/;
/** The same, with words of source code between the parts. */
const SPLIT_LABEL = /BEGIN[\s\S]{0,96}?(?:PRIVATE|SECRET)[\s\S]{0,40}?KEY/;
const END_LINE = /-{2,5}[^A-Za-z0-9]{0,8}END/;
/** The PEM, or armour of OpenPGP, whose label has `PRIVATE` or `SECRET` at the place, in any wrapping. */
export const pem: KeyFormat = {
  name: "pem",
  at: ["pem"],
  find(bytes, { from: at }, budget) {
    const before = bytes.toString("latin1", Math.max(0, at - BEFORE), at);
    const begin = before.lastIndexOf("BEGIN");
    if (begin < 0) return undefined;
    const marks = /-{1,5}$/.exec(before.slice(Math.max(0, begin - 5), begin))?.[0].length ?? 0;
    const from = at - before.length + begin;
    return pemFrom(bytes, from, from - marks, budget);
  },
};

/** The PEM whose BEGIN line starts at the place, in escapes. */
export const escapedPem: KeyFormat = {
  name: "escaped pem",
  at: ["escaped"],
  step: 256,
  find: (bytes, { from }, budget) => pemFrom(bytes, from, from, budget),
};

function pemFrom(bytes: Buffer, from: number, offset: number, budget: Budget): Hit | undefined {
  const peek = bytes.toString("latin1", from, from + 640);
  if (!spend(budget, peek.length) || !SPLIT_LABEL.test(withoutEscapes(peek))) return undefined;
  const next = bytes.subarray(from + 24, from + LONGEST).indexOf("BEGIN");
  const to = next < 0 ? Math.min(bytes.length, from + LONGEST) : from + 24 + next;
  const found = readRegion(bytes, from, to, budget, readArmoured, (raw) =>
    withoutFormBlanks(withoutLinePrefix(raw, prefixOfLine(bytes, offset)), FORM_LABEL),
  );
  if (!found?.body) return undefined;
  const end = endOf(bytes, from, found.body.text, to);
  return hit(found.body.key, offset, end - offset);
}

const FORM_LABEL = /^[\s\S]{0,640}?BEGIN\+/;

interface Armoured {
  readonly body: Body | undefined;
  readonly final: boolean;
}

function readArmoured(text: string, isCut: boolean): Armoured | undefined {
  const block = readBlock(text, isCut);
  if (block?.body) return block;
  const joined = text.replace(/(["'`])\s*[,+.&]?\s*["'`]/g, "");
  return joined.length === text.length ? block : (readBlock(joined, isCut) ?? block);
}

/** `isCut`: whether more follows the text. */
export function readBlock(text: string, isCut = false): Armoured | undefined {
  const label = LABEL.exec(text) ?? SPLIT_LABEL.exec(text);
  if (!label) return undefined;
  const rest = text.slice(label.index + label[0].length);
  const dek = readDekHeader(rest.slice(0, HEAD_TEXT), "anywhere");
  if (dek) {
    const body = readTraditional(label[0], dek, rest);
    return { body, final: END_LINE.test(rest) };
  }
  const start = findHead(rest.slice(0, HEAD_TEXT));
  if (start === undefined) return undefined;
  const encoded = rest.slice(start);
  const body = readBody(encoded);
  // More keys may follow in the same armour. And nothing shows that ciphertext was put together wrongly.
  const open =
    (body?.key.container === "openpgp" && !END_LINE.test(rest)) ||
    (isCut && body?.key.container === "encrypted-pkcs8");
  return { body, final: (body?.key.certainty === "certain" && !open) || isEnded(encoded) };
}

/**
 * RFC 1421 §4.6: the structure is encrypted as well, so the headers and the size of the ciphertext must do. The ciphertext of a
 * cipher that is not in the table may have any size.
 */
function readTraditional(label: string, dek: DekHeader, rest: string): Body | undefined {
  const { facts, cipher, iv, end } = dek;
  if (!isWholeDek(dek)) return undefined;
  const block = facts?.block ?? 1;
  const text = rest.slice(end);
  const whole = text.search(WHOLE_LINE);
  const start = whole < 0 ? text.search(/[A-Za-z0-9+/]{16}/) : whole;
  if (start < 0) return undefined;
  const algorithm = algorithmOf(label);
  for (const reading of ciphertexts(beforeEnd(text.slice(start)))) {
    const der = BASE64.decode(reading);
    if (der.length < algorithm.shortest || der.length % block !== 0 || isMonotone(der)) continue;
    const key = traditionalKey(algorithm, { cipher, iv }, der);
    return { key, text: reading };
  }
  return undefined;
}

/** A line as programs write them; source code may have shorter pieces, and a log shorter names behind the headers. */
const WHOLE_LINE = /(?![0-9]{48})[A-Za-z0-9+/]{48}/;

/** What is left of the break behind the headers and of the empty line where both lost their backslashes. */
const LOST_BREAKS = ["nn", "rnrn", "n", "rn"];

/** How the ciphertext may be meant. */
function* ciphertexts(text: string): Generator<string> {
  for (const lost of LOST_BREAKS)
    if (text.startsWith(lost)) yield* withoutLostBreaks(text.slice(lost.length), undefined);
  yield* readings(text, BASE64, () => undefined);
}

interface Labelled {
  readonly algorithm: DetectedAlgorithm | undefined;
  readonly label: RegExp;
  /** What OpenSSL opens it by; absent where it opens none. */
  readonly opensAs?: string;
  /** Bytes of the smallest such key in use, encrypted: less are parameters, or nothing. */
  readonly shortest: number;
}

/** Only the label shows what traditional encryption hides. The first row that fits counts. */
const LABELS: readonly Labelled[] = [
  { algorithm: "ed25519", label: /ED25519/, shortest: 48 },
  { algorithm: "eddsa", label: /EDDSA/, shortest: 48 },
  { algorithm: "dsa", label: /\bDSA/, opensAs: "DSA", shortest: 160 },
  { algorithm: "ec", label: /\bEC(?:DSA)?\b/, opensAs: "EC", shortest: 48 },
  { algorithm: "rsa", label: /RSA/, opensAs: "RSA", shortest: 160 },
];
const UNNAMED: Labelled = { algorithm: undefined, label: /^/, opensAs: "RSA", shortest: 48 };

const algorithmOf = (label: string): Labelled => LABELS.find((row) => row.label.test(label)) ?? UNNAMED;

function traditionalKey({ algorithm, opensAs }: Labelled, dek: DekInfo, der: Buffer): Key {
  const { scheme, opens } = readDekEncryption(dek.cipher);
  return {
    container: "traditional",
    algorithm,
    encryption: scheme,
    bits: undefined,
    certainty: "certain",
    identity: derIdentity(der),
    ...(opens && opensAs && { open: attempt(writePem(`${opensAs} PRIVATE KEY`, der, dek), 1) }),
  };
}

/** A placeholder repeats a few characters; ciphertext does not. */
const isMonotone = (bytes: Buffer) => new Set(bytes.subarray(0, 64)).size < 24;
