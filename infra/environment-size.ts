import { CfnResource, Stack } from "aws-cdk-lib";
import { CfnTable } from "aws-cdk-lib/aws-dynamodb";
import type { CfnFunction } from "aws-cdk-lib/aws-lambda";
import { CfnSecret } from "aws-cdk-lib/aws-secretsmanager";

/** Lambda's limit for all names and values of one function's environment, in bytes of the JSON that it makes of them. */
const MAX_BYTES = 4_096;
/** Rounded up: the ARN of a role, whose name has at most 64 characters. */
const ARN_LENGTH = 100;
/** Rounded up: a partition, a region, an account. */
const PSEUDO_LENGTH = 16;
const SUFFIX = "-AbCdEf";
/** What CloudFormation adds to a name that it makes up. */
const MADE_UP_SUFFIX = "-ABCDEFGHIJKLM";

/** The sentence about an environment that Lambda would not take; nothing if it takes it. */
export function environmentTooLong(name: string, lambda: CfnFunction): readonly string[] {
  const stack = Stack.of(lambda);
  const { variables } = (stack.resolve(lambda.environment) ?? {}) as {
    readonly variables?: Readonly<Record<string, unknown>>;
  };
  const texts = Object.entries(variables ?? {}).map(([key, value]) => [key, estimated(value, stack)]);
  const bytes = Buffer.byteLength(JSON.stringify(Object.fromEntries(texts)));
  if (bytes <= MAX_BYTES) return [];
  return [
    `The environment of ${name} would have about ${bytes} bytes, and Lambda allows ${MAX_BYTES}; shorten the names of apps, secrets and callers, or deploy a second service for some of them.`,
  ];
}

/** The value as long as the deployment will make it. */
function estimated(value: unknown, stack: Stack): string {
  if (typeof value !== "object" || value === null) return String(value);
  const { Ref: id, "Fn::Join": join } = value as {
    readonly Ref?: string;
    readonly "Fn::Join"?: readonly [string, readonly unknown[]];
  };
  if (join !== undefined) return join[1].map((part) => estimated(part, stack)).join(join[0]);
  if (id?.startsWith("AWS::")) return "-".repeat(PSEUDO_LENGTH);
  return "-".repeat(lengthOf(id, stack) ?? ARN_LENGTH);
}

/** Of what `Ref` gives: the ARN of a secret, the name of a table. */
function lengthOf(id: string | undefined, stack: Stack): number | undefined {
  const resource = stack.node
    .findAll()
    .find((one) => CfnResource.isCfnResource(one) && stack.resolve(one.logicalId) === id);
  if (resource instanceof CfnTable) return `${stack.stackName}-${id}${MADE_UP_SUFFIX}`.length;
  if (!(resource instanceof CfnSecret)) return undefined;
  const [partition, region, account] = [stack.partition, stack.region, stack.account].map((part) =>
    estimated(stack.resolve(part), stack),
  );
  const name = resource.name ?? `${id}${MADE_UP_SUFFIX}`;
  return `arn:${partition}:secretsmanager:${region}:${account}:secret:${name}${SUFFIX}`.length;
}
