import { Buffer } from "node:buffer";
import type { PemRepair } from "./pem-damage.ts";

/** Layers that are taken off at most; base64 in base64 in a quoted, escaped string has five. */
const MAX_LAYERS = 8;
const SHORTEST_PEM = 64;

/**
 * What environment variables, JSON, YAML, shells and word processors put around a PEM, and how it comes off.
 * No step can touch the base64 of a key: it only takes what base64 does not have (`+`, `/`, `=`, `-` and `_`
 * are left alone). Every pattern is linear: no two repetitions meet, and runs are matched whole.
 */
const WRAPPINGS = [
  ["utf-16", (text) => (text.includes("\0") ? text.replaceAll("\0", "").replace(/^\uFFFD{1,2}/, "") : text)],
  ["bom", (text) => text.replace(/^(?:\uFEFF|\u00EF\u00BB\u00BF)/, "")],
  ["quotes", unquote],
  ["unicode-escapes", (text) => text.replace(/\\u00([0-7][0-9a-f])/gi, (_, hex) => character(hex, 16))],
  ["escaped-newlines", decodeBackslashes],
  [
    "xml-references",
    (text) => text.replace(/&#(?:x0{0,4}([0-7]?[0-9a-f])|0{0,4}([0-9]{1,3}));/gi, reference),
  ],
  ["url-encoding", decodePercent],
  ["dashes", (text) => text.replace(/[\u2010-\u2015\u2212\uFE58\uFE63\uFF0D]/g, "--")],
  ["base64-of-pem", decodeBase64],
] as const satisfies readonly (readonly [PemRepair, (text: string) => string])[];

/** The text inside all wrappings, and what was taken off. */
export function unwrap(given: string): { readonly text: string; readonly repairs: readonly PemRepair[] } {
  const repairs: PemRepair[] = [];
  let text = given;
  for (let layer = 0; layer < MAX_LAYERS; layer++) {
    const before = text;
    for (const [repair, takeOff] of WRAPPINGS) {
      const next = takeOff(text);
      if (next !== text) repairs.push(repair);
      text = next;
    }
    if (text === before) break;
  }
  return { text, repairs };
}

function unquote(text: string): string {
  const inner = text.trim();
  const closed = /["'`][,;]$/.test(inner) ? inner.slice(0, -1) : inner;
  const from = /^["'`]/.test(closed) ? 1 : 0;
  const to = closed.length > from && /["'`]$/.test(closed) ? closed.length - 1 : closed.length;
  return from === 0 && to === closed.length ? text : closed.slice(from, to);
}

/** A run of backslashes counts as one: each JSON or shell layer doubles them. */
function decodeBackslashes(text: string): string {
  if (!text.includes("\\")) return text;
  return text
    .replace(/\\+/g, "\\")
    .replace(/\\r\\n|\\[nr]/g, "\n")
    .replace(/\\x(0a|0d|20|2d)/gi, (_, hex) => character(hex, 16))
    .replace(/\\t/g, "\t")
    .replace(/\\(["'`/+=$-])/g, "$1")
    .replace(/\\(?=\s)/g, "");
}

/** Form encoding writes a space as `+`, which shows in `BEGIN+`; plain percent-encoding leaves `+` alone. */
function decodePercent(text: string): string {
  if (!/%[0-7][0-9a-f]/i.test(text)) return text;
  const spaced = /BEGIN\+/.test(text) ? text.replaceAll("+", " ") : text;
  return spaced.replace(/%([0-7][0-9a-f])/gi, (_, hex) => character(hex, 16));
}

function decodeBase64(text: string): string {
  const squeezed = text.replace(/\s+/g, "");
  if (squeezed.length < SHORTEST_PEM || !/^[A-Za-z0-9+/_-]+={0,2}$/.test(squeezed)) return text;
  const bytes = Buffer.from(squeezed, "base64");
  const inner = bytes.toString(bytes[0] === 0xff && bytes[1] === 0xfe ? "utf16le" : "utf8");
  // Text is what we look for: DER or ciphertext practically never is printable ASCII throughout.
  return /^\uFEFF?[\s!-~\0\u2010-\u2015]+$/.test(inner) ? inner : text;
}

function reference(_: string, hex: string | undefined, decimal: string | undefined): string {
  return hex === undefined ? character(decimal ?? "32", 10) : character(hex, 16);
}

function character(digits: string, radix: number): string {
  const code = Number.parseInt(digits, radix);
  return code < 0x80 ? String.fromCharCode(code) : " ";
}
