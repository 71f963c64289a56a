import { Failure } from "../../schemas/problems.ts";
import { MAX_MIN_TTL_SECONDS } from "../../schemas/token-request.ts";
import { type Minted, Minter } from "./minter.ts";
import type { Credentials, Ports, RequestContext, Restriction, Subject } from "./ports.ts";
import { SingleFlight } from "./single-flight.ts";
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
  /** From memory, from Box, or from a request to Box that another caller had begun. */
  readonly cache: "hit" | "miss" | "joined";
}

/**
 * A full token that others are exchanged from must have at least the largest `min_ttl` left, because Box does
 * not say whether a downscoped token dies with it, and a minute more, which the exchange may take.
 */
const PARENT_MIN_TTL_SECONDS = MAX_MIN_TTL_SECONDS + 60;

/** Tokens from memory or from Box, asked for once by all who need the same one at the same time. */
export class TokenSource {
  readonly #ports: Ports;
  readonly #minter: Minter;
  readonly #cache: TokenCache;
  readonly #flights: SingleFlight<Minted>;

  constructor(ports: Ports) {
    this.#ports = ports;
    this.#minter = new Minter(ports);
    this.#cache = new TokenCache(ports.clock);
    this.#flights = new SingleFlight(ports.clock);
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
    const isRejected = held !== undefined && held.sha256 === need.rejectedSha256;
    if (held !== undefined && !isRejected && this.lifeLeft(held) >= Math.max(need.minTtl, 1)) {
      return { token: held, credentials, cache: "hit" };
    }
    const rejected = isRejected ? held : undefined;
    const flight = await this.#flights.run(key, context, (shared) => this.#mint(need, rejected, shared));
    return { ...flight.value, cache: flight.joined ? "joined" : "miss" };
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
    // Where Box accepted another version of the secret, the next request is made with that one.
    this.#cache.put(this.#keyOf({ ...need, credentials: minted.credentials }), minted.token);
    return minted;
  }

  /** Exchanges the subject's full token; one that Box has revoked since it was cached is replaced once. */
  async #downscoped(
    need: TokenNeed,
    restriction: Restriction,
    rejected: HeldToken | undefined,
    context: RequestContext,
  ): Promise<Minted> {
    const fullNeed = { ...need, restriction: undefined, minTtl: PARENT_MIN_TTL_SECONDS };
    const exchange = async ({ token, credentials }: Minted) => ({
      token: await this.#minter.downscoped(token, restriction, context),
      credentials,
    });
    const parent = await this.obtain({ ...fullNeed, rejectedSha256: rejected?.parentSha256 }, context);
    try {
      return await exchange(parent);
    } catch (failure) {
      const mayBeRevoked = failure instanceof Failure && failure.code === "box_scope_refused";
      if (!mayBeRevoked || parent.cache !== "hit") throw failure;
      return exchange(await this.obtain({ ...fullNeed, rejectedSha256: parent.token.sha256 }, context));
    }
  }
}
