import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { dayAfter } from "../../../action/suppressions/days.ts";
import { fullClone, git, makeOrigin, temporaryFolder } from "../git/repository.ts";
import { lint } from "./command-line.ts";
import { SOON } from "./pull-request.ts";

const FILE = ".box-config-lint.json";
const PAST = dayAfter(new Date(), -1);
const entries = (expires: string) =>
  JSON.stringify({ ignore: [{ identity: "spki-sha256:00", reason: "a test", expires }] });

/** `main` has no file of suppressions, `usable` has one, `broken` and `past` have one that must not be merged. */
const origin = makeOrigin(
  [
    { id: "main", files: { "a.txt": "a\n" } },
    { id: "usable", files: { [FILE]: entries(SOON) } },
    { id: "broken", parents: ["main"], files: { [FILE]: "{" } },
    { id: "corrected", files: { [FILE]: entries(SOON) } },
    { id: "past", parents: ["main"], files: { [FILE]: entries(PAST) } },
  ],
  { "refs/heads/main": "main", "refs/heads/past": "past" },
  ["usable", "broken", "corrected", "past"].map((id) => ({ tag: id, of: id, message: id })),
);
const folder = fullClone(origin);

const UNUSABLE = "Could not scan: .box-config-lint.json, as the change has it, cannot be used:";
const EXPIRED =
  /^Could not scan: \.box-config-lint\.json, as the change has it, has an entry .* which is past;/m;

describe("--range", () => {
  it("fails for a change that breaks the suppressions file, which could not be used after the merge", () => {
    for (const args of [
      ["--range", "main..broken"],
      ["--range", "usable..broken"],
      ["--range", "main..broken", "--suppressions-from", "usable"],
    ])
      expect(lint(folder, ...args)).toMatchObject({
        status: 2,
        stdout: expect.stringContaining(UNUSABLE),
      });
  });

  it("fails for a change that brings an entry whose day is past", () => {
    const run = lint(folder, "--range", "main..past");
    expect(run).toMatchObject({ status: 2, stdout: expect.stringMatching(EXPIRED) });
  });

  it("passes for a change that corrects the suppressions file, of which nothing counts yet", () => {
    const run = lint(folder, "--range", "broken..corrected");
    expect(run).toMatchObject({
      status: 0,
      stdout: expect.stringContaining("Nothing is suppressed in this run; the change corrects the file."),
    });
  });

  it("names the commit with a suppressions file that the base does not have", () => {
    const run = lint(folder, "--range", "main..usable");
    expect(run.status).toBe(0);
    expect(run.stdout).toMatch(
      /^Note: \.box-config-lint\.json is in the commit \w{12} and not in \w{12}, .*: it does not count/m,
    );
  });
});

/** A work tree with a commit, in which the text is staged as the suppressions file. */
function staged(commit: string, text: string): string {
  const work = fullClone(origin);
  git(work, "checkout", "--quiet", commit);
  writeFileSync(join(work, FILE), text);
  git(work, "add", FILE);
  return work;
}

describe("--staged", () => {
  it("fails where the staged suppressions file cannot be used, and not for one that is not staged", () => {
    for (const commit of ["main", "usable"]) {
      const work = staged(commit, "{");
      expect(lint(work, "--staged")).toMatchObject({
        status: 2,
        stdout: expect.stringContaining(UNUSABLE),
      });
      git(work, "reset", "--quiet", "HEAD", "--", FILE);
      expect(lint(work, "--staged")).toMatchObject({ status: 0 });
    }
  });

  it("fails before the first commit where the staged suppressions file cannot be used", () => {
    const work = temporaryFolder();
    git(work, "init", "--quiet");
    writeFileSync(join(work, FILE), "{");
    git(work, "add", FILE);
    expect(lint(work, "--staged")).toMatchObject({ status: 2, stdout: expect.stringContaining(UNUSABLE) });
  });

  it("passes where the staged suppressions file corrects the one of HEAD", () => {
    expect(lint(staged("broken", entries(SOON)), "--staged")).toMatchObject({
      status: 0,
      stdout: expect.stringContaining("the change corrects the file."),
    });
  });

  it("fails for a staged entry whose day is past, unless a merge brings it from the other branch", () => {
    expect(lint(staged("main", entries(PAST)), "--staged")).toMatchObject({
      status: 2,
      stdout: expect.stringMatching(EXPIRED),
    });
    const work = fullClone(origin);
    git(work, "checkout", "--quiet", "usable");
    git(work, "rm", "--quiet", FILE);
    const author = ["-c", "user.name=A", "-c", "user.email=a@example.com"];
    git(work, ...author, "commit", "--quiet", "--message=remove");
    git(work, ...author, "merge", "--quiet", "--no-commit", "past");
    expect(lint(work, "--staged")).toMatchObject({
      status: 0,
      stdout: expect.stringContaining("No findings"),
    });
  });
});
