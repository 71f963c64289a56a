import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { type Deployment, newFolder, VPC } from "../../infra/deployment.ts";
import { deployments as deployLife, LIFE, templateOf } from "../../infra/life.ts";
import { needs } from "../needs.ts";
import { deployToMoto } from "./moto.ts";

describe("moto's CloudFormation", needs("moto's server"), () => {
  let deployments: Deployment[];
  let deployed: ReturnType<typeof deployToMoto>;
  beforeAll(() => {
    deployments = deployLife();
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
    expect(remaining).toMatchObject({
      ...{ stacks: ["DELETE_COMPLETE"], functions: [], roles: [] },
      ...{ tables: [], enabledKeys: [] },
    });
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

  test("keeps each service secret, also of a shared cache that was switched off, and no table and no key", () => {
    const secrets = deployed.steps.flatMap(({ resources }) =>
      Object.entries(resources).flatMap(([id, { physicalId }]) =>
        id.startsWith("ServiceSharedCacheServiceSecret") ? [physicalId] : [],
      ),
    );
    // Switched on, off and on again: the second time there is another secret, with another name.
    expect(secrets).toHaveLength(2);
    expect(new Set(secrets).size).toBe(2);
    const names = secrets.map((arn) => arn.replace(/^arn:.*:secret:|-\w{6}$/g, ""));
    expect(deployed.remaining.secrets).toEqual(expect.arrayContaining(names));
  });

  test("gives the functions the names of the table and the service secret that it has made", () => {
    for (const { outputs, resources } of deployed.steps) {
      const made = (type: string) => Object.values(resources).find((one) => one.type === type)?.physicalId;
      expect(outputs.SharedCacheTable).toBe(made("AWS::DynamoDB::Table"));
      if (outputs.SharedCacheTable !== undefined) {
        expect(outputs.ServiceSecret).toMatch(/^arn:aws:secretsmanager:.*-\w{6}$/);
      }
    }
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
