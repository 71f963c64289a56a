import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { lint } from "../cli/command-line.ts";
import { paths, scanEvent, ZERO } from "./events.ts";
import { fullClone, git, makeOrigin, shallowCheckout } from "./repository.ts";
import { KEY } from "./shapes.ts";

const origin = makeOrigin(
  [
    { id: "root", files: { "a.txt": "a\n" } },
    { id: "main", files: { "b.txt": "b\n" } },
    { id: "new", files: { "c.txt": "c\n" } },
    { id: "newer", files: { "d/e.txt": "e\n" } },
  ],
  { "refs/heads/main": "main", "refs/heads/new": "newer" },
);
const { folder, id } = origin;

const made = (args: readonly string[], input: string) =>
  execFileSync("git", ["-C", folder, ...args], { input, encoding: "utf8" }).trim();
const blob = made(["hash-object", "-w", "--stdin"], KEY);
const tree = made(["mktree"], `100644 blob ${blob}\tk.pem\n`);

/** A tag that has this name in its own text, whatever the ref is. */
function tagged(ref: string, object: string, type: string, { message = "", name = ref } = {}): string {
  const text = `object ${object}\ntype ${type}\ntag ${name}\ntagger A <a@b> 1700000000 +0000\n\n${message}\n`;
  const tag = made(["hash-object", "-t", "tag", "-w", "--stdin"], text);
  git(folder, "update-ref", `refs/tags/${ref}`, tag);
  return tag;
}

git(folder, "update-ref", "refs/tags/light-blob", blob);
git(folder, "update-ref", "refs/tags/light-tree", tree);
tagged("old", id("main"), "commit", { message: KEY });
tagged("of-new", id("newer"), "commit", { message: KEY });
tagged("of-blob", blob, "blob");
tagged("of-tree", tree, "tree");
tagged("of-tag", tagged("inner-blob", blob, "blob"), "tag");
const empty = tagged("innermost", id("main"), "commit", { name: "v/1/2" });
const inside = tagged("inner", empty, "tag", { message: KEY, name: "v/1" });
tagged("outer", inside, "tag", { name: "v" });

const TAGS: readonly [string, string, readonly string[]][] = [
  ["an annotated tag with a key in its message", "old", ["COMMIT_MESSAGE"]],
  ["an annotated tag of new commits with a key in its message", "of-new", ["COMMIT_MESSAGE"]],
  ["a tag of a tag whose message has a key, and whose name is like a folder", "outer", ["COMMIT_MESSAGE"]],
  ["a tag of a file", "light-blob", ["(unknown path)"]],
  ["an annotated tag of a file", "of-blob", ["(unknown path)"]],
  ["a tag of a tag of a file", "of-tag", ["(unknown path)"]],
  ["a tag of a folder", "light-tree", ["k.pem"]],
  ["an annotated tag of a folder", "of-tree", ["k.pem"]],
];

describe.each(TAGS)("%s", (_, name, found) => {
  it("is scanned where it is pushed, in a full clone and in a shallow checkout", async () => {
    const ref = `refs/tags/${name}`;
    const after = git(folder, "rev-parse", ref);
    const payload = { before: ZERO, after, ref, commits: [], repository: { default_branch: "main" } };
    for (const clone of [
      fullClone(origin),
      shallowCheckout(origin, id("main"), "refs/remotes/origin/main"),
    ]) {
      const report = await scanEvent(clone, "push", payload);
      expect(report.problems).toEqual([]);
      expect(paths(report)).toEqual(found);
    }
  });

  it("is scanned as the end of a range", () => {
    const args = ["--range", `${id("main")}..refs/remotes/all/tags/${name}`];
    const { status, stdout, stderr } = lint(fullClone(origin), ...args);
    for (const path of found)
      expect(stdout).toContain(path === "COMMIT_MESSAGE" ? "the message of tag " : `${path}\n  1:1  certain`);
    expect([status, stderr]).toEqual([1, ""]);
  });
});

it("a range to a tag without a finding is clean, with its message and without its folders", () => {
  tagged("clean", id("newer"), "commit", { message: "Version 2" });
  const clone = fullClone(origin);
  git(clone, "fetch", "--quiet", "origin", "+refs/tags/clean:refs/tags/clean");
  const { status, stdout } = lint(clone, "--range", `${id("main")}..clean`);
  expect([status, stdout]).toEqual([0, expect.stringMatching(/^No findings\.\n.*: 2 blobs,/)]);
});
