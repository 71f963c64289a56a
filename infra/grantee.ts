import { Arn, ArnFormat, Stack, Token } from "aws-cdk-lib";
import type { IGrantable } from "aws-cdk-lib/aws-iam";
import type { IConstruct } from "constructs";
import { SynthError } from "./synth-error.ts";

const ONE_IDENTITY = /^arn:[a-z-]+:iam::[0-9]{12}:(?:role|user)\/.+$/;

/**
 * The ARN of the one role or user that is granted something; may be a token.
 * @param member what names it, for the sentence
 * @throws {SynthError} for whole accounts, services and everyone, and for other accounts unless that is meant
 */
export function granteeArn(
  scope: IConstruct,
  grantee: IGrantable,
  member: string,
  crossAccount: boolean,
): string {
  const { AWS: principals = [], ...others } = grantee.grantPrincipal.policyFragment.principalJson;
  const [arn, ...more] = [principals].flat();
  const isOne = arn !== undefined && more.length === 0 && Object.keys(others).length === 0;
  if (!isOne || (!Token.isUnresolved(arn) && !ONE_IDENTITY.test(arn))) {
    throw new SynthError(`${member}: a caller is one IAM role or user; name its ARN.`);
  }
  const account = Token.isUnresolved(arn)
    ? grantee.grantPrincipal.principalAccount
    : Arn.split(arn, ArnFormat.SLASH_RESOURCE_NAME).account;
  const own = Stack.of(scope).account;
  const known = account !== undefined && !Token.isUnresolved(account) && !Token.isUnresolved(own);
  if (known && account !== own && !crossAccount) {
    throw new SynthError(
      `${member}: the caller is of the account ${account}, the service of ${own}; if that is meant, say crossAccount: true, otherwise name a role of ${own}.`,
    );
  }
  return arn;
}
