import type { Identity } from "./identities.ts";

/** One IAM statement, reduced to what the deployed template uses. */
export interface Grant {
  readonly effect: "allow" | "deny";
  /** Role ARN, or `*` for everyone. */
  readonly principal: string;
  /** `service:Action`, or `service:*`. */
  readonly action: string;
  /** Exact ARN, or one that ends in `*`. */
  readonly resource: string;
  /** The condition `lambda:InvokedViaFunctionUrl`; absent means that it does not matter. */
  readonly viaFunctionUrl?: boolean;
}

export interface Attempt {
  readonly identity: Identity;
  readonly action: string;
  readonly resource: string;
  readonly viaFunctionUrl?: boolean;
}

/**
 * Decides as IAM does: an explicit deny wins, an allow is needed.
 * @returns `undefined` if allowed, else the refusal in AWS's words.
 */
export function refusal(grants: readonly Grant[], attempt: Attempt): string | undefined {
  const fitting = grants.filter((grant) => fits(grant, attempt));
  const who = `User: ${attempt.identity.sessionArn} is not authorized to perform: ${attempt.action} on resource: ${attempt.resource}`;
  if (fitting.some(({ effect }) => effect === "deny")) {
    return `${who} with an explicit deny in a resource-based policy`;
  }
  if (fitting.some(({ effect }) => effect === "allow")) return undefined;
  return `${who} because no identity-based policy allows the ${attempt.action} action`;
}

function fits(grant: Grant, { identity, action, resource, viaFunctionUrl = false }: Attempt): boolean {
  return (
    (grant.principal === "*" || grant.principal === identity.roleArn) &&
    covers(grant.action, action) &&
    covers(grant.resource, resource) &&
    (grant.viaFunctionUrl ?? viaFunctionUrl) === viaFunctionUrl
  );
}

function covers(pattern: string, value: string): boolean {
  return pattern.endsWith("*") ? value.startsWith(pattern.slice(0, -1)) : pattern === value;
}
