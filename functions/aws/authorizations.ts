import { authorizationKey, TableRegister } from "../broker/authorization/table-register.ts";
import { type AuthorizationReport, AuthorizationWatch } from "../broker/authorization/watch.ts";
import type { TableHealth } from "../broker/check-health.ts";
import { checkTable } from "../broker/check-table.ts";
import type { Clock, Randomness, RequestContext } from "../broker/ports.ts";
import { dynamoDbTable } from "./token-table.ts";

interface AuthorizationPorts {
  readonly clock: Clock;
  readonly random: Randomness;
  readonly report: AuthorizationReport;
}

export interface SharedAuthorizations {
  readonly authorizations: AuthorizationWatch;
  /** Whether the table can be read. */
  readonly checkTable: (context: RequestContext) => Promise<TableHealth>;
}

/**
 * What all environments know of authorizations, without the tokens that they share. In a file of its own, which is loaded
 * only where there is a table.
 */
export function sharedAuthorizations(
  table: string,
  apps: readonly string[],
  ports: AuthorizationPorts,
): SharedAuthorizations {
  const { clock, report } = ports;
  const items = dynamoDbTable(table, clock);
  const [app = ""] = apps;
  return {
    authorizations: new AuthorizationWatch({
      ...{ apps, clock, report },
      register: new TableRegister({ ...ports, table: items }),
    }),
    checkTable: (context) => checkTable(() => items.read(authorizationKey(app), context)),
  };
}
