import { Buffer } from "node:buffer";
import { spend } from "../budget.ts";
import { withoutEscapes } from "../decode/escapes.ts";
import { derIdentity } from "./fingerprint.ts";
import { hit, type KeyFormat } from "./key.ts";

/** Characters before `PRIVATE` that have `-----BEGIN` and the name of the tool. */
const BEFORE = 64;
/** Characters of the longest such key, escapes included. */
const LONGEST = 16 * 1024;
/** Bytes: Nebula's keys for X25519, the smallest. */
const SHORTEST = 32;
/** Different values: 32 random bytes have fewer once in a million times, and so does no encoding of a key. */
const MIN_DIFFERENT = 22;

const PEM =
  /^-----BEGIN ([A-Z0-9][A-Z0-9 -]{0,40}) PRIVATE KEY-----\s+([A-Za-z0-9+/=\s]{43,16000}?)\s*-----END \1 PRIVATE KEY-----/;
/** Their keys have a structure (`pem.ts`), without which there is none. Those of `TSS2` open in the TPM alone that made them. */
const NOT_OF_TOOLS = /^(?:RSA|EC|ECDSA|DSA|DH|EDDSA|ED25519|X25519|ENCRYPTED|OPENSSH|ANY|TSS2)$/;
const STAND_IN = /\b(?:MY|YOUR|SOME|TEST|FAKE|MOCK|DUMMY|SAMPLE|EXAMPLE|INVALID)\b/;

/**
 * A PEM with the label of a tool and an encoding of that tool's own: `BEGIN NEBULA X25519 PRIVATE KEY`, `BEGIN ENCRYPTED
 * SIGSTORE PRIVATE KEY`. Both lines of its label and random content show that it is a key.
 */
export const toolPem: KeyFormat = {
  name: "pem of a tool",
  at: ["pem"],
  find(bytes, { from: at }, budget) {
    const before = bytes.toString("latin1", Math.max(0, at - BEFORE), at);
    const begin = before.lastIndexOf("-----BEGIN ");
    if (begin < 0 || !spend(budget, LONGEST)) return undefined;
    const from = at - before.length + begin;
    const text = withoutEscapes(bytes.toString("latin1", from, from + LONGEST));
    const [whole = "", tool = "", body = ""] = PEM.exec(text) ?? [];
    if (tool === "" || NOT_OF_TOOLS.test(tool) || STAND_IN.test(tool)) return undefined;
    const content = Buffer.from(body, "base64");
    if (content.length < SHORTEST || new Set(content).size < MIN_DIFFERENT) return undefined;
    const key = {
      container: "tool-pem",
      algorithm: undefined,
      encryption: tool.startsWith("ENCRYPTED ") ? "unnamed" : undefined,
      bits: undefined,
      certainty: "certain",
      identity: derIdentity(content),
    } as const;
    return hit(key, from, whole.length);
  },
};
