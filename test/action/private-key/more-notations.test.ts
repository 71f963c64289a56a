import { generateKeyPairSync } from "node:crypto";
import { expect, it } from "vitest";
import { identitiesIn } from "./detected.ts";

const RUNS = 40;
const GENERATE = {
  ed25519: () => generateKeyPairSync("ed25519"),
  ed448: () => generateKeyPairSync("ed448"),
  x448: () => generateKeyPairSync("x448"),
} as const;
/** Of other keys each time: how many numbers have a sign, and where base64 has a `+`, depends on the key. */
const keys = (type: keyof typeof GENERATE) =>
  Array.from({ length: RUNS }, () => GENERATE[type]().privateKey.export({ type: "pkcs8", format: "der" }));
const foundIn = (contents: readonly Buffer[], write: (content: Buffer) => string) =>
  contents.filter((content) => identitiesIn(write(content)).length === 1).length;

const byteLines = (content: Buffer, width: number, write: (byte: number) => string) =>
  Array.from(
    { length: Math.ceil(content.length / width) },
    (_, row) => `\t.byte\t${[...content.subarray(row * width, (row + 1) * width)].map(write).join(",")}\n`,
  ).join("");
const octal = (content: Buffer, backslash: string) =>
  [...content]
    .map((byte) =>
      byte >= 0x20 && byte < 0x7f && byte !== 0x5c
        ? String.fromCharCode(byte)
        : `${backslash}${byte === 0x5c ? backslash : byte.toString(8).padStart(3, "0")}`,
    )
    .join("");

it.each<[string, (content: Buffer) => string]>([
  ["eight decimal numbers a line of GNU's assembler", (content) => byteLines(content, 8, String)],
  ["one decimal number a line of GNU's assembler", (content) => byteLines(content, 1, String)],
  [
    "one hexadecimal number a line of GNU's assembler",
    (content) => byteLines(content, 1, (byte) => `0x${byte.toString(16)}`),
  ],
  ["signed numbers of Clojure", (content) => `(byte-array [${new Int8Array(content).join(" ")}])`],
  ["signed numbers, each on its line", (content) => `${new Int8Array(content).join("\n")}\n`],
  ["a column of PostgreSQL's dump", (content) => `COPY k FROM stdin;\n1\t${octal(content, "\\\\")}\n\\.\n`],
])("every Ed25519 key is found in %s", (_, write) => {
  expect(foundIn(keys("ed25519"), write)).toBe(RUNS);
});

it.each<[string, (text: string) => string]>([
  ["JSON of PHP", (text) => text.replaceAll("/", "\\/")],
  ["JSON of .NET", (text) => text.replaceAll("+", "\\u002b").replaceAll("/", "\\u002f")],
  ["an address", encodeURIComponent],
  ["an address within another", (text) => encodeURIComponent(encodeURIComponent(text))],
])("every Ed448 and X448 key is found in base64 as it is escaped in %s", (_, escaped) => {
  const write = (content: Buffer) => `key="${escaped(content.toString("base64"))}"\n`;
  expect([foundIn(keys("ed448"), write), foundIn(keys("x448"), write)]).toEqual([RUNS, RUNS]);
});

it("other data of GNU's assembler that begins like a key is none", () => {
  expect(identitiesIn(byteLines(Buffer.from([48, 46, ...Array(200).keys()]), 8, String))).toEqual([]);
});
