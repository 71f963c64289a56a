import { Buffer } from "node:buffer";
import type { PemRepair } from "./damage.ts";
import { withoutLayer } from "./escapes.ts";

/** Most steps of unwrapping; base64 in base64 in a quoted, escaped string takes eight. */
const MAX_STEPS = 32;
/** Characters of the smallest key, of Ed25519, in base64 without its BEGIN line. */
const SHORTEST_PEM = 64;

/** UTF-16's byte order mark, read as UTF-8 or Latin-1. */
const UTF16_MARK = /^(?:\uFFFD{1,2}|\u00FF\u00FE|\u00FE\u00FF)/;

/**
 * What environment variables, JSON, YAML, shells and word processors put around a PEM, and how it comes off.
 * No step can touch the base64 of a key: it only takes what base64 does not have, except that a
 * `+` in form-encoded text is a space. Every pattern is linear: no two repetitions meet, and runs are matched whole.
 */
const WRAPPINGS = [
  ["utf-16", (text) => (text.includes("\0") ? text.replaceAll("\0", "").replace(UTF16_MARK, "") : text)],
  ["bom", (text) => text.replace(/^[ \t\r\n]*(?:\uFEFF|\u00EF\u00BB\u00BF)/, "")],
  ["xml-references", (text) => withoutLayer(text, "reference")],
  ["url-encoding", decodePercent],
  ["unicode-escapes", (text) => withoutLayer(text, "unicode")],
  ["escaped-newlines", (text) => withoutLayer(text, "backslash")],
  ["carriage-returns", (text) => text.replace(/\r\n?/g, "\n")],
  ["quotes", stripLines],
  ["dashes", (text) => text.replace(/[\u2010-\u2015\u2212\uFE58\uFE63\uFF0D]/g, "--")],
  ["base64-of-pem", decodeBase64],
] as const satisfies readonly (readonly [PemRepair, (text: string) => string])[];

/** The text inside all wrappings, and what was taken off: always the first row that changes anything. */
export function unwrap(given: string): { readonly text: string; readonly repairs: readonly PemRepair[] } {
  const repairs: PemRepair[] = [];
  let text = given;
  for (let step = 0; step < MAX_STEPS; step++) {
    const taken = takeOffOne(text);
    if (!taken) break;
    repairs.push(taken.repair);
    text = taken.text;
  }
  return { text, repairs };
}

function takeOffOne(text: string) {
  for (const [repair, takeOff] of WRAPPINGS) {
    const inner = takeOff(text);
    if (inner !== text) return { repair, text: inner };
  }
  return undefined;
}

function stripLines(text: string): string {
  const apart = text.replace(/(["'`])\s{0,8}[,+;.]\s{0,8}\1/g, "\n");
  return apart.split("\n").map(stripLine).join("\n");
}

/** Quotes, array and concatenation syntax, comment and quotation marks around a line; base64 has none of them. */
function stripLine(line: string): string {
  const inner = line.trim();
  const closing = Math.max(inner.lastIndexOf('"'), inner.lastIndexOf("'"), inner.lastIndexOf("`"));
  // The end first: of `" +` nothing may be left, and what precedes it is for the next layer.
  if (closing >= 0 && /^.[\s,+;.\\)\]]*$/.test(inner.slice(closing))) return inner.slice(0, closing);
  const bare = inner.replace(/[,;]$/, "").replace(/^(?:[#>*|[(]+|\/\/(?=\s|$))?\s*["'`]?/, "");
  return bare === inner ? line : bare;
}

/**
 * Where more than line breaks is encoded, a bare `+` is the space of form encoding; where only they are, as in the
 * commands of GitHub's runner, it belongs to the key.
 */
function decodePercent(text: string): string {
  if (!/%[0-9a-f]{2}/i.test(text)) return text;
  const spaced = /BEGIN\+|%(?!0a|0d|25)[0-9a-f]{2}/i.test(text) ? text.replaceAll("+", " ") : text;
  return withoutLayer(spaced, "percent");
}

function decodeBase64(text: string): string {
  const squeezed = text.replace(/\s+/g, "");
  if (squeezed.length < SHORTEST_PEM || !/^[A-Za-z0-9+/_-]+={0,2}$/.test(squeezed)) return text;
  const bytes = Buffer.from(squeezed, "base64");
  const inner = bytes.toString(bytes[0] === 0xff && bytes[1] === 0xfe ? "utf16le" : "utf8");
  // The decoded bytes must be text: DER or ciphertext practically never is printable ASCII throughout.
  return /^\uFEFF?[\s!-~\0\u2010-\u2015]+$/.test(inner) ? inner : text;
}
