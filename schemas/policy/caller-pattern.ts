import { type Caller, nameOf } from "./caller.ts";
import type { CallerPattern } from "./parse.ts";
import { matchesPattern } from "./pattern.ts";

/**
 * Whether a statement's `caller` means this caller. Roles are compared by account and name, because an assumed-role
 * session does not report its role's path and a name is unique within its account; users by their whole ARN. A
 * caller's name is compared exactly.
 */
export function matchesCaller(pattern: CallerPattern, caller: Caller): boolean {
  if ("name" in pattern) return nameOf(caller) === pattern.name;
  if ("alias" in pattern) return "alias" in caller && matchesPattern(pattern.alias, caller.alias);
  return "iam" in caller && matchesPattern(comparable(pattern.iam), withoutRolePath(caller.iam));
}

/**
 * Without its path `role/PATH/*` would mean every role of the account. The schema refuses such a pattern; here it
 * keeps its path and so matches no role.
 */
function comparable(pattern: string): string {
  return pattern.includes("*") ? pattern : withoutRolePath(pattern);
}

/** The ARN of a role as its sessions report it; every other ARN as it is. */
export function withoutRolePath(arn: string): string {
  return arn.replace(/^([^/]*:role)\/(?:.*\/)?/s, "$1/");
}
