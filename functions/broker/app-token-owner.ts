import type { Policy } from "../../schemas/policy/parse.ts";
import { matchesPattern } from "../../schemas/policy/pattern.ts";
import { Failure, PROBLEMS } from "../../schemas/protocol/problems.ts";
import { matchesSubject } from "./authorize.ts";
import { tokenSha256 } from "./held-token.ts";
import type { CredentialStore, RequestContext } from "./ports.ts";
import type { KnownToken } from "./shared-cache/issued-token.ts";

interface OwnerPorts {
  /** Names of the configured apps. */
  readonly apps: readonly string[];
  readonly credentials: Pick<CredentialStore, "load">;
}

/**
 * What an App Token is that the service gives callers in full; undefined for any other token. An app whose secret has to
 * be repaired is left out: its App Tokens cannot be issued either.
 * @throws {Failure} of an app whose secret cannot be read at the moment, where no other app has the token: it may be its own
 */
export async function findAppToken(
  sha256: string,
  { statements }: Policy,
  { apps, credentials }: OwnerPorts,
  context: RequestContext,
): Promise<KnownToken | undefined> {
  const isGivenInFull = (app: string) =>
    statements.some(
      (statement) =>
        statement.unrestricted &&
        matchesPattern(statement.app, app) &&
        matchesSubject(statement, { type: "enterprise" }),
    );
  const loaded = await Promise.allSettled(
    apps.filter(isGivenInFull).map((app) => credentials.load(app, context)),
  );
  for (const one of loaded) {
    if (one.status === "rejected" || one.value.grant !== "app_token") continue;
    const { app, appTokens, enterpriseID } = one.value;
    const tokens = [appTokens.primary, appTokens.secondary];
    if (tokens.some((token) => token !== undefined && tokenSha256(token.token) === sha256)) {
      return { app, subject: { type: "enterprise", id: enterpriseID } };
    }
  }
  for (const one of loaded) {
    if (one.status === "rejected" && !isOperatorsToRepair(one.reason)) throw one.reason;
  }
  return undefined;
}

const isOperatorsToRepair = (thrown: unknown) =>
  thrown instanceof Failure && PROBLEMS[thrown.code].actor === "operator";
