import { describe, expect, it } from "vitest";
import { globMatcher } from "../../../action/rules/schema/glob.ts";
import { expectLinearGrowth } from "../../support/growth.ts";

describe("globMatcher", () => {
  it.each([
    ["*.json", "a.json"],
    ["*.json", ".json"],
    ["**/*.json", "a.json"],
    ["**/*.json", "x/y/a.json"],
    ["**", "x/y/a.json"],
    ["x/**", "x/y/z"],
    ["x/**/z", "x/z"],
    ["x/**/z", "x/y/y/z"],
    ["x/*/z", "x/y/z"],
    ["./a.json", "a.json"],
    ["a?c", "abc"],
    ["a?c", "a\u{1F511}c"],
    ["{a,b}.{json,yaml}", "b.yaml"],
    ["{a,b{c,d}}", "bd"],
    ["app/[id]/*", "app/[id]/page"],
    ["a{b}", "a{b}"],
    ["a*b*c", "aXbXbXc"],
    ["a:*", "a:b"],
  ])("%s fits %s", (glob, path) => expect(globMatcher(glob)(path)).toBe(true));

  it.each([
    ["*.json", "x/a.json"],
    ["*.json", "a.jsonc"],
    ["x/*", "x/y/z"],
    ["x/**/z", "x/zz"],
    ["a?c", "ac"],
    ["a?c", "a/c"],
    ["{a,b}", "c"],
    ["[a]", "a"],
    ["a.c", "abc"],
    ["", "a"],
  ])("%s does not fit %s", (glob, path) => expect(globMatcher(glob)(path)).toBe(false));

  it.each<[string, (scale: number) => readonly [glob: string, path: string]]>([
    ["a path under many stars", (scale) => [`${"*a".repeat(100)}b`, "a".repeat(2_000 * scale)]],
    ["a path under many double stars", (scale) => [`${"**/a/".repeat(100)}b`, "a/".repeat(1_000 * scale)]],
    ["alternatives in a row", (scale) => ["{a,b}".repeat(4 * scale), "a".repeat(4 * scale)]],
  ])("does work that grows in proportion to the size of %s", async (_, pair) => {
    await expectLinearGrowth(pair, ([glob, path]) => globMatcher(glob)(path));
  });
});
