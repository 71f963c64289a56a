import { Arn, ArnFormat, Stack, Token } from "aws-cdk-lib";
import type { IKey } from "aws-cdk-lib/aws-kms";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import type { IQueue } from "aws-cdk-lib/aws-sqs";
import { RegionInfo } from "aws-cdk-lib/region-info";
import type { Construct, IConstruct } from "constructs";
import { SynthError } from "./synth-error.ts";

interface LocationRule {
  readonly property: string;
  /** What to do about another region. */
  readonly otherRegion: string;
  /** Whether another account is accepted. */
  readonly crossAccount: boolean;
  /** What to do about another account; absent: what `crossAccount` of an app demands. */
  readonly otherAccount?: string;
}

/** @throws {SynthError} for an alias of a key: what is allowed by its ARN, IAM allows for no key */
export function refuseAlias(key: IKey, property: string): void {
  // The ARN of an alias that the stack makes is known only to the deployment.
  if (!("aliasName" in key) && !key.keyArn.includes(":alias/")) return;
  throw new SynthError(
    `${property}: it is an alias, which IAM statements do not accept instead of its key; give the key (Key.fromKeyArn, Key.fromLookup).`,
  );
}

/** Accepts a value that only the deployment knows. @throws {SynthError} */
export function checkKeyLocation(scope: Construct, key: IKey, rule: LocationRule): void {
  refuseAlias(key, rule.property);
  checkLocation(scope, "key", key.keyArn, rule);
}

/** The functions read their own region's Secrets Manager. Accepts a value that only the deployment knows. @throws {SynthError} */
export function checkSecretLocation(scope: Construct, secretArn: string, rule: LocationRule): void {
  checkLocation(scope, "secret", secretArn, rule);
}

/**
 * CloudWatch notifies topics of the alarm's own region, of any account. Accepts a value that only the deployment knows.
 * @throws {SynthError}
 */
export function checkTopicLocation(scope: Construct, topic: ITopic, property: string): void {
  if (typeof topic !== "object") {
    throw new SynthError(
      `${property}: expected a topic of the CDK; give Topic.fromTopicArn(scope, id, arn).`,
    );
  }
  const [{ region }, own] = [topic.env, Stack.of(scope).region];
  if (region === own || Token.isUnresolved(region) || Token.isUnresolved(own)) return;
  throw new SynthError(
    `${property}: the topic is in the region ${region}, the stack in ${own}; CloudWatch notifies topics of the alarm's own region alone; give a topic of that region.`,
  );
}

/**
 * A queue may be of another region than the stack, and its key is of the queue's. Accepts a value that only the deployment
 * knows. @throws {SynthError}
 */
export function checkQueueKeyLocation(
  { env, encryptionMasterKey: key }: Pick<IQueue, "env" | "encryptionMasterKey">,
  property: string,
): void {
  if (key === undefined || key.env.region === env.region) return;
  if (Token.isUnresolved(key.env.region) || Token.isUnresolved(env.region)) return;
  throw new SynthError(
    `${property}: the key is in the region ${key.env.region}, the queue in ${env.region}; a key encrypts queues of its own region alone; give a key of that region.`,
  );
}

/** AWS gives no access from one partition to another. What only the deployment knows passes. @throws {SynthError} */
export function checkPartition(scope: IConstruct, what: string, arn: string, property: string): void {
  const { region } = Stack.of(scope);
  const [, given] = /^arn:([a-z-]+):/.exec(arn) ?? [];
  const own = Token.isUnresolved(region) ? undefined : RegionInfo.get(region).partition;
  if (given === undefined || own === undefined || given === own) return;
  throw new SynthError(
    `${property}: the ${what} is of the partition ${given}, and the region ${region} is of ${own}; give one whose ARN begins with arn:${own}.`,
  );
}

function checkLocation(
  scope: Construct,
  what: "secret" | "key",
  arn: string,
  { property, otherRegion, crossAccount, otherAccount }: LocationRule,
): void {
  if (Token.isUnresolved(arn)) return;
  checkPartition(scope, what, arn, property);
  const format = what === "key" ? ArnFormat.SLASH_RESOURCE_NAME : ArnFormat.COLON_RESOURCE_NAME;
  const { region, account } = Arn.split(arn, format);
  const own = Stack.of(scope);
  if (!Token.isUnresolved(own.region) && region !== own.region) {
    throw new SynthError(
      `${property}: the ${what} is in the region ${region}, the stack in ${own.region}; ${otherRegion}.`,
    );
  }
  if (!crossAccount && !Token.isUnresolved(own.account) && account !== own.account) {
    const remedy =
      otherAccount ??
      `if that is intended, set crossAccount: true and let the functions' roles use it in its own policy in that account, otherwise give one of ${own.account}`;
    throw new SynthError(
      `${property}: the ${what} belongs to the account ${account}, the service to ${own.account}; ${remedy}.`,
    );
  }
}

/** Whether the ARN is of another account, as far as the synth knows both. */
export function isOfAnotherAccount(scope: Construct, secretArn: string): boolean {
  const own = Stack.of(scope).account;
  if (Token.isUnresolved(secretArn) || Token.isUnresolved(own)) return false;
  return Arn.split(secretArn, ArnFormat.COLON_RESOURCE_NAME).account !== own;
}
