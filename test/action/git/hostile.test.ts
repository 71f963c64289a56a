import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { visible } from "../../../action/report/escape.ts";
import { problemText } from "../../../action/report/problems.ts";
import type { ScanProblem } from "../../../action/scan/problem.ts";
import { fileSources } from "../../../action/sources/files/read.ts";
import { rangeSources } from "../../../action/sources/git/commits.ts";
import { headPaths } from "../../../action/sources/git/paths-at-head.ts";
import { lint } from "../cli/command-line.ts";
import { opened } from "./opened.ts";
import { fullClone, git, makeOrigin, temporaryFolder } from "./repository.ts";
import { KEY } from "./shapes.ts";

const AUTHOR = ["-c", "user.name=A", "-c", "user.email=a@example.com"];
const gitWith = (folder: string, input: string | Buffer, ...args: readonly string[]) =>
  execFileSync("git", ["-C", folder, ...args], { input, encoding: "utf8" }).trim();

/** Trees that hold each other ten times over: 10 to the power of `levels` paths of one key in a dozen objects. */
function treeBomb(levels: number) {
  const folder = temporaryFolder();
  git(folder, "init", "--quiet", "--initial-branch=main");
  git(folder, ...AUTHOR, "commit", "--quiet", "--allow-empty", "--message=root");
  let [mode, object] = ["100644 blob", gitWith(folder, KEY, "hash-object", "-w", "--stdin")];
  const blob = object;
  for (let level = 0; level < levels; level++) {
    const entries = Array.from({ length: 10 }, (_, at) => `${mode} ${object}\tn${at}\n`).join("");
    [mode, object] = ["040000 tree", gitWith(folder, entries, "mktree")];
  }
  const bomb = git(folder, ...AUTHOR, "commit-tree", "-p", "HEAD", "-m", "bomb", object);
  git(folder, "update-ref", "refs/heads/bomb", bomb);
  return { folder, blob, bomb };
}

describe("trees that hold each other", () => {
  it("are read once each, however many paths they name", async () => {
    const counts: number[] = [];
    const leftOut: number[] = [];
    for (const levels of [7, 14]) {
      const { folder } = treeBomb(levels);
      const { sources, problems } = rangeSources(opened(folder), { include: ["bomb"], exclude: ["main"] });
      let [read, left] = [0, 0];
      for await (const { scanned } of sources) {
        if (scanned?.skippedKinds.includes("copies")) left++;
        else read++;
      }
      expect(problems).toEqual([]);
      expect(left).toBeGreaterThan(0);
      counts.push(read);
      leftOut.push(left);
    }
    const [some = 0, twice = 0] = counts;
    expect(twice).toBeLessThan(2 * some);
    // Each further level adds as many paths, which are only counted; the number of all paths has one more digit with each.
    const [few = 0, more = 0] = leftOut;
    expect(more).toBeLessThan(3 * few);
  });

  it("hide no key, in a range and in the whole history, and the skipped paths are reported", () => {
    const { folder } = treeBomb(8);
    for (const args of [["--range", "main..bomb"], ["--history"]]) {
      const { status, stdout } = lint(folder, ...args);
      expect(status).toBe(1);
      expect(stdout).toContain("certain");
    }
    expect(lint(folder, "--range", "main..bomb").stdout).toMatch(
      /^Not read: [\d,]+ paths of a file or a whole folder that was read under other names \(copies\): /m,
    );
  });

  it("are found in the newest state without a walk along every path", async () => {
    const { folder, blob, bomb } = treeBomb(14);
    const found = [{ object: blob, path: "gone.pem" }];
    const paths = await headPaths(opened(folder), bomb, { found });
    expect(paths.get(blob)).toEqual([Array(14).fill("n0").join("/")]);
  });
});

it("a range counts every path of a content that has more paths than are read, once", async () => {
  const files = Object.fromEntries(Array.from({ length: 300 }, (_, at) => [`k${at}`, "1\n"]));
  const origin = makeOrigin(
    [{ id: "root" }, { id: "all", files }, { id: "none", files: { k299: null } }, { id: "again", files }],
    { "refs/heads/main": "again" },
  );
  const range = { include: [origin.id("again")], exclude: [origin.id("root")] };
  const read = new Set<string>();
  const left: string[] = [];
  for await (const { path, scanned } of rangeSources(opened(fullClone(origin)), range).sources)
    if (scanned?.skippedKinds.includes("copies")) left.push(path);
    else if (path.startsWith("k")) read.add(path);
  expect([read.size, left.length, new Set(left).size]).toEqual([256, 44, 44]);
});

it("a range counts every folder that is left out because its content has more paths than are read, once", async () => {
  const files = Object.fromEntries(
    Array.from({ length: 300 }, (_, at) => [`d${at}/a.pem`, `d${at}/b.pem`])
      .flat()
      .map((path) => [path, KEY]),
  );
  const none = Object.fromEntries(Object.keys(files).map((path) => [path, null]));
  const origin = makeOrigin(
    [{ id: "root" }, { id: "all", files }, { id: "none", files: none }, { id: "again", files }],
    { "refs/heads/main": "again" },
  );
  const folder = fullClone(origin);
  for (const args of [
    ["--range", `${origin.id("root")}..${origin.id("all")}`],
    ["--range", `${origin.id("root")}..main`],
    ["--history"],
  ]) {
    const { skipped } = JSON.parse(lint(folder, ...args, "--format", "json").stdout);
    expect(skipped).toMatchObject([
      { kind: "copies", message: expect.stringContaining(" of a file or a whole folder ") },
    ]);
    const paths = skipped[0].places.map(({ path }: { path: string }) => path);
    const folders = paths.filter((path: string) => /^d\d+$/.test(path));
    expect([folders.length, new Set(folders).size]).toEqual([44, 44]);
    expect(skipped[0].count).toBe(paths.length);
  }
});

it("a range has every path of a commit that changes many files", async () => {
  const files = Object.fromEntries(
    Array.from({ length: 3000 }, (_, at) => [`d${at % 70}/e/${at}`, `${at}\n`]),
  );
  const origin = makeOrigin([{ id: "root" }, { id: "main", files }], { "refs/heads/main": "main" });
  const range = { include: [origin.id("main")], exclude: [origin.id("root")] };
  const paths = [];
  for await (const { path } of rangeSources(opened(fullClone(origin)), range).sources) paths.push(path);
  expect(paths.slice(1).toSorted()).toEqual(Object.keys(files).toSorted());
});

describe("a file that became something else after it was listed", () => {
  it.each([
    ["a pipe", (file: string) => execFileSync("mkfifo", [file]), /was no file any more/],
    ["a link to a device", (file: string) => symlinkSync("/dev/zero", file), /became a symbolic link/],
    ["a folder", (file: string) => mkdirSync(file), /was no file any more/],
  ])("as %s is reported without a wait for its content", (_, become, sentence) => {
    const file = join(temporaryFolder(), "a.txt");
    writeFileSync(file, "a\n");
    rmSync(file);
    become(file);
    const problems: ScanProblem[] = [];
    expect([...fileSources([{ file, path: "a.txt", isLink: false }], problems)]).toEqual([]);
    expect(problems.map(problemText)).toEqual([expect.stringMatching(sentence)]);
  });
});

describe("a message behind headers without end", () => {
  it("is read, in whatever pieces it comes", () => {
    const folder = temporaryFolder();
    git(folder, "init", "--quiet");
    const tree = gitWith(folder, "", "mktree");
    const headers = `tree ${tree}\nauthor A <a@b> 1 +0000\ncommitter A <a@b> 1 +0000\nx ${"y".repeat(3_000_000)}\n`;
    const commit = gitWith(
      folder,
      `${headers}\n${KEY}`,
      "hash-object",
      "-t",
      "commit",
      "-w",
      "--stdin",
      "--literally",
    );
    git(folder, "update-ref", "refs/heads/main", commit);
    git(folder, "symbolic-ref", "HEAD", "refs/heads/main");
    const { status, stdout } = lint(folder, "--history");
    expect(stdout).toContain("1:1");
    expect(status).toBe(1);
  });
});

describe("a reference to content elsewhere is reported", () => {
  const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${"a".repeat(64)}\nsize 12\n`;
  const modules = '[submodule "sub"]\n\tpath = sub\n\turl = ../x\n';
  const origin = makeOrigin(
    [
      { id: "root", files: { "a.txt": "a\n" } },
      {
        id: "main",
        files: { "big.bin": pointer, ".gitmodules": modules, sub: { mode: "160000", data: "1".repeat(40) } },
      },
    ],
    { "refs/heads/main": "main" },
  );

  it("as a pointer of Git LFS or a submodule", () => {
    const folder = fullClone(origin);
    for (const args of [["--range", `${origin.id("root")}..${origin.id("main")}`], ["--history"]]) {
      const { stdout } = lint(folder, ...args);
      expect(stdout).toContain("Not read: 1 Git LFS pointer whose file is not read (lfs): big.bin.");
      expect(stdout).toContain("Not read: 1 submodule whose own commits are not read (submodule): sub.");
    }
  });

  it("while neither grafts nor replaced objects hide a commit", () => {
    const keyed = makeOrigin(
      [{ id: "root" }, { id: "key", files: { "k.pem": KEY } }, { id: "main", files: { "k.pem": null } }],
      { "refs/heads/main": "main" },
    );
    const folder = fullClone(keyed);
    mkdirSync(join(folder, ".git/info"), { recursive: true });
    writeFileSync(join(folder, ".git/info/grafts"), `${keyed.id("main")} ${keyed.id("root")}\n`);
    git(folder, "replace", keyed.id("key"), keyed.id("root"));
    const { status, stdout } = lint(folder, "--range", `${keyed.id("root")}..${keyed.id("main")}`);
    expect(stdout).toContain("k.pem");
    expect(status).toBe(1);
  });

  it("while a range in which a commit names a blob as its tree is not taken for read", () => {
    const folder = fullClone(origin);
    const commit = git(folder, "cat-file", "commit", origin.id("main"));
    const blob = gitWith(folder, KEY, "hash-object", "-w", "--stdin");
    const broken = commit.replace(/^tree .*/, `tree ${blob}`);
    const head = gitWith(folder, broken, "hash-object", "-w", "--literally", "-t", "commit", "--stdin");
    const { status, stdout } = lint(folder, "--range", `${origin.id("root")}..${head}`);
    expect(stdout).toContain("Git cannot read all objects of");
    expect(status).toBe(2);
  });

  it("while a range with three dots is refused with the form that is meant", () => {
    const { status, stderr } = lint(fullClone(origin), "--range", "main...HEAD");
    expect(stderr).toContain('--range is "main...HEAD"; write it with two dots, as A..B');
    expect(status).toBe(2);
  });

  it("while an unreachable remote is not reported as corruption", () => {
    git(origin.folder, "config", "uploadpack.allowFilter", "true");
    const folder = join(temporaryFolder(), "work");
    git("/", "clone", "--quiet", "--no-checkout", "--filter=blob:none", `file://${origin.folder}`, folder);
    git(folder, "remote", "set-url", "origin", "file:///nowhere");
    const { status, stdout } = lint(folder, "--history");
    expect(stdout).toContain("This partial clone leaves objects out");
    expect(stdout).not.toContain("corrupt");
    expect(status).toBe(2);
  });
});

it.each(["##vso[task.setvariable]x", "##teamcity[message text='x']", "##[error]x"])(
  "a file name that other services take for a command is broken up: %s",
  (name) => {
    expect(visible(name)).not.toContain("[");
  },
);
