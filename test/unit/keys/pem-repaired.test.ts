import { Buffer } from "node:buffer";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { PemRepair } from "../../../keys/pem/damage.ts";
import { MAX_PEM_LENGTH } from "../../../keys/pem/pem.ts";
import { pkcs1Pem } from "../../keys.ts";
import { samples } from "../../support/samples.ts";
import {
  base64,
  box,
  lines,
  plain,
  privateKey,
  publicKey,
  repaired,
  replaceBody,
  traditional,
} from "./pem-samples.ts";

const certificateLike = publicKey.export({ type: "spki", format: "pem" }).toString();

/** What happens to a PEM on its way, by the repair that undoes it. */
const DAMAGES: Record<string, { repair: PemRepair; damage: (pem: string) => string }> = {
  "literal \\n": { repair: "escaped-newlines", damage: (pem) => pem.replaceAll("\n", "\\n") },
  "literal \\r\\n": { repair: "escaped-newlines", damage: (pem) => pem.replaceAll("\n", "\\r\\n") },
  "doubly escaped \\\\n": { repair: "escaped-newlines", damage: (pem) => pem.replaceAll("\n", "\\\\n") },
  "escaped slashes of PHP": { repair: "escaped-newlines", damage: (pem) => pem.replaceAll("/", "\\/") },
  "line continuations": { repair: "escaped-newlines", damage: (pem) => pem.replaceAll("\n", " \\\n") },
  "newlines turned into spaces": { repair: "spaces-for-newlines", damage: (pem) => lines(pem).join(" ") },
  "newlines stripped": { repair: "missing-newlines", damage: (pem) => lines(pem).join("") },
  "all white space stripped": { repair: "missing-newlines", damage: (pem) => pem.replace(/\s/g, "") },
  "trailing spaces": { repair: "whitespace", damage: (pem) => pem.replaceAll("\n", "  \n") },
  indentation: {
    repair: "whitespace",
    damage: (pem) =>
      lines(pem)
        .map((line) => `    ${line}`)
        .join("\n"),
  },
  "blank lines": { repair: "whitespace", damage: (pem) => pem.replaceAll("\n", "\n\n") },
  "double quotes": { repair: "quotes", damage: (pem) => `"${pem}"` },
  "single quotes and a comma": { repair: "quotes", damage: (pem) => `'${pem}',` },
  "an array of lines": {
    repair: "quotes",
    damage: (pem) =>
      lines(pem)
        .map((line) => `  "${line}",`)
        .join("\n"),
  },
  "concatenated strings": {
    repair: "quotes",
    damage: (pem) =>
      lines(pem)
        .map((line) => `"${line}\\n" +`)
        .join("\n"),
  },
  "comment signs": {
    repair: "quotes",
    damage: (pem) =>
      lines(pem)
        .map((line) => `# ${line}`)
        .join("\n"),
  },
  "a JSON array of lines": { repair: "quotes", damage: (pem) => JSON.stringify(lines(pem)) },
  JSON: { repair: "quotes", damage: (pem) => JSON.stringify(pem) },
  "a byte order mark": { repair: "bom", damage: (pem) => `\uFEFF${pem}` },
  "UTF-16": { repair: "utf-16", damage: (pem) => Buffer.from(pem, "utf16le").toString("latin1") },
  CRLF: { repair: "carriage-returns", damage: (pem) => pem.replaceAll("\n", "\r\n") },
  CR: { repair: "carriage-returns", damage: (pem) => pem.replaceAll("\n", "\r") },
  "\\u000a": { repair: "unicode-escapes", damage: (pem) => pem.replaceAll("\n", "\\u000a") },
  "\\u002d": {
    repair: "unicode-escapes",
    damage: (pem) => pem.replaceAll("-", "\\u002D").replaceAll("=", "\\u003d"),
  },
  "percent-encoding": { repair: "url-encoding", damage: encodeURIComponent },
  "form encoding": {
    repair: "url-encoding",
    damage: (pem) => new URLSearchParams({ pem }).toString().slice(4),
  },
  "XML references": { repair: "xml-references", damage: (pem) => pem.replaceAll("\n", "&#10;") },
  "named XML references": { repair: "xml-references", damage: (pem) => pem.replaceAll("\n", "&NewLine;") },
  "octal escapes": { repair: "escaped-newlines", damage: (pem) => pem.replaceAll("\n", "\\012") },
  "base64 of all": { repair: "base64-of-pem", damage: base64 },
  "wrapped base64 of all": {
    repair: "base64-of-pem",
    damage: (pem) => base64(pem).replace(/.{76}/g, "$&\n"),
  },
  "base64url of all": { repair: "base64-of-pem", damage: (pem) => Buffer.from(pem).toString("base64url") },
  "base64 of UTF-16": {
    repair: "base64-of-pem",
    damage: (pem) => Buffer.from(`\uFEFF${pem}`, "utf16le").toString("base64"),
  },
  "base64 twice": { repair: "base64-of-pem", damage: (pem) => base64(base64(pem)) },
};

const LINE_MARKS = [
  "line continuations",
  "an array of lines",
  "a JSON array of lines",
  "concatenated strings",
  "comment signs",
];
/** Read as the wrong encoding, or with plus signs that could be spaces: a second damage may hide which. */
const ONCE = ["form encoding", "UTF-16"];
const JOINS = [
  ...ONCE,
  "newlines turned into spaces",
  "newlines stripped",
  "all white space stripped",
  ...LINE_MARKS,
];

/** Damages that need the lines of a PEM as they were. */
const CLEAN_ONLY: Record<string, { repair: PemRepair; damage: (pem: string) => string }> = {
  "one long line": {
    repair: "line-length",
    damage: (pem) => replaceBody(pem, (body) => `${body.replace(/\n/g, "")}\n`),
  },
  "76 columns": {
    repair: "line-length",
    damage: (pem) => replaceBody(pem, (body) => `${body.replace(/\n/g, "").replace(/.{76}/g, "$&\n")}\n`),
  },
  "base64url body": {
    repair: "base64url",
    damage: (pem) => replaceBody(pem, (body) => body.replaceAll("+", "-").replaceAll("/", "_")),
  },
  "plus signs read as spaces": {
    repair: "plus-signs",
    damage: (pem) => replaceBody(pem, (body) => body.replaceAll("+", " ")),
  },
  "lost backslashes": { repair: "lost-backslashes", damage: (pem) => lines(pem).join("n") },
  "lost backslashes of Windows' line breaks": {
    repair: "lost-backslashes",
    damage: (pem) => lines(pem).join("rn"),
  },
  "lost backslashes and the last line break": {
    repair: "lost-backslashes",
    damage: (pem) =>
      lines(pem)
        .join("n")
        .replace(/n(?=-----END)/, ""),
  },
  "typographic dashes": { repair: "dashes", damage: (pem) => pem.replaceAll("-----", "—–-") },
  "a dash not copied": { repair: "dashes", damage: (pem) => pem.slice(1) },
  "the last dashes not copied": { repair: "dashes", damage: (pem) => pem.trimEnd().slice(0, -5) },
  "no BEGIN and END lines": { repair: "armor", damage: (pem) => lines(pem).slice(1, -1).join("\n") },
  "a certificate beside it": { repair: "surrounding-text", damage: (pem) => pem + certificateLike },
  "bag attributes before it": {
    repair: "surrounding-text",
    damage: (pem) => `Bag Attributes\n  friendlyName: box\n${pem}`,
  },
  "the key twice": { repair: "duplicate", damage: (pem) => pem + pem },
  "no newline at the end": { repair: "trailing-newline", damage: (pem) => pem.trimEnd() },
};

describe("a canonical PEM", () => {
  it.each([
    ["PKCS#8", plain],
    ["PKCS#1", pkcs1Pem(privateKey)],
    ["Box's own", box],
    ["traditional", traditional],
  ])("is returned unchanged: %s", (_, pem) => {
    expect(repaired(pem)).toMatchObject({ pem, repairs: [] });
  });

  it("shows the headers of traditional encryption", () => {
    expect(repaired(traditional).dek).toEqual({
      cipher: "DES-EDE3-CBC",
      iv: expect.stringMatching(/^[0-9A-F]{16}$/),
    });
    expect(repaired(plain).dek).toBeUndefined();
  });
});

describe("a damaged PEM", () => {
  for (const [name, { repair, damage }] of Object.entries(DAMAGES))
    it.each([
      ["plain", plain],
      ["Box's", box],
      ["traditional", traditional],
    ])(`is repaired after ${name} (%s)`, (_, pem) => {
      const read = repaired(damage(pem));
      expect(read.pem).toBe(pem);
      expect(read.repairs).toContain(repair);
    });

  for (const [name, { repair, damage }] of Object.entries(CLEAN_ONLY))
    it.each([
      ["plain", withPlus()],
      ["Box's", box],
    ])(`is repaired after ${name} (%s)`, (_, pem) => {
      const read = repaired(damage(pem));
      expect(read.pem).toBe(pem);
      if (damage(pem) !== pem) expect(read.repairs).toContain(repair);
    });

  it("is repaired after any sequence of damages", () => {
    const all = Object.keys(DAMAGES);
    const some = (names: string[], maxLength: number) => fc.array(fc.constantFrom(...names), { maxLength });
    const unmarked = all.filter((name) => ![...LINE_MARKS, ...ONCE].includes(name));
    const joinless = all.filter((name) => !JOINS.includes(name));
    // Marks on every line can be distinguished from the body only while the lines are there.
    const sequence = fc
      .tuple(some(unmarked, 3), some(LINE_MARKS, 1), some(joinless, 2))
      .map((parts) => parts.flat());
    fc.assert(
      fc.property(fc.constantFrom("plain", "box", "traditional"), sequence, (kind, names) => {
        const pem = { plain, box, traditional }[kind]!;
        const text = names.reduce((damaged, name) => DAMAGES[name]!.damage(damaged), pem);
        fc.pre(text.length <= MAX_PEM_LENGTH);
        const read = repaired(text);
        expect(read.pem === pem).toBe(true);
        expect(read.repairs.length === 0).toBe(text === pem);
      }),
      { numRuns: samples(1_500) },
    );
  });

  it("is repaired where a continuation of the line is the last character", () => {
    for (const text of [`${plain.trimEnd()} \\`, `${base64(plain)} \\`])
      expect(repaired(text).pem).toBe(plain);
  });

  it("is repaired where a byte order mark follows white space, percent-encoded", () => {
    const indented = `    \uFEFF${base64(plain)}`;
    for (const text of [indented, encodeURIComponent(indented)]) expect(repaired(text).pem).toBe(plain);
  });

  it("is found inside a whole Box config", () => {
    const config = JSON.stringify({ boxAppSettings: { appAuth: { privateKey: box, passphrase: "p" } } });
    expect(repaired(config)).toMatchObject({
      pem: box,
      repairs: expect.arrayContaining(["surrounding-text"]),
    });
  });
});

/** A body with plus signs, of which a random key has twenty or so. */
function withPlus(): string {
  expect(plain).toContain("+");
  return plain;
}
