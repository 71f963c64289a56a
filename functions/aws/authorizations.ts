import { authorizationKey, TableRegister } from "../broker/authorization/register.ts";
import { AuthorizationWatch } from "../broker/authorization/watch.ts";
import type { TableHealth } from "../broker/check-health.ts";
import { checkTable } from "../broker/check-table.ts";
import type { Clock, Randomness, RequestContext } from "../broker/ports.ts";
import { authorizationLog } from "../lambda/authorization-log.ts";
import type { WriteLine } from "../lambda/log.ts";
import { dynamoDbTable } from "./token-table.ts";

interface AuthorizationPorts {
  readonly clock: Clock;
  readonly random: Randomness;
  readonly write: WriteLine;
}

export interface SharedAuthorizations {
  readonly authorizations: AuthorizationWatch;
  /** Whether the table can be read. */
  readonly checkTable: (context: RequestContext) => Promise<TableHealth>;
}

/**
 * What all environments know of authorizations, without the tokens that they share. In a file of its own, which is loaded
 * only where there is a table.
 * @param service the deployment's name, which its metrics have
 */
export function sharedAuthorizations(
  table: string,
  apps: readonly string[],
  service: string,
  ports: AuthorizationPorts,
): SharedAuthorizations {
  const { clock, write } = ports;
  const items = dynamoDbTable(table, clock);
  const [app = ""] = apps;
  return {
    authorizations: new AuthorizationWatch({
      ...{ apps, clock },
      register: new TableRegister({ ...ports, table: items }),
      report: authorizationLog(write, service, clock),
    }),
    checkTable: (context) => checkTable(() => items.read(authorizationKey(app), context)),
  };
}
