import { Failure } from "../../schemas/protocol/problems.ts";
import { coalesced, joinable } from "../async/coalesce.ts";
import { withRetry } from "../async/retry.ts";
import { type BoxTokenEndpoint, boxTokens } from "../box/client.ts";
import { type AppTokenPorts, AppTokens } from "../broker/app-tokens.ts";
import { type AuthorizationWatch, watched } from "../broker/authorization/watch.ts";
import { CredentialCache, type ReadCredentials, secretKey, timed } from "../broker/credential-cache.ts";
import { downscope, EXCHANGE_SECONDS } from "../broker/downscope.ts";
import { type FullTokens, fullTokens } from "../broker/full-tokens.ts";
import type { HeldToken } from "../broker/held-token.ts";
import { RegisteredTokens } from "../broker/oauth/registered-tokens.ts";
import type { Minted } from "../broker/other-versions.ts";
import { withOtherVersions } from "../broker/other-versions.ts";
import type {
  Call,
  Clock,
  CredentialStore,
  Joined,
  OAuthCredentials,
  Randomness,
  TokenStore,
} from "../broker/ports.ts";
import { RateLimits } from "../broker/rate-limits.ts";
import { RefusalMemory } from "../broker/refusal-memory.ts";
import { replaceable } from "../broker/replace-refused-token.ts";
import { isCurrent, sharedMint } from "../broker/shared-cache/shared-mint.ts";
import type { SharedTokens } from "../broker/shared-cache/shared-tokens.ts";
import { TokenMemory } from "../broker/token-memory.ts";
import {
  type DownscopedTokenNeed,
  type GrantedTokenNeed,
  type MintRequest,
  newToken,
  type ObtainToken,
  stored,
  type TokenNeed,
  TokenSource,
} from "../broker/token-source.ts";

/** What tokens come from, and through what each call goes on its way there. */
interface TokenPorts {
  readonly box: BoxTokenEndpoint;
  readonly credentials: Pick<CredentialStore, "alternative" | "newer" | "accepted">;
  readonly clock: Clock;
  readonly random: Randomness;
  /** Box's pauses for the apps: those of these tokens alone, if absent. */
  readonly limits?: RateLimits;
  /** Absent: authorizations are not watched. */
  readonly authorizations?: AuthorizationWatch;
  /** Called when another App Token of an app comes into use. */
  readonly onAppTokenChange?: AppTokenPorts["onChange"];
  /** The environment's own memory, if absent. */
  readonly store?: TokenStore;
  /** The users of OAuth 2.0 apps, where there is a table for their connections. */
  readonly connected?: FullTokens<OAuthCredentials> | undefined;
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
  const { onAppTokenChange = () => {}, limits = new RateLimits(clock) } = ports;
  const registered = shared && new RegisteredTokens(shared.register);
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

  const granted = new TokenSource<GrantedTokenNeed>({
    ...common,
    mint: once((request, context) =>
      fullToken({ ...request.need, held: newToken(common, request, context) }, context),
    ),
  });
  const { authorizations } = ports;
  const toApps = replaceable(authorizations ? watched(granted, authorizations, clock) : granted, clock);
  const full = fullTokens({
    jwt: toApps,
    client_credentials: toApps,
    app_token: new AppTokens({
      credentials,
      clock,
      accepts: coalesced(
        clock,
        (token) => token,
        (token, context) => box.accepts(token, context),
      ),
      onChange: onAppTokenChange,
    }),
    // Each refresh ends the token that it replaces, for all who have it.
    oauth2: replaceable(ports.connected ?? notConfigured, clock, () => true),
  });
  const downscoped = new TokenSource<DownscopedTokenNeed>({
    ...common,
    mint: once(downscope({ full, exchange: withRetry(ports, limits.guard(exchange)), revoke })),
  });
  return async (need, context) => {
    if (need.restriction === undefined) {
      const obtained = await full.obtain(need, context);
      const { credentials: used, subject } = need;
      if (used.grant === "oauth2") await registered?.note(used.app, subject, obtained.token, context);
      return obtained;
    }
    if (need.credentials.grant !== "oauth2") return downscoped.obtain(need, context);
    // A user has one access token at a time, and what was exchanged from the one before may have ended with it.
    const { restriction: _, isolatedFor: __, ...others } = need;
    const minTtl = need.minTtl + EXCHANGE_SECONDS;
    const { token: parent } = await full.obtain(
      { ...others, minTtl, rejectedSha256: undefined, parentSha256: undefined },
      context,
    );
    return downscoped.obtain({ ...need, parentSha256: parent.sha256 }, context);
  };
}

/** The users of OAuth 2.0 apps, where there is no table for their connections. */
const notConfigured: FullTokens<OAuthCredentials> = {
  obtain: () => Promise.reject(tableMissing()),
  replace: () => Promise.reject(tableMissing()),
};

const tableMissing = () => new Failure("connections_not_configured", "BOX_STS_TABLE is not set");
