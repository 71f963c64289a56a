import type { ProblemCode } from "../../../schemas/protocol/problems.ts";
import type { BoxToken } from "../../../schemas/protocol/token-response.ts";
import { type HeldToken, tokenSha256 } from "../held-token.ts";
import type { Subject, TokenPair } from "../ports.ts";
import { type Clocks, instantOf, tableTime } from "../shared-cache/table-time.ts";

/** Box's refresh tokens die after 60 days without use. */
export const REFRESH_TOKEN_DAYS = 60;
export const DAY_MS = 86_400_000;

/**
 * A Box user's consent to an OAuth 2.0 app, and its pair of tokens. Moments are milliseconds since the epoch, by the
 * table's clock.
 */
export interface Connection {
  readonly app: string;
  /** The app's client ID when the user consented. */
  readonly clientID: string;
  readonly userId: string;
  /** The user's email address at Box, for people who manage connections. */
  readonly login: string;
  readonly connectedAt: number;
  readonly pair: StoredPair;
  /** Since when Box does not accept the refresh token: the user has to connect again. */
  readonly brokenAt?: number;
  /** Until when no refresh is tried: Box could not be reached, limits the rate of requests, or would refuse it again. */
  readonly pausedUntil?: number;
  /** Why: what the refresh before it failed with. */
  readonly pausedBy?: ProblemCode;
}

/** The tokens that Box returned last. */
interface StoredPair {
  readonly access: BoxToken;
  /** Seconds of life at birth. */
  readonly lifetime: number;
  readonly refreshToken: string;
  readonly born: number;
}

/** A pair as the table keeps it. */
export function storedPair({ access, refreshToken }: TokenPair, clocks: Clocks): StoredPair {
  const { token, lifetime, born } = access;
  return { access: token, lifetime, refreshToken, born: tableTime(clocks, born) };
}

/** The user's access token, its birth by this environment's clocks. */
export function accessTokenOf({ pair }: Connection, clocks: Clocks): HeldToken {
  return {
    token: pair.access,
    sha256: tokenSha256(pair.access.access_token),
    born: instantOf(clocks, pair.born),
    lifetime: pair.lifetime,
  };
}

/** Whole days until the refresh token dies if it is not used; 0 where Box does not accept it any more. */
export function daysLeft({ brokenAt, pair: { born } }: Connection, now: number): number {
  if (brokenAt !== undefined) return 0;
  return Math.max(Math.floor(REFRESH_TOKEN_DAYS - (now - born) / DAY_MS), 0);
}

/**
 * Whether both hold the same pair of tokens, of which another refresh can only come after both. A server may return the
 * refresh token that it was sent (RFC 6749 §6) with another access token.
 */
export function samePair({ pair: one }: Connection, { pair: other }: Connection): boolean {
  return one.refreshToken === other.refreshToken && one.access.access_token === other.access.access_token;
}

/** What a connection is found by. */
export interface ConnectionId {
  readonly app: string;
  readonly userId: string;
}

export const connectionOf = (app: string, { id }: Subject): ConnectionId => ({ app, userId: id });
