import { elapsed, now } from "../clock.ts";
import { type HeldToken, lifeLeft } from "../held-token.ts";
import type { Minted } from "../other-versions.ts";
import type { Call, Clock, Randomness, RequestContext, TokenStore } from "../ports.ts";
import type { MintRequest, TokenNeed } from "../token-source.ts";
import type { SharedTokens } from "./shared-tokens.ts";

/** How long an environment serves a token from its memory before it reads whether the table still has it. */
const CONFIRM_MS = 60_000;
/** The share of its life that a token has left when it is renewed: somewhere between these two. */
const RENEWAL_BEGINS = 0.15;
const RENEWAL_ENDS = 0.1;

interface RenewalPorts {
  readonly clock: Clock;
  readonly random: Randomness;
}

/** Whether a token in memory is served without reading the table: confirmed a moment ago, and not due for renewal. */
export function isCurrent(ports: RenewalPorts, token: HeldToken): boolean {
  return elapsed(ports.clock, token.confirmed ?? token.born) < CONFIRM_MS && !isDue(ports, token);
}

/**
 * Whether it is time to renew a token that still serves. Each request takes a random share again, so that one of many
 * environments begins and the others find its token.
 */
function isDue({ clock, random }: RenewalPorts, token: HeldToken): boolean {
  const share = RENEWAL_BEGINS - (RENEWAL_BEGINS - RENEWAL_ENDS) * random.fraction();
  return lifeLeft(clock, token) < token.lifetime * share;
}

interface SharedMintPorts extends RenewalPorts {
  readonly shared: SharedTokens;
  /** This environment's memory. */
  readonly store: TokenStore;
}

/** The mint of one environment for all: what another one has minted takes its place. */
export function sharedMint<Need extends TokenNeed>(
  ports: SharedMintPorts,
  mint: Call<MintRequest<Need>, Minted>,
): Call<MintRequest<Need>, Minted> {
  const { shared, store, clock } = ports;
  return async (request, context) => {
    const { key, need, held, serves } = request;
    const { credentials, subject, restriction, isolatedFor, rejectedSha256 } = need;
    const issued = {
      cacheKey: key,
      app: credentials.app,
      subject,
      ...(restriction !== undefined && { restriction }),
      ...(isolatedFor !== undefined && { isolatedFor }),
    };
    const obtained = await shared.obtain(
      {
        ...{ issued, serves, held, secretVersion: credentials.versionId },
        isDue: (token) => isDue(ports, token),
        mint: (present, leaseEnd = Number.POSITIVE_INFINITY) => {
          const rejected = present?.sha256 === rejectedSha256 ? present : undefined;
          const isRenewal = present !== undefined && present !== held && serves(present);
          const limited: RequestContext = {
            ...context,
            // The other environments are to know of a longer wait for Box's Retry-After before the lease ends.
            waitsUntil: Math.min(context.waitsUntil ?? leaseEnd, leaseEnd),
            // Moves later while requests that have more time join this one. A slow Box may outlast the lease: another
            // environment can then mint too, and the table keeps what that one stores. A token that still serves is not
            // kept waiting.
            get deadline() {
              return isRenewal ? Math.min(context.deadline, leaseEnd) : context.deadline;
            },
          };
          return mint({ ...request, rejected: request.rejected ?? rejected }, limited);
        },
      },
      context,
    );
    if ("minted" in obtained) return obtained.minted;
    const token = { ...obtained.token, confirmed: now(clock) };
    await store.put(key, token, context);
    return { token, credentials, isShared: true };
  };
}
