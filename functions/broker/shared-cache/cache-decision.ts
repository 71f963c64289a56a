import type { Failure } from "../../../schemas/protocol/problems.ts";
import type { HeldToken } from "../held-token.ts";
import type { TableItem } from "./table.ts";
import type { Stored } from "./token-record.ts";

/** How long one environment may take to mint before another one takes over: what a crash of it costs. */
export const LEASE_MS = 10_000;
/** By how much two environments can differ about the table's clock, which they know to the second. */
export const CLOCK_TOLERANCE_MS = 2_000;
/** A request that loses so many races mints without a lease. */
export const MAX_LOST_RACES = 20;

/** What a request accepts as its token. */
export interface TokenCriteria {
  /** Whether this token can be served to the request. */
  readonly serves: (token: HeldToken) => boolean;
  /** Whether it is time to replace this token, although it can be served. */
  readonly isDue: (token: HeldToken) => boolean;
  /** Version of the app's secret: what Box refused to another one does not count. */
  readonly secretVersion: string;
}

/**
 * What a request does next: serve the table's token, repeat what Box refused to another environment, mint (with a lease or
 * without), or continue without the table.
 */
export type CacheDecision =
  | { readonly kind: "serve"; readonly token: HeldToken }
  | { readonly kind: "refuse"; readonly failure: Failure }
  | { readonly kind: "mint"; readonly present?: HeldToken | undefined; readonly lease?: HeldLease }
  | { readonly kind: "no-table" };

/** A lease of this environment. */
interface HeldLease {
  readonly item: TableItem;
  /** Milliseconds by the monotonic clock. */
  readonly end: number;
}

/** How long a request waits for other environments, and for which. */
export interface WaitState {
  /** Milliseconds by the monotonic clock. */
  readonly giveUpAt: number;
  polls: number;
  lostRaces: number;
  /** The lease that it waits for, and since when. */
  fence: number | undefined;
  since: number;
}

/** What the table has for the request. */
interface Found {
  readonly item: TableItem | undefined;
  /** What the item holds, if it opens. */
  readonly stored: Stored | undefined;
}

/** The time of a decision, in milliseconds by this environment's monotonic clock and by the table's. */
interface Moment {
  readonly monotonic: number;
  readonly table: number;
}

/**
 * Decides what a request does by what it found, also to wait or to try to take the lease; notes in `waitState` what it
 * saw.
 */
export function nextStep(
  { item, stored }: Found,
  criteria: TokenCriteria,
  waitState: WaitState,
  { monotonic: now, table }: Moment,
): CacheDecision | "wait" | "take the lease" {
  if (stored !== undefined && "failure" in stored && stored.secretVersion === criteria.secretVersion) {
    return { kind: "refuse", failure: stored.failure };
  }
  // An eventually consistent read can return the item as it was before the lease that this request waits for.
  const isOutdated = waitState.fence !== undefined && (item?.fence ?? 0) < waitState.fence;
  if (isOutdated && now < waitState.giveUpAt) return "wait";
  if (item?.fence !== waitState.fence) Object.assign(waitState, { fence: item?.fence, since: now });
  // By this environment's own clock too: that of the one that took the lease may be wrong.
  const isWaitedFor = isLeased(item, table) && now - waitState.since < LEASE_MS;
  const present = tokenOf(stored);
  if (present !== undefined && isServed(present, criteria, isWaitedFor))
    return { kind: "serve", token: present };
  // The environment that this one waited for has failed: the next ones would wait in a queue.
  const hasFailed = waitState.polls > 0 && item?.lease === undefined;
  if (hasFailed || now >= waitState.giveUpAt || waitState.lostRaces >= MAX_LOST_RACES) {
    return { kind: "mint", present };
  }
  return isWaitedFor ? "wait" : "take the lease";
}

/**
 * Whether another environment works on the item.
 * @param now milliseconds since the epoch, by the table's clock
 * @param longestMs the longest lease that is taken on such an item
 */
export function isLeased(item: TableItem | undefined, now: number, longestMs = LEASE_MS): boolean {
  const until = item?.lease?.until ?? 0;
  // A lease that ends later than any that could be taken now was written by a clock that was wrong.
  return now < until + CLOCK_TOLERANCE_MS && until <= now + longestMs + CLOCK_TOLERANCE_MS;
}

/** A token that is due for renewal is served while another environment renews it. */
function isServed(token: HeldToken, { serves, isDue }: TokenCriteria, isBeingRenewed: boolean): boolean {
  return serves(token) && (isBeingRenewed || !isDue(token));
}

/** The token of an item that holds one. */
export const tokenOf = (stored: Stored | undefined) =>
  stored !== undefined && "token" in stored ? stored.token : undefined;
