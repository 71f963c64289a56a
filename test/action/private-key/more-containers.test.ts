import { hash, randomBytes } from "node:crypto";
import { deflateSync, gzipSync } from "node:zlib";
import { expect, it } from "vitest";
import { budgetFor } from "../../../action/rules/private-key/budget.ts";
import { detectKeys } from "../../../action/rules/private-key/detect.ts";
import { encodedRuns } from "../../../action/rules/private-key/search/runs.ts";
import { looksLikeArchive, looksLikeArchiveInBase64 } from "../../../action/scan/archive.ts";
import { identitiesIn } from "./detected.ts";
import { KINDS } from "./kinds.ts";

type Write = (content: Buffer) => string;

const pem = (content: Buffer) => content.toString("latin1").trimEnd();
const base64 = (bytes: Buffer | string) => Buffer.from(bytes).toString("base64");
const hex = (byte: number) => `0x${byte.toString(16).padStart(2, "0")}`;
/** As source code does: only what the signed byte of the language does not hold is cast. */
const cast = (content: Buffer, write: (byte: number) => string) =>
  [...content].map((byte) => (byte < 0x80 ? hex(byte) : write(byte))).join(", ");

const quoted = (text: string) => `key: ${JSON.stringify(text)}\n`;

const WRITERS: Readonly<Record<string, Write>> = {
  "cast to bytes in Java": (content) => `byte[] key = { ${cast(content, (byte) => `(byte)${hex(byte)}`)} };`,
  "cast to bytes in Java, each number": (content) =>
    `byte[] key = new byte[] {\n${[...content].map((byte) => `  (byte) ${byte},`).join("\n")}\n};`,
  "cast to bytes in Kotlin": (content) => `byteArrayOf(${cast(content, (byte) => `${hex(byte)}.toByte()`)})`,
  "cast to chars in C": (content) => `char key[] = { ${cast(content, (byte) => `(char)${hex(byte)}`)} };`,
};

const IN_TEXT: Readonly<Record<string, Write>> = {
  // A different width for each shift, so that some folds are inside of an escape.
  "in JSON in a quoted text of YAML, folded by width": (content) =>
    quoted(JSON.stringify({ key: content.toString("latin1") })).replace(/(.{77})(?=.)/g, "$1\\\n  "),
  "in a variable, with underscores for line breaks": (content) =>
    `KEY=${pem(content).replaceAll("\n", "_")}\n`,
  "in a column that psql prints": (content) => {
    const lines = pem(content).split("\n");
    const rows = lines.map((line, at) => `${at === 0 ? "  1" : "   "} | ${line.padEnd(64)}`);
    return ` id | key\n----+-----\n${rows.join("+\n")}\n(1 row)\n`;
  },
  "in a string of Haskell": (content) => `key = "${pem(content).replaceAll("\n", "\\n\\\n      \\")}\\n"\n`,
  "in a line of rsyslog": (content) =>
    `Jan  2 03:04:05 host app[1]: ${pem(content).replaceAll("\n", "#012")}\n`,
};

it.each(["jwk-rsa", "jwk-ec"])(
  "a key of the kind %s is found where its quotation marks are doubled",
  (kind) => {
    const doubled = KINDS[kind]!.content.toString("latin1").replaceAll('"', '""');
    for (const text of [`1,"${doubled}",a\n`, `var key = @"${doubled}";\n`])
      expect([text, identitiesIn(text)]).toEqual([text, [KINDS[kind]!.identity]]);
  },
);

const TEXT_KINDS = ["pkcs1-rsa", "pkcs8-box", "pkcs8-ec", "openssh-rsa", "openpgp"];
const KINDS_OF_BYTES = [...TEXT_KINDS, "der-pkcs8", "der-box", "der-ed25519"];

it.each([
  ...Object.entries(WRITERS).map(([name, write]) => [name, write, KINDS_OF_BYTES] as const),
  ...Object.entries(IN_TEXT).map(([name, write]) => [name, write, TEXT_KINDS] as const),
])("a key %s is found, once", (_, write, kinds) => {
  for (const kind of kinds)
    expect([kind, identitiesIn(write(KINDS[kind]!.content))]).toEqual([kind, [KINDS[kind]!.identity]]);
});

it("a line of base64 that ends with + before the margin of a text of Scala keeps its last character", () => {
  const body = [..."abcdefghijklmnopqrstuvwxyz0123456789ABC"].map((letter) =>
    hash("sha256", letter, "base64").slice(0, 40),
  );
  const lines = body
    .join("")
    .slice(0, 1_536)
    .match(/.{64}/g)!
    .map((line, at) => (at === 2 ? `${line.slice(0, 63)}+` : line));
  const iv = "00112233445566778899AABBCCDDEEFF";
  const key = ["Proc-Type: 4,ENCRYPTED", `DEK-Info: AES-128-CBC,${iv}`, "", ...lines];
  const all = ["-----BEGIN RSA PRIVATE KEY-----", ...key, "-----END RSA PRIVATE KEY-----"];
  const found = identitiesIn(all.join("\n"));
  expect(found).toHaveLength(1);
  expect(identitiesIn(`val key = """${all.join("\n    |")}""".stripMargin\n`)).toEqual(found);
});

it("a run whose first 40 characters are hardly mixed is judged by the next 40 as well", () => {
  const mixed = "aB3".repeat(14).slice(0, 40);
  const runsIn = (text: string) => [...encodedRuns(Buffer.from(text))];
  expect(runsIn(`${"A".repeat(40)}${mixed}`)).toEqual([{ from: 0, to: 80 }]);
  expect(runsIn(`${"A".repeat(40)}${mixed.slice(1)}`)).toEqual([]);
  expect(runsIn("A".repeat(80))).toEqual([]);
});

const CONTENT = KINDS["pkcs8-ec"]!.content;
/** With what another program than Node writes by its first bytes alone. */
const COMPRESSED: readonly (readonly [string, Buffer])[] = [
  ["gzip", gzipSync(CONTENT)],
  ...[1, 5, 6, 9].map((level) => [`zlib of level ${level}`, deflateSync(CONTENT, { level })] as const),
  ["zlib of text that repeats itself", deflateSync("x".repeat(100_000))],
  ["zip", Buffer.concat([Buffer.from("504b03041400000008006bad7659", "hex"), randomBytes(300)])],
  ["bzip2", Buffer.concat([Buffer.from("BZh91AY&SY"), randomBytes(300)])],
  ["xz", Buffer.concat([Buffer.from("fd377a585a000004", "hex"), randomBytes(300)])],
  ["LZMA", Buffer.concat([Buffer.from("5d00008000ffffffffffffffff", "hex"), randomBytes(300)])],
  ["zstd", Buffer.concat([Buffer.from("28b52ffd", "hex"), randomBytes(300)])],
];

it.each(COMPRESSED)("%s is taken for an archive, as a file and in base64", (_, bytes) => {
  const inBase64 = ["base64", "base64url"] as const;
  expect(looksLikeArchive(bytes)).toBe(true);
  for (const encoding of inBase64) {
    const text = Buffer.from(bytes.toString(encoding));
    expect(looksLikeArchiveInBase64(text, 0, budgetFor(text.length))).toBe(true);
  }
});

it.each(["x^2 + y^2 = z^2 has solutions\n", "x\x01 is a byte of text, and here is more of it\n"])(
  "text that begins as zlib does is taken for no archive: %j",
  (text) => {
    const encoded = Buffer.from(base64(text));
    expect(looksLikeArchive(Buffer.from(text))).toBe(false);
    expect(looksLikeArchiveInBase64(encoded, 0, budgetFor(encoded.length))).toBe(false);
  },
);

it("compressed text in base64 is reported as an archive, and its file is read on", () => {
  const key = KINDS["pkcs8-ec"]!;
  for (const compressed of [
    ...COMPRESSED.map(([, bytes]) => base64(bytes)),
    base64(base64(gzipSync(key.content.toString("hex")))),
  ]) {
    const bytes = Buffer.from(`release: ${compressed}\nkey: ${base64(key.content)}\n`);
    const skipped: string[] = [];
    const hits = detectKeys(bytes, (kind) => skipped.push(kind), budgetFor(bytes.length));
    expect(hits.map((hit) => hit.key.identity)).toEqual([key.identity]);
    expect(skipped).toEqual(["archive"]);
  }
});

it.each([
  ["rows of psql", "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC        +\n    | "],
  ["numbers of rsyslog", "#012#012#012MIIEvQIBADANBgkqhkiG9w0BAQEFAASC"],
])("%s cost work that grows with the size of the file, not faster", (_, piece) => {
  const work = (size: number) => {
    const bytes = Buffer.from(piece.repeat(size / piece.length));
    const budget = budgetFor(bytes.length);
    detectKeys(bytes, undefined, budget);
    return budget.work;
  };
  expect(work(400_000)).toBeLessThan(2.5 * work(200_000));
});
