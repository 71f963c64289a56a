import { Buffer } from "node:buffer";
import { KINDS } from "./kinds.ts";
import { cook } from "./steps.ts";

/** Pieces that readers take for the beginning, the end or an escape of something. */
const PIECES = [
  ...[
    "\\",
    "\\\\\\\\",
    "\\u002d",
    "\\n",
    "%25",
    "%2B",
    "&amp;",
    "&#45;",
    '"',
    "'",
    "`",
    "\n",
    "\r\n",
    " ",
    "\0",
    "=",
    "-----",
  ],
  ...[
    "BEGIN ",
    "PRIVATE KEY",
    "END",
    "MIIE",
    "b3BlbnNzaC1rZXkt",
    "0x30,",
    "48, ",
    "30:82:",
    '{"d":"',
    "...",
    "Proc-Type: 4,ENCRYPTED\n",
  ],
];
const CONTAINERS = [
  [],
  ["base64"],
  ["json"],
  ["hex"],
  ["unicode"],
  ["url"],
  ["base64", "base64"],
  ["utf-16le"],
] as const;

/** Numbers below 1, the same for the same seed (xorshift). */
function randomNumbers(seed: number): () => number {
  let state = (seed * 2_654_435_761 + 1) | 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 0x1_0000_0000;
  };
}

/** A part of a key, in a container, with pieces cut out, put in and repeated: the same for the same seed and key. */
export function mutated(seed: number): Buffer {
  const random = randomNumbers(seed);
  const one = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)] as Item;
  const { content } = one(Object.values(KINDS));
  const from = random() < 0.5 ? 0 : Math.floor(random() * content.length);
  let bytes = Buffer.from(content.subarray(from, from + 64 + Math.floor(random() * 900)));
  const recipe = one(CONTAINERS);
  if (recipe.length > 0) bytes = Buffer.from(cook(bytes, [...recipe]));
  for (let change = 0; change < 1 + Math.floor(random() * 5); change++) {
    const at = Math.floor(random() * bytes.length);
    const lost = random() < 0.5 ? 0 : Math.floor(random() * 40);
    const put = Buffer.from(one(PIECES).repeat(1 + Math.floor(random() ** 4 * 60)));
    bytes = Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at + lost)]);
  }
  return bytes;
}
