import { Stack, Token } from "aws-cdk-lib";
import { ArnPrincipal, type IGrantable } from "aws-cdk-lib/aws-iam";
import { Construct, type IConstruct } from "constructs";
import { SynthError } from "./synth-error.ts";

/** Options that every grant has. */
export interface GrantOptions {
  /**
   * Whether the caller may be of another account than the service.
   * @default false: such a caller fails the synth
   */
  readonly crossAccount?: boolean;
}

/** Instead of what only the deployment knows; no ARN has it. */
const UNKNOWN = "\0";

/** A role or user by name. `*`, `?` and `${…}` would mean others too, in a policy's condition. */
const ONE_IDENTITY = new RegExp(`^arn:[a-z${UNKNOWN}-]+:iam::([0-9]{12}|${UNKNOWN}):(?:role|user)/[^*?$]+$`);

/**
 * The ARN of the one role or user that is granted something; may be a token.
 * @param property what names it, for the sentence
 * @throws {SynthError} for whole accounts, services and everyone, and for other accounts without `crossAccount`
 */
export function granteeArn(
  scope: IConstruct,
  grantee: IGrantable,
  property: string,
  crossAccount: boolean,
): string {
  const { AWS: principals = [], ...others } = grantee.grantPrincipal.policyFragment.principalJson;
  const [arn, ...more] = [principals].flat();
  const text = arn === undefined ? undefined : literalOf(scope, arn);
  const named = text === undefined ? null : ONE_IDENTITY.exec(text);
  const isOne = more.length === 0 && Object.keys(others).length === 0 && (text === UNKNOWN || named !== null);
  if (arn === undefined || !isOne) {
    throw new SynthError(`${property}: a caller is one IAM role or user; name its ARN.`);
  }
  const account = named?.[1] ?? grantee.grantPrincipal.principalAccount ?? UNKNOWN;
  const own = Stack.of(scope).account;
  const known = account !== UNKNOWN && !Token.isUnresolved(account) && !Token.isUnresolved(own);
  if (known && account !== own && !crossAccount) {
    throw new SynthError(
      `${property}: the caller belongs to the account ${account}, the service to ${own}; if that is intended, set crossAccount: true, otherwise name a role of ${own}.`,
    );
  }
  return arn;
}

/**
 * The grantee, or its ARN alone where it is of another stack whose name CloudFormation makes up. The service then refers
 * to the role; if the role's own policy, over there, referred to the service, neither stack could be deployed first. The
 * Allow of a bare ARN is in the service's resource policy.
 */
export function withoutCircularDependency(scope: IConstruct, grantee: IGrantable, arn: string): IGrantable {
  const { grantPrincipal } = grantee;
  const elsewhere = Construct.isConstruct(grantPrincipal) && Stack.of(grantPrincipal) !== Stack.of(scope);
  return elsewhere && Token.isUnresolved(arn) ? new ArnPrincipal(arn) : grantee;
}

/** The text with `UNKNOWN` instead of each reference: a reference alone is a role of the app, or a parameter. */
function literalOf(scope: IConstruct, text: string): string {
  const resolved: unknown = Stack.of(scope).resolve(text);
  if (typeof resolved === "string") return resolved;
  const join = (resolved as { readonly "Fn::Join"?: readonly [string, readonly unknown[]] })["Fn::Join"];
  if (join === undefined) return UNKNOWN;
  return join[1].map((part) => (typeof part === "string" ? part : UNKNOWN)).join(join[0]);
}
