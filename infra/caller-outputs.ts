import { CfnOutput, type Stack } from "aws-cdk-lib";
import { Construct } from "constructs";
import type { DeployedCaller } from "../schemas/deploy.ts";
import type { BoxTokenService } from "./box-token-service.ts";

/** Writes what callers call, and the policies that an administrator of another account gives to those over there. */
export function writeCallerOutputs(
  stack: Stack,
  service: BoxTokenService,
  callers: readonly DeployedCaller[],
): void {
  const output = (name: string, value: string, scope: Construct = stack) =>
    new CfnOutput(scope, name, { value });
  if (callers.some(({ url }) => url)) {
    output("TokenUrl", `${service.url}oauth2/token`);
    output("UrlFunction", service.urlFunctionName);
    output("TokenUrlFunctionArn", service.urlFunctionArn);
  }
  const { aliasArns } = service;
  if (Object.keys(aliasArns).length > 0) output("AliasArns", stack.toJsonString(aliasArns));
  const foreign = callers.filter(({ principal }) => principal.split(":")[4] !== stack.account);
  if (foreign.some(({ url }) => url)) {
    output("UrlCallerPolicy", stack.toJsonString(service.urlCallerPolicy()));
  }
  // A scope of their own, because names of outputs have no dashes: these get a hash, which keeps a-b and ab apart.
  const policies = new Construct(stack, "AliasCallerPolicy");
  for (const { alias } of foreign) {
    if (alias !== undefined) output(alias, stack.toJsonString(service.aliasCallerPolicy(alias)), policies);
  }
}
