import { Buffer } from "node:buffer";
import { spend } from "../budget.ts";
import type { Decoder } from "./decoder.ts";

/** A character between quotes, or the number of one, and what is between it and the next. */
const ELEMENT =
  /\s*(?:[bcLu]?(["'`])(?:\\x([0-9a-f]{2})|\\([0-7]{2,3})|\\([\s\S])|([^\\]))\1|0x([0-9a-f]{2})|([0-9]{1,3}))\s*(?:[,;+]\s*)?/iy;
/** Bytes that are read: a list that reaches the end of the first is longer. The last hold the largest key. */
const SIZES = [256, 16 * 1024, 512 * 1024];
/** Bytes of the longest element, with the blanks around it. */
const NEAR_END = 64;

/** A text as a list of its characters, as source code and programs write one: `{'-', '-', 'B'}`, `["-","-","B"]`. */
export const characters: Decoder = {
  name: "characters",
  at: ["characters"],
  find(bytes, { from }, budget) {
    let list: List = { codes: [], size: 0 };
    for (const size of SIZES) {
      list = read(bytes.toString("latin1", from, from + size));
      if (!spend(budget, list.size)) return undefined;
      if (list.size < size - NEAR_END) break;
    }
    return { bytes: Buffer.from(list.codes), from, to: from + list.size };
  },
};

interface List {
  readonly codes: readonly number[];
  /** Characters of it. */
  readonly size: number;
}

function read(text: string): List {
  const codes: number[] = [];
  let size = 0;
  ELEMENT.lastIndex = 0;
  for (let one = ELEMENT.exec(text); one !== null; one = ELEMENT.exec(text)) {
    codes.push(codeOf(one));
    size = ELEMENT.lastIndex;
  }
  return { codes, size };
}

/** Escapes of one letter that a PEM has; any other character stands for itself. */
const LETTERS: Readonly<Record<string, number>> = { n: 10, r: 13, t: 9, "0": 0 };

function codeOf([, , hex, octal, letter, plain, hexNumber, number]: RegExpExecArray): number {
  if (hex !== undefined || hexNumber !== undefined) return Number.parseInt(hex ?? hexNumber ?? "", 16);
  if (octal !== undefined) return Number.parseInt(octal, 8) & 0xff;
  if (number !== undefined) return Number(number) & 0xff;
  if (letter !== undefined) return LETTERS[letter] ?? letter.charCodeAt(0) & 0xff;
  return (plain ?? "").charCodeAt(0) & 0xff;
}
