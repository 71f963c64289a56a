import { Annotations, CfnResource, Reference, Stack, Token, Tokenization } from "aws-cdk-lib";
import { ArnPrincipal, type IGrantable, UnknownPrincipal } from "aws-cdk-lib/aws-iam";
import type { CfnFunction, Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import { Construct, type IConstruct } from "constructs";
import { checkPartition } from "./resource-location.ts";
import { SynthError } from "./synth-error.ts";

/** Options that every grant has. */
export interface GrantOptions {
  /**
   * Whether the caller may be of another account than the service.
   * @default false: such a caller fails the synth
   */
  readonly crossAccount?: boolean;
}

/** Replaces what only the deployment knows; no ARN has it. */
const UNKNOWN = "\0";

/** A role or user by name. `*`, `?` and `${…}` would mean others too, in a policy's condition. */
const ONE_IDENTITY = new RegExp(`^arn:[a-z${UNKNOWN}-]+:iam::([0-9]{12}|${UNKNOWN}):(?:role|user)/[^*?$]+$`);

/**
 * The ARN of the one role or user that is granted something; may be a token.
 * @param property what names it, for the sentence
 * @throws {SynthError} for whole accounts, services and everyone, for principals with conditions, for other partitions, and
 * for other accounts without `crossAccount`
 */
export function granteeArn(
  scope: IConstruct,
  grantee: IGrantable,
  property: string,
  crossAccount: boolean,
): string {
  requireGrantee(grantee, property);
  if (grantee.grantPrincipal instanceof UnknownPrincipal) {
    throw new SynthError(
      `${property}: the role of what is granted is not known, because it was imported without one; name it (Function.fromFunctionAttributes takes a role), or grant the role itself.`,
    );
  }
  const { principalJson, conditions } = grantee.grantPrincipal.policyFragment;
  const { AWS: principals = [], ...others } = principalJson;
  const [arn, ...more] = [principals].flat();
  const text = arn === undefined ? undefined : literalOf(scope, arn, property);
  const named = text === undefined ? null : ONE_IDENTITY.exec(text);
  const isOne = more.length === 0 && Object.keys(others).length === 0 && (text === UNKNOWN || named !== null);
  if (arn === undefined || !isOne || isOtherThanIdentity(arn)) {
    throw new SynthError(`${property}: a caller is one IAM role or user; name its ARN.`);
  }
  // CDK leaves them out of a role's own policy, and within one account an Allow of a resource policy excludes no one.
  if (Object.keys(conditions).length > 0) {
    throw new SynthError(
      `${property}: the conditions of the principal would not be enforced; grant the role or user without them, and have a policy of its own deny the other calls.`,
    );
  }
  checkPartition(scope, "caller", arn, property);
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

/** @throws {SynthError} for what a program without types may give instead of a role or user */
export function requireGrantee(grantee: IGrantable | undefined | null, property: string): void {
  if (grantee?.grantPrincipal !== undefined) return;
  throw new SynthError(
    `${property}: expected a role or user of the CDK, such as Role.fromRoleArn(scope, id, arn); give one.`,
  );
}

/** Whether IAM makes something of the app by this ARN that sends no request: a group or an instance profile, for instance. */
function isOtherThanIdentity(arn: string): boolean {
  const token = Tokenization.reverse(arn, { failConcat: false });
  if (!Reference.isReference(token) || !CfnResource.isCfnResource(token.target)) return false;
  return /^AWS::IAM::(?!(?:Role|User)$)/.test(token.target.cfnResourceType);
}

/** The function that is granted, and what to do where the grantee's own policy cannot name it. */
interface Granted {
  readonly target: LambdaFunction;
  /** What names the grant, for the sentence. */
  readonly property: string;
  /** The property of `functionNames` that names the function. */
  readonly functionName: string;
  /** What returns the statements of the grantee's own policy. */
  readonly callerPolicy: string;
}

/**
 * The grantee, or its ARN alone where it is of another stack whose name CloudFormation makes up. The service then refers
 * to the role; if the role's own policy, over there, referred to the service, neither stack could be deployed first. The
 * Allow of a bare ARN is in the service's resource policy, which is half of what AWS needs between two accounts. There a
 * function that has a name is named and not referred to, so that the grantee gets its half too; to name it for that would
 * replace one that is deployed, so that there is a warning instead.
 */
export function withoutCircularDependency(
  scope: IConstruct,
  grantee: IGrantable,
  arn: string,
  granted: Granted,
): IGrantable {
  const { grantPrincipal } = grantee;
  if (!Construct.isConstruct(grantPrincipal) || !Token.isUnresolved(arn)) return grantee;
  const [here, there] = [Stack.of(scope), Stack.of(grantPrincipal)];
  if (here === there) return grantee;
  if (here.account !== there.account) {
    const areKnown = !Token.isUnresolved(here.account) && !Token.isUnresolved(there.account);
    if (areKnown && hasName(granted.target)) return grantee;
    warnOfHalf(scope, grantPrincipal, granted);
  }
  return new ArnPrincipal(arn);
}

function hasName({ node }: LambdaFunction): boolean {
  const { functionName } = node.defaultChild as CfnFunction;
  return functionName !== undefined && !Token.isUnresolved(functionName);
}

function warnOfHalf(
  scope: IConstruct,
  { node }: Construct,
  { property, functionName, callerPolicy }: Granted,
): void {
  Annotations.of(scope).addWarningV2(
    `box-sts:half-a-grant-${functionName}-${node.addr}`,
    `${property}: ${node.path} gets no statement in its own policy, which AWS needs too where the accounts differ; give both stacks their account and the service functionNames.${functionName} (which replaces a function that is deployed), or give the role ${callerPolicy} in its account.`,
  );
}

/**
 * The text with `UNKNOWN` instead of each reference: a reference alone is a role of the app, or a parameter.
 * @throws {SynthError} for what another account or region makes without a name, to which CDK cannot refer
 */
function literalOf(scope: IConstruct, text: string, property: string): string {
  const resolved = resolvedOf(scope, text, property);
  if (typeof resolved === "string") return resolved;
  const join = (resolved as { readonly "Fn::Join"?: readonly [string, readonly unknown[]] })["Fn::Join"];
  if (join === undefined) return UNKNOWN;
  return join[1].map((part) => (typeof part === "string" ? part : UNKNOWN)).join(join[0]);
}

function resolvedOf(scope: IConstruct, text: string, property: string): unknown {
  try {
    return Stack.of(scope).resolve(text);
  } catch (error) {
    const [, path] = /Cannot use resource '(.*)' in a cross-environment/.exec(String(error)) ?? [];
    if (path === undefined) throw error;
    throw new SynthError(
      `${property}: the name of ${path} is known only at deploy, and the service is of another account or region; give it a name (roleName, userName), or PhysicalName.GENERATE_IF_NEEDED.`,
    );
  }
}
