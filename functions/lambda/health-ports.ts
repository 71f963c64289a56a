import { withRetry } from "../async/retry.ts";
import { boxPairs, boxTokenEndpoint, boxTokens } from "../box/client.ts";
import { credentialsOf } from "../box/credentials.ts";
import { whoAmI } from "../box/users.ts";
import type { HealthPorts } from "../broker/check-health.ts";
import type { KmsSigner } from "../broker/ports.ts";
import type { RuntimeDependencies } from "./system.ts";

/** What an app is checked with at Box, the same for the health function and for a person's terminal. */
export function healthPorts(
  boxUrl: string,
  { clock, random, write, signerOfKms }: RuntimeDependencies & { readonly signerOfKms: KmsSigner },
): Pick<HealthPorts, "open" | "grant" | "refresh" | "whoAmI" | "clock"> {
  const endpoint = boxTokenEndpoint(boxUrl, clock, write);
  const repeated = { clock, random };
  return {
    open: (app, version, config) => credentialsOf(app, version, config, signerOfKms),
    grant: withRetry(repeated, boxTokens(endpoint, repeated).grant),
    refresh: withRetry(repeated, boxPairs(endpoint, clock).refresh),
    whoAmI: withRetry(repeated, whoAmI(boxUrl, clock)),
    clock,
  };
}
