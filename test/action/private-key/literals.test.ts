import { generateKeyPairSync } from "node:crypto";
import { expect, it } from "vitest";
import { budgetFor } from "../../../action/rules/private-key/budget.ts";
import { detectKeys } from "../../../action/rules/private-key/detect.ts";
import { identitiesIn } from "./detected.ts";
import { KINDS } from "./kinds.ts";

type Write = (content: Buffer) => string;

const each = (content: Buffer, write: (byte: number) => string, between = "") =>
  [...content].map(write).join(between);
const padded = (byte: number, radix: number, digits: number) => byte.toString(radix).padStart(digits, "0");
const isPlain = (byte: number) =>
  byte >= 0x20 && byte < 0x7f && byte !== 0x5c && byte !== 0x27 && byte !== 0x22;
const isPunctuation = (byte: number) => !/[A-Za-z0-9]/.test(String.fromCharCode(byte));

/** A character between quotes, as source code writes it. */
const quoted = (byte: number, quote: string, newline = "\\n") =>
  `${quote}${byte === 10 ? newline : String.fromCharCode(byte)}${quote}`;
/** What Python prints of bytes. */
const represented = (byte: number) =>
  ({ 9: "\\t", 10: "\\n", 13: "\\r", 39: "\\'", 34: '"', 92: "\\\\" })[byte] ??
  (isPlain(byte) ? String.fromCharCode(byte) : `\\x${padded(byte, 16, 2)}`);
/** What a C compiler takes: a digit behind an octal escape of fewer than three would belong to it. */
const inOctal = (byte: number, next = 0) => `\\${padded(byte, 8, next >= 0x30 && next <= 0x39 ? 3 : 1)}`;
const shortest = (byte: number, at: number, all: Buffer) =>
  isPlain(byte) ? String.fromCharCode(byte) : inOctal(byte, all[at + 1]);
const inShortOctals = (content: Buffer) =>
  [...content].map((byte, at) => shortest(byte, at, content)).join("");

const eights = (content: Buffer) =>
  Array.from({ length: Math.ceil(content.length / 8) }, (_, at) => content.subarray(8 * at, 8 * at + 8));

const OF_TEXT: Readonly<Record<string, Write>> = {
  "as characters in C": (content) => `char key[] = {${each(content, (byte) => quoted(byte, "'"), ",")}};`,
  "as a list of characters in Python": (content) => `[${each(content, (byte) => quoted(byte, "'"), ", ")}]\n`,
  "as characters and numbers": (content) =>
    `{${each(content, (byte) => (byte === 10 ? "10" : quoted(byte, "'")), ", ")}}`,
  "as a list of characters in JSON": (content) => JSON.stringify([...content.toString("latin1")]),
  "as characters with octal escapes": (content) =>
    `{${each(content, (byte) => quoted(byte, "'", "\\012"), ",")}}`,
  "with dashes and line breaks in two octal digits": (content) =>
    `"${[...content].map((byte, at) => (isPunctuation(byte) ? inOctal(byte, content[at + 1]) : String.fromCharCode(byte))).join("")}"`,
  "with every character in octal digits, as few as there are": (content) =>
    `"${each(content, (byte) => `\\${byte.toString(8)}`)}"`,
};

const OF_BYTES: Readonly<Record<string, Write>> = {
  "in binary literals": (content) => `[${each(content, (byte) => `0b${padded(byte, 2, 8)}`, ", ")}]`,
  "in binary literals without zeros": (content) =>
    `{\n${each(content, (byte) => `0b${byte.toString(2)}`, ",\n")}\n}`,
  "in binary literals with separators": (content) =>
    `{${each(content, (byte) => `0b${padded(byte, 2, 8).replace(/(?=....$)/, "_")}`, ", ")}}`,
  "in C, with the text in a comment on each line": (content) =>
    `{\n${eights(content)
      .map(
        (some) =>
          `  ${each(some, (byte) => `0x${padded(byte, 16, 2)},`, " ")}  // ${some.toString("latin1").replace(/[^ -~]/g, ".")}`,
      )
      .join("\n")}\n};\n`,
  "in assembly": (content) =>
    eights(content)
      .map((some) => `\t.byte ${each(some, (byte) => `0x${byte.toString(16)}`, ",")}\n`)
      .join(""),
  "in assembly of ARM": (content) =>
    eights(content)
      .map((some) => `    DCB ${each(some, (byte) => `0x${padded(byte, 16, 2)}`, ", ")} ; bytes\n`)
      .join(""),
  "as JavaScript writes a typed array": (content) => JSON.stringify({ key: new Uint8Array(content) }),
  "as JavaScript writes a typed array, indented": (content) =>
    JSON.stringify(new Uint8Array(content), null, 2),
  "in decimal numbers between blanks": (content) => `KEY=(${each(content, String, " ")})\n`,
  "in a list of YAML": (content) => `key:\n${each(content, (byte) => `  - ${byte}\n`)}other: 1\n`,
};

const OF_DER: Readonly<Record<string, Write>> = {
  "as Python prints bytes": (content) => `b'${each(content, represented)}'\n`,
  "as Ruby prints a string": (content) =>
    `"${each(content, (byte) =>
      represented(byte)
        .replace(/x[0-9a-f]{2}/, (digits) => `x${digits.slice(1).toUpperCase()}`)
        .replace(/^"/, '\\"'),
    )}"`,
  "as Python prints bytes, in JSON": (content) => JSON.stringify({ key: `b'${each(content, represented)}'` }),
  "as PostgreSQL prints bytea": (content) =>
    `COPY files FROM stdin;\n1\t${each(content, (byte) => (isPlain(byte) ? String.fromCharCode(byte) : `\\${padded(byte, 8, 3)}`))}\n`,
  "with every byte in three octal digits": (content) =>
    `.ascii "${each(content, (byte) => `\\${padded(byte, 8, 3)}`)}"`,
  "in a string of C, with the shortest octal escapes": (content) =>
    `char key[] = "${inShortOctals(content)}";`,
  "in a string of C, in lines": (content) =>
    `char key[] =\n${(inShortOctals(content).match(/(?:\\[0-7]{1,3}|.){1,20}/g) ?? []).map((line) => `  "${line}"`).join("\n")};`,
  "in a string of JSON, with code points": (content) =>
    `{"key":"${each(content, (byte) => (isPlain(byte) ? String.fromCharCode(byte) : `\\u${padded(byte, 16, 4)}`))}"}`,
};

const TEXTS = ["pkcs8-box", "pkcs8-ec", "openssh-rsa"];
const DER = ["der-pkcs8", "der-pkcs1", "der-box", "der-ed25519", "der-sec1"];
const cases = (writers: Readonly<Record<string, Write>>, kinds: readonly string[]) =>
  Object.entries(writers).map(([name, write]) => [name, write, kinds] as const);

it.each([
  ...cases(OF_TEXT, TEXTS),
  ...cases(OF_BYTES, [...TEXTS, "der-pkcs8", "der-box"]),
  ...cases(OF_DER, DER),
])("a key %s is found, once", (_, write, kinds) => {
  for (const kind of kinds) {
    const before = "const a = 1;\nconst b = '-';\n";
    expect([kind, identitiesIn(`${before}${write(KINDS[kind]!.content)}`)]).toEqual([
      kind,
      [KINDS[kind]!.identity],
    ]);
  }
});

const edwards = (type: "x25519" | "ed448" | "x448") =>
  generateKeyPairSync(type as "ed25519").privateKey.export({ type: "pkcs8", format: "der" });
const onCurve = (namedCurve: string) =>
  generateKeyPairSync("ec", { namedCurve }).privateKey.export({ type: "sec1", format: "der" });

it.each([
  ["X25519", () => edwards("x25519")],
  ["Ed448", () => edwards("ed448")],
  ["X448", () => edwards("x448")],
  ["P-384 in SEC 1", () => onCurve("P-384")],
  ["P-521 in SEC 1", () => onCurve("P-521")],
  ["secp256k1 in SEC 1", () => onCurve("secp256k1")],
])("a key of %s is found in every notation of a string literal", (_, generate) => {
  const content = generate();
  const identities = identitiesIn(content.toString("latin1"));
  expect(identities).toHaveLength(1);
  for (const [name, write] of Object.entries(OF_DER))
    expect([name, identitiesIn(`a = 1\n${write(content)}`)]).toEqual([name, identities]);
});

it.each([
  ["a ruler in a list of characters", "['-', '-', '-', '-', '-', '-']\n"],
  ["the shortest lists of characters", "x'-','-'"],
  ["the beginnings of base32", "FUWS2LJNIJCUOSKO!"],
  ["lines of bytes with comments", "  0x41, 0x42, 0x43, 0x44, // ABCD\n"],
  ["indexes of a typed array", '"0":45,"1":45,{'],
  ["binary literals", "0b00000001, 0b00000010, 0b00000100, 0b10000110\n"],
  ["an object identifier in a string", 'oid = b"\\x06\\t*\\x86H\\x86\\xf7\\r\\x01\\x01\\x01\\x05\\x00"\n'],
  ["the exponent of a public key", '"\\x02\\x03\\x01\\x00\\x01\\x02\\x82\\x01\\x01"\n'],
  ["back references", "s/\\55\\55\\55/\\12\\13/\n"],
])("%s is no finding, and costs work that grows with the size of the file, not faster", (_, piece) => {
  const work = (size: number) => {
    const bytes = Buffer.from(piece.repeat(size / piece.length));
    const budget = budgetFor(bytes.length);
    expect(detectKeys(bytes, undefined, budget)).toEqual([]);
    return budget.work;
  };
  expect(work(200_000)).toBeLessThan(2.5 * work(100_000));
});
