import { expect, it } from "vitest";
import { budgetFor } from "../../../action/rules/private-key/budget.ts";
import { detectKeys } from "../../../action/rules/private-key/detect.ts";
import { identitiesIn } from "./detected.ts";
import { KINDS } from "./kinds.ts";

const hex = (byte: number) => byte.toString(16).padStart(2, "0");
const pieces = (content: Buffer, size: number) =>
  Array.from({ length: Math.ceil(content.length / size) }, (_, at) =>
    content.subarray(size * at, size * at + size),
  );
/** Every byte escaped, 16 in a string. */
const escaped = (content: Buffer) =>
  pieces(content, 16).map((piece) => [...piece].map((byte) => `\\x${hex(byte)}`).join(""));

/** What Python prints of bytes: between quotation marks that are not among them, where it can. */
function represented(piece: Buffer): string {
  const text = piece.toString("latin1");
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const inner = text.replace(/[\\\t\n\r]|[^ -~]/g, (char) => {
    const named = { "\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r" }[char];
    return named ?? `\\x${hex(char.charCodeAt(0))}`;
  });
  return `b${quote}${quote === "'" ? inner.replaceAll("'", "\\'") : inner}${quote}`;
}

type Write = (content: Buffer) => string;

const ESCAPED: Readonly<Record<string, Write>> = {
  "of Python, between brackets": (content) =>
    `k = (\n${escaped(content)
      .map((piece) => `    b'${piece}'`)
      .join("\n")}\n)\n`,
  "of Python, behind backslashes": (content) =>
    `key = \\\n${escaped(content)
      .map((piece) => `    b"${piece}"`)
      .join(" \\\n")}\n`,
  "of Python, with operators": (content) =>
    `key = ${escaped(content)
      .map((piece) => `b"${piece}"`)
      .join(" + \\\n      ")}\n`,
  "appended to a short name": (content) =>
    `buf =  b""\n${escaped(content)
      .map((piece) => `buf += b"${piece}"`)
      .join("\n")}\n`,
  "appended to a longer name": (content) =>
    `payload = b""\n${escaped(content)
      .map((piece) => `payload += b"${piece}"`)
      .join("\n")}\n`,
  "of Perl, appended": (content) =>
    `my $data = "";\n${escaped(content)
      .map((piece) => `$data .= "${piece}";`)
      .join("\n")}\n`,
  "of PHP, with dots at line ends": (content) =>
    `<?php $key = ${escaped(content)
      .map((piece) => `"${piece}"`)
      .join(" .\n  ")};\n`,
  "of PHP, with dots at the beginning of lines": (content) =>
    `<?php $key = ${escaped(content)
      .map((piece) => `"${piece}"`)
      .join("\n  . ")};\n`,
  "of Visual Basic, with ampersands": (content) =>
    `key = ${escaped(content)
      .map((piece) => `"${piece}"`)
      .join(" &\n  ")}\n`,
  "of Python in a notebook": (content) =>
    JSON.stringify(
      {
        source: ["k = (\n", ...escaped(content).map((piece) => `    b'${piece}'\n`), ")\n"],
      },
      null,
      1,
    ),
};

const PRINTED: Readonly<Record<string, Write>> = {
  "as Python's pprint does": (content) => `K = (${pieces(content, 28).map(represented).join("\n ")})\n`,
  "with both quotation marks and operators": (content) =>
    `K = ${pieces(content, 40).map(represented).join(" + \\\n    ")}\n`,
};

const DER = ["der-pkcs8", "der-pkcs1", "der-box", "der-ed25519", "der-sec1"];
const TEXTS = ["pkcs8-box", "pkcs8-ec", "openssh-rsa"];

it.each([
  ...Object.entries(ESCAPED).map(([name, write]) => [name, write, [...TEXTS, ...DER]] as const),
  ...Object.entries(PRINTED).map(([name, write]) => [name, write, DER.slice(0, 3)] as const),
])("a key in several strings %s is found, once", (_, write, kinds) => {
  for (const kind of kinds)
    expect([kind, identitiesIn(`a = 1\n${write(KINDS[kind]!.content)}b = 2\n`)]).toEqual([
      kind,
      [KINDS[kind]!.identity],
    ]);
});

it("a key whose exponent is in two strings is found by its head", () => {
  const { content, identity } = KINDS["der-pkcs1"]!;
  const exponent = content.indexOf(Buffer.from("02030100010282", "hex"));
  for (let at = exponent + 1; at < exponent + 6; at++) {
    const both = [content.subarray(0, at), content.subarray(at)].map(represented);
    expect([at, identitiesIn(`K = (${both.join("\n     ")})\n`)]).toEqual([at, [identity]]);
  }
});

it("backslashes and quotation marks at the end of a string are its own", () => {
  const { content, identity } = KINDS["der-pkcs8"]!;
  const ends = [...content.keys()].filter((at) => [0x5c, 0x27, 0x22].includes(content[at] as number));
  for (const at of ends) {
    const both = [content.subarray(0, at + 1), content.subarray(at + 1)].map(represented);
    expect([at, identitiesIn(`K = (${both.join("\n     ")})\n`)]).toEqual([at, [identity]]);
    const source = [`K = (${both[0]}\n`, `     ${both[1]})\n`];
    expect([at, identitiesIn(JSON.stringify({ source }, null, 1))]).toEqual([at, [identity]]);
  }
});

/** Twelve bytes on each line, and what is around them by the offset. */
const rows = (write: (numbers: string, offset: number) => string): Write => {
  const row = (piece: Buffer, at: number) =>
    write([...piece].map((byte) => `0x${hex(byte)}`).join(", "), 12 * at);
  return (content) => `${pieces(content, 12).map(row).join("\n")}\n`;
};

const OFFSETS: Readonly<Record<string, Write>> = {
  "behind each line": rows((numbers, offset) => `  ${numbers},  // ${offset + 12}`),
  "behind each line, in hexadecimal digits": rows(
    (numbers, offset) => `  ${numbers}, // 0x${offset.toString(16).padStart(4, "0")}`,
  ),
  "behind each line, of C": rows((numbers, offset) => `  ${numbers}, /* ${offset} */`),
  "before each line, of C": rows((numbers, offset) => `  /* ${offset} */ ${numbers},`),
  "behind each line, of Python": rows((numbers, offset) => `  ${numbers},  # ${offset}`),
  "behind each line, of Lua": rows((numbers, offset) => `  ${numbers}, -- ${offset}`),
  "behind each line of decimal numbers": rows(
    (numbers, offset) => `  ${numbers.replace(/0x[0-9a-f]{2}/g, (byte) => `${Number(byte)}`)}, // ${offset}`,
  ),
};

it.each(Object.entries(OFFSETS))(
  "a list of bytes with its offset in a comment %s is read without it",
  (_, write) => {
    for (const kind of [...TEXTS, "der-pkcs8", "der-box", "der-sec1"])
      expect([kind, identitiesIn(write(KINDS[kind]!.content))]).toEqual([kind, [KINDS[kind]!.identity]]);
  },
);

it("a list that is a comment as a whole is read, also with one number on a line", () => {
  const { content, identity } = KINDS["der-sec1"]!;
  expect(identitiesIn(rows((numbers) => `// ${numbers},`)(content))).toEqual([identity]);
  expect(identitiesIn([...content].map((byte) => `// 0x${hex(byte)},\n`).join(""))).toEqual([identity]);
});

it.each([
  ["strings of bytes in lines", 'buf += b"\\x2d\\x30\\x82\\x01\\x2d\\x30\\x82\\x01"\n'],
  ["strings of bytes with dots", '"\\x2d\\x30\\x82\\x01\\x2d\\x30\\x82\\x01" .\n'],
  ["names between strings", `"\\x2d\\x30\\x82\\x01\\x2d\\x30\\x82\\x01"\n${"a".repeat(39)}\n`],
  ["empty strings", '"" .\n'],
  ["blanks behind a string", `"0x2d, 0x30, 0x82, 0x01"${" ".repeat(90)}`],
  ["comments", "0x2d, 0x30, 0x82, // 48\n"],
  ["marks of comments", "0x2d, // // // # -- "],
  ["blanks before comments", `0x2d, 0x30, 0x82,${" ".repeat(31)}// `],
])("%s are no finding, and cost work that grows with the size of the file, not faster", (_, piece) => {
  const work = (size: number) => {
    const bytes = Buffer.from(piece.repeat(size / piece.length));
    const budget = budgetFor(bytes.length);
    expect(detectKeys(bytes, undefined, budget)).toEqual([]);
    return budget.work;
  };
  expect(work(400_000)).toBeLessThan(2.5 * work(200_000));
});
