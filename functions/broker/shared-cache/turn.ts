import type { Failure } from "../../../schemas/protocol/problems.ts";
import type { HeldToken } from "../held-token.ts";
import type { TableItem } from "./table.ts";

/**
 * What a request does next: serve the table's token, repeat what Box refused to another instance, mint (with a lease or
 * without), or go on without the table.
 */
export type Turn =
  | { readonly kind: "serve"; readonly token: HeldToken }
  | { readonly kind: "refuse"; readonly failure: Failure }
  | { readonly kind: "mint"; readonly present?: HeldToken | undefined; readonly lease?: HeldLease }
  | { readonly kind: "no-table" };

/** A lease of this instance. */
interface HeldLease {
  readonly item: TableItem;
  /** Milliseconds by the monotonic clock. */
  readonly end: number;
}

/** How long a request waits for other instances, and for which. */
export interface Patience {
  /** Milliseconds by the monotonic clock. */
  readonly giveUpAt: number;
  polls: number;
  lostRaces: number;
  /** The lease that it waits for, and since when. */
  fence: number | undefined;
  since: number;
}
