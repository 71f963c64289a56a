import { Buffer } from "node:buffer";
import { spend } from "../budget.ts";
import type { Decoder } from "./decoder.ts";
import { withoutJoints } from "./joints.ts";

/** Bytes before an anchor that are decoded as well: the modulus of 16,384 bits, which is before its exponent. */
const LEAD = 9 * 1024;
/** Bytes after an anchor: a key of 16,384 bits, of which most bytes take four characters. */
const REGION = 48 * 1024;

const ESCAPE = /\\(?:x([0-9a-f]{2})|u00([0-9a-f]{2})|([0-3]?[0-7]{1,2})|([abfnrtve0"'\\]))/gi;
/** Escapes of one letter. */
const LETTERS: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  e: "\x1b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};

/**
 * A key in DER as a string literal: printable bytes as they are, and all others escaped in hexadecimal or octal
 * digits (`0\x82\x04\xbe`, `0\202\4\276`), as Python and C write bytes.
 */
export const literals: Decoder = {
  name: "literal",
  at: ["literal"],
  find(bytes, { from: anchor }, budget) {
    const from = Math.max(0, anchor - LEAD);
    const to = Math.min(bytes.length, anchor + REGION);
    if (!spend(budget, to - from)) return undefined;
    let inner = withoutJoints(bytes.toString("latin1", from, to));
    for (let layers = layersAt(bytes, anchor); layers > 0; layers--) inner = unescaped(inner);
    return {
      bytes: Buffer.from(inner, "latin1"),
      from: beginOf(bytes, from, anchor),
      to: anchor + REGION / 2,
    };
  },
};

const unescaped = (text: string) =>
  text.replace(ESCAPE, (whole, hex?: string, code?: string, octal?: string, letter?: string) => {
    if (hex !== undefined || code !== undefined)
      return String.fromCharCode(Number.parseInt(hex ?? code ?? "", 16));
    if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8));
    return LETTERS[letter ?? ""] ?? whole.at(-1) ?? "";
  });

/** How many times over the literal is escaped: each time doubles the backslashes. */
const layersAt = (bytes: Buffer, anchor: number) => (bytes[anchor + 1] === BACKSLASH ? 2 : 1);

const BACKSLASH = 0x5c;

/** The line on which the literal begins is not known; the one of the anchor is near. */
function beginOf(bytes: Buffer, from: number, anchor: number): number {
  const line = bytes.subarray(from, anchor).lastIndexOf(0x0a);
  return line === -1 ? from : from + line + 1;
}
