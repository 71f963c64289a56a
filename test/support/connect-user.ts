import { createHash, randomBytes, randomUUID } from "node:crypto";
import { vi } from "vitest";
import { secretReader } from "../../functions/aws/secrets-manager.ts";
import { sharedTable } from "../../functions/aws/shared-cache.ts";
import { boxPairs, boxTokenEndpoint } from "../../functions/box/client.ts";
import { storedPair } from "../../functions/broker/oauth/connection.ts";
import { ConnectionStore } from "../../functions/broker/oauth/connection-store.ts";
import type { OAuthCredentials, RequestContext } from "../../functions/broker/ports.ts";
import { systemClock as clock } from "../../functions/lambda/system.ts";
import type { Sandbox } from "../../sandbox/sandbox.ts";

const REDIRECT_URI = "https://app.example.com/callback";

/**
 * The user connects to an OAuth app of the sandbox: consent, code, and the pair in the table, encrypted as in production.
 * @param ageSeconds how long ago that was, for the functions: Box's clock has not moved
 */
export async function connectUser(
  sandbox: Sandbox,
  appName: string,
  userId: string,
  ageSeconds = 0,
): Promise<void> {
  const app = sandbox.oauthApps[appName];
  if (app === undefined) throw new Error(`The sandbox has no OAuth app ${appName}.`);
  app.box.redirectUris.add(REDIRECT_URI);
  const codeVerifier = randomBytes(32).toString("base64url");
  const codeChallenge = createHash("sha256").update(codeVerifier).digest("base64url");
  const { clientId } = app.box;
  const code = sandbox.box.authorizations.grant({
    clientId,
    userId,
    redirectUri: REDIRECT_URI,
    codeChallenge,
  });
  const credentials: OAuthCredentials = {
    ...{ app: appName, versionId: "v1", stage: "AWSCURRENT", grant: "oauth2" },
    ...app.config.boxAppSettings,
  };
  const { exchangeCode } = boxPairs(
    boxTokenEndpoint(sandbox.box.url, clock, async () => {}),
    clock,
  );
  const context: RequestContext = {
    requestId: "connect",
    deadline: clock.monotonic() + 30_000,
    trace: { steps: [] },
  };
  const authorization = { code, codeVerifier, redirectUri: REDIRECT_URI };
  const pair = await exchangeCode({ credentials, authorization }, context);
  const { store, table } = connectionsOf(sandbox);
  const fresh = storedPair(pair, { clock, table });
  const connection = {
    ...{ app: appName, clientID: clientId, userId, login: "user@example.com", connectedAt: table.now() },
    pair: { ...fresh, born: fresh.born - ageSeconds * 1_000 },
  };
  const stored = await store.replace(
    await store.read({ app: appName, userId }, context),
    connection,
    context,
  );
  if (!stored.done) throw new Error("Another writer has stored a connection meanwhile.");
}

/** The connections in the sandbox's table, by the functions' own code with their role's credentials. */
function connectionsOf({ environment, region }: Sandbox) {
  for (const [name, value] of Object.entries({ ...environment, AWS_REGION: region })) {
    if (name.startsWith("AWS_")) vi.stubEnv(name, value);
  }
  const settings = {
    table: environment.BOX_STS_TABLE ?? "",
    serviceSecret: environment.BOX_STS_SERVICE_SECRET,
  };
  const shared = sharedTable(settings, secretReader(clock), { clock });
  const random = { jti: () => randomUUID(), fraction: () => 0.5 };
  return { table: shared.table, store: new ConnectionStore({ ...shared, clock, random }) };
}
