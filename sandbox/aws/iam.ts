import type { Identity } from "./identities.ts";

/** One IAM statement, reduced to what the deployed template and the policies of its callers use. */
export interface Grant {
  readonly effect: "allow" | "deny";
  /** Role ARN, or `*` for every principal. */
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
  /** The condition `secretsmanager:VersionStage`: the request has to name one of these stages. */
  readonly versionStages?: readonly string[];
}

export interface Attempt {
  readonly identity: Identity;
  readonly action: string;
  readonly resource: string;
  readonly viaFunctionUrl?: boolean;
  /** The stage that a request to Secrets Manager names, if it does. */
  readonly versionStage?: string;
}

/**
 * Decides as IAM does within one account: an explicit deny wins, and an allow of either side suffices, of the
 * identity's policies or of the resource's.
 * @returns `undefined` if allowed, else the refusal in AWS's words.
 */
export function refusal(grants: readonly Grant[], attempt: Attempt): string | undefined {
  const fitting = grants.filter((grant) => fits(grant, attempt));
  const who = `User: ${attempt.identity.sessionArn} is not authorized to perform: ${attempt.action} on resource: ${attempt.resource}`;
  const deny = fitting.find(({ effect }) => effect === "deny");
  if (deny !== undefined) {
    const side = deny.attachedTo === undefined ? "an identity-based" : "a resource-based";
    return `${who} with an explicit deny in ${side} policy`;
  }
  if (fitting.some(({ effect }) => effect === "allow")) return undefined;
  return `${who} because no identity-based policy allows the ${attempt.action} action`;
}

function fits(grant: Grant, attempt: Attempt): boolean {
  const { identity, action, resource, viaFunctionUrl = false, versionStage = "" } = attempt;
  return (
    (grant.principal === "*" || grant.principal === identity.roleArn) &&
    grant.unlessPrincipal !== identity.roleArn &&
    covers(grant.action, action) &&
    covers(grant.resource, resource) &&
    (grant.attachedTo ?? resource) === resource &&
    (grant.viaFunctionUrl ?? viaFunctionUrl) === viaFunctionUrl &&
    (grant.versionStages ?? [versionStage]).includes(versionStage)
  );
}

function covers(pattern: string, value: string): boolean {
  const literal = pattern.replaceAll(/[^A-Za-z0-9*?]/g, "\\$&");
  return new RegExp(`^${literal.replaceAll("*", ".*").replaceAll("?", ".")}$`).test(value);
}
