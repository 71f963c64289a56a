import { TableRegister } from "../broker/authorization/register.ts";
import { AuthorizationWatch } from "../broker/authorization/watch.ts";
import type { Clock, Randomness } from "../broker/ports.ts";
import { authorizationLog } from "../lambda/authorization-log.ts";
import type { WriteLine } from "../lambda/log.ts";
import { dynamoDbTable } from "./token-table.ts";

interface AuthorizationPorts {
  readonly clock: Clock;
  readonly random: Randomness;
  readonly write: WriteLine;
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
): AuthorizationWatch {
  const { clock, write } = ports;
  return new AuthorizationWatch({
    ...{ apps, clock },
    register: new TableRegister({ ...ports, table: dynamoDbTable(table, clock) }),
    report: authorizationLog(write, service, clock),
  });
}
