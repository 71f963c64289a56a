import type { Buffer } from "node:buffer";
import { BASE64, charsOf, readings } from "../decode/base64-candidates.ts";
import {
  BLANK,
  endOf,
  prefixOfLine,
  readRegion,
  withoutFormBlanks,
  withoutLinePrefix,
} from "../decode/region.ts";
import { derIdentity } from "./fingerprint.ts";
import { rsaFromParts } from "./jwk.ts";
import { hit, type Key, type KeyFormat } from "./key.ts";
import { sshReader } from "./ssh-blob.ts";

/** Characters before `PRIVATE` that have the dashes and `BEGIN`. */
const BEFORE = 48;
/** The BEGIN line up to `PRIVATE`: four dashes and blanks. */
const BEGIN = new RegExp(`-{4}${BLANK}BEGIN${BLANK}SSH2${BLANK}ENCRYPTED${BLANK}$`);
const FORM = /^-{4}\+/;
/** The magic number and the first bytes of the size, in base64. */
const HEAD = "P2/56wAA";
/** Characters that have the size. */
const SIZED = 12;
/** Characters of headers, and those of a key of 16,384 bits with what is around each of its lines. */
const LONGEST = 160 * 1024;

/** The key of ssh.com whose label has `PRIVATE` at the place, in any wrapping: it says itself how long it is. */
export const sshCom: KeyFormat = {
  name: "ssh.com",
  at: ["pem"],
  find(bytes, { from: at }, budget) {
    const begin = BEGIN.exec(bytes.toString("latin1", Math.max(0, at - BEFORE), at));
    if (begin === null) return undefined;
    const from = at - begin[0].length;
    const to = Math.min(bytes.length, from + LONGEST);
    const found = readRegion(bytes, from, to, budget, readWrapped, (raw) =>
      withoutFormBlanks(withoutLinePrefix(raw, prefixOfLine(bytes, from)), FORM),
    );
    return found?.body && hit(found.body.key, from, endOf(bytes, from, found.body.text, to) - from);
  },
};

function readWrapped(text: string) {
  const start = text.indexOf(HEAD);
  if (start < 0) return undefined;
  const end = text.indexOf("---- END", start);
  if (end < 0) return { body: undefined, final: false };
  const column = start - (text.lastIndexOf("\n", start) + 1);
  for (const reading of readings(text.slice(start, end), BASE64, missing, column)) {
    const content = BASE64.decode(reading);
    const size = sizeOf(content);
    const key = size === undefined ? undefined : readSshCom(content.subarray(0, size));
    if (key) return { body: { key, text: reading }, final: true };
  }
  return { body: undefined, final: false };
}

const sizeOf = (content: Buffer) => (content.length < 8 ? undefined : content.readUInt32BE(4));

function missing(start: string): number | undefined {
  const size = sizeOf(BASE64.decode(start.slice(0, SIZED)));
  return size === undefined ? undefined : charsOf(BASE64, size) - start.length;
}

const MAGIC = 0x3f6ff9eb;
/** Of the names of the two kinds of keys: `if-modn{sign{rsa-pkcs1-sha1},…}` and `dl-modp{…}`. */
const ALGORITHMS: Readonly<Record<string, "rsa" | "dsa">> = { "if-modn": "rsa", "dl-modp": "dsa" };
/** Bytes: a key of 512 bits. */
const SHORTEST = 128;

/** The key of ssh.com's own format, which `puttygen -O private-sshcom` writes too. Its label says ENCRYPTED in any case. */
function readSshCom(content: Buffer): Key | undefined {
  const reader = sshReader(content);
  if (reader.number() !== MAGIC || reader.number() !== content.length) return undefined;
  const [kind, cipher, secret] = [reader.string(), reader.string()?.toString("latin1"), reader.string()];
  const algorithm = ALGORITHMS[kind?.toString("latin1", 0, 7) ?? ""];
  if (!algorithm || cipher === undefined || secret === undefined || secret.length < SHORTEST)
    return undefined;
  const isOpen = cipher === "none";
  return (
    (isOpen && algorithm === "rsa" ? openRsa(secret) : undefined) ?? {
      container: "sshcom",
      algorithm,
      encryption: isOpen ? undefined : "unnamed",
      bits: undefined,
      certainty: "certain",
      identity: derIdentity(secret),
    }
  );
}

/** The public exponent, the private one and the modulus, each behind its size in bits. */
function openRsa(secret: Buffer): Key | undefined {
  let at = 4;
  const [e, , n] = [0, 1, 2].map(() => {
    const from = at + 4;
    if (from > secret.length) return undefined;
    at = from + Math.ceil(secret.readUInt32BE(at) / 8);
    return secret.subarray(from, at).toString("base64url");
  });
  return e && n ? rsaFromParts("sshcom", n, e) : undefined;
}
