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

/**
 * Whether the app has another client ID now than the user consented to, so that only another consent helps. False where the
 * app's secret cannot be read, or is that of another kind of app. Reads the secret of each app once.
 */
export function clientComparison(
  credentials: Pick<CredentialStore, "load">,
  context: RequestContext,
): (connection: Connection) => Promise<boolean> {
  const present = new Map<string, Promise<string | undefined>>();
  const read = (app: string) =>
    credentials.load(app, context).then(
      ({ grant, clientID }) => (grant === "oauth2" ? clientID : undefined),
      () => undefined,
    );
  return async ({ app, clientID }) => {
    const reading = present.get(app) ?? read(app);
    present.set(app, reading);
    return ((await reading) ?? clientID) !== clientID;
  };
}
