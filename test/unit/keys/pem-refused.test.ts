import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { PemDamageKind } from "../../../keys/pem/damage.ts";
import { MAX_PEM_LENGTH, readPem } from "../../../keys/pem/pem.ts";
import { expectLinearGrowth } from "../../support/growth.ts";
import { samples } from "../../support/samples.ts";
import { base64, box, lines, plain, replaceBody, traditional } from "./pem-samples.ts";

describe("a PEM that cannot be repaired", () => {
  const cut = (pem: string) => lines(pem).toSpliced(8, 6).join("\n");
  const cases: readonly [PemDamageKind, string, string][] = [
    ["too_large", "is too long", "A".repeat(MAX_PEM_LENGTH + 1)],
    ["empty", "is empty", " \n\t"],
    ["no_pem", "is something else", "./keys/box.pem"],
    ["no_pem", "is random base64", base64("x".repeat(30) + "\x01\xff".repeat(99))],
    ["other_format", "is PuTTY's", "PuTTY-User-Key-File-3: ssh-rsa\nEncryption: none\n"],
    ["other_format", "is a JWK", '{"kty":"RSA","n":"AQAB","d":"AQAB"}'],
    ["placeholder", "is dots", "-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----\n"],
    ["placeholder", "is stars", "********************"],
    ["placeholder", "is a variable", "$BOX_PRIVATE_KEY"],
    ["placeholder", "is a run of x", replaceBody(plain, () => `${"x".repeat(64)}\n`.repeat(20))],
    ["placeholder", "is a snipped key", replaceBody(plain, (body) => `${body.slice(0, 128)}[snip]\n`)],
    ["missing_end", "has no END", plain.slice(0, 900)],
    ["missing_end", "ends within END", plain.trimEnd().slice(0, -12)],
    ["missing_end", "has two BEGINs", plain.slice(0, 900) + plain],
    ["label_mismatch", "ends as something else", plain.replace("END PRIVATE", "END RSA PRIVATE")],
    ["several_keys", "is two keys", plain + box],
    ["bad_headers", "has a damaged header", traditional.replace(/DEK-Info.*/, "DEK-Info: DES-EDE3-CBC,12")],
    [
      "bad_characters",
      "has an alien character",
      replaceBody(plain, (body) => `${body.slice(0, 99)}ß${body.slice(100)}`),
    ],
    ["truncated", "lost lines in the middle", cut(plain)],
    ["truncated", "lost one character", replaceBody(box, (body) => body.slice(0, 200) + body.slice(201))],
    ["truncated", "lost ciphertext", traditional.replace(/.{16}\n-----END/, "\n-----END")],
    ["overlong", "has a line twice", replaceBody(plain, (body) => body.slice(0, 130) + body.slice(65))],
    [
      "not_a_key",
      "is text under a key label",
      replaceBody(plain, () => `${base64("The quick brown fox jumps over the lazy dog. ")}\n`),
    ],
  ];

  it.each(cases)("is refused as %s when it %s", (kind, _, text) => {
    expect(readPem(text)).toMatchObject({ ok: false, error: { kind } });
  });

  it("is described without any of its bytes", () => {
    const body = plain.replace(/-----[^-]+-----|\n/g, "");
    for (const [, , text] of cases) {
      const printed = JSON.stringify(readPem(text));
      for (let at = 0; at + 8 <= body.length; at += 4)
        expect(printed.includes(body.slice(at, at + 8))).toBe(false);
    }
  });
});

describe("hostile text", () => {
  it("never makes readPem throw", () => {
    const piece = fc.oneof(
      fc.string({ maxLength: 20 }),
      fc.constantFrom(
        "-----",
        "BEGIN ",
        "END ",
        "PRIVATE KEY",
        "RSA ",
        "\n",
        "\\n",
        "\\u00",
        "%0A",
        "&#",
        "DEK-Info:",
        "4,ENCRYPTED",
      ),
      fc
        .constantFrom(plain, box, traditional)
        .chain((pem) => fc.nat(pem.length).map((at) => pem.slice(at, at + 300))),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => void readPem(pieces.join(""))),
      { numRuns: samples(3_000) },
    );
  });

  it("is either refused or canonicalised to something that stays as it is", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(plain, box, traditional),
        fc.nat(1900),
        fc.string({ maxLength: 3 }),
        (pem, at, put) => {
          const read = readPem(pem.slice(0, at) + put + pem.slice(at + 1));
          if (read.ok)
            expect(readPem(read.value.pem)).toMatchObject({ value: { pem: read.value.pem, repairs: [] } });
        },
      ),
      { numRuns: samples(1_500) },
    );
  });

  const UNITS = [
    "-",
    " ",
    "\\",
    "\n",
    "\\n",
    '"',
    "\0",
    "=",
    "A",
    "%",
    "&#",
    "n",
    "-----BEGIN ",
    "-----BEGIN PRIVATE KEY-----",
    "-----BEGIN PRIVATE KEY-----x-----END PRIVATE KEY-----",
    "\\u005c",
    "%25",
    "// ",
    '" + ',
    "Proc-Type: ",
    "—",
    "\uFEFF",
  ];
  const FRAMES = [
    (fill: string) => fill,
    (fill: string) => replaceBody(plain, () => `${fill}\n`),
    (fill: string) => `${plain}${fill}`,
  ];

  it.each(UNITS)("is read in linear time: %j to the limit", async (unit) => {
    const most = Math.floor((MAX_PEM_LENGTH - plain.length) / unit.length);
    for (const frame of FRAMES)
      await expectLinearGrowth((scale) => frame(unit.repeat(Math.floor((most * scale) / 8))), readPem);
  });
});
