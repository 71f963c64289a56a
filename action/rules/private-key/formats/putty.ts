import { createHash } from "node:crypto";
import { BASE64, readings } from "../decode/base64-candidates.ts";
import { spkiIdentity } from "./fingerprint.ts";
import type { Key } from "./key.ts";
import { readSshPublicKey } from "./ssh-blob.ts";

const HEADER =
  /PuTTY-User-Key-File-([23])\s*:\s*([a-z0-9-]{5,32})[\s\S]{0,40}?Encryption\s*:\s*(none|aes256-cbc)[\s\S]{0,400}?Public-Lines\s*:\s*(\d{1,3})/;
const SHORTEST_SECRET = 16;

/** The PuTTY key that `text` begins with: its public part must be a public key, its private part must be there. */
export function readPutty(text: string): Key | undefined {
  const header = HEADER.exec(text);
  if (header?.index !== 0) return undefined;
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
  const encrypted = encryption !== "none";
  return {
    kind: `${encrypted ? "encrypted " : ""}PuTTY ${version} ${open.algorithm} private key${encrypted ? " (aes256-cbc)" : ""}`,
    format: "putty",
    certainty: parts ? "certain" : "partial",
    bits: open.bits,
    encrypted,
    identity: open.identity,
  };
}

function publicKey(text: string) {
  const start = text.search(/AAAA[A-Za-z0-9+/]/);
  if (start < 0) return undefined;
  for (const reading of readings(text.slice(start), BASE64, () => undefined)) {
    const blob = BASE64.decode(reading);
    const known = readSshPublicKey(blob);
    if (!known) continue;
    const digest = () => `der-sha256:${createHash("sha256").update(blob).digest("hex")}`;
    return { ...known, identity: (known.key && spkiIdentity(known.key)) ?? digest() };
  }
  return undefined;
}
