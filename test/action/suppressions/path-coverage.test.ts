import { describe, expect, it } from "vitest";
import {
  type LeftOut,
  type PathFinding,
  pathCoverage,
  pathFault,
} from "../../../action/suppressions/by-path.ts";
import { finding, pathEntry } from "./samples.ts";

const located = (changes: Partial<PathFinding> = {}): PathFinding => ({
  ...finding({ keyFormat: "pkcs8" }),
  path: "testdata/a.pem",
  object: "1234",
  uncertainPath: false,
  ...changes,
});
const NONE_LEFT: LeftOut = { objects: new Set(), folders: false };
const coverage = async (one: PathFinding, others: readonly PathFinding[] = [], leftOut = NONE_LEFT) =>
  (await pathCoverage([pathEntry()], [one, ...others], leftOut))(one);

describe("an entry for a path covers a private key", () => {
  it.each([
    ["of its kind below its path", {}],
    ["of a content that has no object, as in the work tree", { object: undefined }],
    ["in a folder with a dot", { path: "testdata/.hidden/a.pem" }],
  ])("%s", async (_, changes) => {
    expect(await coverage(located(changes))).toEqual([pathEntry()]);
  });

  it("whose format is any of its kinds, and names every entry that does", async () => {
    const entries = [pathEntry({ kinds: ["age", "pkcs8"] }), pathEntry({ kinds: ["age"] }), pathEntry()];
    const one = located();
    expect((await pathCoverage(entries, [one], NONE_LEFT))(one)).toEqual([entries[0], entries[2]]);
  });
});

describe("an entry for a path does not cover", () => {
  it.each<[string, Partial<PathFinding>]>([
    ["a Box secret", { rule: "box-secret" }],
    ["a finding in a Box config", { rule: "box-config" }],
    ["a key of another kind", { keyFormat: "pkcs1" }],
    ["a key at another path", { path: "src/a.pem" }],
    ["a key whose path is not certain", { uncertainPath: true }],
    ["a key in a Box config", { ofBoxConfig: true }],
    ["a path with a backslash", { path: "testdata/..\\a.pem" }],
    ["a path that leads elsewhere", { path: "testdata/../a.pem" }],
    ["a path with a folder that is the same", { path: "testdata/./a.pem" }],
    ["a path with an empty folder", { path: "testdata//a.pem" }],
    ["an absolute path", { path: "/testdata/a.pem" }],
  ])("%s", async (_, changes) => {
    expect(await coverage(located(changes))).toEqual([]);
  });

  it("a key without a format", async () => {
    const { keyFormat: _, ...one } = located();
    expect(await coverage(one)).toEqual([]);
  });

  it("a message, although the entry covers a file of the same name", async () => {
    const one = located({ path: "COMMIT_MESSAGE", part: "message" });
    const file = located({ path: "COMMIT_MESSAGE" });
    const entries = [pathEntry({ path: "COMMIT_MESSAGE" })];
    const covering = await pathCoverage(entries, [one, file], NONE_LEFT);
    expect([covering(one), covering(file)]).toEqual([[], entries]);
  });

  it("a key that a Box config elsewhere in the run has", async () => {
    const elsewhere = located({ path: "config.json", ofBoxConfig: true, object: "5678" });
    expect(await coverage(located(), [elsewhere])).toEqual([]);
    expect(await coverage(located(), [{ ...elsewhere, identity: "spki-sha256:11" }])).toHaveLength(1);
  });

  it("a content with paths that were not read, and no content where a whole folder was not read", async () => {
    const leftOut = (objects: readonly string[], folders = false) => ({ objects: new Set(objects), folders });
    expect(await coverage(located(), [], leftOut(["1234"]))).toEqual([]);
    expect(await coverage(located(), [], leftOut(["5678"]))).toHaveLength(1);
    expect(await coverage(located(), [], leftOut([], true))).toEqual([]);
  });

  it("anything where there is none", async () => {
    const one = located();
    expect((await pathCoverage([], [one], NONE_LEFT))(one)).toEqual([]);
  });
});

describe("the fault of an entry's path", () => {
  const KINDS = { kinds: ["pkcs8"] };

  it.each(["a", "a".repeat(1000), "a/*", "*/a", "a/?b", "a/[bc]"])("is none: %s", (path) => {
    expect(pathFault({ path, ...KINDS })).toBeUndefined();
  });

  it.each<[string, RegExp]>([
    ["a".repeat(1001), /^has a "path" with characters that cannot be seen, or more than 1,000; /],
    ["a\u00ad/b", /^has a "path" with characters that cannot be seen/],
    ["a\ue000", /^has a "path" with characters that cannot be seen/],
    ["a\u2028b", /^has a "path" with characters that cannot be seen/],
    ["a\u2029b", /^has a "path" with characters that cannot be seen/],
    ["a\ufffdb", /^has a "path" with characters that cannot be seen/],
    ["a\ud800", /^has a "path" with characters that cannot be seen/],
    ["a\\b", /^has a "path" with a backslash; write \/ between folders\.$/],
    ["a{b", /^has a "path" with braces; write an entry for each of the alternatives\.$/],
    ["a}b", /^has a "path" with braces/],
    ["a//b", /^has a "path" that is not relative to the root of the repository; write it without a \/ at/],
    [".", /^has a "path" that is not relative/],
    ["..", /^has a "path" that is not relative/],
    ["?/*", /^has a "path" that names no folder or file and would cover the whole repository; name one, as/],
    [" ", /^lacks "path", a glob such as testdata\/\*\*\.$/],
  ])("is named: %j", (path, sentence) => {
    expect(pathFault({ path, ...KINDS })).toMatch(sentence);
  });

  it("is that of its kinds where its path has none", () => {
    const known =
      "pkcs1, pkcs8, encrypted-pkcs8, sec1, dsa, traditional, openssh, sshcom, putty, openpgp, pkcs12, jks, gnupg, pvk, jwk, xml, age, wireguard, tool-pem";
    const lacks = `lacks "kinds", an array with the kinds of private keys that it is for; write some of: ${known}.`;
    expect(pathFault({ path: "a", kinds: [] })).toBe(lacks);
    expect(pathFault({ path: "a", kinds: "pkcs8" })).toBe(lacks);
    expect(pathFault({ path: "a", kinds: ["pkcs8", "none"] })).toBe(
      `has a kind that is none; write some of: ${known}. Box secrets and configs cannot be suppressed by path.`,
    );
    expect(pathFault({ path: 1, ...KINDS })).toMatch(/^lacks "path"/);
  });
});
