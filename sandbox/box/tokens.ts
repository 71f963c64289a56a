import { randomBytes, randomInt } from "node:crypto";

export interface AccessToken {
  readonly value: string;
  readonly clientId: string;
  readonly userId: string;
  readonly scopes: ReadonlySet<string>;
  /** File or folder to which it is bound; absent where it reaches all that its user sees. */
  readonly itemId?: string;
  /** On the laptop's clock, in milliseconds since 1970. */
  expiresAt: number;
}

export interface Tokens {
  mint(facts: Omit<AccessToken, "value" | "expiresAt">, expiresIn: number, downscoped?: boolean): AccessToken;
  /** The token, if it is neither unknown, revoked nor expired. */
  find(value: string): AccessToken | undefined;
  revoke(value: string): boolean;
  /** Lets every token, or the one given, be past its life. */
  expire(value?: string): void;
  readonly all: ReadonlyMap<string, AccessToken>;
}

const ALNUM = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

export function tokenStore(): Tokens {
  const all = new Map<string, AccessToken>();
  return {
    all,
    mint(facts, expiresIn, downscoped = false) {
      const value = downscoped ? longToken() : shortToken();
      const token = { ...facts, value, expiresAt: Date.now() + expiresIn * 1_000 };
      all.set(value, token);
      return token;
    },
    find(value) {
      const token = all.get(value);
      return token !== undefined && token.expiresAt > Date.now() ? token : undefined;
    },
    revoke: (value) => all.delete(value),
    expire(value) {
      for (const token of all.values()) {
        if (value === undefined || token.value === value) token.expiresAt = 0;
      }
    },
  };
}

function shortToken(): string {
  return Array.from({ length: 32 }, () => ALNUM[randomInt(ALNUM.length)]).join("");
}

/** Downscoped tokens are long and begin with `1!`. */
function longToken(): string {
  return `1!${randomBytes(150).toString("base64url")}..`;
}
