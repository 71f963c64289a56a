import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { matchesPattern } from "../../../schemas/policy/pattern.ts";
import { expectLinearGrowth } from "../../support/growth.ts";

/** The same pattern as a regular expression: simple, but exponential on hostile input. */
function regularExpression(pattern: string): RegExp {
  const escaped = pattern.replace(/[^*]/gs, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
  return new RegExp(`^(?:${escaped.replaceAll("*", "[^:/]*")})$`, "u");
}

/** Every text of at most `length` letters of the alphabet, starting with the empty one. */
function textsOf(alphabet: string, length: number): readonly string[] {
  if (length === 0) return [""];
  return [
    "",
    ...textsOf(alphabet, length - 1).flatMap((text) => [...alphabet].map((letter) => letter + text)),
  ];
}

const text = (alphabet: string, maxLength: number) =>
  fc.array(fc.constantFrom(...alphabet), { maxLength }).map((letters) => letters.join(""));

describe("matchesPattern", () => {
  it.each([
    ["user:*", "user:123"],
    ["user:12*", "user:123"],
    ["user:*", "user:"],
    ["enterprise", "enterprise"],
    ["arn:aws:iam::123456789012:role/app-*", "arn:aws:iam::123456789012:role/app-reports"],
    ["https://api.box.com/2.0/folders/*", "https://api.box.com/2.0/folders/987"],
    ["*ab*ba*", "abba"],
    // The search backtracks twice within the matched part of the chunk.
    ["*aabaaaa*", "aabaaabaaaa"],
    ["a*a", "aa"],
    ["", ""],
  ])("lets %j match %j", (pattern, value) => {
    expect(matchesPattern(pattern, value)).toBe(true);
  });

  it.each([
    ["user:*", "user:1:2", "a star stays inside its segment"],
    ["user:*", "user:1/2", "a slash ends a segment too"],
    ["*", "a:b", "a star does not cross a colon"],
    ["a/b", "a:b", "separators are not interchangeable"],
    ["user:1", "user:12", "a pattern is anchored at its end"],
    ["ser:1", "user:1", "a pattern is anchored at its start"],
    ["user:*", "user", "a segment may not be missing"],
    ["user", "user:", "an empty segment counts"],
    ["a*a", "a", "one character is not both ends"],
    ["user:1", "user:*", "a star in the value is an ordinary character"],
    ["user:.", "user:1", "a dot is a dot"],
    ["USER:1", "user:1", "capitals count"],
    ["user:1", "user:1\n", "a line break at the end counts"],
  ])("does not let %j match %j: %s", (pattern, value) => {
    expect(matchesPattern(pattern, value)).toBe(false);
  });

  it("agrees with the regular expression on every short pattern and value over two letters", () => {
    const values = textsOf("ab", 6);
    const differing = textsOf("ab*", 6).flatMap((pattern) => {
      const expected = regularExpression(pattern);
      return values
        .filter((value) => matchesPattern(pattern, value) !== expected.test(value))
        .map((value) => `${pattern} ${value}`);
    });
    expect(values).toHaveLength(127);
    expect(differing).toEqual([]);
  });

  it("agrees with the regular expression on every short pattern and value with separators", () => {
    const values = textsOf("a:/", 4);
    const differing = textsOf("a*:/", 4).flatMap((pattern) => {
      const expected = regularExpression(pattern);
      return values
        .filter((value) => matchesPattern(pattern, value) !== expected.test(value))
        .map((value) => `${pattern} ${value}`);
    });
    expect(differing).toEqual([]);
  });

  it("matches every text that results from replacing the stars of a pattern", () => {
    const filled = fc
      .array(fc.tuple(text("ab:/", 4), text("ab", 4)), { maxLength: 6 })
      .map((parts) => [parts.map(([literal]) => `${literal}*`).join(""), parts.flat().join("")] as const);
    fc.assert(fc.property(filled, ([pattern, value]) => matchesPattern(pattern, value)));
  });

  const N = 12_500;
  const half = N / 2;
  it.each<[string, (scale: number) => readonly [pattern: string, value: string]]>([
    ["stars between letters", (scale) => ["a*".repeat(half * scale), `${"a".repeat(N * scale)}b`]],
    [
      "one long chunk that almost fits everywhere",
      (scale) => [`*${"a".repeat(half * scale)}b*`, "a".repeat(N * scale)],
    ],
    ["stars and a missing end", (scale) => [`${"*a".repeat(half * scale)}b`, "a".repeat(N * scale)]],
    [
      "a chunk that shares its start with itself",
      (scale) => [`*${"ab".repeat((half * scale) / 2)}c*`, "ab".repeat(half * scale)],
    ],
    [
      "a chunk of the greatest length that fits but for its first letter",
      (scale) => [`*b${"a".repeat(126)}*`, "a".repeat(N * scale)],
    ],
    ["nothing but stars", (scale) => ["*".repeat(N * scale), "a".repeat(N * scale)]],
    ["nothing but separators", (scale) => [":".repeat(N * scale), ":".repeat(N * scale)]],
    ["starred segments", (scale) => ["*:".repeat(half * scale), "a:".repeat(half * scale)]],
  ])("takes linear time on %s", async (_name, input) => {
    await expectLinearGrowth(input, (pair) => matchesPattern(...pair));
  });
});
