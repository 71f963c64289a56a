import { Failure } from "../../schemas/protocol/problems.ts";
import { originOf } from "./box-origin.ts";
import type { ExchangeableTokens, FullTokens } from "./full-tokens.ts";
import { ageSeconds, type HeldToken } from "./held-token.ts";
import type { Clock, Credentials } from "./ports.ts";

/**
 * A full token that replaced one that Box would not exchange is not itself replaced for that within this time: Box can take
 * minutes to recognise a new token in exchanges, and each new one would have to wait for as long.
 */
const MIN_REPLACEMENT_INTERVAL_SECONDS = 300;
/** `Retry-After` where Box refuses to exchange the full token, also after it was replaced. */
const TOKEN_REFUSED_RETRY_SECONDS = 5;

/**
 * Full tokens for exchanges: one that Box refuses to exchange is replaced once.
 * @param isReplacement whether the token has replaced another one
 */
export function replaceable<AppCredentials extends Credentials>(
  tokens: FullTokens<AppCredentials>,
  clock: Clock,
  isReplacement = (parent: HeldToken) => parent.isReplacement === true,
): ExchangeableTokens<AppCredentials> {
  const wasReplacedRecently = (parent: HeldToken) =>
    isReplacement(parent) && ageSeconds(clock, parent) < MIN_REPLACEMENT_INTERVAL_SECONDS;

  return {
    obtain: (need, context) => tokens.obtain(need, context),
    async forExchange(need, context, exchange) {
      const parent = await tokens.obtain(need, context);
      try {
        return await exchange(parent);
      } catch (failure) {
        if (!(failure instanceof Failure && failure.suspectsToken)) throw failure;
        if (wasReplacedRecently(parent.token)) throw withRetryAfter(failure);
        // A source returns credentials of the kind that it was given.
        const credentials = parent.credentials as AppCredentials;
        const replacement = await tokens.replace(parent.token, { ...need, credentials }, context);
        return exchange(replacement).catch((again: unknown) => {
          throw withRetryAfter(again);
        });
      }
    },
  };
}

/** Box refuses a full token for seconds to minutes: `Retry-After` makes this caller and the next ones wait. */
export function withRetryAfter(failure: unknown): unknown {
  if (!(failure instanceof Failure) || failure.code !== "box_token_refused") return failure;
  const retryAfter = TOKEN_REFUSED_RETRY_SECONDS;
  return new Failure(failure.code, failure.message, { retryAfter, ...originOf(failure) });
}
