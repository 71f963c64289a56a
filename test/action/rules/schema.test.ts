import { Buffer } from "node:buffer";
import { describe, expect, it } from "vitest";
import { MAX_MAPPED_BYTES, schemaRule } from "../../../action/rules/schema.ts";

const refusal = (schema: unknown): string => {
  const rule = schemaRule([{ glob: "*.json", schemaPath: "conf.schema.json", schema }]);
  return rule.ok ? "" : rule.error;
};

describe("a schema that is not a schema", () => {
  it.each([
    ["a string", "x", "it is no JSON object"],
    ["an array", [], "it is no JSON object"],
    ["null", null, "it is no JSON object"],
    ["an unknown draft", { $schema: "http://json-schema.org/draft-04/schema#" }, "not one of the drafts"],
    ["a $schema that is no string", { $schema: 7 }, "not one of the drafts"],
    ["a wrong type", { properties: { a: { type: "text" } } }, "at /properties/a/type"],
    ["a $ref to nowhere", { $ref: "#/$defs/a" }, "$ref in it leads nowhere"],
    ["a $ref to a URL", { $ref: "https://example.com/a.json" }, "$ref in it leads nowhere"],
    ["a broken pattern", { pattern: "(" }, "a keyword or pattern"],
    ["an asynchronous schema", { $async: true }, "$async"],
  ])("is refused in one sentence: %s", (_name, schema, why) => {
    expect(refusal(schema)).toContain("conf.schema.json cannot be used as a schema: ");
    expect(refusal(schema)).toContain(why);
    expect(refusal(schema)).not.toContain("\n");
  });
});

describe("schemaRule", () => {
  it("holds a file against every schema whose glob it fits", () => {
    const rule = schemaRule([
      { glob: "**/a.json", schemaPath: "one", schema: { type: "string" } },
      { glob: "x/*", schemaPath: "two", schema: { minimum: 5 } },
    ]);
    if (!rule.ok) throw new Error(rule.error);
    const found = rule.value.find({
      path: "x/a.json",
      bytes: Buffer.from("1"),
      whole: true,
      start: { line: 1, column: 1 },
    });
    expect(found.map(({ message }) => message)).toEqual([
      "The value must be of type string.",
      "The number must be >= 5.",
    ]);
  });

  it("says once that a file is too large to be looked at", () => {
    const rule = schemaRule([{ glob: "*.json", schemaPath: "s", schema: {} }]);
    if (!rule.ok) throw new Error(rule.error);
    const window = (line: number) =>
      rule.value.find({ path: "a.json", bytes: Buffer.from("1"), whole: false, start: { line, column: 1 } });
    expect(window(1)[0]?.message).toContain(`larger than ${MAX_MAPPED_BYTES / 1_048_576} MiB`);
    expect(window(2)).toEqual([]);
  });

  it("survives a schema that refers to itself and a document nested to the limit", () => {
    const rule = schemaRule([
      { glob: "*", schemaPath: "s", schema: { items: { $ref: "#" }, properties: { a: { $ref: "#" } } } },
    ]);
    if (!rule.ok) throw new Error(rule.error);
    for (const depth of [100, 1000, 100_000]) {
      for (const path of ["a.json", "a.yaml"]) {
        const bytes = Buffer.from("[".repeat(depth) + "]".repeat(depth));
        rule.value.find({ path, bytes, whole: true, start: { line: 1, column: 1 } });
      }
    }
  });

  it("survives aliases that grow without end", () => {
    const rule = schemaRule([{ glob: "*", schemaPath: "s", schema: { type: "string" } }]);
    if (!rule.ok) throw new Error(rule.error);
    const levels = Array.from(
      { length: 30 },
      (_, at) => `a${at + 1}: &a${at + 1} [*a${at}, *a${at}, *a${at}]`,
    );
    const bytes = Buffer.from(["a0: &a0 x", ...levels].join("\n"));
    const found = rule.value.find({ path: "a.yaml", bytes, whole: true, start: { line: 1, column: 1 } });
    expect(found).toHaveLength(1);
  });
});
