import type { Caller } from "../../schemas/policy/caller.ts";
import { matchesCaller } from "../../schemas/policy/caller-pattern.ts";
import type { Policy, Statement } from "../../schemas/policy/parse.ts";
import { matchesPattern } from "../../schemas/policy/pattern.ts";
import { includesScope } from "../../schemas/protocol/scopes.ts";
import { matchesSubject } from "./authorize.ts";
import type { KnownToken } from "./shared-cache/issued-token.ts";

/** What a caller may do with a token of the service. */
export interface RevocationGrant {
  /** The statement that allows it; undefined where the token was isolated for this caller. */
  readonly statement: string | undefined;
  /** Whether the token ends at Box, or only its service from the cache does: others may still work with it. */
  readonly endsAtBox: boolean;
}

/**
 * A caller may end the token that is its own alone. A shared token it may remove from the cache if the policy would give it
 * that very token; it may end it at Box if a statement that says `revoke` covers the token.
 * @param callerId as in the audit lines
 * @returns undefined where the caller may do nothing
 */
export function authorizeRevocation(
  policy: Policy,
  caller: Caller,
  callerId: string,
  token: KnownToken,
): RevocationGrant | undefined {
  const covering = policy.statements.filter(
    (statement) => matchesCaller(statement.caller, caller) && covers(statement, token),
  );
  const revoking = covering.find(({ revoke }) => revoke);
  if (revoking !== undefined) return { statement: revoking.id, endsAtBox: true };
  if (token.isolatedFor !== undefined) {
    return token.isolatedFor === callerId ? { statement: covering[0]?.id, endsAtBox: true } : undefined;
  }
  const [first] = covering;
  return first && { statement: first.id, endsAtBox: false };
}

/** Whether everything that the token can do is inside the statement. */
function covers(statement: Statement, { app, subject, restriction }: KnownToken): boolean {
  if (!matchesPattern(statement.app, app)) return false;
  if (!matchesSubject(statement, subject)) return false;
  if (statement.unrestricted) return true;
  if (restriction === undefined) return false;
  const { scopes, resource } = restriction;
  if (!scopes.every((scope) => includesScope(statement.scopes, scope))) return false;
  const { resources } = statement;
  if (resources === undefined) return true;
  return resource !== undefined && resources.some((pattern) => matchesPattern(pattern, resource));
}
