import { execFileSync } from "node:child_process";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { lintIn } from "../cli/command-line.ts";
import { pullRequest, scanEvent } from "./events.ts";
import { fullClone, git, makeOrigin, shallowCheckout, temporaryFolder } from "./repository.ts";
import { KEY } from "./shapes.ts";

/** A `git` that notes its arguments and becomes the real one; what Git itself starts is not found in PATH. */
const programs = temporaryFolder();
const log = join(programs, "log");
const real = execFileSync("/bin/sh", ["-c", "command -v git"], { encoding: "utf8" }).trim();
writeFileSync(join(programs, "git"), `#!/bin/sh\necho "$*" >> '${log}'\nexec '${real}' "$@"\n`);
chmodSync(join(programs, "git"), 0o755);
const PATH = `${programs}:${process.env.PATH}`;

const COMMAND = /^(?:--[a-z-]+ |-c \S+ )*([a-z-]+)/;

/** The Git commands that are started meanwhile, sorted. */
async function started(act: () => unknown): Promise<string> {
  const before = process.env.PATH;
  writeFileSync(log, "");
  process.env.PATH = PATH;
  try {
    await act();
  } finally {
    process.env.PATH = before;
  }
  const lines = readFileSync(log, "utf8").split("\n").filter(Boolean);
  return lines
    .map((line) => COMMAND.exec(line)?.[1] ?? line)
    .toSorted()
    .join(" ");
}

const originWith = (text: string) =>
  makeOrigin(
    [
      { id: "root", files: { "a.txt": "a\n" } },
      { id: "main", files: { "d/e/x.txt": "x\n" } },
      { id: "one", files: { "b.txt": "b\n" } },
      { id: "two", files: { "d/e/new.pem": text } },
      { id: "three", files: { "c.txt": "c\n" } },
    ],
    { "refs/heads/main": "main", "refs/heads/topic": "three" },
  );
const clean = originWith("none\n");
const keyed = originWith(KEY);
type Origin = typeof clean;

const repository = { default_branch: "main" };
const full = (origin: Origin) => fullClone(origin);
const shallow = (origin: Origin) => shallowCheckout(origin, origin.id("three"));
const pull = (folder: string, { id }: Origin) =>
  scanEvent(folder, "pull_request", pullRequest(id("main"), id("three"), 3));
const push = (folder: string, { id }: Origin) =>
  scanEvent(folder, "push", {
    before: id("main"),
    after: id("three"),
    ref: "refs/heads/topic",
    repository,
    commits: [{}, {}, {}],
  });
const schedule = (folder: string, { id }: Origin) =>
  scanEvent(folder, "schedule", { repository }, { sha: id("three") });

/** What `git commit` would take, and nothing else of the work tree. */
function staged(origin: Origin): string {
  const folder = fullClone(origin);
  git(folder, "reset", "--quiet", origin.id("three"));
  writeFileSync(join(folder, "s.txt"), "s\n");
  git(folder, "add", "s.txt");
  return folder;
}
const command =
  (...args: readonly string[]) =>
  (folder: string) => {
    const { stderr } = lintIn(folder, args, { PATH });
    expect(stderr).toBe("");
  };

type Row = readonly [
  string,
  Origin,
  (origin: Origin) => string,
  (folder: string, origin: Origin) => unknown,
  string,
];

/** Each process costs 3 to 6 ms of a scan of 60 to 150 ms; a `fetch` starts more of them, and the network. */
const SCANS: readonly Row[] = [
  ["a pull request in a full clone", clean, full, pull, "cat-file diff-tree rev-list rev-parse"],
  [
    "a pull request in a shallow checkout",
    clean,
    shallow,
    pull,
    "cat-file diff-tree fetch rev-list rev-parse",
  ],
  ["a pull request with a finding", keyed, full, pull, "cat-file diff-tree rev-list rev-parse"],
  ["a push in a full clone", clean, full, push, "cat-file diff-tree rev-list rev-parse"],
  [
    "a push in a shallow checkout",
    clean,
    shallow,
    push,
    "cat-file diff-tree fetch fetch rev-list rev-list rev-parse",
  ],
  ["a schedule in a full clone", clean, full, schedule, "cat-file rev-list rev-parse"],
  ["a schedule in a shallow checkout", clean, shallow, schedule, "cat-file fetch fetch rev-list rev-parse"],
  [
    "--range",
    clean,
    staged,
    command("--range", "refs/remotes/all/heads/main..HEAD"),
    "cat-file diff-tree rev-list rev-parse",
  ],
  ["--staged", clean, staged, command("--staged"), "cat-file diff-index"],
  ["--staged with a path", clean, staged, command("--staged", "s.txt"), "cat-file diff-index"],
  ["--history", clean, staged, command("--history"), "cat-file rev-list rev-parse"],
  [
    "--history with a finding",
    keyed,
    staged,
    command("--history"),
    "cat-file diff-tree rev-list rev-list rev-parse",
  ],
];

describe("the Git processes of a scan", () => {
  it.each(SCANS)("of %s are no more than it needs", async (_, origin, make, scan, processes) => {
    const folder = make(origin);
    expect(await started(() => scan(folder, origin))).toBe(processes);
  });
});
