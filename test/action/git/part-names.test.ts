import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { localScanPlan } from "../../../action/cli/scan-plan.ts";
import { annotations } from "../../../action/report/annotations.ts";
import { summary } from "../../../action/report/summary.ts";
import { terminalReport } from "../../../action/report/terminal.ts";
import { RULES } from "../../../action/rules/rules.ts";
import { lint } from "../../../action/scan/scan.ts";
import type { Entry } from "../../../action/suppressions/suppressions.ts";
import { opened } from "./opened.ts";
import { fullClone, git, makeOrigin, temporaryFolder } from "./repository.ts";
import { KEY } from "./shapes.ts";

/** The names under which reports have the message and the headers of a commit. */
const NAMES = ["COMMIT_MESSAGE", "COMMIT_HEADERS"];
const files = Object.fromEntries(NAMES.map((name) => [name, KEY]));

const origin = makeOrigin(
  [
    { id: "root" },
    { id: "files", files },
    { id: "none", files: Object.fromEntries(NAMES.map((name) => [name, null])) },
    { id: "message", parents: ["files"], message: `Add\n\n${KEY}` },
  ],
  { "refs/heads/main": "message", "refs/heads/gone": "none" },
  [{ tag: "COMMIT_MESSAGE", of: "root", message: `Release\n\n${KEY}` }],
);
const folder = fullClone(origin);

async function reportOf(from: string, to: string, suppressions: readonly Entry[] = []) {
  const target = { kind: "range", from: origin.id(from), to: origin.id(to) } as const;
  const plan = await localScanPlan(opened(folder), target, undefined);
  return lint({ ...plan, rules: RULES, globs: [], suppressions, today: "2026-01-01" });
}

describe.each(NAMES)("a file with the name %s", (name) => {
  it("has an annotation on its line, and counts as a blob", async () => {
    const report = await reportOf("root", "files");
    expect(report.scanned.blobs).toBe(2);
    expect(annotations(report, "partial")).toContainEqual(
      expect.stringMatching(new RegExp(`^::error file=${name},line=1,col=1,`)),
    );
    expect(terminalReport(report, { colours: false })).toMatch(
      new RegExp(`^(?: *${name}:1:1, commit |${name}\n)`, "m"),
    );
  });

  it("is no longer in the newest commit after its removal", async () => {
    const { findings } = await reportOf("root", "none");
    const found = findings.find(({ path }) => path === name);
    expect(found).toMatchObject({ atHead: false });
  });

  it("is taken out of the branch as a file", async () => {
    const markdown = summary(await reportOf("root", "files"));
    expect(markdown).toMatch(new RegExp(`^git add -- .*\\b${name}\\b`, "m"));
    expect(markdown).not.toContain("Messages have it too");
    expect(markdown).not.toContain("Headers of commits have it too");
  });

  it("is suppressed by an entry for its path, which does not suppress the key in a message", async () => {
    const entry = { path: name, kinds: ["pkcs8"], reason: "a test", expires: "2026-02-01" } as const;
    const { findings, suppressed } = await reportOf("root", "message", [entry]);
    expect(suppressed).toMatchObject([{ path: name, part: undefined }]);
    expect(findings.filter(({ path }) => path === "COMMIT_MESSAGE").at(-1)).toMatchObject({
      part: "message",
    });
  });

  it("has an annotation on its line as a file on the disk", async () => {
    const work = temporaryFolder();
    git(work, "init", "--quiet");
    writeFileSync(join(work, name), KEY);
    const target = { kind: "paths", paths: ["."], ignored: false, exclude: [] } as const;
    const plan = await localScanPlan(opened(work), target, undefined);
    const report = await lint({ ...plan, rules: RULES, globs: [], suppressions: [], today: "2026-01-01" });
    expect(report.scanned.blobs).toBe(1);
    expect(annotations(report, "partial")).toEqual([expect.stringContaining(`file=${name},line=1,`)]);
  });
});

it("a key in a file and in a message of the same name has a place in each", async () => {
  const { findings } = await reportOf("root", "message");
  expect(findings.map(({ path, part }) => [path, part])).toEqual([
    ["COMMIT_HEADERS", undefined],
    ["COMMIT_MESSAGE", undefined],
    ["COMMIT_MESSAGE", "message"],
  ]);
});

it("a tag with the name COMMIT_MESSAGE is named where its message has a key", async () => {
  const plan = await localScanPlan(opened(folder), { kind: "history" }, undefined);
  const { findings } = await lint({
    ...plan,
    rules: RULES,
    globs: [],
    suppressions: [],
    today: "2026-01-01",
  });
  expect(findings).toContainEqual(expect.objectContaining({ tag: "COMMIT_MESSAGE", part: "message" }));
});
