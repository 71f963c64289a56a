import { CfnResource, Stack } from "aws-cdk-lib";
import { CfnTable } from "aws-cdk-lib/aws-dynamodb";
import { CfnEventBus } from "aws-cdk-lib/aws-events";
import { CfnFunction } from "aws-cdk-lib/aws-lambda";
import { CfnSecret } from "aws-cdk-lib/aws-secretsmanager";
import { CfnQueue } from "aws-cdk-lib/aws-sqs";

/** Lambda's limit for all names and values of one function's environment, in bytes of the JSON that it makes of them. */
const MAX_BYTES = 4_096;
/** Rounded up: the ARN of a role, whose name has at most 64 characters. */
const ARN_LENGTH = 100;
/** Rounded up: the URL of a queue, the ARN of a function or bus; generated names have 64 to 80 characters. */
const TARGET_LENGTH = 150;
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

/** Whether the deployment puts a text in its place. */
export const isIntrinsic = (value: object): boolean =>
  ["Ref", "Fn::GetAtt", "Fn::Join"].some((name) => Object.hasOwn(value, name));

/** The value as long as the deployment will make it. */
export function estimated(value: unknown, stack: Stack): string {
  if (typeof value !== "object" || value === null) return String(value);
  const {
    Ref: id,
    "Fn::GetAtt": attribute,
    "Fn::Join": join,
  } = value as {
    readonly Ref?: string;
    readonly "Fn::GetAtt"?: readonly [string, string];
    readonly "Fn::Join"?: readonly [string, readonly unknown[]];
  };
  if (join !== undefined) return join[1].map((part) => estimated(part, stack)).join(join[0]);
  if (id?.startsWith("AWS::")) return "-".repeat(PSEUDO_LENGTH);
  return "-".repeat(lengthOf(id ?? attribute?.[0], stack) ?? ARN_LENGTH);
}

/** Of what `Ref` gives, the ARN of a secret, the name of a table, or of the address of a webhook's target. */
function lengthOf(id: string | undefined, stack: Stack): number | undefined {
  const resource = stack.node
    .findAll()
    .find((one) => CfnResource.isCfnResource(one) && stack.resolve(one.logicalId) === id);
  if (resource instanceof CfnQueue || resource instanceof CfnFunction || resource instanceof CfnEventBus) {
    return TARGET_LENGTH;
  }
  if (resource instanceof CfnTable) return `${stack.stackName}-${id}${MADE_UP_SUFFIX}`.length;
  if (!(resource instanceof CfnSecret)) return undefined;
  const [partition, region, account] = [stack.partition, stack.region, stack.account].map((part) =>
    estimated(stack.resolve(part), stack),
  );
  const name = resource.name ?? `${id}${MADE_UP_SUFFIX}`;
  return `arn:${partition}:secretsmanager:${region}:${account}:secret:${name}${SUFFIX}`.length;
}
