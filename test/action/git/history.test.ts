import { describe, expect, it } from "vitest";
import { localScanPlan } from "../../../action/cli/scan-plan.ts";
import { summary } from "../../../action/report/summary.ts";
import { terminalReport } from "../../../action/report/terminal.ts";
import { RULES } from "../../../action/rules/rules.ts";
import { lint } from "../../../action/scan/scan.ts";
import { lint as run } from "../cli/command-line.ts";
import { opened } from "./opened.ts";
import { type Commit, fullClone, git, makeOrigin, type Tag } from "./repository.ts";
import { KEY } from "./shapes.ts";

/** In parts, so that this file has no finding. */
const SECRET = `BOX_CLIENT_SECRET=${["aB3dE5fG7hJ9kL1m", "N2pQ4rS6tU8vW0xY"].join("")}\n`;

function cloneOf(commits: readonly Commit[], tags: readonly Tag[] = []) {
  const last = commits.at(-1)?.id ?? "";
  const origin = makeOrigin(commits, { "refs/heads/main": last }, tags);
  return { folder: fullClone(origin), id: origin.id };
}

async function historyOf(folder: string) {
  const plan = await localScanPlan(opened(folder), { kind: "history" }, undefined);
  return lint({ ...plan, rules: RULES, globs: [], suppressions: [], today: "2026-01-01" });
}

describe("the whole history", () => {
  it("reports a blob under each of its paths, each with the commit that brought it there", async () => {
    const { folder, id } = cloneOf([
      { id: "one", files: { ".env": SECRET } },
      { id: "two", files: { "p/.env": SECRET, "k.pem": KEY } },
      { id: "three", files: { "k.pem": null, "old/k.pem": KEY } },
    ]);
    const { findings, problems, scanned } = await historyOf(folder);
    expect(problems).toEqual([]);
    expect(findings.map(({ path, commit, atHead }) => [path, commit, atHead])).toEqual([
      ["k.pem", id("two"), false],
      ["old/k.pem", id("three"), true],
      [".env", id("one"), true],
      ["p/.env", id("two"), true],
    ]);
    expect(new Set(findings.map(({ identity }) => identity)).size).toBe(3);
    // Two blobs, however many paths they have.
    expect(scanned.blobs).toBe(2);
  });

  it("stays clean after a baseline and a rename", () => {
    const { folder } = cloneOf([
      { id: "one", files: { ".env": SECRET, "p/.env": SECRET } },
      { id: "two", files: { ".env": null, "renamed.env": SECRET } },
    ]);
    expect(run(folder, "baseline", "--reason", "known")).toMatchObject({ status: 0 });
    git(folder, "add", "--all");
    git(folder, "-c", "user.name=A", "-c", "user.email=a@b.c", "commit", "--quiet", "--message=Baseline");
    expect(run(folder, "--history")).toMatchObject({ status: 0 });
    expect(run(folder, "--history").stdout).not.toContain("Note:");
    expect(run(folder)).toMatchObject({ status: 0 });
  });

  it("names so many paths of one blob and counts the others", async () => {
    const many = Object.fromEntries(Array.from({ length: 300 }, (_, at) => [`k${at}.pem`, KEY]));
    const { folder } = cloneOf([{ id: "one", files: many }]);
    const { findings, skipped } = await historyOf(folder);
    expect(findings).toHaveLength(256);
    expect(skipped).toMatchObject([{ kind: "copies", count: 44 }]);
  });

  it("names the tag in whose message a key is, and no commit", async () => {
    const { folder, id } = cloneOf(
      [
        { id: "one", files: { a: "1" } },
        { id: "two", files: { a: "2" }, message: `Add\n\n${KEY}` },
      ],
      [{ tag: "v1.0", of: "two", message: `Release\n\n${KEY}` }],
    );
    const report = await historyOf(folder);
    expect(report.findings.map(({ path, commit, tag, atHead }) => [path, commit, tag, atHead])).toEqual([
      ["COMMIT_MESSAGE", id("two"), undefined, true],
      ["COMMIT_MESSAGE", null, "v1.0", true],
    ]);
    const text = terminalReport(report, { colours: false });
    expect(text).toContain("the message of tag v1.0");
    expect(text).toContain(`the message of commit ${id("two").slice(0, 12)}`);
    expect(text).not.toContain("no longer in the newest commit");
    const markdown = summary(report);
    expect(markdown).toContain("the message of tag `v1.0`");
    expect(markdown).not.toMatch(/\bFILE\b/);
    expect(markdown).toContain("git tag --force --annotate TAG COMMIT");
  });
});

describe("how to clean the branch", () => {
  it("takes key files out of the history, and secrets out of source files that remain", async () => {
    const { folder } = cloneOf([{ id: "one", files: { "k.pem": KEY, "config/dev.env": SECRET } }]);
    const markdown = summary(await historyOf(folder));
    expect(markdown).toContain("git filter-repo --invert-paths --path k.pem\n");
    expect(markdown).toContain("git filter-repo --force --replace-text ../replacements.txt");
    expect(markdown).toContain("git add -- config/dev.env");
    expect(markdown).toContain('git remote add origin "$url"');
    expect(markdown).not.toContain("--path config/dev.env");
    expect(markdown).not.toContain("regex:");
  });

  it("names the frame of a key for a source file that holds one", async () => {
    const { folder } = cloneOf([{ id: "one", files: { "src/keys.txt": KEY } }]);
    const markdown = summary(await historyOf(folder));
    const pattern = /`regex:\(\?s\)(.+?)==>REMOVED`/.exec(markdown)?.[1] ?? "";
    expect(KEY.replace(new RegExp(pattern, "s"), "").trim()).toBe("");
    expect(markdown).not.toContain("--invert-paths");
  });

  it("prints no command that names a file where no shell could take its name", async () => {
    const { folder } = cloneOf([{ id: "one", files: { "a b;c.pem": KEY } }]);
    const markdown = summary(await historyOf(folder));
    expect(markdown).not.toMatch(/\bFILE\b|filter-repo|git rm/);
    expect(markdown).toContain("1 more path of the table");
  });
});
