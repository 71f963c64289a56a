import { createHash } from "node:crypto";
import { count } from "../budget.ts";
import { BASE64, charsOf, readings } from "../decode/base64-candidates.ts";
import { withoutEscapes } from "../decode/escapes.ts";
import { prefixOfLine, withoutFormBlanks, withoutLinePrefix } from "../decode/region.ts";
import { spkiIdentity } from "./fingerprint.ts";
import { hit, type Key, type KeyFormat } from "./key.ts";
import { readSshPublicKey, sizeOfSshPublicKey } from "./ssh-blob.ts";

const HEADER =
  /^PuTTY-User-Key-File-([23])\s*:\s*([a-z0-9-]{5,32})(?:(?!Encryption)[\s\S]){0,4000}?Encryption\s*:\s*(none|aes256-cbc)[\s\S]{0,8000}?Public-Lines\s*:\s*(\d{1,3})/;
/** A block of AES. */
const SHORTEST_SECRET = 16;

/** The first header in a form. */
const FORM = /^PuTTY-User-Key-File-[23](?::|%3[Aa])\+/;
const ANCHOR = "PuTTY-User-Key";
/** A key of 4,096 bits takes 54 lines, a log adds hundreds of characters to each, and marks and escapes add to it. */
const REGION = 160 * 1024;
/** Headers, an Ed25519 key and the lines around it. */
const SHORTEST = 200;
/** Bytes that are certainly of this key: what follows may be another text. */
const MAX_SIZE = 1024;

export const putty: KeyFormat = {
  name: "putty",
  at: ["putty"],
  find(bytes, { from }) {
    const next = bytes.subarray(from + 8, from + REGION).indexOf(ANCHOR);
    const size = next < 0 ? REGION : next + 8;
    // Free, as every key that is written plainly: the parts between the headers do not overlap.
    if (size < SHORTEST) return undefined;
    count(size);
    if (!bytes.subarray(from, from + size).includes("Private")) return undefined;
    const raw = bytes.toString("latin1", from, from + size);
    const text = withoutFormBlanks(withoutLinePrefix(raw, prefixOfLine(bytes, from)), FORM);
    const key = readPutty(withoutEscapes(text));
    return key && hit(key, from, Math.min(size, MAX_SIZE));
  },
};

/** The PuTTY key that `text` begins with: its public part must be a public key, its private part must be there. */
function readPutty(text: string): Key | undefined {
  const header = HEADER.exec(text);
  if (header === null) return undefined;
  const [found, version, , encryption] = header;
  const [shown, hidden] = text.slice(found.length).split(/Private-Lines\s*:\s*\d{1,3}/, 2);
  if (shown === undefined || hidden === undefined) return undefined;
  const parts = /^([\s\S]*?)Private-(?:MAC|Hash)\s*:/.exec(hidden);
  const open = publicKey(shown.replace(/Key-Derivation[\s\S]*$/, ""));
  const secret = [...readings(parts?.[1] ?? hidden.slice(0, 4096), BASE64, () => undefined)].map(
    BASE64.decode,
  );
  const size = Math.max(...secret.map(({ length }) => length));
  if (!open || size < SHORTEST_SECRET) return undefined;
  return {
    container: "putty",
    version: version === "2" ? 2 : 3,
    algorithm: open.algorithm,
    encryption: encryption === "none" ? undefined : { method: "putty", cipher: "aes256-cbc" },
    bits: open.bits,
    certainty: parts ? "certain" : "partial",
    identity: open.identity,
  };
}

function publicKey(text: string) {
  const start = text.search(/AAAA[A-Za-z0-9+/]/);
  if (start < 0) return undefined;
  const column = start - (text.lastIndexOf("\n", start) + 1);
  for (const reading of readings(text.slice(start), BASE64, missing, column)) {
    const blob = BASE64.decode(reading);
    const known = readSshPublicKey(blob);
    if (!known) continue;
    const digest = () => `der-sha256:${createHash("sha256").update(blob).digest("hex")}`;
    return { ...known, identity: (known.key && spkiIdentity(known.key)) ?? digest() };
  }
  return undefined;
}

function missing(start: string): number | undefined {
  const size = sizeOfSshPublicKey(BASE64.decode(start));
  return size === undefined ? undefined : charsOf(BASE64, size) - start.length;
}
