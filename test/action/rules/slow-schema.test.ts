import { expect, it } from "vitest";
import { schemaRule } from "../../../action/rules/schema/schema.ts";
import { TimeLimitExceeded, withTimeLimit } from "../../../action/rules/schema/time-limit.ts";
import { areAllSampled } from "../../support/samples.ts";

const content = (value: unknown) => ({
  path: "a.json",
  bytes: Buffer.from(JSON.stringify(value)),
  whole: true,
  start: { line: 1, column: 1 },
});
const rule = (pattern: string, ...limit: readonly number[]) => {
  const schema = { properties: { a: { type: "string", pattern } } };
  const made = schemaRule([{ glob: "**", schemaPath: "s.json", schema }], ...limit);
  if (!made.ok) throw new Error(made.error.code);
  return made.value;
};
const ENDLESS = { a: `${"a".repeat(60)}!` };
/** Milliseconds, and as messages have it. Without a limit of its own a document has two seconds. */
const [LIMIT, IN_WORDS] = areAllSampled ? [[], "2 seconds"] : [[200], "0.2 seconds"];

it("the schema worker ends a user's pattern that backtracks without end, names the document, and checks no other against that schema", () => {
  const slow = rule("^(a+)+$", ...LIMIT);
  for (const value of [ENDLESS, { a: "a" }])
    expect(slow.find(content(value)).map(({ message }) => message)).toEqual([
      expect.stringContaining(`that took longer than ${IN_WORDS}`),
    ]);
});

it("the schema worker validates documents against a pattern that ends in time", () => {
  const quick = rule("^a+$");
  expect(quick.find(content({ a: "aa" }))).toEqual([]);
  expect(quick.find(content(ENDLESS))).toHaveLength(1);
});

it("the schema worker returns a result that is ready in time, and throws the error of a failure", () => {
  expect(withTimeLimit(10_000, () => 5)).toBe(5);
  expect(() => withTimeLimit(10_000, () => JSON.parse("{"))).toThrow(SyntaxError);
  expect(() => withTimeLimit(10, () => /^(a+)+$/.test(ENDLESS.a))).toThrow(TimeLimitExceeded);
});
