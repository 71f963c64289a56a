import type { SharedAuthorizations } from "../aws/authorizations.ts";
import type { Clock, Randomness } from "../broker/ports.ts";
import type { WriteLine } from "../log/lines.ts";
import { authorizationLog } from "./authorization-log.ts";
import type { HealthSettings } from "./health-settings.ts";

/**
 * What all environments know of authorizations; undefined without a table. The health check then reports the present state
 * alone: an environment of it rarely lives from one check to the next, so that each check would report a change.
 */
export async function authorizationsOf(
  { apps, service, table }: Pick<HealthSettings, "apps" | "service" | "table">,
  { clock, random, write }: { readonly clock: Clock; readonly random: Randomness; readonly write: WriteLine },
): Promise<SharedAuthorizations | undefined> {
  if (table === undefined) return undefined;
  const { sharedAuthorizations } = await import("../aws/authorizations.ts");
  const report = authorizationLog(write, service, clock);
  return sharedAuthorizations(table, [...apps.keys()], { clock, random, report });
}
