import { describe, expect, it } from "vitest";
import { budgetFor } from "../../../action/rules/private-key/budget.ts";
import { detectKeys } from "../../../action/rules/private-key/detect.ts";
import { privateKeyRule } from "../../../action/rules/private-key/private-key.ts";
import { scanSource } from "../../../action/scan/scan-source.ts";
import { KINDS } from "./kinds.ts";
import { cook } from "./steps.ts";

const KEY = KINDS["pkcs8-rsa"]!;
const LINE = "An ordinary line of text that comes again and again.\n";

/** Text with the key in it, `before` bytes from its beginning. */
const textWithKey = (before: number, after: number) =>
  Buffer.concat([Buffer.alloc(before, LINE), Buffer.from("\n"), KEY.content, Buffer.alloc(after, LINE)]);

describe("an encoded text that is longer than a window", () => {
  const sizes = { whole: 24_576, overlap: 5_632 };
  it.each([
    ["base64 in one line", ["base64"]],
    ["base64 in lines", ["base64-wrapped:76"]],
    ["hexadecimal digits in one line", ["hex"]],
    ["hexadecimal digits that begin at an odd offset", ["hex", "before:k"]],
    ["hexadecimal digits in lines", ["hex-wrapped:64"]],
    ["a list of decimal numbers", ["decimal"]],
    ["a list of hexadecimal numbers", ["c-array"]],
  ])("shows the key in it, as %s, in whichever window it is", async (_, steps) => {
    for (let before = 2_000; before < 60_000; before += 9_700) {
      const bytes = cook(textWithKey(before, 20_000), steps);
      const chunks = async function* () {
        yield* [bytes.subarray(0, 9000), bytes.subarray(9000)];
      };
      const source = { path: "large.txt", commit: null, size: bytes.length, chunks };
      const { findings } = await scanSource(source, [privateKeyRule], sizes);
      expect(findings.map(({ identity }) => identity)).toContain(KEY.identity);
    }
  });
});

describe("an encoded text in more lines than are decoded at once", () => {
  it.each([
    ["in the middle of the second piece", 800_000],
    ["across the border of two pieces, its first characters in the first", 774_200],
    ["across the border of two pieces, its last characters in the second", 773_000],
  ])("shows a key %s, once", (_, before) => {
    const bytes = cook(textWithKey(before, 300_000), ["base64-wrapped:76"]);
    const hits = detectKeys(bytes, undefined, budgetFor(bytes.length));
    expect(hits.map(({ key }) => key.identity)).toEqual([KEY.identity]);
  });

  it("shows a key in a piece that resembles the one after it", () => {
    const bytes = cook(textWithKey(524_000, 500_000), ["hex-wrapped:64"]);
    const hits = detectKeys(bytes, undefined, budgetFor(bytes.length));
    expect(hits.map(({ key }) => key.identity)).toEqual([KEY.identity]);
  });
});

it.each([500, 513, 600, 1000, 2048, 4096])(
  "base64 in lines of %i characters shows the key in it",
  (width) => {
    for (const kind of ["pkcs8-rsa", "pkcs8-box", "box-config"]) {
      const { content, identity } = KINDS[kind]!;
      const bytes = cook(content, ["before:An ordinary line of text. ", "base64", `base64-wrapped:${width}`]);
      const hits = detectKeys(bytes, undefined, budgetFor(bytes.length));
      expect([kind, hits.map(({ key }) => key.identity)]).toEqual([kind, [identity]]);
    }
  },
);

it("a long value of base64 before another one is no line of it", () => {
  const { content, identity } = KINDS["pkcs8-ec"]!;
  const other = Buffer.alloc(1500, LINE).toString("base64");
  const bytes = Buffer.from(`first: ${other}\nkey: ${content.toString("base64")}\n`);
  const hits = detectKeys(bytes, undefined, budgetFor(bytes.length));
  expect(hits.map(({ key, offset }) => [key.identity, offset])).toEqual([
    [identity, bytes.indexOf("key: ") + 5],
  ]);
});
