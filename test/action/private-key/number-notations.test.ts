import { expect, it } from "vitest";
import { identitiesIn } from "./detected.ts";
import { KINDS } from "./kinds.ts";

const hex = (byte: number) => byte.toString(16).padStart(2, "0");
const upper = (byte: number) => hex(byte).toUpperCase();
/** As an assembler requires it: a number begins with a digit. */
const masm = (byte: number) => `${byte < 0xa0 ? "" : "0"}${upper(byte)}h`;

const list = (content: Buffer, write: (byte: number, at: number) => string, by = ", ") =>
  [...content].map(write).join(by);

/** Twelve numbers on each line. */
const rows = (content: Buffer, write: (byte: number) => string, begin = "  ", end = ",") =>
  Array.from({ length: Math.ceil(content.length / 12) }, (_, row) => {
    const bytes = content.subarray(12 * row, 12 * row + 12);
    return `${begin}${list(bytes, write)}${end}`;
  }).join("\n");

/** How languages write bytes as numbers, where that is not `0x30` or `48`. */
const NOTATIONS: Readonly<Record<string, (content: Buffer) => string>> = {
  "Rust, where the first number has the type": (content) =>
    `let key = vec![${list(content, (byte, at) => `0x${hex(byte)}${at === 0 ? "u8" : ""}`)}];`,
  "Rust, in hexadecimal, each with its type": (content) =>
    `static KEY: &[u8] = &[\n${rows(content, (byte) => `0x${hex(byte)}u8`)}\n];`,
  "Rust, in hexadecimal, behind an underscore": (content) =>
    `let key = [${list(content, (byte) => `0x${hex(byte)}_u8`)}];`,
  "Rust, in decimal, each with its type": (content) => `let key = [${list(content, (byte) => `${byte}u8`)}];`,
  "Rust, in decimal, where the first number has the type": (content) =>
    `let key = vec![${list(content, (byte, at) => `${byte}${at === 0 ? "_u8" : ""}`)}];`,
  "Nim, where the first number has the type": (content) =>
    `const key = [${list(content, (byte, at) => `0x${upper(byte)}${at === 0 ? "'u8" : ""}`)}]`,
  "F#, in hexadecimal": (content) => `let key = [| ${list(content, (byte) => `0x${upper(byte)}uy`, "; ")} |]`,
  "F#, in decimal": (content) => `let key = [|\n  ${list(content, (byte) => `${byte}uy`, "\n  ")}\n|]`,
  "Kotlin, unsigned": (content) => `val key = ubyteArrayOf(${list(content, (byte) => `0x${hex(byte)}u`)})`,
  "C, unsigned": (content) => `uint8_t key[] = {\n${rows(content, (byte) => `0x${upper(byte)}U`)}\n};`,
  "Visual Basic": (content) => `Dim key() As Byte = {${list(content, (byte) => `&H${upper(byte)}`)}}`,
  Pascal: (content) => `Key: array of Byte = [${list(content, (byte) => `$${upper(byte)}`)}];`,
  Ada: (content) =>
    `Key : constant Octets := (\n${rows(content, (byte) => `16#${upper(byte)}#`, "      ")});`,
  Erlang: (content) => `Key = <<${list(content, (byte) => `16#${upper(byte)}`, ",")}>>.`,
  "Verilog, in hexadecimal": (content) => `assign key = {${list(content, (byte) => `8'h${hex(byte)}`)}};`,
  "Verilog, in decimal": (content) => `assign key = {${list(content, (byte) => `8'd${byte}`)}};`,
  "an assembler, with a letter behind": (content) => `key:\n${rows(content, masm, "        db ", "")}\n`,
  "an assembler, in decimal": (content) => `key:\n${rows(content, String, "        db ", "")}\n`,
  "an assembler, with a prefix": (content) =>
    `key:\n${rows(content, (byte) => `0x${hex(byte)}`, "        db ", "")}\n`,
  "Objective-C": (content) => `NSArray *key = @[${list(content, (byte) => `@0x${hex(byte)}`)}];`,
  "PHP's var_export": (content) =>
    `<?php return array (\n${list(content, (byte, at) => `  ${at} => ${byte}`, ",\n")},\n);`,
  "C++'s std::byte": (content) => `std::array key{${list(content, (byte) => `std::byte{0x${hex(byte)}}`)}};`,
  "Scala, as bytes": (content) =>
    `val key = Array[Byte](${list(content, (byte) => `0x${hex(byte)}.toByte`)})`,
};

const KINDS_OF_BYTES = ["pkcs8-box", "pkcs8-ec", "openssh-rsa", "der-pkcs8", "der-box", "der-ed25519"];

it.each(Object.entries(NOTATIONS))("a key as numbers of %s is found, once", (_, write) => {
  for (const kind of KINDS_OF_BYTES)
    expect([kind, identitiesIn(write(KINDS[kind]!.content))]).toEqual([kind, [KINDS[kind]!.identity]]);
});

/** What `JSON.stringify` makes of a Buffer in so many objects, and a list of YAML. */
const nested = (depth: number, by: number) => (content: Buffer) => {
  let value: object = content;
  for (let level = 0; level < depth; level++) value = { key: value };
  return JSON.stringify(value, null, by);
};
const dashes = (blanks: number) => (content: Buffer) =>
  `key:\n${list(content, (byte) => `${" ".repeat(blanks)}- ${byte}`, "\n")}\n`;

it.each([
  ["in three objects, indented by 2", nested(3, 2)],
  ["in two objects, indented by 4", nested(2, 4)],
  ["in seven objects, indented by 4", nested(7, 4)],
  ["in YAML behind 8 blanks", dashes(8)],
  ["in YAML behind 24 blanks", dashes(24)],
])("a key with a number on each line is found, once: %s", (_, write) => {
  for (const name of ["pkcs8-rsa", "sec1-ec", "der-pkcs8"]) {
    const { content, identity } = KINDS[name]!;
    expect(identitiesIn(write(content)), name).toEqual([identity]);
  }
});

it("the end of a word before a list is no number of it", () => {
  const { content, identity } = KINDS["der-ed25519"]!;
  const numbers = list(content, hex, " ");
  for (const word of ["key:", "data", "readable", "Feed"])
    expect(identitiesIn(`${word} ${numbers}`)).toEqual([identity]);
});

it("letters that could be numbers, and no list, are read as text", () => {
  for (const word of ["auahaxau", "xuhyzzzz", "uUyhH&$@=", "db db db "])
    expect(identitiesIn(word.repeat(99))).toEqual([]);
});
