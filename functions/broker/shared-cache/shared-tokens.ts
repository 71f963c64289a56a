import type { HeldToken } from "../held-token.ts";
import type { Clock, Randomness, RequestContext } from "../ports.ts";
import { isNewRefusal } from "../refusal-memory.ts";
import {
  type CacheDecision,
  CLOCK_TOLERANCE_MS,
  LEASE_MS,
  MAX_LOST_RACES,
  nextStep,
  type TokenCriteria,
  tokenOf,
  type WaitState,
} from "./cache-decision.ts";
import type { IssuedToken, MintedToken } from "./issued-token.ts";
import type { ServiceKey, ServiceKeys } from "./service-keys.ts";
import { TableFailure, type TableItem, type TokenTable } from "./table.ts";
import { TableAccess, type Written } from "./table-access.ts";
import { type Stored, sealRefusal, sealToken, unsealStored } from "./token-record.ts";
import { TokenRegister } from "./token-register.ts";

/** Time that a request keeps for a mint of its own when it stops waiting for another environment's. */
const MINT_RESERVE_MS = 2_000;
/** How long a request waits for the service secret, without which it continues without the table. */
const KEYS_BUDGET_MS = 6_000;
/** What a call may take in a request with little time. */
const MIN_CALL_MS = 500;
/** How long a request without a token waits for a table that throttles: a crowd of 10,000 is over after 4 s. */
const THROTTLE_PATIENCE_MS = 5_000;
/** How long the end of a lease is repeated while the table fails: a fraction of the time that others would wait for it. */
const RELEASE_PATIENCE_MS = 500;

export interface SharedTokensPorts {
  readonly table: TokenTable;
  readonly keys: ServiceKeys;
  readonly clock: Clock;
  readonly random: Randomness;
}

export interface SharedTokenRequest<Minted> extends TokenCriteria {
  /** What the token is. */
  readonly issued: Omit<IssuedToken, "clientID">;
  /** The token of this environment's memory: served where the table cannot be used. */
  readonly held: HeldToken | undefined;
  /**
   * Makes a new token; gets the one that it is to replace, if there is one, and, with a lease, the end of that in
   * milliseconds by the monotonic clock.
   */
  readonly mint: (present: HeldToken | undefined, leaseEnd?: number) => Promise<Minted>;
}

/** The request, limited for each of its calls: whatever is wrong with the table, there is time left for a mint. */
interface TurnCalls {
  readonly toTable: () => RequestContext;
  readonly toKeys: () => RequestContext;
}

/**
 * The tokens that all environments share. One environment mints, under a lease, while the others wait for its result.
 * Whatever is wrong with the table costs a mint at most: tokens are issued without it.
 */
export class SharedTokens {
  readonly register: TokenRegister;
  readonly #ports: SharedTokensPorts;
  readonly #access: TableAccess;

  constructor(ports: SharedTokensPorts) {
    this.#ports = ports;
    this.#access = new TableAccess(ports);
    this.register = new TokenRegister(ports, this.#access);
  }

  /**
   * The table's token if it serves, else what `mint` returns, which is then stored.
   * @throws what `mint` throws, also if another environment's `mint` threw it and Box would repeat it
   */
  async obtain<Minted extends MintedToken>(
    { issued, held, mint, ...criteria }: SharedTokenRequest<Minted>,
    context: RequestContext,
  ): Promise<{ readonly token: HeldToken } | { readonly minted: Minted }> {
    const key = tokenKey(issued.cacheKey);
    const { serves, secretVersion } = criteria;
    const usable = () => (held !== undefined && serves(held) ? held : undefined);
    const decision = await this.#decide(key, criteria, usable() !== undefined, context);
    if (decision.kind === "serve") return { token: decision.token };
    if (decision.kind === "refuse") throw decision.failure;
    if (decision.kind === "no-table") {
      // The table can have taken seconds, after which the token does not live long enough any more.
      const token = usable();
      return token === undefined ? { minted: await mint(held) } : { token };
    }
    const { lease, present } = decision;
    let minted: Minted;
    try {
      minted = await mint(present ?? held, lease?.end);
    } catch (failure) {
      // The token was only due for renewal: it is still good. The lease stays, so that others do not try at once.
      if (present !== undefined && serves(present)) return { token: present };
      if (lease !== undefined) await this.#releaseAfter(failure, secretVersion, key, lease.item, context);
      throw failure;
    }
    const { token, credentials } = minted;
    // The token is there: half of the time that is left is for what follows, such as its exchange and the response.
    const begun = this.#ports.clock.monotonic();
    const half: RequestContext = { ...context, deadline: begun + (context.deadline - begun) / 2 };
    const isRegistered = await this.register.add({ ...issued, clientID: credentials.clientID }, token, half);
    if (lease !== undefined) {
      // A token that no revocation could find is given to no other environment.
      await (isRegistered ? this.#store(key, lease.item, token, half) : this.#release(key, lease.item, half));
    }
    return { minted };
  }

  /**
   * Removes the token from the table, and a record that does not open, which may be the token under a newer version of
   * the service secret. Other environments that hold it in memory drop it when they confirm it.
   * @returns false if the table has another token for this key, or none
   * @throws {TableFailure}
   */
  async evict(cacheKey: string, sha256: string, context: RequestContext): Promise<boolean> {
    const key = tokenKey(cacheKey);
    let item = await this.#access.pauses.whileThrottled(context, () =>
      this.#ports.table.read(key, context, true),
    );
    for (let races = 0; races < MAX_LOST_RACES; races++) {
      if (item?.sealed === undefined) return false;
      const stored = await this.#storedOf(key, item, context);
      if (stored !== undefined && tokenOf(stored)?.sha256 !== sha256) return false;
      const seen = item;
      const written = await this.#access.pauses.whileThrottled(context, () =>
        this.#access.write(key, seen, {}, context),
      );
      if (written.replaced) return true;
      item = written.current;
    }
    throw new TableFailure("other environments changed the item again and again", true);
  }

  /** @param hasToken whether this environment's memory has a token that serves: then it need not wait for the table */
  async #decide(
    key: string,
    criteria: TokenCriteria,
    hasToken: boolean,
    context: RequestContext,
  ): Promise<CacheDecision> {
    if (!this.#access.isAllowed(context)) return { kind: "no-table" };
    const begun = this.#ports.clock.monotonic();
    const giveUpAt = Math.min(begun + LEASE_MS + CLOCK_TOLERANCE_MS, context.deadline - MINT_RESERVE_MS);
    const calls: TurnCalls = {
      toTable: () => this.#limited(context, giveUpAt),
      toKeys: () => this.#limited(context, Math.min(giveUpAt, begun + KEYS_BUDGET_MS)),
    };
    // A cold environment reads the service secret while it reads the table.
    this.#ports.keys.preload(calls.toKeys());
    const waitState: WaitState = { giveUpAt, polls: 0, lostRaces: 0, fence: undefined, since: begun };
    // Where many environments start at once, the table throttles some of them while one of the others mints.
    const run = () => this.#nextDecision(key, criteria, waitState, context, calls);
    const waitsUntil = Math.min(giveUpAt, begun + THROTTLE_PATIENCE_MS);
    const decision = await this.#access.attempt(context, run, hasToken ? begun : waitsUntil);
    return decision ?? { kind: "no-table" };
  }

  async #nextDecision(
    key: string,
    criteria: TokenCriteria,
    waitState: WaitState,
    context: RequestContext,
    { toTable, toKeys }: TurnCalls,
  ): Promise<CacheDecision> {
    const { table, keys, clock } = this.#ports;
    let item = await table.read(key, toTable());
    for (;;) {
      const stored = item && (await this.#storedOf(key, item, toKeys()));
      const moment = { monotonic: clock.monotonic(), table: table.now() };
      const step = nextStep({ item, stored }, criteria, waitState, moment);
      if (step === "wait") {
        await this.#access.pauses.beforePoll(context, waitState.polls++);
        item = await table.read(key, toTable());
      } else if (step === "take the lease") {
        // No environment waits for an environment that could not store its result.
        await keys.current(toKeys());
        const present = tokenOf(stored);
        const end = clock.monotonic() + LEASE_MS;
        const taken = await this.#takeLease(key, item, present, toTable());
        if (taken.replaced) return { kind: "mint", present, lease: { item: taken.item, end } };
        waitState.lostRaces++;
        // What a write found is consistent: an item that is gone was deleted, and no replica is behind.
        waitState.fence = undefined;
        item = taken.current;
      } else return step;
    }
  }

  /** The request until a moment, or for the least time that a call is worth. */
  #limited(context: RequestContext, until: number): RequestContext {
    const least = this.#ports.clock.monotonic() + MIN_CALL_MS;
    return { ...context, deadline: Math.min(context.deadline, Math.max(until, least)) };
  }

  /** Leaves the present token where it is, for requests that it serves. */
  #takeLease(
    key: string,
    item: TableItem | undefined,
    present: HeldToken | undefined,
    context: RequestContext,
  ): Promise<Written> {
    const lease = { until: this.#ports.table.now() + LEASE_MS };
    const kept = present && item?.sealed && { sealed: item.sealed, deleteAfter: item.deleteAfter };
    return this.#access.write(key, item, { ...kept, lease }, context);
  }

  async #store(key: string, lease: TableItem, token: HeldToken, context: RequestContext): Promise<void> {
    const sealed = (serviceKey: ServiceKey) => sealToken(token, key, serviceKey, this.#ports);
    await this.#replaceLease(key, lease, sealed, context);
  }

  /** Ends the lease with a record; without one where that cannot be written, so that no environment waits for it. */
  async #replaceLease(
    key: string,
    lease: TableItem,
    sealed: (serviceKey: ServiceKey) => Pick<TableItem, "sealed" | "deleteAfter">,
    context: RequestContext,
  ): Promise<void> {
    await this.#access.attempt(context, async () => {
      try {
        const content = sealed(await this.#ports.keys.current(context));
        // Where the lease was lost meanwhile, the write is refused: what is there is newer.
        await this.#access.pauses.whileThrottled(context, () =>
          this.#access.write(key, lease, content, context),
        );
      } catch (failure) {
        await this.#release(key, lease, context);
        throw failure;
      }
    });
  }

  /** Ends the lease after a mint that failed, with what Box would respond to every other environment too. */
  async #releaseAfter(
    failure: unknown,
    secretVersion: string,
    key: string,
    lease: TableItem,
    context: RequestContext,
  ): Promise<void> {
    // A token that other requests accept stays.
    if (!isNewRefusal(failure) || lease.sealed !== undefined) return this.#release(key, lease, context);
    const sealed = (serviceKey: ServiceKey) =>
      sealRefusal(failure, secretVersion, key, serviceKey, this.#ports);
    await this.#replaceLease(key, lease, sealed, context);
  }

  /** Ends a lease without a result: the next environment tries at once. Repeated, because the others wait for its end. */
  async #release(key: string, lease: TableItem, context: RequestContext): Promise<void> {
    const { sealed, deleteAfter } = lease;
    const content = sealed === undefined ? {} : { sealed, deleteAfter };
    const until = this.#ports.clock.monotonic() + RELEASE_PATIENCE_MS;
    const write = () => this.#access.write(key, lease, content, context);
    await this.#access.attempt(context, () => this.#access.pauses.whileTemporary(context, write, until));
  }

  async #storedOf(key: string, { sealed }: TableItem, context: RequestContext): Promise<Stored | undefined> {
    if (sealed === undefined) return undefined;
    const serviceKey = await this.#ports.keys.byId(sealed.keyId, context);
    return serviceKey && unsealStored(sealed, key, serviceKey, this.#ports);
  }
}

const tokenKey = (cacheKey: string) => `token#${cacheKey}`;
