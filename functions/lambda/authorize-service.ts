import type { APIGatewayProxyStructuredResultV2, Context } from "aws-lambda";
import { withRetry } from "../async/retry.ts";
import { noKmsSigner } from "../aws/no-kms-signer.ts";
import { secretReader } from "../aws/secrets-manager.ts";
import { sharedTable } from "../aws/shared-cache.ts";
import { consentUrl } from "../box/authorize.ts";
import { boxPairs, boxTokenEndpoint, boxTokens } from "../box/client.ts";
import { credentialReader } from "../box/credentials.ts";
import { whoAmI } from "../box/users.ts";
import { type ConnectPorts, UserConnector } from "../broker/oauth/connect-user.ts";
import { ConnectionStore } from "../broker/oauth/connection-store.ts";
import type { Clock } from "../broker/ports.ts";
import { logWarning, type WriteLine } from "../log/lines.ts";
import { connectLine, refusalsLine } from "./authorize-log.ts";
import type { AuthorizeSettings } from "./authorize-settings.ts";
import {
  connectResponse,
  parseConnectRequest,
  type RefusalReason,
  refusalResponse,
} from "./authorize-url.ts";
import { pairWarnings } from "./pair-warnings.ts";
import { RefusalCounts } from "./refusal-counts.ts";
import { lambdaRuntimeDependencies, type RuntimeDependencies, requestContext } from "./system.ts";
import { cachedCredentials } from "./token-wiring.ts";

/** Lambda ends an environment's start after 10 s. */
const START_MS = 6_000;
/** Time reserved for writing the log and responding. */
const RESERVE_MS = 200;

/** The authorize function; resolves when the service secret has been read, or could not be. */
export async function authorizeService(
  settings: AuthorizeSettings,
  runtime: RuntimeDependencies = lambdaRuntimeDependencies(),
) {
  const { clock, write } = runtime;
  const connector = new UserConnector(connectPorts(settings, runtime));
  await connector.prepare({
    requestId: "start",
    deadline: clock.monotonic() + START_MS,
    trace: { steps: [] },
  });
  return authorizeHandler({ ...settings, connector, clock, write });
}

function connectPorts(
  { apps, sharedCache, boxUrl, accountUrl }: AuthorizeSettings,
  { clock, random, write }: RuntimeDependencies,
): ConnectPorts {
  const readSecret = secretReader(clock);
  const shared = sharedTable(sharedCache, readSecret, { clock });
  const box = boxTokenEndpoint(boxUrl, clock, write);
  return {
    ...{ ...shared, clock, apps: new Set(apps.keys()) },
    store: new ConnectionStore({ ...shared, clock, random }),
    credentials: cachedCredentials(credentialReader(apps, readSecret, noKmsSigner, write), clock),
    consentUrl: (request) => consentUrl(accountUrl, request),
    exchangeCode: boxPairs(box, clock).exchangeCode,
    whoAmI: withRetry({ clock, random }, whoAmI(boxUrl, clock)),
    revoke: withRetry({ clock, random }, boxTokens(box, { clock, random }).revoke),
    audit: { write },
    onKeysUnavailable: ({ message }, requestId) =>
      logWarning(write, "the service secret could not be read", { request_id: requestId, reason: message }),
    onUnended: pairWarnings(write).onUnended,
    onUnconfirmed: (app) =>
      logWarning(write, "the table did not confirm a pair of tokens, which was left alive at Box", { app }),
  };
}

interface AuthorizeParts extends Pick<AuthorizeSettings, "service" | "publicUrl"> {
  readonly connector: Pick<UserConnector, "begin" | "finish">;
  readonly clock: Clock;
  readonly write: WriteLine;
}

/** A Lambda handler behind a Function URL without authentication. */
export function authorizeHandler({ service, publicUrl, connector, clock, write }: AuthorizeParts) {
  const refusals = new RefusalCounts(clock, refusalsLine(service));

  async function refuse(reason: RefusalReason, requestId: string) {
    const line = refusals.add(reason);
    if (line !== undefined) await write(line).catch(() => {});
    return refusalResponse(reason, requestId);
  }

  return async (event: unknown, lambda: Context): Promise<APIGatewayProxyStructuredResultV2> => {
    const started = clock.monotonic();
    const context = requestContext(lambda, clock, RESERVE_MS);
    const { requestId } = context;
    const parsed = parseConnectRequest(event, lambda, publicUrl);
    if (!parsed.ok) return refuse(parsed.error, requestId);
    const { value } = parsed;
    const outcome =
      value.kind === "connect"
        ? await connector.begin(value.request, context)
        : await connector.finish(value.request, context);
    if (outcome.kind === "unproven") return refuse(outcome.reason, requestId);
    const durationMs = clock.monotonic() - started;
    // What is connected has its audit line; this one is for the operator.
    await write(connectLine({ service, context, outcome, now: clock.wall(), durationMs })).catch(() => {});
    return connectResponse(value, outcome, requestId);
  };
}
