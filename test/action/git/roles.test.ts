import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { localScanPlan } from "../../../action/cli/scan-plan.ts";
import { RULES } from "../../../action/rules/rules.ts";
import { globProgress } from "../../../action/rules/schema/glob.ts";
import { schemaRule } from "../../../action/rules/schema/schema.ts";
import { lint, type ScanRequest } from "../../../action/scan/scan.ts";
import type { Sources } from "../../../action/sources/source.ts";
import { lint as run } from "../cli/command-line.ts";
import { SECRETS } from "../rules/vectors.ts";
import { opened } from "./opened.ts";
import { type Commit, fullClone, git, makeOrigin, temporaryFolder } from "./repository.ts";

const mapping = schemaRule([
  {
    glob: "conf/*.json",
    schemaPath: "port.schema.json",
    schema: { properties: { port: { type: "integer" } } },
  },
]);
if (!mapping.ok) throw new Error(mapping.error.code);
const ALL = [...RULES, mapping.value];

const cloneOf = (commits: readonly Commit[]) =>
  fullClone(makeOrigin(commits, { "refs/heads/main": commits.at(-1)?.id ?? "" }));

/** How often the contents of objects are read, by object. */
function counting(
  plan: Omit<ScanRequest, "rules" | "globs" | "suppressions" | "today">,
  reads: Map<string, number>,
) {
  const counted = ({ sources, ...others }: Sources): Sources => ({
    ...others,
    sources: (async function* () {
      for await (const source of sources) {
        if (source.object !== undefined && source.path !== "COMMIT_MESSAGE")
          reads.set(source.object, (reads.get(source.object) ?? 0) + 1);
        yield source;
      }
    })(),
  });
  const { otherRoles } = plan;
  const further = otherRoles?.sources.bind(otherRoles);
  if (otherRoles && further) otherRoles.sources = () => counted(further());
  return { ...plan, sources: plan.sources.map(counted) };
}

async function historyOf(folder: string, reads = new Map<string, number>()) {
  const plan = counting(await localScanPlan(opened(folder), { kind: "history" }, undefined), reads);
  return lint({ ...plan, rules: ALL, globs: [], suppressions: [], today: "2026-01-01" });
}

describe("a content that has several paths in the history", () => {
  const TOKEN = `const clientSecret = "${SECRETS.alnum}";\n`;
  it.each<[string, string, readonly string[]]>([
    ["a Box config by its name", '{ "a": 1 }\n', ["a.txt", "z/12345_ab12cd34_config.json"]],
    ["a policy by its name", '{ "version": 1, "statement": [] }\n', ["a.json", "z/box-sts.policy.json"]],
    ["mapped to a schema", '{ "port": "80" }\n', ["a.json", "conf/a.json"]],
    ["mapped to a schema, in an equal folder", '{ "port": "80" }\n', ["b/a.json", "conf/a.json"]],
    ["in a folder that is equal to one of Box, further down", TOKEN, ["q/deep/er/x.js", "box/deep/er/x.js"]],
    ["in a folder of Box", TOKEN, ["a/x.js", "apps/box/x.js"]],
  ])("is read as what it is under each of them: %s", async (_, content, [first = "", second = ""]) => {
    for (const paths of [
      [first, second],
      [`zz${first}`, second],
    ]) {
      const folder = cloneOf([
        { id: "one", files: Object.fromEntries(paths.map((path) => [path, content])) },
      ]);
      const { findings, problems, scanned } = await historyOf(folder);
      expect(problems).toEqual([]);
      expect(findings.map(({ path }) => path)).toContain(second);
      expect(scanned).toMatchObject({ blobs: 1, bytes: content.length + "one".length });
    }
  });

  it("is reported with the first commit that brought it there", async () => {
    const origin = makeOrigin(
      [
        { id: "one", files: { "a.txt": '{ "a": 1 }\n' } },
        { id: "two", files: { "1_ab12cd34_config.json": '{ "a": 1 }\n' } },
        { id: "three", files: { "1_ab12cd34_config.json": null } },
      ],
      { "refs/heads/main": "three" },
    );
    const { findings } = await historyOf(fullClone(origin));
    expect(findings.map(({ path, commit, atHead }) => [path, commit, atHead])).toEqual([
      ["1_ab12cd34_config.json", origin.id("two"), false],
      ["1_ab12cd34_config.json", origin.id("two"), false],
      ["1_ab12cd34_config.json", origin.id("two"), false],
    ]);
  });

  it("is read once for each way to read it, however many paths it has and commits there are", async () => {
    const readsOf = async (size: number) => {
      const commits = Array.from({ length: size }, (_, at) => ({
        id: `${at}`,
        files: Object.fromEntries(
          ["a.txt", "b.txt", "c.md", "d.json", "e.json", "box/f.txt", "box/g.md"].map((name) => [
            `${at}/${name}`,
            `content ${at}\n`,
          ]),
        ),
      }));
      const reads = new Map<string, number>();
      await historyOf(cloneOf(commits), reads);
      return [...reads.values()];
    };
    // As a text, as JSON, and in a folder of Box.
    expect(await readsOf(4)).toEqual(Array(4).fill(3));
    expect(await readsOf(16)).toEqual(Array(16).fill(3));
  });
});

it("keys of folders are equal where the globs of schemas go equally far", () => {
  const progress = globProgress("conf/**/x/*.json");
  expect(progress("")).not.toBe("");
  expect(progress("src")).toBe("");
  expect(progress("conf/a")).toBe(progress("conf/b/c"));
  expect(progress("conf/a/x")).not.toBe(progress("conf/a/y"));
  expect(progress("conf")).toBe(progress("conf/a"));
  const anywhere = globProgress("**/x.json");
  expect(anywhere("a/b")).toBe(anywhere("\0/\0"));
  expect(globProgress("{a,b}/c/*.json")("b/c")).not.toBe(globProgress("{a,b}/c/*.json")("b"));
  expect(globProgress("a/*.json")("a/b")).toBe("");
});

describe("a submodule", () => {
  const sub = (digit: string) => ({ mode: "160000", data: digit.repeat(40) });
  const modules = '[submodule "sub"]\n\tpath = sub\n\turl = ../x\n';
  const sentence = /^Not read: 1 submodule whose own commits are not read \(submodule\): sub\.$/m;

  it("is counted once, and the file that declares it is none, in a range and in the history", () => {
    const origin = makeOrigin(
      [
        { id: "root", files: { a: "a" } },
        { id: "added", files: { ".gitmodules": modules, sub: sub("1") } },
        { id: "moved", files: { sub: sub("2") } },
      ],
      { "refs/heads/main": "moved" },
    );
    const folder = fullClone(origin);
    for (const args of [["--range", `${origin.id("root")}..HEAD`], ["--history"]])
      expect(run(folder, ...args)).toMatchObject({ status: 0, stdout: expect.stringMatching(sentence) });
  });

  it("that is staged is counted once", () => {
    const folder = temporaryFolder();
    git(folder, "init", "--quiet");
    writeFileSync(join(folder, ".gitmodules"), modules);
    git(folder, "add", ".gitmodules");
    git(folder, "update-index", "--add", "--cacheinfo", `160000,${"1".repeat(40)},sub`);
    expect(run(folder, "--staged")).toMatchObject({ status: 0, stdout: expect.stringMatching(sentence) });
  });

  it.each(["all", "dirty", "untracked", "none"])(
    "is counted where .gitmodules or the configuration says to ignore %s of it",
    (ignore) => {
      const origin = makeOrigin(
        [
          { id: "root", files: { a: "a" } },
          { id: "added", files: { ".gitmodules": `${modules}\tignore = ${ignore}\n`, sub: sub("1") } },
        ],
        { "refs/heads/main": "added" },
      );
      const folder = fullClone(origin);
      git(folder, "config", "diff.ignoreSubmodules", ignore);
      const read = { status: 0, stdout: expect.stringMatching(sentence) };
      expect(run(folder, "--range", `${origin.id("root")}..HEAD`)).toMatchObject(read);
      git(folder, "update-index", "--add", "--cacheinfo", `160000,${"2".repeat(40)},sub`);
      expect(run(folder, "--staged")).toMatchObject(read);
    },
  );

  it("is none where only a file of that name is committed", () => {
    const folder = cloneOf([{ id: "one", files: { ".gitmodules": modules, "docs/x.gitmodules": modules } }]);
    expect(run(folder, "--history")).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^No findings\.$/m),
    });
  });
});
