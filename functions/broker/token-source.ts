import { cacheKey } from "./cache-key.ts";
import { ageSeconds, type HeldToken, lifeLeft } from "./held-token.ts";
import type { Minted } from "./other-versions.ts";
import type {
  Call,
  Clock,
  Credentials,
  GrantCredentials,
  Joined,
  RequestContext,
  Restriction,
  Subject,
  TokenStore,
} from "./ports.ts";
import type { RefusalMemory } from "./refusal-memory.ts";

/** One token, described by all it depends on. */
export type TokenNeed = FullTokenNeed | DownscopedTokenNeed;

export interface FullTokenNeed<AppCredentials extends Credentials = Credentials> {
  readonly credentials: AppCredentials;
  readonly subject: Subject;
  readonly restriction?: undefined;
  readonly policyDigest: string;
  /** Seconds of life a token from the store must still have. */
  readonly minTtl: number;
  /** Hash of a token that Box refused: not served from the store again. */
  readonly rejectedSha256: string | undefined;
  /** The one caller that is given the token; absent where equal requests of all callers share it. */
  readonly isolatedFor?: string;
  readonly parentSha256?: undefined;
}

export interface DownscopedTokenNeed extends Omit<FullTokenNeed, "restriction" | "parentSha256"> {
  readonly restriction: Restriction;
  /** Hash of the one full token whose downscoped tokens serve; absent where they outlive it. */
  readonly parentSha256?: string;
}

/** A token that Box grants to the app itself. */
export type GrantedTokenNeed = FullTokenNeed<GrantCredentials>;

export interface ObtainedToken extends Minted {
  /** From this environment's memory, from the table, from Box, or from a call to Box that another request had begun. */
  readonly cache: "hit" | "shared" | "miss" | "joined";
}

/** A token from the store or from Box. */
export type ObtainToken = Call<TokenNeed, ObtainedToken>;

/** A token that no store has. */
export interface MintRequest<Need extends TokenNeed> {
  readonly key: string;
  readonly need: Need;
  /** The token that this environment has. */
  readonly held: HeldToken | undefined;
  /** Whether a token that another environment has minted can replace a new one. */
  readonly serves: (token: HeldToken) => boolean;
  /** The token in whose place it is minted, because Box refused that one. */
  readonly rejected: HeldToken | undefined;
  /** Under what a refusal is remembered; without it none is. */
  readonly refusalKey?: string;
}

/** A token younger than this is not replaced because a caller reports it: no caller can have Box mint without end. */
export const MIN_MINT_INTERVAL_SECONDS = 10;

/** Whether the token was minted just now. */
const isNew = (clock: Clock, token: HeldToken): boolean =>
  ageSeconds(clock, token) < MIN_MINT_INTERVAL_SECONDS;

/** A token that was minted just now is served whatever is wrong with it: the next one would be no better. */
export function servesNeed(
  clock: Clock,
  held: HeldToken,
  { minTtl, rejectedSha256, parentSha256 }: TokenNeed,
): boolean {
  const secondsLeft = lifeLeft(clock, held);
  if (secondsLeft < 1) return false;
  if (parentSha256 !== undefined && held.parentSha256 !== parentSha256) return false;
  const isAcceptable = held.sha256 !== rejectedSha256 && secondsLeft >= minTtl;
  return isAcceptable || isNew(clock, held);
}

export interface TokenSourcePorts<Need extends TokenNeed> {
  readonly store: TokenStore;
  readonly refusals: RefusalMemory;
  readonly clock: Clock;
  /** Box's, for the cache key. */
  readonly baseUrl: string;
  /** Whether a token in memory is served without reading the table; always, if there is none. */
  readonly isCurrent: (token: HeldToken) => boolean;
  /** Shared by equal requests, by their key. */
  readonly mint: Call<MintRequest<Need>, Joined<Minted>>;
}

/** Tokens of one kind from the store, or else minted. */
export class TokenSource<Need extends TokenNeed> {
  readonly #ports: TokenSourcePorts<Need>;

  constructor(ports: TokenSourcePorts<Need>) {
    this.#ports = ports;
  }

  /** @throws {Failure} what Box, Secrets Manager or the request's time did not allow. */
  async obtain(need: Need, context: RequestContext): Promise<ObtainedToken> {
    const { store, refusals, isCurrent, clock } = this.#ports;
    const { credentials } = need;
    const serves = (token: HeldToken) => servesNeed(clock, token, need);
    const key = this.#keyOf(need);
    const held = await store.get(key, context);
    const isServed = held !== undefined && serves(held);
    if (isServed && isCurrent(held)) return { token: held, credentials, cache: "hit" };
    const refusalKey = `${key} ${credentials.versionId}`;
    // What Box refuses is no reason to withhold a token that is still good.
    if (!isServed) refusals.check(refusalKey);
    const rejected = held?.sha256 === need.rejectedSha256 ? held : undefined;
    const request = { key, need, held, serves, rejected, refusalKey };
    const { value, joined } = await this.#mint(request, context);
    return { ...value, cache: joined ? "joined" : value.isShared ? "shared" : "miss" };
  }

  /** Mints instead of a token that Box refuses, however young that is; once for all who need it. */
  async replace(refused: HeldToken, need: Need, context: RequestContext): Promise<Minted> {
    const { store, clock } = this.#ports;
    const key = this.#keyOf(need);
    const held = await store.get(key, context);
    const serves = (token: HeldToken) =>
      token.sha256 !== refused.sha256 && lifeLeft(clock, token) >= need.minTtl;
    if (held !== undefined && serves(held)) return { token: held, credentials: need.credentials };
    const { value } = await this.#mint({ key, need, held, serves, rejected: refused }, context);
    return value;
  }

  /** Again where a request that this one joined has accepted an older token of the table, which does not serve this one. */
  async #mint(request: MintRequest<Need>, context: RequestContext): Promise<Joined<Minted>> {
    const { mint } = this.#ports;
    const minted = await mint(request, context);
    const { value, joined } = minted;
    return joined && value.isShared && !request.serves(value.token) ? mint(request, context) : minted;
  }

  #keyOf(need: Need): string {
    return cacheKey({ ...need, baseUrl: this.#ports.baseUrl });
  }
}

/**
 * Finds in the store what another request has got for the same need from another version of the secret. New tokens alone:
 * requests that join the mint count on one, whatever life they need.
 */
export function newToken<Need extends TokenNeed>(
  { store, clock, baseUrl }: Pick<TokenSourcePorts<Need>, "store" | "clock" | "baseUrl">,
  { need, serves }: MintRequest<Need>,
  context: RequestContext,
): (credentials: Credentials) => Promise<HeldToken | undefined> {
  return async (credentials) => {
    const held = await store.get(cacheKey({ ...need, credentials, baseUrl }), context);
    return held !== undefined && serves(held) && isNew(clock, held) ? held : undefined;
  };
}

/** The mint, whose tokens are stored and whose refusals are remembered. */
export function stored<Need extends TokenNeed>(
  { store, refusals, baseUrl }: Pick<TokenSourcePorts<Need>, "store" | "refusals" | "baseUrl">,
  mint: Call<MintRequest<Need>, Minted>,
): Call<MintRequest<Need>, Minted> {
  return async (request, context) => {
    const { need, rejected, refusalKey } = request;
    try {
      const { token: minted, credentials } = await mint(request, context);
      const isReplacement = rejected !== undefined && rejected.parentSha256 === minted.parentSha256;
      const token = isReplacement ? { ...minted, isReplacement } : minted;
      // Where Box accepted another version of the secret, the next request is made with that one.
      await store.put(cacheKey({ ...need, credentials, baseUrl }), token, context);
      return { token, credentials };
    } catch (failure) {
      if (refusalKey !== undefined) refusals.note(refusalKey, failure);
      throw failure;
    }
  };
}
