import { hash } from "node:crypto";
import type { BoxToken } from "../../schemas/protocol/token-response.ts";
import { elapsed, type Instant } from "./instant.ts";
import type { Clock, Credentials, Restriction, Subject } from "./ports.ts";

/** A token with its time of birth, its lifetime and its parent. */
export interface HeldToken {
  readonly token: BoxToken;
  /** Lower-case hex; what the audit log and `rejected_token_sha256` name the token by. */
  readonly sha256: string;
  /** For a downscoped token: the token it was exchanged from. */
  readonly parentSha256?: string;
  /** It took the place of a token that was refused while both had the same parent, or that had none. */
  readonly isReplacement?: true;
  /** Just before the token was requested, so that its life is never overestimated. */
  readonly born: Instant;
  /** Seconds of life at birth. */
  readonly lifetime: number;
}

/** More subjects than one environment serves within a token's life; the oldest is evicted. */
const MAX_TOKENS = 10_000;

/** The environment's own memory of tokens. Nothing here runs on timers: a frozen environment's do not fire. */
export class TokenCache {
  readonly #clock: Clock;
  readonly #tokens = new Map<string, HeldToken>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get(key: string): HeldToken | undefined {
    return this.#tokens.get(key);
  }

  put(key: string, token: HeldToken): void {
    this.#tokens.delete(key);
    this.#tokens.set(key, token);
    const [oldest] = this.#tokens.keys();
    if (this.#tokens.size > MAX_TOKENS && oldest !== undefined) this.#tokens.delete(oldest);
  }

  /** Whole seconds the token has left. */
  lifeLeft(token: HeldToken): number {
    return Math.floor(token.lifetime - this.ageSeconds(token));
  }

  ageSeconds({ born }: HeldToken): number {
    return elapsed(this.#clock, born) / 1000;
  }
}

/**
 * The cache key: everything a token depends on, hashed. Each part goes in with its length, so that no two
 * lists of parts can run together to the same text.
 */
export function cacheKey(parts: {
  readonly baseUrl: string;
  readonly credentials: Credentials;
  readonly subject: Subject;
  readonly restriction: Restriction | undefined;
  readonly policyDigest: string;
}): string {
  const { baseUrl, credentials, subject, restriction, policyDigest } = parts;
  const named = [
    baseUrl,
    credentials.app,
    credentials.clientID,
    credentials.signer?.publicKeyID ?? "",
    subject.type,
    subject.id,
    restriction === undefined ? "full" : `scopes ${[...restriction.scopes].sort().join(" ")}`,
    restriction?.resource ?? "",
    policyDigest,
  ];
  return hash("sha256", named.map((part) => `${part.length}:${part}`).join(""), "base64url");
}

/** How logs and callers name a token without having it. */
export function tokenSha256(accessToken: string): string {
  return hash("sha256", accessToken, "hex");
}
