import { Arn, ArnFormat, Stack, Token } from "aws-cdk-lib";
import type { Construct } from "constructs";
import { SynthError } from "./synth-error.ts";

interface Place {
  readonly member: string;
  readonly what: "secret" | "key";
  /** What to do about another region. */
  readonly otherRegion: string;
  /** Whether another account is accepted. */
  readonly crossAccount: boolean;
  /** What to do about another account; absent: what `crossAccount` of an app demands. */
  readonly otherAccount?: string;
}

/** @throws {SynthError} for an alias of a key: what is allowed by its ARN, IAM allows for no key */
export function refuseAlias(keyArn: string, member: string): void {
  if (!keyArn.includes(":alias/")) return;
  throw new SynthError(
    `${member}: it is an alias, which IAM statements do not accept instead of its key; give the key (Key.fromKeyArn, Key.fromLookup).`,
  );
}

/** The functions read their own region's Secrets Manager. What only the deployment knows passes. @throws {SynthError} */
export function checkPlace(
  scope: Construct,
  arn: string,
  { member, what, otherRegion, crossAccount, otherAccount }: Place,
): void {
  if (what === "key") refuseAlias(arn, member);
  if (Token.isUnresolved(arn)) return;
  const format = what === "key" ? ArnFormat.SLASH_RESOURCE_NAME : ArnFormat.COLON_RESOURCE_NAME;
  const { region, account } = Arn.split(arn, format);
  const own = Stack.of(scope);
  if (!Token.isUnresolved(own.region) && region !== own.region) {
    throw new SynthError(
      `${member}: the ${what} is in the region ${region}, the stack in ${own.region}; ${otherRegion}.`,
    );
  }
  if (!crossAccount && !Token.isUnresolved(own.account) && account !== own.account) {
    const remedy =
      otherAccount ??
      `if that is meant, say crossAccount: true and let the functions' roles use it in its own policy in that account, otherwise give one of ${own.account}`;
    throw new SynthError(
      `${member}: the ${what} is of the account ${account}, the service of ${own.account}; ${remedy}.`,
    );
  }
}

/** Whether the ARN is of another account, as far as the synth knows both. */
export function isOfAnotherAccount(scope: Construct, secretArn: string): boolean {
  const own = Stack.of(scope).account;
  if (Token.isUnresolved(secretArn) || Token.isUnresolved(own)) return false;
  return Arn.split(secretArn, ArnFormat.COLON_RESOURCE_NAME).account !== own;
}
