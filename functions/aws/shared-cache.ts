import type { Clock, Randomness } from "../broker/ports.ts";
import { ServiceKeys } from "../broker/shared-cache/service-keys.ts";
import { SharedTokens } from "../broker/shared-cache/shared-tokens.ts";
import { TableFailure } from "../broker/shared-cache/table.ts";
import type { SharedCacheSettings } from "../lambda/settings.ts";
import type { ReadSecret } from "./secrets-manager.ts";
import { dynamoDbTable } from "./token-table.ts";

/** The tokens that instances share in a DynamoDB table. In a file of its own, which is loaded only where there is one. */
export function sharedCache(
  { table, serviceSecret }: SharedCacheSettings,
  readSecret: ReadSecret,
  { clock, random }: { readonly clock: Clock; readonly random: Randomness },
): SharedTokens {
  const keys = new ServiceKeys(async (stage, context) => {
    if (serviceSecret === undefined) {
      throw new TableFailure(
        "BOX_STS_SERVICE_SECRET is not set, without which BOX_STS_TABLE is not used",
        false,
      );
    }
    return readSecret(serviceSecret, stage, context);
  }, clock);
  return new SharedTokens({ table: dynamoDbTable(table, clock), keys, clock, random });
}
