import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { App, Stack } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import { BoxTokenService } from "../../infra/index.ts";
import type { CallerPattern } from "../../schemas/policy/parse.ts";
import { type Deployment, mistakesOf, newFolder, ofType, type TemplateResource } from "./deployment.ts";

export const ENV = { account: "123456789012", region: "eu-central-1" };
export const role = (path: string) => `arn:aws:iam::123456789012:role/${path}`;
export const policyOf = (...callers: readonly CallerPattern[]) => ({
  version: 1,
  statements: callers.map((caller, index) => ({
    ...{ id: `s${index}`, caller, app: "reports", subjects: ["enterprise"], unrestricted: true },
  })),
});

/** The construct in a deployer's stack, with a policy of these callers. */
export function serviceFor(callers: readonly CallerPattern[], env: object = { env: ENV }) {
  const app = new App({ outdir: newFolder() });
  const stack = new Stack(app, "Theirs", env);
  const policy = join(newFolder(), "policy.json");
  writeFileSync(policy, JSON.stringify(policyOf(...callers)));
  const service = new BoxTokenService(stack, "Service", {
    apps: [{ name: "reports", createSecret: "box/reports" }],
    policy,
  });
  return {
    app,
    stack,
    service,
    errors: () => mistakesOf(stack),
    resources: (): Deployment["resources"] => Template.fromStack(stack).toJSON().Resources,
  };
}

/** The value of `BOX_STS_CALLERS`, with each reference as `<logical id>`. */
export function namesIn(resources: Deployment["resources"]): unknown {
  const [[, tokenUrl]] = ofType({ resources }, "AWS::Lambda::Function").filter(([id]) =>
    id.startsWith("ServiceTokenUrl"),
  ) as [[string, TemplateResource]];
  const { Variables } = tokenUrl.Properties.Environment as { Variables: Readonly<Record<string, unknown>> };
  const value = Variables.BOX_STS_CALLERS;
  if (value === undefined || typeof value === "string") return value && JSON.parse(value);
  const [, parts] = (value as { "Fn::Join": [string, unknown[]] })["Fn::Join"];
  const text = parts.map((part) =>
    typeof part === "string" ? part : `<${Object.values(part as object).flat()[0]}>`,
  );
  return JSON.parse(text.join(""));
}
