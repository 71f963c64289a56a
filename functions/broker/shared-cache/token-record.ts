import { randomBytes } from "node:crypto";
import type { BoxToken } from "../../../schemas/protocol/token-response.ts";
import { type HeldToken, tokenSha256 } from "../held-token.ts";
import { elapsed } from "../instant.ts";
import type { Clock } from "../ports.ts";
import { seal, unseal } from "./sealed-record.ts";
import type { ServiceKey } from "./service-keys.ts";
import type { Sealed, TokenTable } from "./table.ts";

/** What a sealed token holds: a `HeldToken` whose birth is a moment of the table's clock, in milliseconds. */
interface TokenRecord {
  readonly token: BoxToken;
  readonly born: number;
  readonly lifetime: number;
  readonly parentSha256?: string;
  readonly isReplacement?: true;
}

interface Clocks {
  readonly clock: Clock;
  readonly table: Pick<TokenTable, "now">;
}

/** A token as the table keeps it, and the second since the epoch at which it expires. */
export function sealToken(
  { token, born, lifetime, parentSha256, isReplacement }: HeldToken,
  itemKey: string,
  key: ServiceKey,
  { clock, table }: Clocks,
): { readonly sealed: Sealed; readonly deleteAfter: number } {
  const bornAtTable = table.now() - elapsed(clock, born);
  const record: TokenRecord = {
    token,
    born: bornAtTable,
    lifetime,
    ...(parentSha256 !== undefined && { parentSha256 }),
    ...(isReplacement !== undefined && { isReplacement }),
  };
  const sealed = seal(record, itemKey, key, randomBytes(12));
  return { sealed, deleteAfter: Math.ceil(bornAtTable / 1000 + lifetime) };
}

/** The token, its birth by this instance's clocks; undefined where the bytes are not a token sealed for this item. */
export function unsealToken(
  sealed: Sealed,
  itemKey: string,
  key: ServiceKey,
  { clock, table }: Clocks,
): HeldToken | undefined {
  const record = unseal(sealed, itemKey, key);
  if (record === undefined) return undefined;
  // What opens was sealed by one of our instances, with this layout.
  const { born, ...rest } = record as TokenRecord;
  const age = Math.max(table.now() - born, 0);
  return {
    ...rest,
    sha256: tokenSha256(rest.token.access_token),
    born: { wall: clock.wall() - age, monotonic: clock.monotonic() - age },
  };
}
