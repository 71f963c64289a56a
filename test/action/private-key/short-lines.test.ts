import { generateKeyPairSync, randomBytes } from "node:crypto";
import { expect, it } from "vitest";
import { budgetFor } from "../../../action/rules/private-key/budget.ts";
import { detectKeys } from "../../../action/rules/private-key/detect.ts";
import { identitiesIn } from "./detected.ts";
import { KINDS } from "./kinds.ts";

const wrap = (text: string, width: number) => text.match(new RegExp(`.{1,${width}}`, "g")) ?? [];
const hex = (content: Buffer, width: number) => wrap(content.toString("hex"), width);
const base64 = (content: Buffer, width: number) => wrap(content.toString("base64"), width);

type Write = (content: Buffer) => string;

const HEX: Readonly<Record<string, Write>> = {
  "as xxd -p -c 16 does": (content) => `${hex(content, 32).join("\n")}\n`,
  "of 16 digits": (content) => `${hex(content, 16).join("\n")}\n`,
  "of 24 digits, in capitals": (content) => `${hex(content, 24).join("\r\n").toUpperCase()}\r\n`,
  "of 38 digits": (content) => `${hex(content, 38).join("\n")}\n`,
  "in strings of Python on one line": (content) =>
    `k = bytes.fromhex(${hex(content, 32)
      .map((line) => `'${line}'`)
      .join(" ")})\n`,
  "in strings of Java": (content) =>
    `String key =\n${hex(content, 32)
      .map((line) => `        "${line}"`)
      .join(" +\n")};\n`,
  "in a block of YAML": (content) => `name: x\nkey: |\n    ${hex(content, 32).join("\n    ")}\nother: 1\n`,
  "in a list of JSON": (content) => JSON.stringify({ key: hex(content, 32) }, null, 2),
};

const BASE64: Readonly<Record<string, Write>> = {
  "of 16 characters": (content) => `${base64(content, 16).join("\n")}\n`,
  "of 32 characters": (content) => `${base64(content, 32).join("\n")}\n`,
  "of 30 characters, in strings": (content) =>
    `key = (\n${base64(content, 30)
      .map((line) => `    "${line}"`)
      .join("\n")}\n)\n`,
};

const padded = (content: Buffer, size: number) =>
  Buffer.concat([content, Buffer.alloc((size - (content.length % size)) % size)]);
const words = (content: Buffer, size: number) => wrap(padded(content, size).toString("hex"), 2 * size);
const swapped = (content: Buffer, size: number) =>
  words(content, size).map((word) => Buffer.from(word, "hex").reverse().toString("hex"));

const WORDS: Readonly<Record<string, Write>> = {
  "of 16 bits": (content) => `{${words(content, 2).map((word) => `0x${word}`)}}`,
  "of 16 bits without zeros": (content) =>
    `{${words(content, 2)
      .map((word) => `0x${Number.parseInt(word, 16).toString(16)}`)
      .join(", ")}}`,
  "of 32 bits": (content) => `{\n${words(content, 4).map((word) => `  0x${word}`)},\n}`,
  "of 32 bits, unsigned, in the other order": (content) =>
    `{ ${swapped(content, 4)
      .map((word) => `0x${word.toUpperCase()}U`)
      .join(", ")} }`,
  "of 64 bits, in the other order": (content) =>
    `{ ${swapped(content, 8)
      .map((word) => `0x${word}`)
      .join(", ")} }`,
};

const TEXTS = ["pkcs1-rsa", "pkcs8-box", "pkcs8-ec", "openssh-rsa"];
const DER = ["der-pkcs8", "der-pkcs1", "der-box", "der-sec1"];

it.each([
  ...Object.entries(HEX).map(([name, write]) => [`hexadecimal digits ${name}`, write] as const),
  ...Object.entries(WORDS).map(([name, write]) => [`numbers ${name}`, write] as const),
])("a key in short lines of %s is found, once", (_, write) => {
  for (const kind of [...TEXTS, ...DER])
    expect([kind, identitiesIn(`a = 1\n${write(KINDS[kind]!.content)}`)]).toEqual([
      kind,
      [KINDS[kind]!.identity],
    ]);
});

it.each(Object.entries(BASE64))("a PEM in short lines of base64 %s is found, once", (_, write) => {
  for (const kind of TEXTS)
    expect([kind, identitiesIn(`a: 1\n${write(KINDS[kind]!.content)}`)]).toEqual([
      kind,
      [KINDS[kind]!.identity],
    ]);
});

it("a JWK in lines of base64 is found where the last line has no small letters", () => {
  for (let tries = 0; tries < 10_000; tries++) {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "secp256k1" });
    const jwk = JSON.stringify(privateKey.export({ format: "jwk" }));
    const lines = base64(Buffer.from(jwk), 76);
    if (/[a-z]/.test(lines.at(-1) ?? "")) continue;
    return expect(identitiesIn(`key: |\n  ${lines.join("\n  ")}\n`)).toEqual(identitiesIn(jwk));
  }
  throw new Error("No last line is without small letters.");
});

it.each([
  ["hashes", `"${randomBytes(16).toString("hex")}",\n`],
  ["numbers of 32 bits", "0x30820122, 0x300d0609, "],
  ["numbers of 64 bits", "0x3082012230820122, "],
  ["short lines of hexadecimal digits", "3082010a0282010100\n"],
  ["heads of PEM in base64, in lines", "LS0tLS1CRUdJTiBQUklW\n"],
  ["heads of PEM in base64", "LS0tLS1CRUdJTiBQUklW"],
])("%s are no finding, and cost work that grows with the size of the file, not faster", (_, piece) => {
  const work = (size: number) => {
    const bytes = Buffer.from(piece.repeat(size / piece.length));
    const budget = budgetFor(bytes.length);
    expect(detectKeys(bytes, undefined, budget)).toEqual([]);
    return budget.work;
  };
  expect(work(400_000)).toBeLessThan(2.5 * work(200_000));
});
