import { Buffer } from "node:buffer";
import type { Anchor } from "./anchors.ts";

/** Bytes of each anchor that the search compares first; a longer block skips further. */
const BLOCK = 7;
/** Bytes that each of two cursors passes before the anchors are compared. */
const PART = 8 * 1024;

export interface AnchorHit {
  readonly anchor: Anchor;
  readonly offset: number;
}

/**
 * Finds any of many byte sequences in one pass, by the method of Wu and Manber: a table gives for each pair of
 * bytes how far the search may jump, so that most bytes are never read. One combined regular expression over a
 * Latin-1 string takes 7 times as long (`bench/hand-written.ts`).
 */
export function anchorSearch(anchors: readonly Anchor[]) {
  const shifts = new Uint8Array(0x10000).fill(BLOCK - 1);
  const ends = new Map<number, readonly { readonly anchor: Anchor; readonly from: number }[]>();
  for (const anchor of anchors) {
    const from = rarestBlock(anchor.bytes);
    const block = anchor.bytes.subarray(from, from + BLOCK);
    for (let at = 1; at < BLOCK; at++) {
      const pair = pairAt(block, at);
      shifts[pair] = Math.min(shifts[pair] ?? 0, BLOCK - 1 - at);
    }
    const end = pairAt(block, BLOCK - 1);
    ends.set(end, [...(ends.get(end) ?? []), { anchor, from }]);
  }
  const found = { first: new Int32Array(PART), second: new Int32Array(PART), firsts: 0, seconds: 0 };
  /** Every anchor, by the end of its block. */
  return function* search(bytes: Uint8Array): Generator<AnchorHit> {
    for (let from = BLOCK - 1; from < bytes.length; from += 2 * PART) {
      for (const end of blockEnds(bytes, shifts, from, found))
        for (const candidate of ends.get(pairAt(bytes, end)) ?? []) {
          const offset = end - BLOCK + 1 - candidate.from;
          if (matches(bytes, offset, candidate.anchor.bytes)) yield { anchor: candidate.anchor, offset };
        }
    }
  };
}

interface Found {
  readonly first: Int32Array;
  readonly second: Int32Array;
  firsts: number;
  seconds: number;
}

/**
 * Where a block may end in the two parts from `from` on: its last pair has shift 0. Each jump waits for the one
 * before it, so two cursors in one loop take little longer than one would. It sees every file.
 */
function mark(bytes: Uint8Array, shifts: Uint8Array, from: number, found: Found): void {
  const half = Math.min(from + PART, from + Math.ceil((bytes.length - from) / 2));
  const end = Math.min(bytes.length, half + PART);
  const { first, second } = found;
  let [one, other, firsts, seconds] = [from, half, 0, 0];
  while (one < half && other < end) {
    const shift = shifts[(bytes[one - 1] as number) | ((bytes[one] as number) << 8)] as number;
    const jump = shifts[(bytes[other - 1] as number) | ((bytes[other] as number) << 8)] as number;
    if (shift === 0) first[firsts++] = one++;
    if (jump === 0) second[seconds++] = other++;
    one += shift;
    other += jump;
  }
  found.firsts = markRest(bytes, shifts, one, half, first, firsts);
  found.seconds = markRest(bytes, shifts, other, end, second, seconds);
}

/**
 * The rest of a part, for one cursor. A function of its own, because V8 optimizes `mark` in the middle of its loop,
 * and discards that work each time it reaches code that has not run before.
 */
function markRest(
  bytes: Uint8Array,
  shifts: Uint8Array,
  from: number,
  to: number,
  into: Int32Array,
  count: number,
): number {
  let [at, marked] = [from, count];
  while (at < to) {
    const shift = shifts[(bytes[at - 1] as number) | ((bytes[at] as number) << 8)] as number;
    if (shift === 0) into[marked++] = at++;
    at += shift;
  }
  return marked;
}

function blockEnds(bytes: Uint8Array, shifts: Uint8Array, from: number, found: Found): readonly number[] {
  mark(bytes, shifts, from, found);
  if (found.firsts + found.seconds === 0) return NONE;
  return [...found.first.subarray(0, found.firsts), ...found.second.subarray(0, found.seconds)];
}

const NONE: readonly number[] = [];

function pairAt(bytes: Uint8Array, at: number): number {
  return (bytes[at - 1] ?? 0) | ((bytes[at] ?? 0) << 8);
}

function matches(bytes: Uint8Array, offset: number, wanted: Uint8Array): boolean {
  if (offset < 0 || offset + wanted.length > bytes.length) return false;
  for (let at = 0; at < wanted.length; at++) if (bytes[offset + at] !== wanted[at]) return false;
  return true;
}

/** The block of an anchor whose pairs are rarest in ordinary files: capitals and bytes that text does not have. */
function rarestBlock(bytes: Uint8Array): number {
  let best = 0;
  let least = Number.POSITIVE_INFINITY;
  for (let from = 0; from + BLOCK <= bytes.length; from++) {
    const block = bytes.subarray(from, from + BLOCK);
    const last = block.subarray(BLOCK - 2).reduce((sum, byte) => sum + 4 * commonness(byte), 0);
    const weight = block.reduce((sum, byte) => sum + commonness(byte), last);
    if (weight < least) [best, least] = [from, weight];
  }
  return best;
}

function commonness(byte: number): number {
  if (byte === 0 || byte === 0x20) return 8;
  if (byte < 0x20 || byte >= 0x7f || RARE.includes(byte)) return 1;
  return (byte >= 0x61 && byte <= 0x7a) || byte === 0x30 || byte === 0x2c ? 4 : 2;
}

/** Letters that words seldom have. */
const RARE = Buffer.from("JKQVWXYZjqxz");
