import { didYouMean } from "../../schemas/json/nearest.ts";
import type { Caller } from "../../schemas/policy/caller.ts";
import type { Policy } from "../../schemas/policy/parse.ts";
import { PROBLEMS, type ProblemCode } from "../../schemas/protocol/problems.ts";
import { misspeltScopes } from "../../schemas/protocol/scopes.ts";
import type { TokenRequest } from "../../schemas/protocol/token-request.ts";
import type { Result } from "../../schemas/result.ts";

/** Refusals for which a misspelt scope may be the reason. */
const BY_SCOPE: ReadonlySet<ProblemCode> = new Set(["unauthorized_client", "box_scope_refused"]);

/**
 * The text of a refusal that names the scopes that are probably misspelt; undefined where none is, or where they cannot
 * be the reason. It depends on the request and on Box's scopes alone, so that it reveals nothing of the policy.
 */
export function scopeDescription(
  code: ProblemCode,
  request: Result<TokenRequest, unknown> | undefined,
): string | undefined {
  if (!request?.ok || !BY_SCOPE.has(code)) return undefined;
  const hint = misspeltScopes(request.value.scopes ?? []);
  const { title, remedy } = PROBLEMS[code];
  return hint === undefined ? undefined : `${title} ${hint} ${remedy}`;
}

/** For the log: the configured app and the alias of the policy that were probably meant. Nothing where none is close. */
export function likelyNames(
  { statements }: Policy,
  caller: Caller,
  app: string,
  apps: readonly string[],
): string {
  const ofApp = apps.includes(app) ? "" : didYouMean(app, apps);
  // An alias is the name of its caller, too.
  const aliases = statements.flatMap(({ caller: named }) => {
    if ("alias" in named) return [named.alias];
    return "name" in named ? [named.name] : [];
  });
  const alias = "alias" in caller && !aliases.includes(caller.alias) ? caller.alias : undefined;
  const ofAlias = alias === undefined ? "" : didYouMean(alias, aliases);
  return [
    ...(ofApp === "" ? [] : [`; the app ${app} is not configured.${ofApp}`]),
    ...(ofAlias === "" ? [] : [`; no statement names the alias ${alias}.${ofAlias}`]),
  ].join("");
}
