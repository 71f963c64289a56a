import { expect, it } from "vitest";
import type { ScanTarget } from "../../../action/cli/options.ts";
import { localScanPlan } from "../../../action/cli/scan-plan.ts";
import { rulesWith } from "../../../action/rules/rules.ts";
import { schemaRule } from "../../../action/rules/schema/schema.ts";
import { lint } from "../../../action/scan/scan.ts";
import { paths } from "./events.ts";
import { opened } from "./opened.ts";
import { fullClone, git, makeOrigin } from "./repository.ts";
import { KEY } from "./shapes.ts";

const CONFIG = "12345_abcd1234_config.json";
const TARGET = "../secrets/box.json";
const link = { mode: "120000", data: TARGET };

const origin = makeOrigin(
  [
    { id: "root", files: { "a.txt": "a\n" } },
    { id: "links", files: { [CONFIG]: link, "box-sts.policy.json": link, "conf/a.yaml": link } },
    { id: "file", files: { [CONFIG]: TARGET } },
    { id: "key", files: { "links/key.json": { mode: "120000", data: KEY } } },
  ],
  { "refs/heads/main": "links" },
);

async function found(target: ScanTarget, { head, index = head }: { head: string; index?: string }) {
  const folder = fullClone(origin);
  git(folder, "update-ref", "--no-deref", "HEAD", origin.id(index));
  git(folder, "reset", "--quiet", "--hard");
  git(folder, "update-ref", "--no-deref", "HEAD", origin.id(head));
  const schema = schemaRule([{ glob: "conf/*.yaml", schemaPath: "s.json", schema: { type: "object" } }]);
  if (!schema.ok) throw new Error(schema.error.code);
  const report = await lint({
    ...(await localScanPlan(opened(folder), target, undefined)),
    rules: [...rulesWith(() => undefined), schema.value],
    globs: [],
    suppressions: [],
    today: "2026-11-21",
  });
  expect(report.problems).toEqual([]);
  return paths(report);
}

const range = (from: string, to: string): ScanTarget => ({
  kind: "range",
  from: origin.id(from),
  to: origin.id(to),
});
const disk: ScanTarget = { kind: "paths", paths: ["."], ignored: false, exclude: [] };

it("reads no symbolic link as a Box config, a policy or a document of a schema", async () => {
  expect(await found(range("root", "links"), { head: "links" })).toEqual([]);
  expect(await found({ kind: "staged", paths: [] }, { head: "root", index: "links" })).toEqual([]);
  expect(await found(disk, { head: "links" })).toEqual([]);
});

it("reads a file with the text of a link as the document that its name says", async () => {
  expect(await found(range("root", "file"), { head: "file" })).toEqual([CONFIG]);
  expect(await found(range("links", "file"), { head: "file" })).toEqual([CONFIG]);
  expect(await found(disk, { head: "file" })).toEqual([CONFIG]);
});

it("finds a private key where a commit says that it is a symbolic link", async () => {
  expect(await found(range("file", "key"), { head: "key" })).toEqual(["links/key.json"]);
});

it("reads links of the history as links, and a path that was a link and a file as a file", async () => {
  expect(await found({ kind: "history" }, { head: "links" })).toEqual([CONFIG, "links/key.json"]);
});
