import { Buffer } from "node:buffer";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { boxConfigRule } from "../../../action/rules/box-config.ts";
import { boxSecretRule } from "../../../action/rules/box-secret/box-secret.ts";
import { policyRule } from "../../../action/rules/policy.ts";
import { schemaRule } from "../../../action/rules/schema/schema.ts";
import type { Content } from "../../../action/scan/content.ts";
import type { Rule } from "../../../action/scan/rule.ts";
import { expectLinearGrowth } from "../../support/growth.ts";
import { areAllSampled, samples } from "../../support/samples.ts";
import { SECRETS } from "./vectors.ts";

const mapped = schemaRule([
  {
    glob: "**",
    schemaPath: "s.json",
    schema: { additionalProperties: false, properties: { a: { type: "string" } } },
  },
]);
if (!mapped.ok) throw new Error(mapped.error.code);

const RULES: readonly Rule[] = [boxConfigRule, boxSecretRule, policyRule, mapped.value];

const content = (path: string, bytes: Buffer, whole = true): Content => ({
  path,
  bytes,
  whole,
  start: { line: 1, column: 1 },
});

const paths = fc.constantFrom(
  "1_abcdefgh_config.json",
  "config.json",
  "box.json",
  "a.jsonc",
  "a.json5",
  "box.yaml",
  ".env",
  "box-sts.policy.json",
  "a.ts",
);

/** Texts that pass the first check: they are made of what the rules search for. */
const words = fc.constantFrom(
  ...[
    '"boxAppSettings"',
    '"clientSecret"',
    '"appAuth"',
    "BOX_CLIENT_SECRET=",
    "box:",
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
  ],
  ...[
    '"$schema"',
    '"urn:box-sts:schema:policy"',
    '"statements"',
    "Bearer ",
    "https://api.box.com/",
    "1!",
    "\n",
    "\t",
  ],
  ...[
    "//",
    "/*",
    "*/",
    '"',
    "'",
    "\\",
    "\\u",
    "\0",
    "\uFEFF",
    "\uD800",
    "&a ",
    "*a",
    "- ",
    "---\n",
    "${",
    "<<: ",
  ],
  ...Object.values(SECRETS),
);
const texts = fc.array(words, { maxLength: 60 }).map((parts) => parts.join(""));

describe.each(RULES.map((rule) => [rule.id, rule] as const))("%s", (_id, rule) => {
  it("never throws on any bytes", () => {
    fc.assert(
      fc.property(paths, fc.uint8Array({ maxLength: 300 }), fc.boolean(), (path, bytes, whole) => {
        rule.find(content(path, Buffer.from(bytes), whole));
      }),
    );
  });

  it("never throws on any JSON", () => {
    fc.assert(
      fc.property(paths, fc.jsonValue(), (path, value) => {
        rule.find(content(path, Buffer.from(JSON.stringify({ boxAppSettings: value, appAuth: value }))));
        rule.find(content(path, Buffer.from(JSON.stringify(value))));
      }),
    );
  });

  it("never throws on texts made of what it searches for, in any encoding, and shows no secret", () => {
    fc.assert(
      fc.property(paths, texts, fc.constantFrom("utf8", "utf16le", "latin1"), (path, text, encoding) => {
        const printed = JSON.stringify(
          rule.find(content(path, Buffer.from(text, encoding as BufferEncoding))),
        );
        for (const value of Object.values(SECRETS)) expect(printed).not.toContain(value.slice(0, 12));
      }),
      { numRuns: samples(500) },
    );
  });

  it("reports positions that exist", () => {
    fc.assert(
      fc.property(paths, texts, (path, text) => {
        const lines = text.replace(/^\uFEFF/, "").split(/\r\n|[\r\n]/);
        for (const { line, column } of rule.find(content(path, Buffer.from(text)))) {
          expect(line).toBeGreaterThan(0);
          expect(line).toBeLessThanOrEqual(lines.length);
          expect(column).toBeGreaterThan(0);
        }
      }),
    );
  });

  /** Bytes at scale 1. */
  const UNIT = areAllSampled ? 50_000 : 12_500;
  const hostile: readonly (readonly [name: string, path: string, unit: string])[] = [
    ["assignments that come to nothing", ".env", `token="${SECRETS.hex}" box\n`],
    ["one long line of names", "box.js", "boxClientSecret:"],
    ["spaces", "box.js", "client_secret          "],
    ["brackets", "box.json", '{"boxAppSettings":['],
    ["commas", "box.jsonc", '"boxAppSettings",'],
    ["comments", "box.jsonc", "/* boxAppSettings */"],
    ["quotes", "box.json", '"boxAppSettings\\"'],
    ["box hosts without end", "box.txt", "a.box.co.box."],
    ["letters without end", "box.txt", "boxabcdefghij0123456789"],
    ["narrow tokens", "box.txt", `1!${"a-".repeat(20)} box.com `],
  ];
  it.each(hostile)("does work that grows in proportion to the size of %s", async (_name, path, unit) => {
    const file = (scale: number) => content(path, Buffer.alloc(UNIT * scale, unit));
    await expectLinearGrowth(file, (given) => rule.find(given));
  });
});

describe("a window of a larger file", () => {
  const window = (text: string) => ({
    path: "big.env",
    bytes: Buffer.from(text),
    whole: false,
    start: { line: 101, column: 11 },
  });

  it("is searched for secrets, whose positions are those in the file", () => {
    const [first, second] = boxSecretRule.find(
      window(`BOX_TOKEN=${SECRETS.alnum} \nBOX_CLIENT_SECRET=${SECRETS.other}\n`),
    );
    expect(first).toMatchObject({ line: 101, column: 21 });
    expect(second).toMatchObject({ line: 102, column: 19 });
  });

  it("is not taken for a secret where it is cut", () => {
    expect(boxSecretRule.find(window(`BOX_TOKEN=${SECRETS.alnum}`))).toEqual([]);
  });

  it("is no Box config and no policy", () => {
    const bytes = Buffer.from('{"boxAppSettings":1,"$schema":"urn:box-sts:schema:policy"}');
    const part = { ...content("box.json", bytes, false) };
    expect(boxConfigRule.find(part)).toEqual([]);
    expect(policyRule.find(part)).toEqual([]);
  });
});
