import { Failure } from "../../schemas/protocol/problems.ts";
import { elapsed, type Instant, now } from "./clock.ts";
import { demandShared, type FullTokens } from "./full-tokens.ts";
import { type HeldToken, heldToken, tokenSha256 } from "./held-token.ts";
import type { AppTokenCredentials, Clock } from "./ports.ts";
import type { FullTokenNeed } from "./token-source.ts";

/** How long a token that Box has refused is not tried again: the secondary one serves meanwhile. */
const PAUSE_MS = 300_000;
/** After what time a caller of a full App Token requests it again: the tokens themselves do not expire. */
const LIFETIME_SECONDS = 3_600;

/** The App Tokens of apps with Limited Access: the primary one, and while Box refuses that, the secondary one. */
export function appTokens(clock: Clock): FullTokens<AppTokenCredentials> {
  /** When Box refused a token, by its hash. */
  const refused = new Map<string, Instant>();
  const isRefused = (sha256: string) => {
    const at = refused.get(sha256);
    return at !== undefined && elapsed(clock, at) < PAUSE_MS;
  };

  function tokenOf({ credentials, rejectedSha256 }: FullTokenNeed<AppTokenCredentials>): HeldToken {
    const { primary, secondary } = credentials.appTokens;
    const tokens = [primary, secondary].flatMap((each) => each?.token ?? []);
    const usable = tokens.filter((token) => !isRefused(tokenSha256(token)));
    // What one caller reports decides about its own request alone.
    const token = usable.find((each) => tokenSha256(each) !== rejectedSha256) ?? usable[0];
    if (token === undefined) throw new Failure("app_tokens_refused", "Box refused each of the App Tokens");
    return heldToken({ access_token: token, expires_in: LIFETIME_SECONDS, restricted_to: [] }, now(clock));
  }

  return {
    async obtain(need) {
      demandShared(need);
      return { token: tokenOf(need), credentials: need.credentials, cache: "hit" };
    },
    async replace({ sha256 }, need) {
      refused.set(sha256, now(clock));
      return { token: tokenOf(need), credentials: need.credentials };
    },
  };
}
