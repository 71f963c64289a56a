import { Failure } from "../../../schemas/protocol/problems.ts";
import type { Clock, CredentialStore, OAuthCredentials, RequestContext } from "../ports.ts";
import type { Connection } from "./connection.ts";

/**
 * The credentials with which Box accepts a connection's tokens.
 * @throws {Failure} what reading the app's secret came to; `secret_invalid` where it is another kind of app now, and
 *   `reconnect_required` where it has got another client ID since the user's consent
 */
export async function credentialsOfConnection(
  { app, clientID }: Connection,
  credentials: Pick<CredentialStore, "load">,
  context: RequestContext,
): Promise<OAuthCredentials> {
  const loaded = await credentials.load(app, context);
  if (loaded.grant !== "oauth2") {
    throw new Failure("secret_invalid", `the app ${app} has ${loaded.grant} in the place of OAuth 2.0`);
  }
  if (loaded.clientID === clientID) return loaded;
  throw new Failure("reconnect_required", "the user consented to another client ID of the app");
}

interface VersionPorts {
  readonly credentials: Pick<CredentialStore, "alternative">;
  readonly clock: Clock;
}

/**
 * One POST for each version of the app's secret that may be the right one: Box refuses a client secret before it uses up the
 * code or the refresh token.
 * @returns what Box responded, and the credentials that it accepted
 * @throws {Failure} of the last POST
 */
export async function withEachVersion<Value>(
  { credentials: versions, clock }: VersionPorts,
  first: OAuthCredentials,
  post: (credentials: OAuthCredentials) => Promise<Value>,
  context: RequestContext,
): Promise<{ readonly value: Value; readonly credentials: OAuthCredentials }> {
  const since = clock.monotonic();
  const tried = new Set<string>();
  for (let credentials = first; ; ) {
    try {
      return { value: await post(credentials), credentials };
    } catch (failure) {
      if (!(failure instanceof Failure && failure.code === "box_client_refused")) throw failure;
      tried.add(credentials.versionId);
      const next = await versions.alternative(first.app, tried, since, context).catch(() => undefined);
      if (next?.grant !== "oauth2" || next.clientID !== first.clientID) throw failure;
      credentials = next;
    }
  }
}
