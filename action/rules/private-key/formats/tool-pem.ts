import { Buffer } from "node:buffer";
import { spend } from "../budget.ts";
import { withoutEscapes } from "../decode/escapes.ts";
import { BLANK, prefixOfLine, withoutFormBlanks, withoutLinePrefix } from "../decode/region.ts";
import { derIdentity } from "./fingerprint.ts";
import { hit, type Key, type KeyFormat } from "./key.ts";
import { isVaried } from "./varied.ts";

/** Characters before `PRIVATE` that have `-----BEGIN` and the name of the tool. */
const BEFORE = 64;
/** Characters of the longest such key, escapes included. */
const LONGEST = 16 * 1024;
/** Bytes: Nebula's keys for X25519, the smallest. */
const SHORTEST = 32;

/** The BEGIN line up to `PRIVATE`. */
const BEGIN = new RegExp(`-{5}BEGIN${BLANK}([A-Z0-9][A-Z0-9 +%-]{0,40}?)${BLANK}$`);
const FORM = /^-{5}BEGIN\+/;
/** Headers, as Tendermint has them. */
const HEADERS = "((?:[A-Za-z][\\w-]{0,40}: ?[^\\n]{0,400}\\n\\s*(?!\\s)){0,20})";
/** Nothing in it can be read in two ways, so that a text without an end costs no more than its size. */
const PEM = new RegExp(
  `^-----BEGIN ([A-Z0-9][A-Z0-9 -]{0,40}) PRIVATE KEY-----\\s*(?!\\s)${HEADERS}([A-Za-z0-9+/=\\s]{43,16000})-----END \\1 PRIVATE KEY-----`,
);
/** Their keys have a structure (`pem.ts`), without which there is none. Those of `TSS2` open in the TPM alone that made them. */
const NOT_OF_TOOLS = /^(?:RSA|EC|ECDSA|DSA|DH|EDDSA|ED25519|X25519|ENCRYPTED|OPENSSH|ANY|TSS2)$/;
const PLACEHOLDER = /\b(?:MY|YOUR|SOME|TEST|FAKE|MOCK|DUMMY|SAMPLE|EXAMPLE|INVALID)\b/;

/**
 * A PEM with the label of a tool and an encoding of that tool's own: `BEGIN NEBULA X25519 PRIVATE KEY`, `BEGIN ENCRYPTED
 * SIGSTORE PRIVATE KEY`. Both lines of its label and random content show that it is a key.
 */
export const toolPem: KeyFormat = {
  name: "pem of a tool",
  at: ["pem"],
  find(bytes, { from: at }, budget) {
    const before = bytes.toString("latin1", Math.max(0, at - BEFORE), at);
    const begin = BEGIN.exec(before);
    if (begin === null || !mayBeOfTool(begin[1] ?? "") || !spend(budget, LONGEST)) return undefined;
    const from = at - before.length + begin.index;
    const raw = bytes.toString("latin1", from, from + LONGEST);
    const lines = withoutFormBlanks(withoutLinePrefix(raw, prefixOfLine(bytes, from)), FORM);
    const text = withoutEscapes(lines);
    const [whole = "", tool, headers = "", body = ""] =
      PEM.exec(text) ?? PEM.exec(text.replace(BETWEEN, "\n")) ?? PEM.exec(joined(text)) ?? [];
    // Behind the padding, or an empty one, there may be a checksum.
    const content = Buffer.from(body.replace(/=[\s\S]*$/, ""), "base64");
    const key = keyOfTool(tool, headers, content);
    return key && hit(key, from, whole.length);
  },
};

/** What is between the lines as strings of one list, and as those of Docker's log. */
const BETWEEN = /","stream":"std(?:out|err)"[^\n]{0,80}\n(?:\{"log":")?|["'`]\s{0,40},\s{0,40}["'`]/g;
/** The same, with something around each line: strings of source code, the marks of a comment, the dates of a log. */
const SPLIT =
  /^(-----BEGIN ([A-Z0-9][A-Z0-9 -]{0,40}) PRIVATE KEY-----)([^\n]{0,400})\n([\s\S]{43,16000}?)-----END \2 PRIVATE KEY-----/;
/** The last characters of a line that base64 has. A try inside of a token would make long lines slow. */
const LAST_TOKEN = /(?<![A-Za-z0-9+/])([A-Za-z0-9+/]+={0,2})[^A-Za-z0-9+/=]*$/;
/** Characters of 32 bytes; encoders wrap at more. */
const SHORTEST_LINE = 43;

/** The PEM that `text` begins with, of its lines alone: all but the last one have the width of the first. */
function joined(text: string): string {
  const [, begin = "", label = "", around = "", inside = ""] = SPLIT.exec(text) ?? [];
  // What is before the END line is its own.
  const lines = inside.split("\n").slice(0, -1);
  const tokens = lines.flatMap((line) => {
    const bare = line.endsWith(around) ? line.slice(0, line.length - around.length) : line;
    const token = LAST_TOKEN.exec(bare)?.[1] ?? "+";
    // What joins two strings.
    return token === "+" ? [] : token;
  });
  const { length: width } = tokens[0] ?? "";
  const isWrapped = tokens.every(
    ({ length }, at) => length === width || (at === tokens.length - 1 && length < width),
  );
  return width >= SHORTEST_LINE && isWrapped
    ? `${begin}\n${tokens.join("\n")}\n-----END ${label} PRIVATE KEY-----`
    : "";
}

function mayBeOfTool(label: string): boolean {
  const name = label.replace(new RegExp(BLANK, "g"), " ");
  return !NOT_OF_TOOLS.test(name) && !PLACEHOLDER.test(name);
}

function keyOfTool(tool: string | undefined, headers: string, content: Buffer): Key | undefined {
  if (tool === undefined || content.length < SHORTEST || !isVaried(content)) return undefined;
  return {
    container: "tool-pem",
    algorithm: undefined,
    encryption: tool.startsWith("ENCRYPTED ") || /^kdf:/im.test(headers) ? "unnamed" : undefined,
    bits: undefined,
    certainty: "certain",
    identity: derIdentity(content),
  };
}
