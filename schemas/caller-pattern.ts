import type { Caller } from "./caller.ts";
import { matchesPattern } from "./pattern.ts";
import type { CallerPattern } from "./policy.ts";

/** Whether a statement's `caller` means this caller. */
export function matchesCaller(pattern: CallerPattern, caller: Caller): boolean {
  if ("alias" in pattern) return "alias" in caller && matchesPattern(pattern.alias, caller.alias);
  return "iam" in caller && matchesPattern(withoutPath(pattern.iam), withoutPath(caller.iam));
}

/**
 * An IAM ARN without the path of its role or user. An assumed-role session does not tell the role's path, and
 * names are unique within an account whatever their path.
 */
function withoutPath(arn: string): string {
  const kindEnd = arn.indexOf("/");
  return kindEnd < 0 ? arn : arn.slice(0, kindEnd + 1) + arn.slice(arn.lastIndexOf("/") + 1);
}
