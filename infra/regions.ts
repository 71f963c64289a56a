import { Stack, Token } from "aws-cdk-lib";
import type { IConstruct } from "constructs";
import { SynthError } from "./synth-error.ts";

/**
 * As of November 2026: https://docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html, and those where
 * CloudFormation's schema lacks AWS::Lambda::Url (Mexico).
 */
export const WITHOUT_FUNCTION_URL: ReadonlySet<string> = new Set([
  "ap-east-2",
  "ap-south-2",
  "ap-southeast-4",
  "ap-southeast-5",
  "ap-southeast-6",
  "ap-southeast-7",
  "ca-west-1",
  "eu-central-2",
  "eu-south-2",
  "il-central-1",
  "mx-central-1",
]);

/** As of November 2026, where CloudFormation's schema lacks AWS::Lambda::ResourcePolicy. None has URLs without it. */
export const WITHOUT_RESOURCE_POLICY: ReadonlySet<string> = new Set([
  "cn-north-1",
  "cn-northwest-1",
  "me-central-1",
  "us-gov-east-1",
  "us-gov-west-1",
]);

/** @throws {SynthError} where CloudFormation cannot write the Denies that keep callers apart */
export function requireResourcePolicies(scope: IConstruct): void {
  const { region } = Stack.of(scope);
  if (Token.isUnresolved(region) || !WITHOUT_RESOURCE_POLICY.has(region)) return;
  throw new SynthError(
    `region: CloudFormation has no AWS::Lambda::ResourcePolicy in ${region}, without which callers could be mistaken for each other; deploy to another region (docs/deploy.md, "Regions").`,
  );
}

/** @param remedy beside another region @throws {SynthError} */
export function requireFunctionUrls(scope: IConstruct, property: string, remedy: string): void {
  const { region } = Stack.of(scope);
  if (Token.isUnresolved(region) || !WITHOUT_FUNCTION_URL.has(region)) return;
  throw new SynthError(
    `${property}: Lambda has no Function URLs in ${region}; ${remedy}, or deploy to another region (docs/deploy.md, "Regions").`,
  );
}
