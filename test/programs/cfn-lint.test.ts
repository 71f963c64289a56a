import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { deploy, newFolder } from "../infra/deployment.ts";
import { SAM_TEMPLATE } from "../infra/examples/sam-template.ts";
import { needs } from "./needs.ts";

interface Match {
  readonly Filename: string;
  readonly Message: string;
  readonly Rule: { readonly Id: string };
}

/** What cfn-lint reports, but for a resource type that it may not know yet. It starts once: that takes 3 s. */
function lint(...templates: readonly string[]): Promise<readonly Match[]> {
  const args = ["--regions", "eu-central-1", "--format", "json", "--", ...templates];
  return new Promise((resolve, reject) => {
    execFile("cfn-lint", args, { encoding: "utf8", maxBuffer: 2 ** 26 }, (error, stdout) => {
      // Its exit code has the kinds of what it reports; without a report it has failed.
      if (error !== null && stdout === "") return reject(error);
      const matches: readonly Match[] = JSON.parse(stdout || "[]");
      resolve(
        matches.filter(({ Message }) => !Message.includes("'AWS::Lambda::ResourcePolicy' does not exist")),
      );
    });
  });
}

const folder = newFolder();
const stacks = ["example", "other"].map((name) => join(folder, `${name}.json`));
const broken = join(folder, "broken.json");
let matches: readonly Match[];
const of = (...files: readonly string[]) => matches.filter(({ Filename }) => files.includes(Filename));

beforeAll(async () => {
  for (const [index, change] of [{}, { stackName: "other" }].entries())
    writeFileSync(stacks[index] ?? "", JSON.stringify({ Resources: deploy(change).resources }));
  const Topic = { Type: "AWS::SNS::Topic", Properties: { TopicNmae: "alarms" } };
  writeFileSync(broken, JSON.stringify({ Resources: { Topic } }));
  matches = await lint(...stacks, SAM_TEMPLATE, broken);
});

test("cfn-lint reports nothing, but for a resource type that it may not know yet", needs("cfn-lint"), () => {
  // W3005: CDK repeats a dependency that a reference implies.
  expect(of(...stacks).filter(({ Rule }) => Rule.Id !== "W3005")).toEqual([]);
});

describe("examples/sam/template.yaml", () => {
  test("satisfies cfn-lint, but for a type that it may not know", needs("cfn-lint"), () => {
    expect(of(SAM_TEMPLATE)).toEqual([]);
  });
});

test("cfn-lint reports a property that a resource type does not have", needs("cfn-lint"), () => {
  expect(of(broken).map(({ Message }) => Message)).toEqual([expect.stringContaining("TopicNmae")]);
});
