import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { privateKeyRule } from "../../../action/rules/private-key/private-key.ts";
import { scanSource } from "../../../action/scan/scan-source.ts";
import type { Source } from "../../../action/sources/source.ts";
import { areAllSampled, samples } from "../../support/samples.ts";
import { KINDS } from "./kinds.ts";
import { cook } from "./steps.ts";

const SIZES = { whole: 24_576, overlap: 5_632 };
/** Between the distances from a border that are tried. */
const STEP = areAllSampled ? 61 : 307;
const LINE = "An ordinary line of text, with a tree 🌳 in it.\n";

function source(bytes: Buffer, piece: number): Source {
  return {
    path: "large.txt",
    commit: null,
    size: bytes.length,
    async *chunks() {
      for (let from = 0; from < bytes.length; from += piece) yield bytes.subarray(from, from + piece);
    },
  };
}

const scan = (bytes: Buffer, piece = 4096, sizes = SIZES) =>
  scanSource(source(bytes, piece), [privateKeyRule], sizes);

/** Text of exactly so many bytes; `flat`: without a line break. */
const filler = (size: number, flat = false) => Buffer.alloc(size, flat ? LINE.replace("\n", " ") : LINE);

describe("a source that is larger than a window", () => {
  it.each(["pkcs8-rsa", "pkcs8-box", "traditional-rsa", "openssh-ed25519", "jwk-rsa", "putty-2", "age"])(
    "shows a key (%s) exactly once at any distance from a border",
    async (name) => {
      const kind = KINDS[name]!;
      for (let offset = 11_000; offset < 26_000; offset += STEP) {
        const bytes = Buffer.concat([filler(offset), Buffer.from("\n"), kind.content, filler(30_000)]);
        const { findings, bytes: read } = await scan(bytes);
        const line = bytes.toString("latin1", 0, offset).split("\n").length + 1;
        expect(read).toBe(bytes.length);
        expect(findings.map(({ identity, certainty }) => ({ identity, certainty }))).toEqual([
          { identity: kind.identity, certainty: "certain" },
        ]);
        expect(findings[0]!.line).toBeGreaterThanOrEqual(line);
        expect(findings[0]!.line).toBeLessThan(line + 40);
      }
    },
  );

  it("shows an encoded key once, byte by byte around a border", async () => {
    const kind = KINDS["pkcs8-ec"]!;
    const encoded = cook(kind.content, ["base64"]);
    for (let offset = 18_900; offset < 19_000; offset++) {
      const bytes = Buffer.concat([
        filler(offset),
        Buffer.from("\nkey="),
        encoded,
        Buffer.from("\n"),
        filler(20_000),
      ]);
      expect((await scan(bytes, 700)).findings.map(({ identity }) => identity)).toEqual([kind.identity]);
    }
  });

  it("gives the line and the column in UTF-16 code units, far into a long line", async () => {
    const kind = KINDS["pkcs8-ed25519"]!;
    const before = filler(40_001, true);
    const bytes = Buffer.concat([
      Buffer.from("one\ntwo\n"),
      before,
      cook(kind.content, ["json-string"]),
      filler(30_000),
    ]);
    const { findings } = await scan(bytes);
    const units = before.toString("utf8").length;
    expect(findings.map(({ line, column }) => ({ line, column }))).toEqual([
      { line: 3, column: expect.any(Number) },
    ]);
    expect(Math.abs(findings[0]!.column - units - 2)).toBeLessThanOrEqual(3);
  });

  it("is scanned whole, even if it is larger or smaller than it says", async () => {
    const kind = KINDS["pkcs8-rsa"]!;
    for (const size of [0, 1, 300, 100_000]) {
      const bytes = Buffer.concat([filler(30_000), kind.content, filler(30_000)]);
      const resized = { ...source(bytes, 1000), size };
      expect((await scanSource(resized, [privateKeyRule], SIZES)).findings).toHaveLength(1);
    }
  });

  it("gives the same findings, whatever the pieces", async () => {
    const bytes = Buffer.concat(
      Object.values(KINDS)
        .filter(({ form }) => form !== "der")
        .flatMap(({ content }) => [filler(2_000), Buffer.from("\n"), content]),
    );
    const whole = await scan(bytes, bytes.length, { whole: 1 << 24, overlap: 1 << 19 });
    expect(whole.findings.length).toBeGreaterThan(20);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 30_000 }), async (piece) => {
        expect((await scan(bytes, piece)).findings).toEqual(whole.findings);
      }),
      { numRuns: samples(50) },
    );
  });
});
