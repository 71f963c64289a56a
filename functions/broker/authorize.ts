import type { Caller } from "../../schemas/policy/caller.ts";
import { matchesCaller } from "../../schemas/policy/caller-pattern.ts";
import type { Policy, Statement } from "../../schemas/policy/parse.ts";
import { matchesPattern } from "../../schemas/policy/pattern.ts";
import { includesScope } from "../../schemas/protocol/scopes.ts";
import type { TokenRequest } from "../../schemas/protocol/token-request.ts";
import { ok, type Result, refused } from "../../schemas/result.ts";
import type { Restriction } from "./ports.ts";

/** A request granted in full by one statement; without `restriction` it is the app's full token. */
export interface Grant {
  readonly statement: string;
  readonly restriction?: Restriction;
  /** The token is the caller's alone. */
  readonly isolate?: true;
}

/** Why nothing is granted; `reason` is for the log, `description` (what to add) for the caller. */
export interface Denial {
  readonly code: "unauthorized_client" | "invalid_request";
  readonly reason: string;
  readonly description?: string;
}

/**
 * Decides a request as written, by the policy alone: granted in full and inside one statement, or not at all.
 * What the request leaves open (`scope`, or `resource` where a statement lists some) is filled in only if
 * exactly one statement matches and has exactly one way to fill it; otherwise the caller must say it.
 */
export function authorize(
  policy: Policy,
  caller: Caller,
  app: string,
  request: TokenRequest,
): Result<Grant, Denial> {
  const matching = policy.statements.filter(
    (statement) =>
      matchesCaller(statement.caller, caller) &&
      matchesPattern(statement.app, app) &&
      matchesSubject(statement, request.subject) &&
      coversScopes(statement, request.scopes) &&
      coversResource(statement, request.resource),
  );
  const [first] = matching;
  if (first === undefined) {
    return refused({ code: "unauthorized_client", reason: noMatch(policy, caller) });
  }
  if (request.scopes !== undefined) return withScopes(matching, first, request.scopes, request.resource);
  if (matching.length > 1) return mustName("scope", "more than one statement matches");
  return withoutScopes(first, request.resource);
}

/** A caller without a name matches no statement that names one, so that a missing mapping grants nothing. */
function noMatch({ statements }: Policy, caller: Caller): string {
  const isUnnamed = "iam" in caller && caller.name === undefined;
  if (!isUnnamed || !statements.some((statement) => "name" in statement.caller))
    return "no statement matches";
  return "no statement matches; the policy names callers, and the deployment gives this one no name";
}

function withScopes(
  matching: readonly Statement[],
  first: Statement,
  scopes: readonly string[],
  resource: string | undefined,
): Result<Grant, Denial> {
  if (resource !== undefined) return grant(first, { scopes, resource });
  const listed = matching.map(({ resources }) => resources).find((resources) => resources !== undefined);
  if (listed === undefined) return grant(first, { scopes });
  if (matching.length > 1) return mustName("resource", "more than one statement matches");
  return withOnlyResource(first, scopes, listed);
}

function withoutScopes(statement: Statement, resource: string | undefined): Result<Grant, Denial> {
  if (statement.unrestricted) {
    if (resource === undefined) return grant(statement);
    const reason = "a resource needs a scope where the statement is unrestricted";
    return mustName("scope", reason, "a resource is bound to scopes, and the policy names none");
  }
  const scopes = [...statement.scopes].sort();
  if (resource !== undefined) return grant(statement, { scopes, resource });
  if (statement.resources === undefined) return grant(statement, { scopes });
  return withOnlyResource(statement, scopes, statement.resources);
}

function withOnlyResource(
  statement: Statement,
  scopes: readonly string[],
  [resource, ...others]: readonly string[],
): Result<Grant, Denial> {
  if (resource === undefined || others.length > 0 || resource.includes("*")) {
    return mustName("resource", "the statement allows more than one resource");
  }
  return grant(statement, { scopes, resource });
}

/** An enterprise id is compared with the app's own once its credentials are loaded; see `issueToken`. */
export function matchesSubject(statement: Statement, subject: TokenRequest["subject"]): boolean {
  const name = subject.type === "enterprise" ? "enterprise" : `user:${subject.id}`;
  return statement.subjects.some((pattern) => matchesPattern(pattern, name));
}

function coversScopes(statement: Statement, scopes: readonly string[] | undefined): boolean {
  if (statement.unrestricted || scopes === undefined) return true;
  return scopes.every((scope) => includesScope(statement.scopes, scope));
}

function coversResource(statement: Statement, resource: string | undefined): boolean {
  if (statement.resources === undefined || resource === undefined) return true;
  return statement.resources.some((pattern) => matchesPattern(pattern, resource));
}

function grant({ id, isolate }: Statement, restriction?: Restriction): Result<Grant, Denial> {
  return ok({
    statement: id,
    ...(restriction !== undefined && { restriction }),
    ...(isolate !== undefined && { isolate }),
  });
}

/** @param why for the caller */
function mustName(
  parameter: "scope" | "resource",
  reason: string,
  why = "the policy allows more than one",
): Result<never, Denial> {
  return refused({
    code: "invalid_request",
    reason,
    description: `${parameter} is required here, because ${why}: add ${parameter}.`,
  });
}
