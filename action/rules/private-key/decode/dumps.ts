import { Buffer } from "node:buffer";
import { type Budget, spend } from "../budget.ts";
import type { Decoded, Decoder } from "./decoder.ts";
import { dumpLine } from "./dump-line.ts";

/** Bytes of the longest line of a dump: 32 bytes, each with its character, a mark and an address. */
const LONGEST_LINE = 320;
/** Lines before the place that belong to the dump: numbers are sampled, and so not found at its first line. */
const MAX_BEFORE = 64;
/** Bytes of a dump that are decoded at once; a key of 16,384 bits in PEM takes 70 KB. */
const LARGEST = 1024 * 1024;
/** Bytes that two such pieces of a longer dump share. */
const SHARED = 128 * 1024;
/** An Ed25519 key in PKCS#8, the smallest in use. */
const SHORTEST = 48;
/** What no key is taken across, between two readings of the same words. */
const APART = Buffer.alloc(64);
/** What `hexdump` and `xxd -a` write for lines that repeat the one before. */
const REPEATED = "*";

/**
 * A dump by `xxd`, `hexdump`, `od` and their like: lines of an address, numbers, and perhaps a column of text. Where
 * no text shows in which order the bytes of a word are, both are decoded. Lists in source code that have a comment or a
 * directive on each line are read in the same way.
 */
export const dumps: Decoder = {
  name: "dump",
  at: ["numbers"],
  find(bytes, place, budget) {
    let line = lineAround(bytes, place.from);
    for (let count = 0; line !== undefined && line.from < place.to && count < MAX_OTHERS; count++) {
      if (dumpLine(textOf(bytes, line)) !== undefined) return decoded(bytes, beginOf(bytes, line), budget);
      line = lineFrom(bytes, line.to + 1);
    }
    return undefined;
  },
};

/** Lines of digits and marks between which and a dump nothing else is: rulers, headings and their like. */
const MAX_OTHERS = 4;

interface Line {
  readonly from: number;
  /** Its line feed, or the end of the bytes. */
  readonly to: number;
}

const LINE_FEED = 0x0a;

const textOf = (bytes: Buffer, { from, to }: Line) => bytes.toString("latin1", from, to);

function lineAround(bytes: Buffer, at: number): Line | undefined {
  const before = bytes.subarray(Math.max(0, at - LONGEST_LINE), at).lastIndexOf(LINE_FEED);
  const from = before === -1 ? at - LONGEST_LINE : Math.max(0, at - LONGEST_LINE) + before + 1;
  return before === -1 && from > 0 ? undefined : lineFrom(bytes, Math.max(0, from));
}

function lineFrom(bytes: Buffer, from: number): Line | undefined {
  const size = bytes.subarray(from, from + LONGEST_LINE).indexOf(LINE_FEED);
  const to = size === -1 ? bytes.length : from + size;
  return to - from > LONGEST_LINE ? undefined : { from, to };
}

/** The first line of the dump that has this one. */
function beginOf(bytes: Buffer, line: Line): number {
  let { from } = line;
  for (let count = 0; from > 0 && count < MAX_BEFORE; count++) {
    const before = lineAround(bytes, from - 1);
    if (before === undefined || dumpLine(textOf(bytes, before)) === undefined) break;
    from = before.from;
  }
  return from;
}

function decoded(bytes: Buffer, from: number, budget: Budget): Decoded | undefined {
  const known: number[] = [];
  const swapped: number[] = [];
  let to = from;
  const end = Math.min(bytes.length, from + LARGEST);
  while (to < end) {
    const line = lineFrom(bytes, to);
    const text = line && textOf(bytes, line).trimEnd();
    const read = text === undefined || text === REPEATED ? undefined : dumpLine(text);
    if (line === undefined || (read === undefined && text !== REPEATED)) break;
    known.push(...(read?.bytes ?? []));
    swapped.push(...(read?.swapped ?? []));
    to = line.to + 1;
  }
  if (known.length < SHORTEST || !spend(budget, to - from)) return undefined;
  const one = Buffer.from(known);
  const other = Buffer.from(swapped);
  return {
    bytes: one.equals(other) ? one : Buffer.concat([one, APART, other]),
    from,
    to: Math.min(to, bytes.length),
    ...(to >= end && end < bytes.length && { again: to - SHARED }),
  };
}
