import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import type { DeployConfig } from "../../../schemas/deploy/parse.ts";
import { type Deployment, deploy, EXAMPLE_CONFIG, EXAMPLE_POLICY, newFolder, VPC } from "../deployment.ts";
import { ROOT } from "../synth.ts";
import { deployToMoto, hasMoto } from "./moto.ts";

const [reports, archive] = EXAMPLE_CONFIG.apps as [DeployConfig["apps"][0], DeployConfig["apps"][0]];
const [url, alias] = EXAMPLE_CONFIG.callers as [DeployConfig["callers"][0], DeployConfig["callers"][0]];
const [read, sync] = EXAMPLE_POLICY.statements as [object, object];
const KEY = "arn:aws:kms:eu-central-1:123456789012:key/aaaaaaaa-12ab-34cd-56ef-1234567890ab";
const role = (name: string) => `arn:aws:iam::123456789012:role/${name}`;
const policy = (...statements: object[]) => ({ version: 1, statements });

/** One deployment after the other of the same stack: what the operators of a service change in its life. */
const LIFE: readonly (readonly [string, Partial<DeployConfig>, object?])[] = [
  ["the example in a VPC", { vpc: VPC }],
  [
    "another caller by URL and by alias, and another e-mail address",
    {
      vpc: VPC,
      callers: [
        url,
        { ...url, principal: role("more") },
        alias,
        { principal: role("audit"), alias: "audit" },
      ],
      alarmEmail: "other@example.com",
    },
    policy(read, { ...read, id: "more", caller: { iam: role("more") } }, sync, {
      ...sync,
      id: "audit",
      caller: { alias: "audit" },
    }),
  ],
  [
    "another app, another key, another role behind the alias, less concurrency",
    {
      vpc: VPC,
      apps: [
        { ...reports, encryptionKey: KEY },
        { ...archive, encryptionKey: KEY },
        { name: "third", secret: "arn:aws:secretsmanager:eu-central-1:123456789012:secret:box/third-AbCdEf" },
      ],
      callers: [url, { ...alias, principal: role("nightly-2") }],
      reservedConcurrency: 7,
    },
  ],
  ["another policy, and no VPC", {}, policy({ ...read, scopes: ["item_preview"] }, sync)],
];

const deployments: Deployment[] = LIFE.map(([, change, document]) => deploy(change, document));
const templateOf = ({ folder, stack }: Deployment) => join(folder, stack.templateFile);

/** The resources that `cdk diff` reports as replaced, by CloudFormation's own specification. */
function replacements(before: string, after: Deployment): readonly string[] {
  const args = ["diff", "--app", after.folder, "--template", before, "--no-change-set", "--no-notices"];
  const { status, stdout, stderr } = spawnSync(join(ROOT, "node_modules/.bin/cdk"), args, {
    cwd: newFolder(),
    // Nothing leaves the machine.
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
  const [first, second, third, last] = deployments as [Deployment, Deployment, Deployment, Deployment];

  test.each([
    [LIFE[1]![0], first, second],
    [LIFE[2]![0], second, third],
  ])("%s", (_, before, after) => {
    expect(replacements(templateOf(before), after)).toEqual([]);
  });

  test(`${LIFE[3]![0]}; a log group that had another name before is the only one that would be`, () => {
    const template = JSON.parse(readFileSync(templateOf(third), "utf8"));
    const [id] = Object.entries(third.resources).find(([, { Type }]) => Type === "AWS::Logs::LogGroup")!;
    template.Resources[id].Properties.LogGroupName = "before";
    const before = join(newFolder(), "before.json");
    writeFileSync(before, JSON.stringify(template));
    expect(replacements(before, last)).toEqual([expect.stringContaining(id)]);
  });
});

describe.skipIf(!hasMoto)("moto's CloudFormation, where the machine has it,", () => {
  let deployed: ReturnType<typeof deployToMoto>;
  beforeAll(() => {
    const steps = deployments.map((one) => ({ template: templateOf(one), assets: one.folder }));
    deployed = deployToMoto({ region: "eu-central-1", stack: "box-sts", vpc: VPC, steps });
  });

  test("creates every resource of the template, and updates the stack for each change", () => {
    expect(deployed.steps.map(({ status }) => status)).toEqual([
      "CREATE_COMPLETE",
      ...LIFE.slice(1).map(() => "UPDATE_COMPLETE"),
    ]);
    for (const [index, { resources }] of deployed.steps.entries()) {
      const inTemplate = Object.keys(deployments[index]!.resources);
      expect(Object.keys(resources).toSorted()).toEqual(inTemplate.toSorted());
    }
  });

  test("gives every output a value, with no reference left in it", () => {
    for (const { outputs } of deployed.steps) {
      expect(outputs.TokenUrl).toMatch(
        /^https:\/\/[0-9a-f]+\.lambda-url\.eu-central-1\.on\.aws\/oauth2\/token$/,
      );
      for (const value of Object.values(outputs)) expect(value).toMatch(/^(?!.*(?:\$\{|Fn::|None))./);
      expect(JSON.parse(outputs.SecretArns!)).toMatchObject({
        archive: expect.stringMatching(/^arn:aws:secretsmanager:eu-central-1:123456789012:secret:.+-\w{6}$/),
      });
    }
  });

  test("keeps the physical id of every resource that is in the template before and after", () => {
    for (const [index, { resources }] of deployed.steps.entries()) {
      const before = deployed.steps[index - 1]?.resources ?? {};
      for (const [id, { physicalId }] of Object.entries(resources)) {
        if (id in before) expect(`${id} ${physicalId}`).toBe(`${id} ${before[id]?.physicalId}`);
      }
    }
  });

  test("deletes everything but secrets and log groups", () => {
    const { remaining, steps } = deployed;
    expect(remaining).toMatchObject({ stacks: ["DELETE_COMPLETE"], functions: [], roles: [] });
    const kept = (type: string) =>
      Object.values(steps.at(-1)!.resources)
        .filter((resource) => resource.type === type)
        .map(({ physicalId }) => physicalId.replace(/^arn:.*:secret:|-\w{6}$/g, ""));
    expect(remaining.secrets).toEqual(expect.arrayContaining(kept("AWS::SecretsManager::Secret")));
    expect(remaining.logGroups.toSorted()).toEqual(
      Object.values(steps.at(-1)!.resources)
        .filter(({ type }) => type === "AWS::Logs::LogGroup")
        .map(({ physicalId }) => physicalId)
        .toSorted(),
    );
  });

  test("refuses a second policy for one function, as CloudFormation does", () => {
    const last = deployments.at(-1)!;
    const template = JSON.parse(readFileSync(templateOf(last), "utf8"));
    const policies = Object.values(last.resources).filter(
      ({ Type }) => Type === "AWS::Lambda::ResourcePolicy",
    );
    template.Resources.Second = policies[0];
    const path = join(newFolder(), "broken.json");
    writeFileSync(path, JSON.stringify(template));
    const steps = [{ template: path, assets: last.folder }];
    expect(() => deployToMoto({ region: "eu-central-1", stack: "broken", steps })).toThrow(
      "has a policy already",
    );
  });
});
