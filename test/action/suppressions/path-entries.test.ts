import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { KEY_FORMATS } from "../../../action/scan/key-formats.ts";
import { parseSuppressions } from "../../../action/suppressions/suppressions.ts";

it("a path entry names each kind as docs/rules.md does", () => {
  const text = readFileSync(join(import.meta.dirname, "../../../docs/rules.md"), "utf8");
  const [, section = ""] = text.split("| kind | private keys in |\n|---|---|\n");
  const rows = [...(section.split("\n\n")[0] ?? "").matchAll(/^\| `([\w-]+)` \| (.*) \|$/gm)];
  expect(Object.fromEntries(rows.map(([, kind = "", words]) => [kind, words]))).toEqual(KEY_FORMATS);
});

const ENTRY = { path: "testdata/**", kinds: ["pkcs8"], reason: "published", expires: "2027-01-01" };

describe("a file with an entry for a path", () => {
  const parsed = (changes: object) =>
    parseSuppressions(
      JSON.stringify({ ignore: [{ ...ENTRY, ...changes }] }, null, 2),
      "file.json",
      "2026-11-21",
    );

  it.each([
    "testdata/**",
    "testdata/rsa.pem",
    "**/testdata/**",
    "pkg/*/testdata/*.pem",
    "a b/[id]/**",
    "ü/**",
  ])("is taken with the path %s", (path) =>
    expect(parsed({ path })).toMatchObject({ ok: true, value: [{ path }] }),
  );

  it.each<[string, object, string]>([
    ["everything", { path: "**" }, "would cover the whole repository; name one, as in testdata/**."],
    ["everything at the root", { path: "*" }, "would cover the whole repository"],
    ["every file of a kind", { path: "**/*.pem" }, "would cover the whole repository"],
    ["everything in other words", { path: "**/?*/**" }, "would cover the whole repository"],
    ["a bracket expression at the root", { path: "[!x]*/**" }, "would cover the whole repository"],
    ["nothing but a bracket expression", { path: "[a-z]" }, "would cover the whole repository"],
    [
      "alternatives",
      { path: "{testdata,**}/**" },
      "with braces; write an entry for each of the alternatives.",
    ],
    ["a folder above", { path: "testdata/../**" }, "not relative to the root of the repository"],
    ["the folder itself", { path: "./testdata/**" }, "not relative to the root of the repository"],
    ["an absolute path", { path: "/testdata/**" }, "not relative to the root of the repository"],
    ["a folder with a slash at its end", { path: "testdata/" }, "not relative to the root of the repository"],
    ["a backslash", { path: "testdata\\**" }, "with a backslash; write / between folders."],
    ["an invisible character", { path: "test\u200bdata/**" }, "characters that cannot be seen"],
    ["a line feed", { path: "testdata/**\nsrc/**" }, "characters that cannot be seen"],
    ["an endless path", { path: `a/${"*".repeat(1000)}` }, "more than 1,000"],
    ["no path", { path: undefined }, 'lacks "path"'],
    ["no kinds", { kinds: undefined }, 'lacks "kinds", an array with the kinds of private keys'],
    ["an empty list of kinds", { kinds: [] }, 'lacks "kinds"'],
    ["every kind at once", { kinds: ["*"] }, "has a kind that is none; write some of: pkcs1, pkcs8,"],
    ["a Box secret", { kinds: ["client secret"] }, "Box secrets and configs cannot be suppressed by path."],
    ["a property of every object", { kinds: ["constructor"] }, "has a kind that is none"],
    ["no reason", { reason: " " }, 'lacks "reason"'],
    ["no day", { expires: undefined }, 'lacks "expires"'],
    ["a day more than a year away", { expires: "2027-11-23" }, 'has an "expires" more than a year away'],
    [
      "a fingerprint beside the path",
      { identity: "spki-sha256:00" },
      "can have path, kinds, reason and expires only.",
    ],
    ["a hash", { secretHash: "x" }, "can have path, kinds, reason and expires only."],
  ])("is refused with %s, and the line is named", (_, changes, sentence) => {
    expect(parsed(changes)).toEqual({
      ok: false,
      error: expect.stringContaining(sentence),
    });
    expect(parsed(changes)).toEqual({
      ok: false,
      error: expect.stringContaining("file.json cannot be used: the entry at line 3 "),
    });
  });
});
