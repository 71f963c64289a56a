import { Buffer } from "node:buffer";
import { spend } from "../budget.ts";
import { withoutEscapes } from "../decode/escapes.ts";
import { derIdentity } from "./fingerprint.ts";
import { hit, type KeyFormat } from "./key.ts";
import { isVaried } from "./varied.ts";

/** Characters before `PRIVATE` that have `-----BEGIN` and the name of the tool. */
const BEFORE = 64;
/** Characters of `PRIVATE KEY-----`. */
const AFTER = 16;
/** Characters of the longest such key, escapes included. */
const LONGEST = 16 * 1024;
/** Bytes: Nebula's keys for X25519, the smallest. */
const SHORTEST = 32;

const LABEL = /^-----BEGIN ([A-Z0-9][A-Z0-9 -]{0,40}) PRIVATE KEY-----/;
const PEM =
  /^-----BEGIN ([A-Z0-9 -]+) PRIVATE KEY-----\s+([A-Za-z0-9+/=\s]{43,16000}?)\s*-----END \1 PRIVATE KEY-----/;
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
    const from = at - before.length + before.lastIndexOf("-----BEGIN ");
    const tool = LABEL.exec(bytes.toString("latin1", from, at + AFTER))?.[1];
    if (tool === undefined || NOT_OF_TOOLS.test(tool) || STAND_IN.test(tool)) return undefined;
    if (!spend(budget, LONGEST)) return undefined;
    const text = withoutEscapes(bytes.toString("latin1", from, from + LONGEST));
    const [whole = "", , body = ""] = PEM.exec(text) ?? [];
    const content = Buffer.from(body, "base64");
    if (content.length < SHORTEST || !isVaried(content)) return undefined;
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
