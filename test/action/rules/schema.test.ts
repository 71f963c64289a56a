import { Buffer } from "node:buffer";
import { describe, expect, it } from "vitest";
import { problemText } from "../../../action/report/problems.ts";
import { MAX_MAPPED_BYTES, schemaRule } from "../../../action/rules/schema/schema.ts";

const refusal = (schema: unknown): string => {
  const rule = schemaRule([{ glob: "*.json", schemaPath: "conf.schema.json", schema }]);
  return rule.ok ? "" : problemText(rule.error);
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
  it("validates a file against every schema whose glob it fits", () => {
    const rule = schemaRule([
      { glob: "**/a.json", schemaPath: "one", schema: { type: "string" } },
      { glob: "x/*", schemaPath: "two", schema: { minimum: 5 } },
    ]);
    if (!rule.ok) throw new Error(rule.error.code);
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

  it("validates a file against two schemas that have the same $id", () => {
    const $id = "https://example.com/a.schema.json";
    const rule = schemaRule([
      { glob: "*", schemaPath: "one", schema: { $id, type: "string" } },
      { glob: "*", schemaPath: "two", schema: { $id, minimum: 5 } },
    ]);
    if (!rule.ok) throw new Error(rule.error.code);
    const content = { path: "a.json", bytes: Buffer.from("1"), whole: true, start: { line: 1, column: 1 } };
    expect(rule.value.find(content)).toHaveLength(2);
  });

  it("says once that a file is too large to be scanned", () => {
    const rule = schemaRule([{ glob: "*.json", schemaPath: "s", schema: {} }]);
    if (!rule.ok) throw new Error(rule.error.code);
    const window = (line: number) =>
      rule.value.find({ path: "a.json", bytes: Buffer.from("1"), whole: false, start: { line, column: 1 } });
    expect(window(1)[0]?.message).toContain(`larger than ${MAX_MAPPED_BYTES / 1_048_576} MiB`);
    expect(window(2)).toEqual([]);
  });

  it("survives a schema that refers to itself and a document nested to the limit", () => {
    const rule = schemaRule([
      { glob: "*", schemaPath: "s", schema: { items: { $ref: "#" }, properties: { a: { $ref: "#" } } } },
    ]);
    if (!rule.ok) throw new Error(rule.error.code);
    for (const depth of [100, 1000, 100_000]) {
      for (const path of ["a.json", "a.yaml"]) {
        const bytes = Buffer.from("[".repeat(depth) + "]".repeat(depth));
        rule.value.find({ path, bytes, whole: true, start: { line: 1, column: 1 } });
      }
    }
  });

  it("survives aliases that grow without end", () => {
    const rule = schemaRule([{ glob: "*", schemaPath: "s", schema: { type: "string" } }]);
    if (!rule.ok) throw new Error(rule.error.code);
    const levels = Array.from(
      { length: 30 },
      (_, at) => `a${at + 1}: &a${at + 1} [*a${at}, *a${at}, *a${at}]`,
    );
    const bytes = Buffer.from(["a0: &a0 x", ...levels].join("\n"));
    const found = rule.value.find({ path: "a.yaml", bytes, whole: true, start: { line: 1, column: 1 } });
    expect(found).toHaveLength(1);
  });

  const messages = (schema: object, text: string, path = "a.yaml") => {
    const rule = schemaRule([{ glob: "*", schemaPath: "s", schema }]);
    if (!rule.ok) throw new Error(rule.error.code);
    const start = { line: 1, column: 1 };
    return rule.value
      .find({ path, bytes: Buffer.from(text), whole: true, start })
      .map(({ line, message, fix }) => `${line} ${message} ${fix}`);
  };

  it("says which values, which pattern and which type are allowed", () => {
    const schema = {
      properties: {
        mode: { enum: ["read", "write", 7] },
        id: { pattern: "^[a-z]{3}$" },
        zip: { pattern: "^[0-9]{5}$", description: "Postal code of five digits." },
        port: { type: ["integer", "null"] },
        version: { const: 2 },
      },
    };
    expect(messages(schema, "mode: raed\nid: A1\nzip: x\nport: '1'\nversion: 3\n")).toEqual([
      '1 /mode: The value is not one of those allowed ("read", "write", 7). Did you mean read?',
      "2 /id: The string does not fit the pattern ^[a-z]{3}$. Write a string that fits it, or correct the schema.",
      "3 /zip: The string is not of the allowed form; expected: Postal code of five digits. Write a string that fits the pattern ^[0-9]{5}$",
      "4 /port: The value must be of type integer or null. Correct it.",
      "5 /version: The value is not the only one allowed (2). Write 2.",
    ]);
  });

  it.each([
    ["a: [1, 2\nb: 3\n", /not indented like its neighbours/],
    ["a: @x\n", /a value begins with a reserved character/],
    ["a: 1\n  b: 2\n", /a name goes over several lines|cannot follow|where a name belongs/],
    ["a: 'x\n", /A character is missing/],
  ])("reports once, with the parser's reason, that %j is not YAML", (text, why) => {
    const found = messages({}, text);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(why);
  });
});
