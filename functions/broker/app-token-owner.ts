import type { Policy } from "../../schemas/policy/parse.ts";
import { matchesPattern } from "../../schemas/policy/pattern.ts";
import { Failure, PROBLEMS } from "../../schemas/protocol/problems.ts";
import { matchesSubject } from "./authorize.ts";
import { tokenSha256 } from "./held-token.ts";
import type { AppTokenCredentials, Clock, CredentialStore, Credentials, RequestContext } from "./ports.ts";
import type { KnownToken } from "./shared-cache/issued-token.ts";

interface OwnerPorts {
  /** Names of the configured apps. */
  readonly apps: readonly string[];
  readonly credentials: Pick<CredentialStore, "load" | "alternative">;
  readonly clock: Clock;
}

/** How old what is known of a previous version may be: requests with made-up tokens must not read it each time. */
const PREVIOUS_MS = 30_000;

/**
 * What an App Token is that the service gives callers in full, or gave them from the version of the secret before; undefined
 * for any other token. An app whose secret has to be repaired is left out: its App Tokens cannot be issued either.
 * @throws {Failure} of an app whose secret cannot be read at the moment, where no other app has the token: it may be its own
 */
export async function findAppToken(
  sha256: string,
  { statements }: Policy,
  { apps, credentials, clock }: OwnerPorts,
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
  const current = loaded.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  const known = current.find((one) => hasAppToken(one, sha256));
  if (known !== undefined) return fullTokenOf(known);
  const since = clock.monotonic() - PREVIOUS_MS;
  for (const { app, grant, versionId } of current) {
    if (grant !== "app_token") continue;
    const previous = await credentials.alternative(app, new Set([versionId]), since, context);
    if (previous !== undefined && hasAppToken(previous, sha256)) return fullTokenOf(previous);
  }
  for (const one of loaded) {
    if (one.status === "rejected" && !isOperatorsToRepair(one.reason)) throw one.reason;
  }
  return undefined;
}

function hasAppToken(credentials: Credentials, sha256: string): credentials is AppTokenCredentials {
  if (credentials.grant !== "app_token") return false;
  const { primary, secondary } = credentials.appTokens;
  return [primary, secondary].some((one) => one !== undefined && tokenSha256(one.token) === sha256);
}

const fullTokenOf = ({ app, enterpriseID }: AppTokenCredentials): KnownToken => ({
  app,
  subject: { type: "enterprise", id: enterpriseID },
});

const isOperatorsToRepair = (thrown: unknown) =>
  thrown instanceof Failure && PROBLEMS[thrown.code].actor === "operator";
