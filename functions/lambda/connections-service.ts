import { withRetry } from "../async/retry.ts";
import { noKmsSigner } from "../aws/no-kms-signer.ts";
import { secretReader } from "../aws/secrets-manager.ts";
import { sharedTable } from "../aws/shared-cache.ts";
import { boxPairs, boxTokenEndpoint, boxTokens } from "../box/client.ts";
import { credentialReader } from "../box/credentials.ts";
import { connectLink } from "../broker/oauth/connect-link.ts";
import { ConnectionStore } from "../broker/oauth/connection-store.ts";
import { disconnecter } from "../broker/oauth/disconnect.ts";
import { listConnections } from "../broker/oauth/list.ts";
import { Refresher } from "../broker/oauth/refresh.ts";
import { sweep } from "../broker/oauth/sweep.ts";
import { RateLimits } from "../broker/rate-limits.ts";
import type { ConnectionsService } from "./connections-invoke.ts";
import type { ConnectionsSettings } from "./connections-settings.ts";
import { pairWarnings } from "./pair-warnings.ts";
import { lambdaRuntimeDependencies, type RuntimeDependencies } from "./system.ts";
import { cachedCredentials } from "./token-wiring.ts";

/** The wiring of the connections function: the broker with its real ports. */
export function connectionsService(
  { apps, sharedCache, boxUrl, authorizeUrl, service }: ConnectionsSettings,
  { clock, random, write }: RuntimeDependencies = lambdaRuntimeDependencies(),
): ConnectionsService {
  const readSecret = secretReader(clock);
  const credentials = cachedCredentials(credentialReader(apps, readSecret, noKmsSigner, write), clock);
  const { table, keys } = sharedTable(sharedCache, readSecret, { clock });
  const store = new ConnectionStore({ table, keys, clock, random });
  const box = boxTokenEndpoint(boxUrl, clock, write);
  const revokeAtBox = withRetry({ clock, random }, boxTokens(box, { clock, random }).revoke);
  const ports = { store, scan: table.scan, table, keys, credentials, clock, random };
  const refresh = new RateLimits(clock).guard(boxPairs(box, clock).refresh);
  const refresher = new Refresher({ ...ports, refresh, revoke: revokeAtBox, ...pairWarnings(write) });
  return {
    ...{ service, apps: [...apps.keys()], clock, write },
    sweep: (context) => sweep({ ...ports, refresher }, context),
    list: (request, context) => listConnections(ports, request, context),
    link:
      authorizeUrl === undefined
        ? undefined
        : (request, context) => connectLink(ports, authorizeUrl, request, context),
    disconnect: disconnecter({ ...ports, revokeAtBox, audit: { write } }),
  };
}
