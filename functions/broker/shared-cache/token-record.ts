import type { Failure } from "../../../schemas/protocol/problems.ts";
import type { BoxToken } from "../../../schemas/protocol/token-response.ts";
import { type HeldToken, tokenSha256 } from "../held-token.ts";
import { type Refusal, remembered, rememberedSeconds } from "../refusal-memory.ts";
import { seal, unseal } from "./sealed-record.ts";
import type { ServiceKey } from "./service-keys.ts";
import type { Sealed } from "./table.ts";
import { type Clocks, instantOf, tableTime } from "./table-time.ts";

/** What a sealed token holds: a `HeldToken` whose birth is a moment of the table's clock, in milliseconds. */
interface TokenRecord {
  readonly token: BoxToken;
  readonly born: number;
  readonly lifetime: number;
  readonly parentSha256?: string;
  readonly isReplacement?: true;
}

/** What a sealed refusal holds. */
interface RefusalRecord {
  readonly refusal: Refusal;
  /** Version of the app's secret that was refused: with another one the request is made again. */
  readonly secretVersion: string;
  /** Milliseconds since the epoch, by the table's clock. */
  readonly until: number;
}

/** A token as the table keeps it, and the second since the epoch at which it expires. */
export function sealToken(
  { token, born, lifetime, parentSha256, isReplacement }: HeldToken,
  itemKey: string,
  key: ServiceKey,
  clocks: Clocks,
): { readonly sealed: Sealed; readonly deleteAfter: number } {
  const bornAtTable = tableTime(clocks, born);
  const record: TokenRecord = {
    token,
    born: bornAtTable,
    lifetime,
    ...(parentSha256 !== undefined && { parentSha256 }),
    ...(isReplacement !== undefined && { isReplacement }),
  };
  const sealed = seal(record, itemKey, key);
  return { sealed, deleteAfter: Math.ceil(bornAtTable / 1000 + lifetime) };
}

/** A refusal of Box as the table keeps it, until it need not be remembered any more. */
export function sealRefusal(
  { code, message, retryAfter, boxRequestId }: Failure,
  secretVersion: string,
  itemKey: string,
  key: ServiceKey,
  { table }: Clocks,
): { readonly sealed: Sealed; readonly deleteAfter: number } {
  const until = table.now() + rememberedSeconds({ code, retryAfter }) * 1_000;
  const refusal = { code, message, retryAfter, boxRequestId };
  const record: RefusalRecord = { refusal, secretVersion, until };
  return { sealed: seal(record, itemKey, key), deleteAfter: Math.ceil(until / 1_000) };
}

/** What an item holds: a token, its birth by this environment's clocks, or a refusal that Box would still repeat. */
export type Stored =
  | { readonly token: HeldToken }
  | { readonly failure: Failure; readonly secretVersion: string };

/** Undefined where the bytes were not sealed for this item, and for a refusal that is over. */
export function unsealStored(
  sealed: Sealed,
  itemKey: string,
  key: ServiceKey,
  clocks: Clocks,
): Stored | undefined {
  // What opens was sealed by one of our environments, with this layout.
  const record = unseal(sealed, itemKey, key) as TokenRecord | RefusalRecord | undefined;
  if (record === undefined) return undefined;
  if ("refusal" in record) {
    const { refusal, secretVersion, until } = record;
    const secondsLeft = (until - clocks.table.now()) / 1_000;
    return secondsLeft > 0 ? { failure: remembered(refusal, secondsLeft), secretVersion } : undefined;
  }
  const { born, ...rest } = record;
  const token = {
    ...rest,
    sha256: tokenSha256(rest.token.access_token),
    born: instantOf(clocks, born),
  };
  return { token };
}
