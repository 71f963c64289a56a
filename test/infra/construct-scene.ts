import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { App, Stack } from "aws-cdk-lib";
import { ArnPrincipal } from "aws-cdk-lib/aws-iam";
import { BoxTokenService, type BoxTokenServiceProps } from "../../infra/index.ts";
import { EXAMPLE_POLICY, mistakesOf, newFolder } from "./deployment.ts";

/** A statement of the example's policy whose caller has an alias. */
export const [, sync] = EXAMPLE_POLICY.statements as [object, object];
export const policy = (...statements: object[]) => ({ version: 1, statements });

/** What it reports for these props, and of what is then done with it. */
export const mistakesFor = (
  props: (stack: Stack) => Partial<BoxTokenServiceProps>,
  use: (service: BoxTokenService) => void = () => {},
) => {
  const path = join(newFolder(), "policy.json");
  writeFileSync(path, JSON.stringify(policy({ ...sync, app: "a" })));
  const env = { account: "123456789012", region: "eu-central-1" };
  const stack = new Stack(new App(), "Stack", { env });
  const apps = [{ name: "a", createSecret: "box/a" }];
  const service = new BoxTokenService(stack, "Box", { apps, policy: path, ...props(stack) });
  service.grantInvoke(new ArnPrincipal("arn:aws:iam::123456789012:role/nightly"), "nightly-sync");
  use(service);
  return mistakesOf(stack);
};
