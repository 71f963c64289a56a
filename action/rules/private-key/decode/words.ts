import { Buffer } from "node:buffer";
import { spend } from "../budget.ts";
import { SHORTEST_ENCODED } from "../search/runs.ts";
import type { Decoder } from "./decoder.ts";

/** An Ed25519 key in PKCS#8, the smallest in use. */
const SHORTEST = 48;
/** Characters of three lines at least, with indentation. */
const HEAD = 512;
/** Digits of the narrowest line that is taken for a part of one text. */
const NARROWEST = 8;
/** What no key is taken across, between two readings of the same words. */
const APART = Buffer.alloc(64);

const WORD = /(?<![\w\\])(0x)?([0-9a-f]{1,64})U?(?!\w)/gi;

/**
 * Hexadecimal digits in lines that are too short for a run, as `xxd -p -c 16` and source code write them, and lists of
 * numbers of 16, 32 or 64 bits, whose bytes may be in either order.
 */
export const words: Decoder = {
  name: "words",
  at: ["numbers"],
  find(bytes, { from, to }, budget) {
    const shape = shapeOf(bytes.toString("latin1", from, Math.min(to, from + HEAD)));
    if (shape === undefined || !spend(budget, to - from)) return undefined;
    const text = bytes.toString("latin1", from, to);
    const digits = shape.isNumbers ? numbersIn(text, shape) : linesIn(text, shape);
    if (digits.length < 2 * SHORTEST) return undefined;
    const one = Buffer.from(digits, "hex");
    const found = { from: from + shape.index, to };
    if (!shape.isNumbers) return { bytes: one, ...found };
    return { bytes: Buffer.concat([one, APART, swapped(one, shape.width / 2)]), ...found };
  },
};

interface Shape {
  /** Digits of each word. */
  readonly width: number;
  readonly isNumbers: boolean;
  /** Where the first word of this width is. */
  readonly index: number;
}

/** How wide the words are that a list begins with, where they are of one width. */
function shapeOf(head: string): Shape | undefined {
  const found = [...head.matchAll(WORD)].filter(([, , digits = ""]) => digits.length > 2);
  const isNumbers = found.length > 0 && found.every(([, prefix]) => prefix !== undefined);
  const widths = found.map(([, , digits = ""]) => digits.length);
  const widest = Math.max(0, ...widths.slice(0, -1));
  const width = isNumbers ? (SIZES.find((size) => size >= widest) ?? 0) : widest;
  const index = found.find(([, , digits = ""]) => isNumbers || digits.length === width)?.index;
  const fits = isNumbers || (width >= NARROWEST && width < SHORTEST_ENCODED && width % 2 === 0);
  if (!fits || width === 0 || index === undefined) return undefined;
  const same = widths.filter((one) => (isNumbers ? one <= width : one === width)).length;
  // The last one of the head may be cut, or be the shorter one at the end.
  return same >= 2 && same >= widths.length - 1 ? { width, isNumbers, index } : undefined;
}

/** Digits of numbers of 16, 32 and 64 bits. */
const SIZES = [4, 8, 16];

function numbersIn(text: string, { width }: Shape): string {
  let digits = "";
  for (const [, prefix, number = ""] of text.matchAll(WORD))
    if (prefix !== undefined && number.length <= width) digits += number.padStart(width, "0");
  return digits;
}

/** The words of the width, and the shorter one behind the last. */
function linesIn(text: string, { width }: Shape): string {
  let [digits, rest] = ["", ""];
  for (const [, , word = ""] of text.matchAll(WORD))
    if (word.length === width) [digits, rest] = [digits + word, ""];
    else if (rest === "" && word.length < width && word.length % 2 === 0) rest = word;
  return digits + rest;
}

function swapped(bytes: Buffer, size: number): Buffer {
  const whole = Buffer.from(bytes.subarray(0, bytes.length - (bytes.length % size)));
  if (size === 2) return whole.swap16();
  return size === 4 ? whole.swap32() : whole.swap64();
}
