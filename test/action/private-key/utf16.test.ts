import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { boxSecretRule } from "../../../action/rules/box-secret/box-secret.ts";
import { detectKeys } from "../../../action/rules/private-key/detect.ts";
import { privateKeyRule } from "../../../action/rules/private-key/private-key.ts";
import { scanSource } from "../../../action/scan/scan-source.ts";
import { encodingOf } from "../../../action/scan/text.ts";
import type { Source } from "../../../action/sources/source.ts";
import { KINDS } from "./kinds.ts";
import { cook } from "./steps.ts";

const RUSSIAN = "# Настройки подключения к серверу базы данных.\n";
const CHINESE = "# 上面的一切都必须存放在安全的地方，小心保管。\n";
/** Longer than what of a file is sampled. */
const TEXTS = { Russian: RUSSIAN.repeat(40), Chinese: CHINESE.repeat(40) };

const little = (text: string) => Buffer.from(text, "utf16le");
const big = (text: string) => little(text).swap16();
const ENCODINGS: Readonly<Record<string, (text: string) => Buffer>> = {
  "little-endian": little,
  "big-endian": big,
  "little-endian with a byte order mark": (text) => little(`\uFEFF${text}`),
  "big-endian with a byte order mark": (text) => big(`\uFEFF${text}`),
};

const placesIn = (bytes: Buffer) =>
  privateKeyRule
    .find({ path: "a.txt", bytes, whole: true, start: { line: 1, column: 1 } })
    .map(({ identity, line, column }) => ({ identity, line, column }));
const textOf = (name: string, steps: readonly string[]) =>
  cook(KINDS[name]!.content, steps).toString("latin1");
const KEYS: readonly (readonly [string, string, string])[] = [
  ...["jwk-rsa", "jwk-ec", "putty-2", "age", "pkcs8-rsa"].map(
    (name) => [name, name, textOf(name, [])] as const,
  ),
  ["DER in base64", "der-pkcs8", textOf("der-pkcs8", ["base64"])],
  ["PEM in base64", "pkcs8-rsa", textOf("pkcs8-rsa", ["base64"])],
  ["DER in hexadecimal digits", "der-pkcs8", textOf("der-pkcs8", ["hex"])],
  ["DER in decimal numbers", "der-pkcs8", textOf("der-pkcs8", ["decimal"])],
];

describe.each(Object.entries(ENCODINGS))("UTF-16, %s", (_, encode) => {
  it.each(KEYS)("shows a key behind text that is not Latin, at its place: %s", (_name, kind, text) => {
    for (const [language, before] of Object.entries(TEXTS)) {
      const written = `${before}\n${text}\n`;
      const found = placesIn(encode(written));
      expect([language, found]).toEqual([language, placesIn(Buffer.from(written))]);
      expect(found.map(({ identity }) => identity)).toEqual([KINDS[kind]!.identity]);
    }
  });

  it("shows a JWK whose other properties have characters with the bytes of quotation marks", () => {
    const { content, identity } = KINDS["jwk-ec"]!;
    const jwk = JSON.stringify({ use: "Том 小心", ...JSON.parse(content.toString("utf8")) }, null, 2);
    for (const before of ["", RUSSIAN]) {
      const found = detectKeys(encode(`${before}${" ".repeat(400)}${jwk}\n`));
      expect(found.map(({ key }) => key.identity)).toEqual([identity]);
    }
  });
});

const SIZES = { whole: 24_576, overlap: 5_632 };
function source(bytes: Buffer): Source {
  return {
    path: "large.env",
    commit: null,
    size: bytes.length,
    async *chunks() {
      for (let from = 0; from < bytes.length; from += 4096) yield bytes.subarray(from, from + 4096);
    },
  };
}

/** 32 characters, the same in each run. */
const secret = createHash("sha256").update("a client secret").digest("hex").slice(0, 32);

it.each(Object.entries(ENCODINGS))("a later window has the encoding of the first: %s", async (_, encode) => {
  for (const line of [RUSSIAN, CHINESE]) {
    const lines = 3_000;
    const last = `BOX_CLIENT_SECRET=${secret}\nKEY=${textOf("der-ed25519", ["base64"])}\n`;
    const bytes = encode(`${line.repeat(lines)}${last}`);
    const { findings } = await scanSource(source(bytes), [privateKeyRule, boxSecretRule], SIZES);
    expect(findings.map(({ rule, line, column }) => ({ rule, line, column }))).toEqual([
      { rule: "private-key", line: lines + 2, column: 5 },
      { rule: "box-secret", line: lines + 1, column: 19 },
    ]);
  }
});

it("a mark of UTF-16, or the beginning of such a text, hides no key in ASCII", () => {
  const { content, identity } = KINDS["pkcs8-rsa"]!;
  for (const lead of [Buffer.from([0xff, 0xfe]), Buffer.from([0xfe, 0xff]), little(RUSSIAN), big("text\n")])
    expect(detectKeys(Buffer.concat([lead, content])).map(({ key }) => key.identity)).toEqual([identity]);
});

it.each([
  ["text with NULs", Buffer.from("name\0value, more\0and the last one\0end!\0here it is\0")],
  ["numbers of 16 bits", Buffer.from(Uint16Array.from({ length: 99 }, (_, at) => at).buffer)],
  ["halves of pairs", Buffer.from("\uD83C\uD83C and more text, and more", "utf16le")],
  ["a short text", Buffer.from("текст \n", "utf16le")],
])("%s is not taken for UTF-16", (_, bytes) => {
  expect(encodingOf(bytes)).toBe("utf8");
});
