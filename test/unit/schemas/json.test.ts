import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseJson } from "../../../schemas/json/parse.ts";
import { jsonPointer, printablePointer } from "../../../schemas/json/pointer.ts";
import { expectLinearGrowth } from "../../support/growth.ts";
import { samples } from "../../support/samples.ts";
import { type ReadIssue, readable } from "./readable.ts";

function accepted(text: string) {
  const parsed = parseJson(text);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  return parsed.value;
}

function issuesOf(text: string, limits?: Parameters<typeof parseJson>[1]): readonly ReadIssue[] {
  const parsed = parseJson(text, limits);
  expect(parsed.ok).toBe(false);
  return parsed.ok ? [] : parsed.error.map(readable);
}

const places = (issues: readonly ReadIssue[]) =>
  issues.map(({ pointer, line, column }) => `${pointer} ${line}:${column}`);

describe("parseJson", () => {
  it("returns the value of every text that JSON.stringify writes", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), fc.constantFrom(undefined, 2, "\t"), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        expect(accepted(text).value).toEqual(JSON.parse(text));
      }),
    );
  });

  it("accepts a text exactly if JSON.parse does, apart from duplicates, depth and NUL", () => {
    const token = fc.constantFrom(
      ...[
        "{",
        "}",
        "[",
        "]",
        ":",
        ",",
        '"a"',
        '"b"',
        "1",
        "-0",
        "1e5",
        "01",
        "1.",
        "true",
        "nul",
        "//",
        "/*",
        "*/",
      ],
      ...[" ", "\n", "\r", "\t", "\u00a0", "\v", '"', "\\", '"\\u12"', '"\\ud800"', '"\t"', "'a'", "NaN"],
    );
    const text = fc.array(token, { maxLength: 9 }).map((tokens) => tokens.join(""));
    const json = (given: string) => {
      try {
        JSON.parse(given);
        return true;
      } catch {
        return false;
      }
    };
    fc.assert(
      fc.property(fc.oneof(text, fc.string()), (given) => {
        const parsed = parseJson(given);
        const twice = !parsed.ok && parsed.error.every(({ code }) => code === "property_repeated");
        if (!given.includes("\0")) expect(parsed.ok || twice).toBe(json(given));
      }),
      { numRuns: samples(20_000) },
    );
  });

  it.each([
    ["a comment", '{\n  "a": 1 // one\n}', " 2:10"],
    ["a trailing comma", '{"a": [1,\n]}', " 2:1"],
    ["single quotes", "{'a': 1}", " 1:2"],
    ["a second document", "{}\n{}", " 2:1"],
    ["an open object", '{"a": 1', " 1:8"],
    ["an open string", '{"a": "b\n}', " 1:7"],
    ["a literal tab in a string", '["a\tb"]', " 1:2"],
    ["nothing but spaces", "  \n ", " 1:1"],
    ["UTF-16 read as UTF-8", '\uFFFD\uFFFD{\0"\0', " 1:1"],
  ])("reports the position of %s", (_name, text, place) => {
    expect(places(issuesOf(text))).toEqual([place]);
  });

  it("reports every duplicate property with pointer and position, even if escapes hide it", () => {
    const text = '{"a": 1,\n "b": {"c/d": 1, "e": [{"f": 1, "f": 2}]},\n "\\u0061": 2, "a": 3}';
    expect(places(issuesOf(text))).toEqual(["/b/e/0/f 2:33", "/a 3:2", "/a 3:15"]);
  });

  it("accepts equal names in different objects", () => {
    expect(accepted('[{"a": {"a": 1}}, {"a": 2}]').value).toEqual([{ a: { a: 1 } }, { a: 2 }]);
  });

  it("removes a byte order mark and reports it", () => {
    expect(accepted('\uFEFF{"a": 1}')).toMatchObject({ value: { a: 1 }, bom: true });
    expect(accepted('{"a": 1}').bom).toBe(false);
  });

  it("keeps __proto__ as an ordinary property that changes no prototype", () => {
    const { value } = accepted('{"__proto__": {"polluted": 1}}');
    expect(Object.keys(value as object)).toEqual(["__proto__"]);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect({}).not.toHaveProperty("polluted");
  });

  it("accepts up to the given length and depth, and refuses more", () => {
    expect(parseJson("[[1]]", { maxDepth: 2, maxLength: 5 }).ok).toBe(true);
    expect(issuesOf("[[1]]", { maxDepth: 1 })[0]?.message).toContain("more than 1 level");
    expect(issuesOf("[[1]]", { maxLength: 4 })[0]?.message).toContain("larger than 4 characters");
  });

  it.each<[string, (scale: number) => string]>([
    ["arrays", (scale) => "[".repeat(60_000 * scale)],
    ["objects", (scale) => '{"a":'.repeat(25_000 * scale)],
    ["arrays behind a comment", (scale) => `/* " */${"[".repeat(60_000 * scale)}`],
    ["arrays that are closed wrongly", (scale) => "[},".repeat(40_000 * scale)],
    ["closed arrays", (scale) => "[".repeat(50_000 * scale) + "]".repeat(50_000 * scale)],
  ])("takes linear time on deeply nested %s", async (_name, text) => {
    await expectLinearGrowth(text, (given) => expect(issuesOf(given)).toHaveLength(1));
  });

  it("never quotes the document", () => {
    const texts = [
      "CANARY",
      '{"a": CANARY}',
      '{"a": "CANARY}',
      '{"CANARY',
      '{"a":"\\CANARY"}',
      "{} CANARY",
      "CANARY\0",
    ];
    for (const text of texts) expect(JSON.stringify(issuesOf(text))).not.toContain("CANARY");
  });
});

describe("locate", () => {
  const text = '{\r\n  "a": [1, {"b/~": true}],\r  "😀": "x", "c": null\n}';
  const { locate } = accepted(text);

  it.each([
    ["", 1, 1],
    ["/a", 2, 8],
    ["/a/0", 2, 9],
    ["/a/1", 2, 12],
    ["/a/1/b~1~0", 2, 20],
    ["/😀", 3, 9],
    ["/c", 3, 19],
  ])(
    "finds the value of %j, counting UTF-16 code units and every kind of line end",
    (pointer, line, column) => {
      expect(locate(pointer)).toEqual({ line, column });
    },
  );

  it("finds the name of a property", () => {
    expect(locate("/a/1/b~1~0", "name")).toEqual({ line: 2, column: 13 });
    expect(locate("/c", "name")).toEqual({ line: 3, column: 14 });
  });

  it("returns the nearest ancestor of a missing value", () => {
    expect(locate("/a/1/missing/deeper")).toEqual(locate("/a/1"));
    expect(locate("/missing")).toEqual(locate(""));
  });
});

describe("jsonPointer", () => {
  it("escapes as RFC 6901 requires", () => {
    expect(jsonPointer([])).toBe("");
    expect(jsonPointer(["a/b", "m~n", 0, ""])).toBe("/a~1b/m~0n/0/");
  });

  it("is truncated for printing before a property whose name is not an identifier", () => {
    expect(printablePointer(["a", 0, "b-c"])).toBe("/a/0/b-c");
    expect(printablePointer(["a", "-----BEGIN PRIVATE KEY-----", "b"])).toBe("/a");
    expect(printablePointer(["\u001b[31m"])).toBe("");
  });

  it.each([
    ...[
      "clientSecret",
      "oauth2",
      "BOX_CLIENT_SECRET_2",
      "my-company.box_production.client-secret",
      "$schema",
    ],
    ...["@type", "__proto__", "0", "123456"],
  ])("is printed with the name %j", (name) => {
    expect(printablePointer([name])).toBe(`/${name}`);
  });

  it("is truncated before 32 letters and digits in a row, as secrets of Box are, however few of them are digits", () => {
    const letters = fc.constantFrom(..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
    const alphanumeric = fc.oneof({ weight: 40, arbitrary: letters }, fc.constantFrom(..."0123456789"));
    fc.assert(
      fc.property(fc.string({ unit: alphanumeric, minLength: 32, maxLength: 32 }), (secret) => {
        expect(printablePointer(["webhooks", secret])).toBe("/webhooks");
        expect(printablePointer(["webhooks", `key_${secret}`])).toBe("/webhooks");
      }),
      { numRuns: samples(2_000) },
    );
  });

  it("is printed with names in any form that a schema has", () => {
    const known = new Set(["webhookReservedConcurrency", "token_sha256"]);
    expect(printablePointer(["webhookReservedConcurrency", "token_sha256"], known)).toBe(
      "/webhookReservedConcurrency/token_sha256",
    );
  });
});
