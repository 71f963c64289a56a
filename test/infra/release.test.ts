import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ROOT } from "./cdk-command.ts";

const WORKFLOW = readFileSync(join(ROOT, ".github/workflows/release.yml"), "utf8");
const job = (name: string) => new RegExp(`^  ${name}:\\n((?:    .*\\n|\\n)+)`, "m").exec(WORKFLOW)?.[1] ?? "";

test("the release workflow may do nothing by default, and pins every action by commit", () => {
  expect(WORKFLOW).toMatch(/^permissions: \{\}$/m);
  const uses = [...WORKFLOW.matchAll(/uses: (.+)$/gm)].map(([, what]) => what);
  expect(uses.length).toBeGreaterThan(0);
  for (const what of uses) expect(what).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
});

test("nothing is published before it is proven, and the major tag moves last", () => {
  expect(job("prove")).toContain("bash .ci/run");
  expect(job("publish")).toContain("needs: prove");
  expect(job("publish")).toContain("--provenance");
  expect(job("release")).toContain("needs: publish");
  expect(job("release")).toContain("git tag --force");
});

test("only the job that moves the tag may write to the repository, and no job has a long-lived token", () => {
  expect(WORKFLOW.match(/contents: write/g)).toHaveLength(1);
  expect(job("release")).toContain("contents: write");
  expect(WORKFLOW).not.toContain("secrets.");
});
