import { Failure, type ProblemCode } from "../../../schemas/protocol/problems.ts";
import { withEachVersion } from "../each-version.ts";
import type {
  Clock,
  CredentialStore,
  OAuthCredentials,
  Randomness,
  RefreshTokens,
  RequestContext,
  TokenPair,
} from "../ports.ts";
import { MAX_PAUSE_SECONDS, rememberedSeconds } from "../refusal-memory.ts";
import { Pauses } from "../shared-cache/pauses.ts";
import type { Clocks } from "../shared-cache/table-time.ts";
import { withinBudget } from "../time-budget.ts";
import { type Connection, type ConnectionId, samePair, storedPair } from "./connection.ts";
import type { ConnectionStore, Slot, StoredConnection } from "./connection-store.ts";
import { END_MS, type EndPorts, endPair } from "./end-pair.ts";

/** How long one environment may refresh before another one takes over: two attempts, and the writes before and after. */
export const LEASE_MS = 20_000;
/** Time that is reserved for storing the new pair: without it no refresh begins. */
export const STORE_RESERVE_MS = 3_000;
/** How long no refresh is tried after Box could not be reached twice, or returned an access token that cannot be used. */
const PAUSE_SECONDS = 5;
/** How many pairs of other users a request stores that this environment could not store before. */
const MAX_OTHERS_LEFT = 10;

/** Failures after which it is not known whether Box has used up the refresh token. */
const LOST: ReadonlySet<ProblemCode> = new Set<ProblemCode>([
  "box_unavailable",
  "box_unexpected_answer",
  "deadline_exceeded",
]);

/** Whether another attempt is worth it: none is while Box says that it does not respond yet. */
const isLost = ({ code, retryAfter = 0 }: Failure): boolean => LOST.has(code) && retryAfter === 0;

/** Failures of storing a pair, of which the environment has the only copy: it continues to try until its request ends. */
const UNSTORED: ReadonlySet<ProblemCode> = new Set<ProblemCode>([
  "connections_unavailable",
  "shared_cache_misconfigured",
  "shared_cache_key_forbidden",
]);

export interface RefresherPorts extends Clocks, EndPorts {
  readonly store: ConnectionStore;
  readonly credentials: Pick<CredentialStore, "alternative">;
  /** One POST. */
  readonly refresh: RefreshTokens;
  readonly clock: Clock;
  readonly random: Randomness;
  /** A pair is in this environment's memory alone, because the table cannot be written. */
  readonly onUnstored: (id: ConnectionId) => void;
}

/** The result of a refresh at Box. */
type Attempt =
  | { readonly pair: TokenPair; readonly credentials: OAuthCredentials }
  /** Box does not accept the refresh token. */
  | { readonly dead: Failure }
  | { readonly failed: Failure };

/** A pair that Box has returned and that the table does not have yet. */
interface Unstored {
  readonly connection: Connection;
  /** What Box returned it to. */
  readonly credentials: OAuthCredentials;
  /** What it replaces. */
  readonly replaced: Connection;
}

/**
 * Refreshes the pair of a connection on which this environment has the lease. A refresh token is good for one use, and
 * Box's documentation and its servers disagree on when the old pair dies, so that
 * - the new pair is stored before a caller gets it, and is kept in memory until it is;
 * - a refresh whose response was lost is tried once more, after the table was read again, and not a third time;
 * - only Box's own refusal of the refresh token ends a connection, and only if no other environment has stored a pair.
 */
export class Refresher {
  readonly #ports: RefresherPorts;
  readonly #pauses: Pauses;
  readonly #unstored = new Map<string, Unstored>();

  constructor(ports: RefresherPorts) {
    this.#ports = ports;
    this.#pauses = new Pauses(ports);
  }

  /**
   * @param held with this environment's lease, which it gives back
   * @returns the connection with a new pair, this environment's or another's
   * @throws {Failure} `reconnect_required`, `user_not_connected`, or a temporary one
   */
  async refresh(
    held: StoredConnection,
    credentials: OAuthCredentials,
    context: RequestContext,
  ): Promise<Connection> {
    const leaseEnd = this.#ports.clock.monotonic() + LEASE_MS;
    const limited: RequestContext = {
      ...context,
      get deadline() {
        return Math.min(context.deadline, leaseEnd) - STORE_RESERVE_MS;
      },
    };
    let attempt = await this.#attempt(held.connection, credentials, limited);
    if ("failed" in attempt && isLost(attempt.failed)) {
      const other = await this.#changedBy(held, context);
      if (other !== undefined) return other;
      // A response that was lost for want of time leaves none for another attempt: the next request makes it.
      const again = await this.#attempt(held.connection, credentials, limited);
      attempt = "failed" in again && again.failed.code === "deadline_exceeded" ? attempt : again;
    }
    if ("pair" in attempt) return this.#stored(held, attempt, context);
    if ("dead" in attempt) {
      const other = await this.#changedBy(held, context);
      if (other !== undefined) return other;
      await this.#release(held, { ...held.connection, brokenAt: this.#ports.table.now() }, context);
      throw attempt.dead;
    }
    throw await this.#paused(held, attempt.failed, context);
  }

  /**
   * Stores what earlier requests of this environment could not store, of this user and of some others, who may not send
   * another request to this environment. Nothing where there is nothing left to store.
   * @throws {Failure} where the pair of this user cannot be stored
   */
  async storeWhatIsLeft({ app, userId }: ConnectionId, context: RequestContext): Promise<void> {
    if (this.#unstored.size === 0) return;
    const own = keyOf({ app, userId });
    const others = [...this.#unstored].filter(([key]) => key !== own).slice(0, MAX_OTHERS_LEFT);
    const left = this.#unstored.get(own);
    await Promise.all([
      left && this.#storeLeft(left, context),
      ...others.map(([, other]) => this.#storeLeft(other, context).catch(() => {})),
    ]);
  }

  async #storeLeft(left: Unstored, context: RequestContext): Promise<void> {
    const current = await this.#put(await this.#ports.store.read(left.connection, context), left, context);
    if (current === undefined) await this.#end(left, context);
  }

  async #attempt(
    { pair: { refreshToken } }: Connection,
    first: OAuthCredentials,
    context: RequestContext,
  ): Promise<Attempt> {
    const post = (credentials: OAuthCredentials) =>
      this.#ports.refresh({ credentials, refreshToken }, context);
    try {
      const { value: pair, credentials } = await withEachVersion(this.#ports, first, post, context);
      return { pair, credentials };
    } catch (failure) {
      if (!(failure instanceof Failure)) throw failure;
      return failure.code === "reconnect_required" ? { dead: failure } : { failed: failure };
    }
  }

  async #stored(
    held: StoredConnection,
    { pair, credentials }: Extract<Attempt, { readonly pair: TokenPair }>,
    context: RequestContext,
  ): Promise<Connection> {
    const { brokenAt: _, pausedUntil: __, pausedBy: ___, ...connection } = held.connection;
    const stored = storedPair(pair, this.#ports);
    const isUsable = stored.lifetime >= 1;
    const refreshed: Connection = {
      ...{ ...connection, pair: stored },
      ...(!isUsable && {
        pausedUntil: this.#ports.table.now() + PAUSE_SECONDS * 1_000,
        pausedBy: "box_unexpected_answer" as const,
      }),
    };
    const unstored = { connection: refreshed, credentials, replaced: held.connection };
    this.#unstored.set(keyOf(refreshed), unstored);
    let slot: Slot = held;
    for (let failures = 0; ; failures++) {
      try {
        const current = await this.#put(slot, unstored, context);
        if (current !== undefined) return current;
        await this.#end(unstored, context);
        throw new Failure("user_not_connected", "the user was disconnected during the refresh");
      } catch (failure) {
        if (!(failure instanceof Failure && UNSTORED.has(failure.code))) throw failure;
        if (this.#ports.clock.monotonic() >= context.deadline) {
          const { app, userId } = refreshed;
          this.#ports.onUnstored({ app, userId });
          throw failure;
        }
        await this.#pauses.beforePoll(context, failures);
        slot = await this.#ports.store.read(refreshed, context).catch(() => slot);
      }
    }
  }

  /**
   * Stores a pair unless another one has come after the pair that it replaces. Where that is one of a new consent, the pair
   * is ended at Box.
   * @returns what is in the table then; undefined where the connection was removed
   */
  async #put(found: Slot, unstored: Unstored, context: RequestContext): Promise<Connection | undefined> {
    const { connection, replaced } = unstored;
    for (let slot = found; ; ) {
      const isOurs = slot.connection !== undefined && samePair(slot.connection, connection);
      const isReplaced = slot.connection !== undefined && samePair(slot.connection, replaced);
      if (isOurs || !isReplaced) {
        this.#unstored.delete(keyOf(connection));
        const isOfNewConsent = slot.connection?.connectedAt !== connection.connectedAt;
        if (slot.connection !== undefined && isOfNewConsent) await this.#end(unstored, context);
        return slot.connection;
      }
      const changed = await this.#ports.store.replace(slot, connection, context);
      slot = changed.done ? changed.stored : changed.current;
    }
  }

  /** The user was disconnected or has consented again meanwhile, so this pair must not outlive the connection. */
  async #end({ connection, credentials }: Unstored, context: RequestContext): Promise<void> {
    const limited = withinBudget(context, END_MS, this.#ports.clock);
    await endPair(this.#ports, connection.pair.refreshToken, credentials, limited);
  }

  /** The connection with another environment's pair, if one has been stored since the lease was taken. */
  async #changedBy(
    { connection }: StoredConnection,
    context: RequestContext,
  ): Promise<Connection | undefined> {
    const { connection: current } = await this.#ports.store.read(connection, context);
    if (current === undefined) throw new Failure("user_not_connected", "the user was disconnected meanwhile");
    return samePair(current, connection) ? undefined : current;
  }

  /**
   * Ends the lease after a failure that is not the end of the connection, so that the next request does not wait for it.
   */
  async #paused(held: StoredConnection, failure: Failure, context: RequestContext): Promise<Failure> {
    const seconds = LOST.has(failure.code)
      ? Math.min(failure.retryAfter ?? PAUSE_SECONDS, MAX_PAUSE_SECONDS)
      : rememberedSeconds(failure);
    const pausedUntil = this.#ports.table.now() + seconds * 1_000;
    // The next request has time of its own: to that one the reason is that Box did not respond.
    const pausedBy = failure.code === "deadline_exceeded" ? "box_unavailable" : failure.code;
    const paused = { ...held.connection, ...(seconds > 0 && { pausedUntil, pausedBy }) };
    await this.#release(held, paused, context);
    return failure;
  }

  /** The lease ends by itself where this fails. */
  async #release(held: StoredConnection, connection: Connection, context: RequestContext): Promise<void> {
    await this.#ports.store.replace(held, connection, context).catch(() => {});
  }
}

const keyOf = ({ app, userId }: ConnectionId) => `${app}#${userId}`;
