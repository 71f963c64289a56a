import fc from "fast-check";
import picomatch from "picomatch/posix.js";
import { describe, expect, it } from "vitest";
import { globMatcher } from "../../../action/rules/schema/glob.ts";
import { expectLinearGrowth } from "../../support/growth.ts";
import { samples } from "../../support/samples.ts";

describe("globMatcher", () => {
  it.each([
    ["*.json", "a.json"],
    ["*.json", ".json"],
    ["**/*.json", "a.json"],
    ["**/*.json", "x/y/a.json"],
    ["**", "x/y/a.json"],
    ["x/**", "x/y/z"],
    ["x/**/z", "x/z"],
    ["x/**", "x"],
    ["x*/**", "xy"],
    ["**{a,b}", "xa"],
    ["x/**/z", "x/y/y/z"],
    ["x/*/z", "x/y/z"],
    ["./a.json", "a.json"],
    ["a?c", "abc"],
    ["a?c", "a\u{1F511}c"],
    ["{a,b}.{json,yaml}", "b.yaml"],
    ["{a,b{c,d}}", "bd"],
    ["app/[id]/*", "app/[id]/page"],
    ["app/[id]/*", "app/i/page"],
    ["[a]", "a"],
    ["[0-9][!a-z].json", "1_.json"],
    ["[[:upper:]]*", "Ab"],
    ["[\u{1F511}]", "\u{1F511}"],
    ["app/\\[id\\]", "app/[id]"],
    ["a\\*\\{b,c\\}", "a*{b,c}"],
    ["[{,}]", ","],
    ["{a,b{c}}", "b{c}"],
    ["[a", "[a"],
    ["*(a|b)+", "x(a|b)+"],
    ["!a", "!a"],
    ["a{b}", "a{b}"],
    ["a*b*c", "aXbXbXc"],
    ["a:*", "a:b"],
  ])("%s fits %s", (glob, path) => expect(globMatcher(glob)(path)).toBe(true));

  it.each([
    ["*.json", "x/a.json"],
    ["*.json", "a.jsonc"],
    ["x/*", "x/y/z"],
    ["x/**/z", "x/zz"],
    ["**{a,b}", "x/a"],
    ["a.[[:alpha:]]", "axb"],
    ["a?c", "ac"],
    ["a?c", "a/c"],
    ["{a,b}", "c"],
    ["[a]", "b"],
    ["app/\\[id\\]", "app/i"],
    ["[!a]", "a"],
    ["[!a]", "/"],
    ["a[/]b", "a/b"],
    ["[a]b", "[a]"],
    ["[z-a]", "z"],
    ["{1..3}", "2"],
    ["@(a|b)", "a"],
    ["!a", "b"],
    ["*\\d", "1"],
    ["a.c", "abc"],
    ["", "a"],
  ])("%s does not fit %s", (glob, path) => expect(globMatcher(glob)(path)).toBe(false));

  it.each<[string, (scale: number) => readonly [glob: string, path: string]]>([
    ["a path under many stars", (scale) => [`${"*a".repeat(100)}b`, "a".repeat(2_000 * scale)]],
    ["a path under many double stars", (scale) => [`${"**/a/".repeat(100)}b`, "a/".repeat(1_000 * scale)]],
    [
      "a name under many bracket expressions",
      (scale) => [`${"*[a]".repeat(50)}b`, "a".repeat(1_000 * scale)],
    ],
    ["alternatives in a row", (scale) => ["{a,b}".repeat(4 * scale), "a".repeat(4 * scale)]],
  ])("does work that grows in proportion to the size of %s", async (_, pair) => {
    await expectLinearGrowth(pair, ([glob, path]) => globMatcher(glob)(path));
  });

  /** Where picomatch 4 is at odds with its own rules, and we are not. */
  const DIFFERENCES = [
    // `x/**` matches `x`, and `x*/**` does not match `xy`; here both match.
    /\*(?:\/\*\*)+$/,
    // `**` before braces crosses folders, as it does nowhere else inside a segment.
    /\*\*\{/,
    // A dot before a POSIX class matches any character.
    /\..*\[\[:/,
  ];

  it("agrees with picomatch on random globs and paths", () => {
    const text = (parts: readonly string[], maxLength: number) =>
      fc.array(fc.constantFrom(...parts), { maxLength }).map((all) => all.join(""));
    const brackets = ["[ab]", "[!a]", "[^b]", "[a-c]", "[[:alpha:]]", "[b-]", "[a.]"];
    const segment = text(
      ["a", "b", "c", ".", "?", "*", "{a,b}", "{a,*b}", "[ab]", "\\*", ...brackets],
      5,
    ).filter((one) => !/^\.{1,2}$/.test(one) && one !== "");
    const glob = fc.array(fc.oneof({ weight: 3, arbitrary: segment }, fc.constant("**")), {
      minLength: 1,
      maxLength: 4,
    });
    const name = text(["a", "b", "c", "-", "*", "[ab]", ".x", "["], 5).filter((one) => one !== "");
    const path = fc.array(name, { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(glob, path, (segments, names) => {
        const [pattern, subject] = [segments.join("/"), names.join("/")];
        fc.pre(!DIFFERENCES.some((difference) => difference.test(pattern)));
        const expected = picomatch(pattern, { dot: true, nonegate: true, noextglob: true, posix: true })(
          subject,
        );
        expect([pattern, subject, globMatcher(pattern)(subject)]).toEqual([pattern, subject, expected]);
      }),
      { numRuns: samples(3_000) },
    );
  });
});
