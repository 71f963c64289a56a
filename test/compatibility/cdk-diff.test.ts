import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type Deployment, newFolder } from "../infra/deployment.ts";
import { deployments, LIFE, templateOf } from "../infra/life.ts";

const CDK = join(import.meta.dirname, "node_modules/.bin/cdk");

/** The resources that `cdk diff` reports as replaced, by CloudFormation's own specification. */
function replacements(before: string, after: Deployment): readonly string[] {
  const args = ["diff", "--app", after.folder, "--template", before, "--no-change-set", "--no-notices"];
  const { status, stdout, stderr } = spawnSync(CDK, args, {
    cwd: newFolder(),
    // The command sends nothing to AWS.
    env: {
      PATH: process.env.PATH,
      HOME: newFolder(),
      CDK_DISABLE_CLI_TELEMETRY: "true",
      CDK_DISABLE_VERSION_CHECK: "1",
    },
    encoding: "utf8",
  });
  const output = stdout + stderr;
  expect({ status, output }).toMatchObject({ status: 0, output: expect.stringContaining("\nResources\n") });
  return output.split("\n").filter((line) => /^\[~\].*\brepla/.test(line));
}

describe("a change of deploy.json replaces no resource, by CloudFormation's specification:", () => {
  const [first, second, third, last] = deployments() as [Deployment, Deployment, Deployment, Deployment];

  test.each([
    [LIFE[1]![0], first, second],
    [LIFE[2]![0], second, third],
  ])("%s", (_, before, after) => {
    expect(replacements(templateOf(before), after)).toEqual([]);
  });

  test(`${LIFE[3]![0]}; only a log group whose name changed is replaced`, () => {
    const template = JSON.parse(readFileSync(templateOf(third), "utf8"));
    const [id] = Object.entries(third.resources).find(([, { Type }]) => Type === "AWS::Logs::LogGroup")!;
    template.Resources[id].Properties.LogGroupName = "before";
    const before = join(newFolder(), "before.json");
    writeFileSync(before, JSON.stringify(template));
    expect(replacements(before, last)).toEqual([expect.stringContaining(id)]);
  });
});
