import { Failure } from "../../../schemas/protocol/problems.ts";
import type { CredentialStore, OAuthCredentials, RequestContext } from "../ports.ts";
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
    throw new Failure("secret_invalid", `the app ${app} has ${loaded.grant} instead of OAuth 2.0`);
  }
  if (loaded.clientID === clientID) return loaded;
  throw new Failure("reconnect_required", "the user consented to another client ID of the app");
}
