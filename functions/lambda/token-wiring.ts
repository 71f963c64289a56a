import { coalesced, joinable } from "../async/coalesce.ts";
import { withRetry } from "../async/retry.ts";
import { type BoxTokenEndpoint, boxTokens } from "../box/client.ts";
import { CredentialCache, type ReadCredentials, secretKey, timed } from "../broker/credential-cache.ts";
import { downscope } from "../broker/downscope.ts";
import type { Minted } from "../broker/other-versions.ts";
import { withOtherVersions } from "../broker/other-versions.ts";
import type { Call, Clock, CredentialStore, Joined, Randomness, TokenStore } from "../broker/ports.ts";
import { RateLimits } from "../broker/rate-limits.ts";
import { RefusalMemory } from "../broker/refusal-memory.ts";
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
}

/** Credentials by app, in an environment's memory; requests at the same time share a read. */
export function cachedCredentials(read: ReadCredentials, clock: Clock): CredentialCache {
  return new CredentialCache(coalesced(clock, secretKey, timed(clock, read)), clock);
}

/**
 * The one call by which tokens are obtained: store → shared mint → (for a downscoped token: its parent, in the same way)
 * → other versions of the secret → retry → the app's rate limit → one POST to Box.
 */
export function tokenObtainer(ports: TokenPorts): ObtainToken {
  const { box, credentials, clock, store = new TokenMemory() } = ports;
  const limits = new RateLimits(clock);
  const { grant, exchange, revoke } = boxTokens(box, ports);
  const fullToken = withOtherVersions(credentials, withRetry(ports, limits.guard(grant)));

  const common = { store, refusals: new RefusalMemory(clock), clock, baseUrl: box.baseUrl };
  const shared = <Need extends TokenNeed>(
    mint: Call<MintRequest<Need>, Minted>,
  ): Call<MintRequest<Need>, Joined<Minted>> => joinable(clock, ({ key }) => key, stored(common, mint));

  const full = new TokenSource<FullTokenNeed>({
    ...common,
    mint: shared(({ need }, context) => fullToken(need, context)),
  });
  const downscoped = new TokenSource<DownscopedTokenNeed>({
    ...common,
    mint: shared(downscope({ full, exchange: withRetry(ports, limits.guard(exchange)), revoke, clock })),
  });
  return (need, context) =>
    need.restriction === undefined ? full.obtain(need, context) : downscoped.obtain(need, context);
}
