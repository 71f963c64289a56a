import { withRetry } from "../async/retry.ts";
import { kmsSigner } from "../aws/kms-signer.ts";
import { secretReader } from "../aws/secrets-manager.ts";
import { loadWebCrypto } from "../box/assertion-signer.ts";
import { boxPairs, boxTokenEndpoint, boxTokens } from "../box/client.ts";
import { credentialReader } from "../box/credentials.ts";
import type { AppTokenInUse } from "../broker/app-tokens.ts";
import { MemoryRegister } from "../broker/authorization/register.ts";
import { AuthorizationWatch } from "../broker/authorization/watch.ts";
import { tokenIssuer } from "../broker/issue-token.ts";
import { RateLimits } from "../broker/rate-limits.ts";
import { tokenRevoker } from "../broker/revoke-token.ts";
import { TokenMemory } from "../broker/token-memory.ts";
import { logWarning } from "../log/lines.ts";
import { authorizationLog } from "./authorization-log.ts";
import type { TokenService } from "./handler.ts";
import { pairWarnings } from "./pair-warnings.ts";
import { policyFromFile } from "./policy-file.ts";
import type { Settings } from "./settings.ts";
import { lambdaRuntimeDependencies, type RuntimeDependencies } from "./system.ts";
import { cachedCredentials, tokenObtainer } from "./token-wiring.ts";

/** The wiring that both token functions share: the broker with its real ports. */
export async function tokenService(
  { apps, policyPath, boxUrl, helpUrl, service, sharedCache }: Settings,
  { clock, random, write }: RuntimeDependencies = lambdaRuntimeDependencies(),
): Promise<TokenService> {
  const policy = policyFromFile(policyPath);
  if (!policy.available) logWarning(write, "every request will be refused", { reason: policy.reason });
  const box = boxTokenEndpoint(boxUrl, clock, write);
  // The first token needs the secret and Box; this way it waits for one after the other, but connects to both at once.
  box.preconnect();
  const readSecret = secretReader(clock, loadWebCrypto);
  const credentials = cachedCredentials(credentialReader(apps, readSecret, kmsSigner(clock), write), clock);
  const revokeAtBox = withRetry({ clock, random }, boxTokens(box, { clock, random }).revoke);
  const limits = new RateLimits(clock);
  const refresh = limits.guard(boxPairs(box, clock).refresh);
  const connections = {
    ...{ credentials, clock, random, refresh, revoke: revokeAtBox },
    ...pairWarnings(write),
  };
  const cache =
    sharedCache && (await import("../aws/shared-cache.ts")).sharedCache(sharedCache, readSecret, connections);
  const shared = cache?.tokens;
  const memory = new TokenMemory();
  const names = [...apps.keys()];
  const authorizations = new AuthorizationWatch({
    ...{ apps: names, register: cache?.authorizations ?? new MemoryRegister(clock), clock },
    report: authorizationLog(write, service, clock),
  });
  const obtainToken = tokenObtainer({
    ...{ box, credentials, clock, random, limits, store: memory, shared, connected: cache?.connected },
    authorizations,
    onAppTokenChange: (app, inUse) => logWarning(write, APP_TOKEN_CHANGES[inUse], { app }),
  });
  const audit = { write };
  const issueToken = tokenIssuer({ apps: names, policy, credentials, obtainToken, clock, audit, helpUrl });
  const revocation = { apps: names, policy, shared, memory, credentials, revokeAtBox, clock, audit, helpUrl };
  const revokeToken = tokenRevoker(revocation);
  return { service, issueToken, revokeToken, clockSkew: box.clockOffset, clock, write };
}

const APP_TOKEN_CHANGES: Readonly<Record<AppTokenInUse, string>> = {
  primary: "Box accepts the app's primary App Token again",
  secondary: "Box refuses the app's primary App Token; the secondary one is in use",
  none: "Box refuses each of the app's App Tokens",
};
