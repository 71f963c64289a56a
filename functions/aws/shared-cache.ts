import type { AuthorizationRegister } from "../broker/authorization/register.ts";
import { TableRegister } from "../broker/authorization/table-register.ts";
import type { FullTokens } from "../broker/full-tokens.ts";
import { connectedUsers } from "../broker/oauth/connected-users.ts";
import { ConnectionStore } from "../broker/oauth/connection-store.ts";
import type { RefresherPorts } from "../broker/oauth/refresh.ts";
import type { Clock, OAuthCredentials, Randomness, ReadSecret } from "../broker/ports.ts";
import { ServiceKeys } from "../broker/shared-cache/service-keys.ts";
import { SharedTokens } from "../broker/shared-cache/shared-tokens.ts";
import { TableFailure } from "../broker/shared-cache/table.ts";
import { dynamoDbTable } from "./token-table.ts";

export interface SharedCacheSettings {
  /** Name or ARN of the DynamoDB table. */
  readonly table: string;
  /** Name or ARN of the secret whose versions encrypt the table's tokens; undefined: the table cannot be used. */
  readonly serviceSecret: string | undefined;
}

/** What environments share in a DynamoDB table. */
export interface SharedCache {
  readonly tokens: SharedTokens;
  readonly connected: FullTokens<OAuthCredentials>;
  readonly authorizations: AuthorizationRegister;
}

/** How connections reach Box. */
type Refreshing = Pick<RefresherPorts, "credentials" | "refresh" | "revoke" | "onUnstored" | "onUnended">;

/**
 * The tokens and the connections of users that environments share in a DynamoDB table. In a file of its own, which is
 * loaded only where there is one.
 */
export function sharedCache(
  settings: SharedCacheSettings,
  readSecret: ReadSecret,
  ports: Refreshing & { readonly clock: Clock; readonly random: Randomness },
): SharedCache {
  const shared = { ...sharedTable(settings, readSecret, ports), ...ports };
  const store = new ConnectionStore(shared);
  return {
    tokens: new SharedTokens(shared),
    connected: connectedUsers({ ...shared, store }),
    authorizations: new TableRegister(shared),
  };
}

/** The table, and the keys that its records are encrypted with. */
export function sharedTable(
  { table, serviceSecret }: SharedCacheSettings,
  readSecret: ReadSecret,
  { clock }: { readonly clock: Clock },
) {
  const keys = new ServiceKeys(async (stage, context) => {
    if (serviceSecret === undefined) {
      throw new TableFailure(
        "BOX_STS_SERVICE_SECRET is not set, without which BOX_STS_TABLE is not used",
        false,
      );
    }
    return readSecret(serviceSecret, stage, context);
  }, clock);
  return { table: dynamoDbTable(table, clock), keys };
}
