import { Buffer } from "node:buffer";
import { spend } from "../budget.ts";
import type { Decoder } from "./decoder.ts";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
/** Characters that are read: all of the first show that there are more. A key of 16,384 bits in PEM has 20 KB. */
const SIZES = [64, 32 * 1024];

/** A PEM in base32 (RFC 4648 §6), in one line or wrapped. */
export const base32: Decoder = {
  name: "base32",
  at: ["base32"],
  find(bytes, { from }, budget) {
    let text = "";
    for (const size of SIZES) {
      text = /^[A-Z2-7\s]*/i.exec(bytes.toString("latin1", from, from + size))?.[0] ?? "";
      if (!spend(budget, text.length)) return undefined;
      if (text.length < size) break;
    }
    return { bytes: decoded(text.toUpperCase()), from, to: from + text.length };
  },
};

/** Five bits a character, eight a byte. */
function decoded(text: string): Buffer {
  const bytes = Buffer.allocUnsafe(Math.ceil((text.length * 5) / 8));
  let [bits, value, size] = [0, 0, 0];
  for (const char of text) {
    const five = ALPHABET.indexOf(char);
    if (five === -1) continue;
    value = ((value << 5) | five) & 0xfff;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes[size++] = (value >> bits) & 0xff;
  }
  return bytes.subarray(0, size);
}
