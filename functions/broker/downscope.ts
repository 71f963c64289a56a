import { Failure } from "../../schemas/protocol/problems.ts";
import { MAX_MIN_TTL_SECONDS } from "../../schemas/protocol/token-request.ts";
import { originOf } from "./box-origin.ts";
import { type ExchangeableTokens, hasOneFullToken } from "./full-tokens.ts";
import type { HeldToken } from "./held-token.ts";
import type { Minted } from "./other-versions.ts";
import type { Call, ExchangeToken, RequestContext, Restriction, RevokeToken } from "./ports.ts";
import { isWithin } from "./restricted-to.ts";
import type { DownscopedTokenNeed, MintRequest } from "./token-source.ts";

/** What a full token that others are exchanged from has left besides their `min_ttl`: the exchange may take it. */
export const EXCHANGE_SECONDS = 60;
/**
 * A full token that others are exchanged from must have at least the largest `min_ttl` left, because Box does
 * not say whether a downscoped token dies with it.
 */
const PARENT_MIN_TTL_SECONDS = MAX_MIN_TTL_SECONDS + EXCHANGE_SECONDS;

/** How long an exchange is not repeated after Box returned a token that is wider than requested. */
const PAUSE_AFTER_WIDE_TOKEN_SECONDS = 30;

interface DownscopePorts {
  readonly full: ExchangeableTokens;
  readonly exchange: ExchangeToken;
  readonly revoke: RevokeToken;
}

/**
 * Mints a downscoped token: exchanges the subject's full token, which is the parent. A rejected child is first replaced
 * by another child of the same parent; the parent is suspected only if that one is rejected as well, or if Box refuses
 * to exchange it.
 */
export function downscope(ports: DownscopePorts): Call<MintRequest<DownscopedTokenNeed>, Minted> {
  return ({ need: { restriction, parentSha256, ...need }, rejected }, context) => {
    const rejectedSha256 = rejected?.isReplacement ? rejected.parentSha256 : undefined;
    // No caller is given the parent, so an isolated token can have the same one as the others.
    const { isolatedFor: _, ...parentNeed } = need;
    // Another full token would end those that callers have, where there is only one at a time.
    const minTtl = parentSha256 === undefined ? PARENT_MIN_TTL_SECONDS : need.minTtl;
    return ports.full.forExchange({ ...parentNeed, minTtl, rejectedSha256 }, context, (parent) =>
      childOf(parent, restriction, ports, context),
    );
  };
}

/**
 * Exchanges a full token. The downscoped one never claims to live longer than its parent.
 * @throws {Failure} `box_unexpected_answer` where Box returned a token that is wider than requested; it is revoked, unless
 *   that could end the only full token, because Box does not say what ends with a downscoped token
 */
async function childOf(
  { token: parent, credentials }: Minted,
  restriction: Restriction,
  { exchange, revoke }: DownscopePorts,
  context: RequestContext,
): Promise<Minted> {
  const child = await exchange({ credentials, token: parent.token.access_token, restriction }, context);
  const isParent = child.sha256 === parent.sha256;
  if (isParent || !isWithin(child.token, restriction)) {
    // A failed revocation changes nothing: no caller gets the token.
    if (!isParent && !hasOneFullToken(credentials))
      await revoke({ credentials, token: child.token.access_token }, context).catch(() => {});
    const detail = isParent
      ? "Box returned the full token itself from an exchange"
      : "Box returned a token whose restricted_to is missing or wider than requested";
    const retryAfter = PAUSE_AFTER_WIDE_TOKEN_SECONDS;
    throw new Failure("box_unexpected_answer", detail, { retryAfter, ...originOf(child.token) });
  }
  // The parent's life at the child's birth: attempts that failed before have taken some of it.
  const parentLifeLeft = parent.lifetime - ageAt(child, parent) / 1000;
  const lifetime = Math.min(child.lifetime, parentLifeLeft);
  return { token: { ...child, lifetime, parentSha256: parent.sha256 }, credentials };
}

/** Milliseconds from the birth of `parent` to that of `child`, by whichever clock counted more. */
function ageAt({ born }: HeldToken, parent: HeldToken): number {
  return Math.max(born.wall - parent.born.wall, born.monotonic - parent.born.monotonic);
}
