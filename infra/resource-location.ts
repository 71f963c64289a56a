import { Arn, ArnFormat, Stack, Token } from "aws-cdk-lib";
import type { IKey } from "aws-cdk-lib/aws-kms";
import type { Construct } from "constructs";
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

/** What only the deployment knows passes. @throws {SynthError} */
export function checkKeyLocation(scope: Construct, key: IKey, rule: LocationRule): void {
  refuseAlias(key, rule.property);
  checkLocation(scope, "key", key.keyArn, rule);
}

/** The functions read their own region's Secrets Manager. What only the deployment knows passes. @throws {SynthError} */
export function checkSecretLocation(scope: Construct, secretArn: string, rule: LocationRule): void {
  checkLocation(scope, "secret", secretArn, rule);
}

function checkLocation(
  scope: Construct,
  what: "secret" | "key",
  arn: string,
  { property, otherRegion, crossAccount, otherAccount }: LocationRule,
): void {
  if (Token.isUnresolved(arn)) return;
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
