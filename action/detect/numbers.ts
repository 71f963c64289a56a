import { Buffer } from "node:buffer";

/** What may stand in a list of numbers, and around it in source code: digits, marks, quotes, `0x`, `\x`, comments. */
const IN_LIST = new Uint8Array(256);
for (const char of "0123456789abcdefABCDEFxX,:;\\ \t\r\n\"'+-#/*|>.") IN_LIST[char.charCodeAt(0)] = 1;

const LONGEST_LEAD = 64;
const LONGEST_LIST = 256 * 1024;
const SHORTEST_LIST = 40;

export interface NumberList {
  readonly bytes: Buffer;
  readonly from: number;
  readonly to: number;
}

/**
 * The bytes that a list of numbers around `at` spells: hexadecimal with separators (`30:82`, `0x30, 0x82`, `\x30`)
 * or, if `decimal`, as JSON and Java write an array of bytes.
 */
export function numbersAt(bytes: Buffer, at: number, decimal: boolean): NumberList | undefined {
  let from = at;
  while (from > 0 && at - from < LONGEST_LEAD && IN_LIST[bytes[from - 1] as number] === 1) from--;
  let to = at;
  const end = Math.min(bytes.length, at + LONGEST_LIST);
  while (to < end && IN_LIST[bytes[to] as number] === 1) to++;
  if (to - at < SHORTEST_LIST) return undefined;
  const text = bytes.toString("latin1", from, to);
  const values = decimal ? decimals(text) : hexadecimals(text);
  const start = values.findIndex((value) => value === 0x30 || value === 0x2d);
  if (start < 0 || values.length - start < SHORTEST_LIST) return undefined;
  return { bytes: Buffer.from(values.slice(start)), from, to };
}

function hexadecimals(text: string): number[] {
  const digits = text.replace(/0x|\\+x/gi, " ").match(/[0-9a-f]+/gi) ?? [];
  return digits.filter((token) => token.length <= 2).map((token) => Number.parseInt(token, 16));
}

/** Java's bytes are signed. */
function decimals(text: string): number[] {
  const digits = text.match(/-?\d+/g) ?? [];
  return digits
    .map(Number)
    .filter((value) => value >= -128 && value < 256)
    .map((value) => value & 0xff);
}
