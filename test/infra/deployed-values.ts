import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { App, Stack } from "aws-cdk-lib";
import { expect } from "vitest";
import { BoxTokenService, type BoxTokenServiceProps } from "../../infra/index.ts";
import { type Deployment, newFolder, ofType, type TemplateResource } from "./deployment.ts";
import { ENV, policyOf } from "./service.ts";

/** The value that a deployment puts instead of a reference, given the argument of its intrinsic function. */
type Resolve = (argument: unknown) => string;

/** The function whose logical id begins so. */
export const functionOf = (deployment: Deployment, id: string): TemplateResource =>
  ofType(deployment, "AWS::Lambda::Function").find(([name]) => name.startsWith(id))?.[1] ??
  expect.fail(`no function ${id}`);

/** Its variables as a deployment makes them. */
export function variablesOf(
  deployment: Deployment,
  id: string,
  resolved: Resolve,
): Readonly<Record<string, string>> {
  const { Variables } = functionOf(deployment, id).Properties.Environment as {
    Variables: Record<string, unknown>;
  };
  return Object.fromEntries(
    Object.entries(Variables).map(([name, value]) => [name, textOf(value, resolved)]),
  );
}

/** A text of the template as a deployment makes it. */
export function textOf(value: unknown, resolved: Resolve): string {
  if (typeof value === "string") return value;
  const [[intrinsic, argument]] = Object.entries(value as object) as [[string, unknown]];
  if (intrinsic !== "Fn::Join") return resolved(argument);
  return (argument as [string, unknown[]])[1].map((part) => textOf(part, resolved)).join("");
}

/** The construct in a deployer's stack, with these props and a policy without statements. */
export function inStack(
  propsOf: (stack: Stack) => Omit<BoxTokenServiceProps, "policy">,
  env: object = ENV,
): { readonly stack: Stack; readonly service: BoxTokenService } {
  const stack = new Stack(new App({ outdir: newFolder() }), "Theirs", { env });
  const policy = join(newFolder(), "policy.json");
  writeFileSync(policy, JSON.stringify({ ...policyOf(), statements: [] }));
  return { stack, service: new BoxTokenService(stack, "Service", { ...propsOf(stack), policy }) };
}
