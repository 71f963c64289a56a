import { coalesced, joinable } from "../async/coalesce.ts";
import { withRetry } from "../async/retry.ts";
import { type BoxTokenEndpoint, boxTokens } from "../box/client.ts";
import { CredentialCache, type ReadCredentials, secretKey, timed } from "../broker/credential-cache.ts";
import { downscope } from "../broker/downscope.ts";
import type { HeldToken } from "../broker/held-token.ts";
import type { Minted } from "../broker/other-versions.ts";
import { withOtherVersions } from "../broker/other-versions.ts";
import type { Call, Clock, CredentialStore, Joined, Randomness, TokenStore } from "../broker/ports.ts";
import { RateLimits } from "../broker/rate-limits.ts";
import { RefusalMemory } from "../broker/refusal-memory.ts";
import { isCurrent, sharedMint } from "../broker/shared-cache/shared-mint.ts";
import type { SharedTokens } from "../broker/shared-cache/shared-tokens.ts";
import { TokenMemory } from "../broker/token-memory.ts";
import {
  type DownscopedTokenNeed,
  type FullTokenNeed,
  type MintRequest,
  type ObtainToken,
  stored,
  type TokenNeed,
  TokenSource,
} from "../broker/token-source.ts";

/** What tokens come from, and through what each call goes on its way there. */
interface TokenPorts {
  readonly box: BoxTokenEndpoint;
  readonly credentials: Pick<CredentialStore, "alternative" | "accepted">;
  readonly clock: Clock;
  readonly random: Randomness;
  /** The environment's own memory, if absent. */
  readonly store?: TokenStore;
  /** The tokens of all environments, where they share a table. */
  readonly shared?: SharedTokens | undefined;
}

/** Credentials by app, in an environment's memory; requests at the same time share a read. */
export function cachedCredentials(read: ReadCredentials, clock: Clock): CredentialCache {
  return new CredentialCache(coalesced(clock, secretKey, timed(clock, read)), clock);
}

/**
 * The one call by which tokens are obtained: store → one mint for equal requests → the table, or the right to mint →
 * (for a downscoped token: its parent, in the same way) → other versions of the secret → retry → the app's rate limit →
 * one POST to Box.
 */
export function tokenObtainer(ports: TokenPorts): ObtainToken {
  const { box, credentials, clock, random, store = new TokenMemory(), shared } = ports;
  const limits = new RateLimits(clock);
  const { grant, exchange, revoke } = boxTokens(box, ports);
  const fullToken = withOtherVersions(credentials, withRetry(ports, limits.guard(grant)));

  const common = {
    ...{ store, refusals: new RefusalMemory(clock), clock, baseUrl: box.baseUrl },
    isCurrent: (token: HeldToken) => shared === undefined || isCurrent({ clock, random }, token),
  };
  const once = <Need extends TokenNeed>(
    mint: Call<MintRequest<Need>, Minted>,
  ): Call<MintRequest<Need>, Joined<Minted>> => {
    const own = stored(common, mint);
    const forAll = shared === undefined ? own : sharedMint({ shared, store, clock, random }, own);
    return joinable(clock, ({ key }) => key, forAll);
  };

  const full = new TokenSource<FullTokenNeed>({
    ...common,
    mint: once(({ need }, context) => fullToken(need, context)),
  });
  const downscoped = new TokenSource<DownscopedTokenNeed>({
    ...common,
    mint: once(downscope({ full, exchange: withRetry(ports, limits.guard(exchange)), revoke, clock })),
  });
  return (need, context) =>
    need.restriction === undefined ? full.obtain(need, context) : downscoped.obtain(need, context);
}
