import { Failure } from "../../schemas/protocol/problems.ts";
import { MAX_MIN_TTL_SECONDS } from "../../schemas/protocol/token-request.ts";
import { SingleFlight } from "../async/coalesce.ts";
import { originOf } from "./box-origin.ts";
import { type Minted, Minter } from "./minter.ts";
import type { Credentials, Ports, RequestContext, Restriction, Subject } from "./ports.ts";
import { RefusalMemory } from "./refusal-memory.ts";
import { cacheKey, type HeldToken, TokenCache } from "./token-cache.ts";

/** One token, described by all it depends on. */
export interface TokenNeed {
  readonly credentials: Credentials;
  readonly subject: Subject;
  /** Undefined: the subject's full token. */
  readonly restriction: Restriction | undefined;
  readonly policyDigest: string;
  /** Seconds of life a token from the cache must still have. */
  readonly minTtl: number;
  /** Hash of a token that Box refused: not served from the cache again. */
  readonly rejectedSha256: string | undefined;
}

export interface ObtainedToken {
  readonly token: HeldToken;
  /** From memory, from Box, or from a call to Box that another request had begun. */
  readonly cache: "hit" | "miss" | "joined";
}

/**
 * A full token that others are exchanged from must have at least the largest `min_ttl` left, because Box does
 * not say whether a downscoped token dies with it, and a minute more, which the exchange may take.
 */
const PARENT_MIN_TTL_SECONDS = MAX_MIN_TTL_SECONDS + 60;

/** A token younger than this is not replaced because a caller reports it: no caller can have Box mint without end. */
const MIN_MINT_INTERVAL_SECONDS = 10;
/** A full token that replaced one that Box would not exchange is not itself replaced for that within this time. */
const MIN_REPLACEMENT_INTERVAL_SECONDS = 60;
/** `Retry-After` where Box refuses to exchange the full token, also after it was replaced. */
const TOKEN_REFUSED_RETRY_SECONDS = 5;

/** Tokens from memory or from Box. Concurrent requests for the same token share one call to Box. */
export class TokenSource {
  readonly #ports: Ports;
  readonly #minter: Minter;
  readonly #cache: TokenCache;
  readonly #refusals: RefusalMemory;
  readonly #mints: SingleFlight<Minted>;

  constructor(ports: Ports) {
    this.#ports = ports;
    this.#minter = new Minter(ports);
    this.#cache = new TokenCache(ports.clock);
    this.#refusals = new RefusalMemory(ports.clock);
    this.#mints = new SingleFlight(ports.clock);
  }

  /** Whole seconds the token has left. */
  lifeLeft(token: HeldToken): number {
    return this.#cache.lifeLeft(token);
  }

  /** @throws {Failure} what Box, Secrets Manager or the request's time did not allow. */
  async obtain(need: TokenNeed, context: RequestContext): Promise<ObtainedToken & Minted> {
    const { credentials } = need;
    const key = this.#keyOf(need);
    const held = this.#cache.get(key);
    if (held !== undefined && this.#serves(held, need)) return { token: held, credentials, cache: "hit" };
    const refusalKey = `${key} ${credentials.versionId}`;
    this.#refusals.check(refusalKey);
    const rejected = held?.sha256 === need.rejectedSha256 ? held : undefined;
    const call = await this.#mints.run(key, context, async (shared) => {
      try {
        return await this.#mint(need, rejected, shared);
      } catch (failure) {
        this.#refusals.note(refusalKey, failure);
        throw failure;
      }
    });
    return { ...call.value, cache: call.joined ? "joined" : "miss" };
  }

  /** A token that was minted just now is served whatever is wrong with it: the next one would be no better. */
  #serves(held: HeldToken, { minTtl, rejectedSha256 }: TokenNeed): boolean {
    const lifeLeft = this.lifeLeft(held);
    if (lifeLeft < 1) return false;
    const isWanted = held.sha256 !== rejectedSha256 && lifeLeft >= minTtl;
    return isWanted || this.#cache.ageSeconds(held) < MIN_MINT_INTERVAL_SECONDS;
  }

  #keyOf(need: TokenNeed): string {
    return cacheKey({ ...need, baseUrl: this.#ports.box.baseUrl });
  }

  async #mint(need: TokenNeed, rejected: HeldToken | undefined, context: RequestContext): Promise<Minted> {
    const { subject, restriction } = need;
    const minted =
      restriction === undefined
        ? await this.#minter.full(need.credentials, subject, context)
        : await this.#downscoped(need, restriction, rejected, context);
    const isReplacement = rejected !== undefined && rejected.parentSha256 === minted.token.parentSha256;
    const token = isReplacement ? { ...minted.token, isReplacement } : minted.token;
    // Where Box accepted another version of the secret, the next request is made with that one.
    this.#cache.put(this.#keyOf({ ...need, credentials: minted.credentials }), token);
    return { ...minted, token };
  }

  /**
   * Exchanges the subject's full token, which is the parent. A rejected child is first replaced by another child of
   * the same parent; the parent is suspected only if that one is rejected as well, or if Box refuses to exchange it.
   */
  async #downscoped(
    need: TokenNeed,
    restriction: Restriction,
    rejected: HeldToken | undefined,
    context: RequestContext,
  ): Promise<Minted> {
    const fullNeed = { ...need, restriction: undefined, minTtl: PARENT_MIN_TTL_SECONDS };
    const suspected = rejected?.isReplacement ? rejected.parentSha256 : undefined;
    const exchange = async (parent: Minted) => ({
      token: await this.#minter.downscoped(parent, restriction, context),
      credentials: parent.credentials,
    });
    const parent = await this.obtain({ ...fullNeed, rejectedSha256: suspected }, context);
    try {
      return await exchange(parent);
    } catch (failure) {
      if (!(failure instanceof Failure && failure.suspectsToken)) throw failure;
      if (this.#wasReplacedLately(parent.token)) throw inMoments(failure);
      const { token: refused, credentials } = parent;
      const replacement = await this.#replace(refused, { ...fullNeed, credentials }, context);
      return exchange(replacement).catch((again: unknown) => {
        throw inMoments(again);
      });
    }
  }

  #wasReplacedLately(parent: HeldToken): boolean {
    return parent.isReplacement === true && this.#cache.ageSeconds(parent) < MIN_REPLACEMENT_INTERVAL_SECONDS;
  }

  /** Mints a full token in the place of one that Box refuses, however young that is; once for all who need it. */
  async #replace(refused: HeldToken, fullNeed: TokenNeed, context: RequestContext): Promise<Minted> {
    const key = this.#keyOf(fullNeed);
    const held = this.#cache.get(key);
    const isReplaced = held !== undefined && held.sha256 !== refused.sha256;
    if (isReplaced && this.lifeLeft(held) >= fullNeed.minTtl) {
      return { token: held, credentials: fullNeed.credentials };
    }
    const { value } = await this.#mints.run(key, context, (shared) => this.#mint(fullNeed, refused, shared));
    return value;
  }
}

/** Box refuses a full token for seconds to minutes: `Retry-After` makes this caller and the next ones wait. */
function inMoments(failure: unknown): unknown {
  if (!(failure instanceof Failure) || failure.code !== "box_token_refused") return failure;
  const retryAfter = TOKEN_REFUSED_RETRY_SECONDS;
  return new Failure(failure.code, failure.message, { retryAfter, ...originOf(failure) });
}
