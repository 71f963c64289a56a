import { Failure } from "../../../schemas/protocol/problems.ts";
import type { RequestContext } from "../ports.ts";

/** The right to mint one token, held by one request of one environment. */
export interface Lease {
  /** Milliseconds since the epoch, by the table's clock. */
  readonly until: number;
}

/** An encrypted record, and the version of the service secret that opens it. */
export interface Sealed {
  readonly keyId: string;
  readonly bytes: Uint8Array;
}

/** One item of the table. An item that was evicted has neither a lease nor a sealed record. */
export interface TableItem {
  /** The fencing number: rises with every write, and every write names the one that it replaces. */
  readonly fence: number;
  /** Random, one for each write: distinguishes a write whose response was lost from another environment's write. */
  readonly writer: string;
  readonly lease?: Lease;
  readonly sealed?: Sealed;
  /** When the record was sealed, of one that is sealed again: milliseconds since the epoch by the table's clock. */
  readonly sealedAt?: number;
  /** A record that is no secret, as JSON. */
  readonly note?: string;
  /** Seconds since the epoch after which DynamoDB may delete the item; nothing else depends on it. */
  readonly deleteAfter: number;
}

/** Whether the write took place; if not, the item that is in its place is `current` (undefined: none). */
export type Replaced =
  | { readonly replaced: true }
  | { readonly replaced: false; readonly current: TableItem | undefined };

/**
 * The table that all environments share: a register per key with compare-and-swap, and a clock. Its methods throw
 * `TableFailure` and nothing else. Items that are not ours (no whole number as fence) are read as absent and are replaced.
 */
export interface TokenTable {
  /**
   * The item, as of now or of a second ago: the read is eventually consistent unless `consistent` is true.
   */
  read(key: string, context: RequestContext, consistent?: boolean): Promise<TableItem | undefined>;
  /** Writes `item` if the present item has the fencing number `seen`; `undefined` if there must be no item. */
  replace(key: string, seen: number | undefined, item: TableItem, context: RequestContext): Promise<Replaced>;
  /** Milliseconds since the epoch by the table's clock, which is the same for all environments. */
  now(): number;
}

/** An item of the table, with its key. */
export interface KeyedItem {
  readonly key: string;
  readonly item: TableItem;
}

/** Some of the items whose keys begin alike, possibly none, in no order. */
export interface ScanPage {
  readonly items: readonly KeyedItem[];
  /** What the next page comes after; absent on the last page. */
  readonly next?: string;
}

/**
 * One page of the items whose keys begin alike, as of now or of a second ago. Throws `TableFailure`.
 * @param after `next` of the page before
 */
export type ScanTable = (
  keyPrefix: string,
  after: string | undefined,
  context: RequestContext,
) => Promise<ScanPage>;

/** The table did not carry out an operation. `reason` is for the operator; it holds no token and no key. */
export class TableFailure extends Error {
  /** True where the cause is temporary (throttling, outage, time); false where an operator has to act. */
  readonly isTemporary: boolean;
  /** The table works, for others: the same call succeeds in a moment. */
  readonly isThrottled: boolean;
  /** A KMS key may not be used: the table's, or that of the service secret. */
  readonly isKeyRefused: boolean;

  constructor(reason: string, isTemporary: boolean, isThrottled = false, isKeyRefused = false) {
    super(reason);
    this.name = "TableFailure";
    this.isTemporary = isTemporary;
    this.isThrottled = isThrottled;
    this.isKeyRefused = isKeyRefused;
  }

  /** The table did not respond, or had an error of its own: a write can have taken place, and can still do so. */
  get isOutcomeUnknown(): boolean {
    return this.isTemporary && !this.isThrottled;
  }
}

/**
 * The problem of a request that cannot continue without the table.
 * @param temporaryCode its code where the cause is temporary
 */
export function problemOfTable(
  { message, isTemporary, isKeyRefused }: TableFailure,
  temporaryCode: "connections_unavailable" | "shared_cache_unavailable",
): Failure {
  if (isTemporary) return new Failure(temporaryCode, message);
  return new Failure(isKeyRefused ? "shared_cache_key_forbidden" : "shared_cache_misconfigured", message);
}
