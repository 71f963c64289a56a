import { withRetry } from "../async/retry.ts";
import { credentialsOf } from "../aws/credentials.ts";
import { boxPairs, boxTokenEndpoint, boxTokens } from "../box/client.ts";
import { whoAmI } from "../box/users.ts";
import type { HealthPorts } from "../broker/check-health.ts";
import type { Clock, Randomness } from "../broker/ports.ts";
import type { WriteLine } from "../log/lines.ts";

/** What an app is checked with at Box, the same for the health function and for a person's terminal. */
export function healthPorts(
  boxUrl: string,
  { clock, random, write }: { readonly clock: Clock; readonly random: Randomness; readonly write: WriteLine },
): Pick<HealthPorts, "open" | "grant" | "refresh" | "whoAmI" | "clock"> {
  const endpoint = boxTokenEndpoint(boxUrl, clock, write);
  const repeated = { clock, random };
  return {
    open: credentialsOf,
    grant: withRetry(repeated, boxTokens(endpoint, repeated).grant),
    refresh: withRetry(repeated, boxPairs(endpoint, clock).refresh),
    whoAmI: withRetry(repeated, whoAmI(boxUrl, clock)),
    clock,
  };
}
