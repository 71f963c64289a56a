import { createHash } from "node:crypto";
import type { BoxToken } from "../../schemas/protocol/token-response.ts";
import type { Clock } from "./clock.ts";
import { elapsed, type Instant } from "./clock.ts";

/** Box's tokens live for 3,600 to 4,200 s; whatever claims to live longer is requested again after this. */
const MAX_LIFETIME_SECONDS = 7_200;

/** A token with its time of birth, its lifetime and its parent. */
export interface HeldToken {
  readonly token: BoxToken;
  /** Lower-case hex; what the audit log and `rejected_token_sha256` name the token by. */
  readonly sha256: string;
  /** For a downscoped token: the token it was exchanged from. */
  readonly parentSha256?: string;
  /** It replaced a token that was refused while both had the same parent, or that had none. */
  readonly isReplacement?: true;
  /** Just before the token was requested, so that its life is never overestimated. */
  readonly born: Instant;
  /** Seconds of life at birth. */
  readonly lifetime: number;
  /** When this environment last saw it in the table that environments share; absent where it minted the token itself. */
  readonly confirmed?: Instant;
}

/** The token of a response of Box. */
export function heldToken(token: BoxToken, born: Instant): HeldToken {
  const lifetime = Math.min(token.expires_in, MAX_LIFETIME_SECONDS);
  return { token, sha256: tokenSha256(token.access_token), born, lifetime };
}

/** Whole seconds the token has left. */
export function lifeLeft(clock: Clock, token: HeldToken): number {
  return Math.floor(token.lifetime - ageSeconds(clock, token));
}

export function ageSeconds(clock: Clock, { born }: HeldToken): number {
  return elapsed(clock, born) / 1000;
}

/** How logs and callers name a token without having it. */
export function tokenSha256(accessToken: string): string {
  return createHash("sha256").update(accessToken).digest("hex");
}
