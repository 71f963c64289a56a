import { Buffer } from "node:buffer";
import { spend } from "../budget.ts";
import type { Decoder } from "./decoder.ts";
import { inPlainNumbers } from "./notations.ts";
import { isOfList, spelled } from "./number-lists.ts";

/** What casts contain, and lists of numbers do not: `(byte) 0x82`, `0x82.toByte()`, `std::byte{0x82}`. */
const OF_CAST = new Uint8Array(256);
for (const char of "(){}bytecharoBsd:.") OF_CAST[char.charCodeAt(0)] = 1;

/**
 * A list of numbers of which some or all are cast. It ends at the next word of the source code. It is taken as a
 * whole even where it spells little, so that no part of it is read again.
 */
export const castNumbers: Decoder = {
  name: "cast numbers",
  at: ["cast"],
  find(bytes, { from: anchor }, budget) {
    if (!spend(budget, 1)) return undefined;
    const isInside = (at: number) => OF_CAST[bytes[at] as number] === 1 || isOfList(bytes, at);
    let from = anchor;
    while (from > 0 && isInside(from - 1)) from--;
    let to = anchor;
    while (to < bytes.length && isInside(to)) to++;
    if (!spend(budget, to - from)) return undefined;
    const text = inPlainNumbers(bytes.toString("latin1", from, to));
    const list = Buffer.from(text.slice(Math.max(0, text.search(/-?[0-9]/))), "latin1");
    return { bytes: spelled(list, 0, list.length), from, to };
  },
};
