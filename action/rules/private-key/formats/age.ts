import { Buffer } from "node:buffer";
import { withoutEscapes } from "../decode/escapes.ts";
import { hit, type Key, type KeyFormat } from "./key.ts";
import { x25519Key } from "./x25519.ts";

const PREFIX = "age-secret-key-";
const CHARSET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
/** Of the checksum (BIP 173). */
const GENERATOR = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];
/** 32 octets in groups of five bits, and six characters of checksum. */
const DATA_CHARS = 58;

/** Bytes of an age identity (`AGE-SECRET-KEY-1…`) as text. */
const AGE_CHARS = PREFIX.length + 1 + DATA_CHARS;

export const age: KeyFormat = {
  name: "age",
  at: ["age"],
  find(bytes, { from }) {
    const key = readAge(withoutEscapes(bytes.toString("latin1", from, from + AGE_CHARS)));
    return key && hit(key, from, AGE_CHARS);
  },
};

/** The age identity that `text` begins with: Bech32 (BIP 173) of 32 bytes, with a valid checksum. */
function readAge(text: string): Key | undefined {
  const words = [...text.slice(PREFIX.length + 1, AGE_CHARS).toLowerCase()].map((char) =>
    CHARSET.indexOf(char),
  );
  if (words.length !== DATA_CHARS || words.includes(-1) || checksum(words) !== 1) return undefined;
  return x25519Key("age", toBytes(words.slice(0, -6)));
}

function checksum(words: readonly number[]): number {
  const codes = [...PREFIX].map((char) => char.charCodeAt(0));
  const expanded = [...codes.map((code) => code >> 5), 0, ...codes.map((code) => code & 31), ...words];
  return expanded.reduce((sum, word) => {
    const top = sum >>> 25;
    const next = ((sum & 0x1ffffff) << 5) ^ word;
    return GENERATOR.reduce((value, term, bit) => ((top >> bit) & 1 ? value ^ term : value), next);
  }, 1);
}

/** Five bits a word to eight bits a byte; the last word's spare bits are dropped. */
function toBytes(words: readonly number[]): Buffer {
  const bits = words.map((word) => word.toString(2).padStart(5, "0")).join("");
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
}
