import { randomBytes, randomInt } from "node:crypto";

export interface AccessToken {
  readonly value: string;
  readonly clientId: string;
  readonly userId: string;
  readonly scopes: ReadonlySet<string>;
  /** File or folder to which it is bound; absent where it reaches all that its user sees. */
  readonly itemId?: string;
  /** Whether it came from an exchange. Its text does not show that: tokens of servers begin with `1!` as well. */
  readonly downscoped: boolean;
  /** By Box's clock, in milliseconds since 1970. */
  readonly issuedAt: number;
  /** By Box's clock, in milliseconds since 1970; infinite for an App Token that never expires. */
  expiresAt: number;
}

export interface Tokens {
  /**
   * A token for a server (JWT, Client Credentials Grant, exchange), or a short one (OAuth 2.0, developer token, App
   * Token). `expiresIn` is in seconds.
   */
  mint(
    facts: Omit<AccessToken, "value" | "issuedAt" | "expiresAt">,
    expiresIn: number,
    holder?: "server" | "user",
  ): AccessToken;
  /** The token, if it is neither unknown, revoked nor expired. */
  find(value: string): AccessToken | undefined;
  revoke(value: string): boolean;
  /** Expires every token that would expire some day, or the given one. */
  expire(value?: string): void;
  /** What is left of the token's life by Box's clock, in whole seconds. */
  secondsLeft(token: AccessToken): number;
  readonly all: ReadonlyMap<string, AccessToken>;
}

const ALNUM = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/**
 * @param now Box's clock, in milliseconds since 1970.
 * @param all where the tokens are kept.
 */
export function tokenStore(now: () => number, all: Map<string, AccessToken>): Tokens {
  return {
    all,
    mint(facts, expiresIn, holder = "server") {
      const value = holder === "server" ? serverToken() : shortToken();
      const issuedAt = now();
      const token = { ...facts, value, issuedAt, expiresAt: issuedAt + expiresIn * 1_000 };
      all.set(value, token);
      return token;
    },
    find(value) {
      const token = all.get(value);
      return token !== undefined && token.expiresAt > now() ? token : undefined;
    },
    revoke: (value) => all.delete(value),
    expire(value) {
      for (const token of all.values()) {
        const isMeant = value === undefined ? Number.isFinite(token.expiresAt) : token.value === value;
        if (isMeant) token.expiresAt = 0;
      }
    },
    secondsLeft: ({ expiresAt }) => Math.floor((expiresAt - now()) / 1_000),
  };
}

/** Tokens of users, refresh tokens, App Tokens and authorization codes have 32 characters. */
export function shortToken(): string {
  return Array.from({ length: 32 }, () => ALNUM[randomInt(ALNUM.length)]).join("");
}

/** Since August 2021 the tokens of servers are `1!` and about 570 characters. */
function serverToken(): string {
  return `1!${randomBytes(426).toString("base64url")}..`;
}
