import type { Identity } from "./identities.ts";

/** One IAM statement, reduced to what the deployed template and the policies of its callers use. */
export interface Grant {
  readonly effect: "allow" | "deny";
  /**
   * ARN or unique id of a role or user, `*` for every principal, or an account's `:root`, which means all of its
   * principals.
   */
  readonly principal: string;
  /** `service:Action`, or `service:*`. */
  readonly action: string;
  /** Exact ARN, or one in which `*` matches any characters and `?` one. */
  readonly resource: string;
  /**
   * ARN of the resource whose policy has the statement: it applies to requests for this very ARN, whatever `resource`
   * covers. Absent: the statement is in an identity policy of the principal.
   */
  readonly attachedTo?: string;
  /** The condition `lambda:InvokedViaFunctionUrl`; absent means that it does not matter. */
  readonly viaFunctionUrl?: boolean;
  /** The condition `ArnNotEquals` of `aws:PrincipalArn`: the statement leaves out this role. */
  readonly unlessPrincipal?: string;
  /** The condition `ArnEquals` of `aws:PrincipalArn`: the statement applies to these roles and users alone. */
  readonly onlyPrincipals?: readonly string[];
  /** The condition `StringEquals` of `aws:PrincipalAccount`. */
  readonly onlyAccounts?: readonly string[];
  /** The condition `secretsmanager:VersionStage`: the request has to name one of these stages. */
  readonly versionStages?: readonly string[];
  /** The condition `dynamodb:LeadingKeys`: every item of the request has a partition key like one of these. */
  readonly leadingKeys?: readonly string[];
}

export interface Attempt {
  readonly identity: Identity;
  readonly action: string;
  readonly resource: string;
  readonly viaFunctionUrl?: boolean;
  /** The stage that a request to Secrets Manager names, if it does. */
  readonly versionStage?: string;
  /** The partition keys that a request to DynamoDB names, if it does. */
  readonly leadingKeys?: readonly string[];
}

const ACCOUNT_PRINCIPAL = /^arn:[a-z-]+:iam::([0-9]{12}):root$/;

/**
 * Decides as IAM does. An explicit deny wins. Within the resource's account an allow of either side suffices, of the
 * identity's policies or of the resource's; but an allow whose principal is the account delegates to the account, whose
 * identity policies then have to allow too. A principal of another account needs an allow of both sides.
 * @returns `undefined` if allowed, else the refusal in AWS's words.
 */
export function refusal(grants: readonly Grant[], attempt: Attempt): string | undefined {
  const fitting = grants.filter((grant) => fits(grant, attempt));
  const { identity, action, resource } = attempt;
  const who = `User: ${identity.sessionArn} is not authorized to perform: ${action} on resource: ${resource}`;
  const deny = fitting.find(({ effect }) => effect === "deny");
  if (deny !== undefined) {
    const side = deny.attachedTo === undefined ? "an identity-based" : "a resource-based";
    return `${who} with an explicit deny in ${side} policy`;
  }
  const ofIdentity = fitting.some(({ attachedTo }) => attachedTo === undefined);
  const ofResource = fitting.filter(({ attachedTo }) => attachedTo !== undefined);
  const accountOfResource = resource.split(":")[4] ?? "";
  const isForeign = accountOfResource !== "" && accountOfResource !== identity.account;
  if (isForeign && ofResource.length === 0) {
    return `${who} because no resource-based policy allows the ${action} action`;
  }
  const isDirect = ofResource.some(({ principal }) => !ACCOUNT_PRINCIPAL.test(principal));
  if (ofIdentity || (isDirect && !isForeign)) return undefined;
  return `${who} because no identity-based policy allows the ${action} action`;
}

/**
 * Resource policies as AWS stores them: a role or user that is a principal becomes its unique id, which a role made
 * again under the same name does not have. ARNs in conditions stay as they are.
 */
export function stored(grants: readonly Grant[], identities: readonly Identity[]): readonly Grant[] {
  return grants.map((grant) => {
    const named = identities.find(({ roleArn }) => roleArn === grant.principal);
    if (grant.attachedTo === undefined || named === undefined) return grant;
    return { ...grant, principal: uniqueIdOf(named) };
  });
}

function fits(grant: Grant, attempt: Attempt): boolean {
  const { identity, action, resource, viaFunctionUrl = false, versionStage = "", leadingKeys = [] } = attempt;
  return (
    isPrincipal(grant.principal, identity) &&
    grant.unlessPrincipal !== identity.roleArn &&
    (grant.onlyPrincipals ?? [identity.roleArn]).includes(identity.roleArn) &&
    (grant.onlyAccounts ?? [identity.account]).includes(identity.account) &&
    covers(grant.action, action) &&
    covers(grant.resource, resource) &&
    (grant.attachedTo ?? resource) === resource &&
    (grant.viaFunctionUrl ?? viaFunctionUrl) === viaFunctionUrl &&
    (grant.versionStages ?? [versionStage]).includes(versionStage) &&
    (grant.leadingKeys === undefined || areAllLike(leadingKeys, grant.leadingKeys))
  );
}

/** With `Null: false` beside it, as the template has it: a request that names no key has none like it. */
function areAllLike(keys: readonly string[], patterns: readonly string[]): boolean {
  return keys.length > 0 && keys.every((key) => patterns.some((pattern) => covers(pattern, key)));
}

function isPrincipal(principal: string, identity: Identity): boolean {
  const account = ACCOUNT_PRINCIPAL.exec(principal)?.[1];
  if (account !== undefined) return account === identity.account;
  return ["*", identity.roleArn, uniqueIdOf(identity)].includes(principal);
}

const uniqueIdOf = ({ userId }: Identity): string => userId.split(":")[0] ?? userId;

function covers(pattern: string, value: string): boolean {
  const literal = pattern.replaceAll(/[^A-Za-z0-9*?]/g, "\\$&");
  return new RegExp(`^${literal.replaceAll("*", ".*").replaceAll("?", ".")}$`).test(value);
}
