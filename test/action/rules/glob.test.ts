import { describe, expect, it } from "vitest";
import { globMatcher } from "../../../action/rules/glob.ts";

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

  it("takes no time over hostile globs and paths", () => {
    const start = performance.now();
    globMatcher(`${"*a".repeat(100)}b`)("a".repeat(4000));
    globMatcher(`${"**/a/".repeat(100)}b`)("a/".repeat(2000));
    globMatcher("{a,b}".repeat(30))("a".repeat(30));
    expect(performance.now() - start).toBeLessThan(1000);
  });
});
