import { writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { expect, it, vi } from "vitest";
import { localScanPlan } from "../../../action/cli/scan-plan.ts";
import { opened } from "./opened.ts";
import { fullClone, makeOrigin, temporaryFolder } from "./repository.ts";
import { KEY } from "./shapes.ts";

const origin = makeOrigin(
  [
    { id: "root", files: { "a.txt": "a\n" } },
    { id: "main", files: { "b.txt": "b\n" } },
    { id: "key", files: { "new.pem": KEY } },
    { id: "gone", files: { "new.pem": null } },
    { id: "head", files: { "c.txt": "c\n" } },
  ],
  { "refs/heads/main": "main", "refs/heads/topic": "head" },
);
const { id } = origin;

/** The problems of a scan of `main..head` in a clone that lacks the parents of `border`. */
async function problemsOf(border: string | undefined) {
  const folder = fullClone(origin);
  if (border !== undefined) writeFileSync(join(folder, ".git/shallow"), `${id(border)}\n`);
  const target = { kind: "range", from: id("main"), to: id("head") } as const;
  const { problems } = await localScanPlan(opened(folder), target, undefined);
  return problems;
}

it("a range that a shallow clone cuts off is reported, and one that the clone has whole is not", async () => {
  expect(await problemsOf("gone")).toEqual([{ code: "clone_shallow" }]);
  expect(await problemsOf("key")).toEqual([{ code: "clone_shallow" }]);
  expect(await problemsOf("main")).toEqual([]);
  expect(await problemsOf(undefined)).toEqual([]);
});

it("a range is cut off where the file that GIT_SHALLOW_FILE names says so, as in hooks", async () => {
  const file = join(temporaryFolder(), "shallow");
  writeFileSync(file, `${id("gone")}\n`);
  vi.stubEnv("GIT_SHALLOW_FILE", relative(process.cwd(), file));
  expect(await problemsOf(undefined)).toEqual([{ code: "clone_shallow" }]);
  vi.stubEnv("GIT_SHALLOW_FILE", "");
  expect(await problemsOf(undefined)).toEqual([]);
  vi.unstubAllEnvs();
});
