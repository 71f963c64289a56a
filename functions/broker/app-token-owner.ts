import type { Policy } from "../../schemas/policy/parse.ts";
import { matchesPattern } from "../../schemas/policy/pattern.ts";
import { tokenSha256 } from "./held-token.ts";
import type { CredentialStore, RequestContext } from "./ports.ts";
import type { KnownToken } from "./shared-cache/issued-token.ts";

interface OwnerPorts {
  /** Names of the configured apps. */
  readonly apps: readonly string[];
  readonly credentials: Pick<CredentialStore, "load">;
}

/**
 * What an App Token is that the service gives callers in full; undefined for any other token. An app whose secret cannot
 * be read is left out: its App Tokens cannot be issued either.
 */
export async function findAppToken(
  sha256: string,
  { statements }: Policy,
  { apps, credentials }: OwnerPorts,
  context: RequestContext,
): Promise<KnownToken | undefined> {
  const isGivenInFull = (app: string) =>
    statements.some(
      ({ unrestricted, app: pattern, subjects }) =>
        unrestricted &&
        matchesPattern(pattern, app) &&
        subjects.some((one) => matchesPattern(one, "enterprise")),
    );
  const loaded = await Promise.all(
    apps.filter(isGivenInFull).map((app) => credentials.load(app, context).catch(() => undefined)),
  );
  for (const one of loaded) {
    if (one?.grant !== "app_token") continue;
    const tokens = [one.appTokens.primary, one.appTokens.secondary];
    if (tokens.some((token) => token !== undefined && tokenSha256(token.token) === sha256)) {
      return { app: one.app, subject: { type: "enterprise", id: one.enterpriseID } };
    }
  }
  return undefined;
}
