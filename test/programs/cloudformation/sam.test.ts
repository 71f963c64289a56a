import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { newFolder } from "../../infra/deployment.ts";
import { KEY } from "../../infra/examples/cdk-permissions.ts";
import { PARAMETERS, SAM_TEMPLATE } from "../../infra/examples/sam-template.ts";
import { needs } from "../needs.ts";
import { deployToMoto } from "./moto.ts";

test(
  "examples/sam/template.yaml is translated by AWS's translator, and deployed and deleted by moto",
  needs("moto's server", "SAM's translator"),
  () => {
    const code = join(newFolder(), "assets");
    mkdirSync(join(code, "asset.code"), { recursive: true });
    writeFileSync(join(code, "asset.code/index.mjs"), "export const handler = () => {};");
    const samParameters = Object.fromEntries(
      // With a key: moto keeps a null for AWS::NoValue in a list, which CloudFormation removes.
      Object.entries({ ...PARAMETERS, SecretKeyArn: KEY }).filter(([name]) => !name.startsWith("AWS::")),
    );
    const { steps, remaining } = deployToMoto({
      region: "eu-central-1",
      stack: "tokens",
      steps: [{ template: SAM_TEMPLATE, assets: code, samParameters }],
    });
    const [{ status, outputs, resources } = expect.fail("no step")] = steps;
    expect(status).toBe("CREATE_COMPLETE");
    expect(outputs.TokenUrl).toMatch(/^https:\/\/\w+\.lambda-url\.eu-central-1\.on\.aws\/oauth2\/token$/);
    const policies = Object.values(resources).filter(({ type }) => type === "AWS::Lambda::ResourcePolicy");
    expect(policies.map(({ physicalId }) => physicalId.split(":function:")[1]).toSorted()).toEqual(
      [outputs.InvokeFunction, `${outputs.InvokeFunction}:nightly-sync`, outputs.UrlFunction].toSorted(),
    );
    expect(remaining).toMatchObject({ functions: [], roles: [] });
    expect(remaining.logGroups).toHaveLength(2);
  },
);
