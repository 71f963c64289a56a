import { BoxRefusal, requireThat } from "../errors.ts";
import { shortToken, type Tokens } from "../tokens.ts";

/**
 * When a refresh ends the old pair. Box's documentation has `strict`: the refresh itself does. Reports of users have
 * `commit-on-use`: the first use of the new access token (an API call or an exchange) or of the new refresh token
 * does, and until then the old refresh token may be used again, for another new pair.
 */
export type RefreshRotation = "strict" | "commit-on-use";

/** What the app gets: both tokens, and the life of the access token in seconds. */
export interface TokenPair {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly expiresIn: number;
}

/** To which app a user has granted which scopes. */
interface GrantedAccess {
  readonly clientId: string;
  readonly userId: string;
  readonly scopes: ReadonlySet<string>;
}

/** What a consent has led to, for as long as it has a living pair. */
interface Connection {
  readonly access: GrantedAccess;
  readonly pairs: Set<LivingPair>;
}

interface LivingPair extends TokenPair {
  readonly connection: Connection;
  /** Of the refresh token, by Box's clock, in milliseconds since 1970. */
  expiresAt: number;
  /** Whether it replaces the pair that it was refreshed from; until then it is one of several candidates. */
  isCommitted: boolean;
}

export interface Connections {
  /** The first pair after a consent. */
  open(access: GrantedAccess, expiresIn: number): TokenPair;
  /** @throws BoxRefusal unless the refresh token is a living one of that app, of a user who can sign in */
  refresh(refreshToken: string, clientId: string, expiresIn: number): TokenPair;
  /** Takes note of the use of an access token. */
  used(accessToken: string): void;
  /** Ends the pair that has this living access or refresh token. @returns whether the app has one */
  revoke(token: string, clientId: string): boolean;
  /** Ends everything that the user has granted to the app, as the user can in the account settings. */
  remove(clientId: string, userId: string): void;
  /** Expires every refresh token, or the given one. */
  expire(refreshToken?: string): void;
  /** Living refresh tokens, oldest first. */
  readonly refreshTokens: readonly string[];
}

const REFRESH_TOKEN_LIFE_SECONDS = 60 * 24 * 3_600;

/** Pairs by each of their tokens. */
export interface Pairs {
  readonly byRefreshToken: Map<string, LivingPair>;
  readonly byAccessToken: Map<string, LivingPair>;
}

/**
 * @param now Box's clock, in milliseconds since 1970.
 * @param rotation what is in force when a token is refreshed.
 * @param canSignIn whether the user is there and active.
 * @param pairs where they are kept.
 */
export function connectionStore(
  tokens: Tokens,
  now: () => number,
  rotation: () => RefreshRotation,
  canSignIn: (userId: string) => boolean,
  { byRefreshToken, byAccessToken }: Pairs,
): Connections {
  const end = (pair: LivingPair): void => {
    pair.connection.pairs.delete(pair);
    byRefreshToken.delete(pair.refreshToken);
    byAccessToken.delete(pair.accessToken);
    tokens.revoke(pair.accessToken);
  };
  const mint = (connection: Connection, expiresIn: number, isCommitted: boolean): TokenPair => {
    const facts = { ...connection.access, downscoped: false };
    const { value: accessToken } = tokens.mint(facts, expiresIn, "user");
    const expiresAt = now() + REFRESH_TOKEN_LIFE_SECONDS * 1_000;
    const pair = { accessToken, refreshToken: shortToken(), expiresIn, connection, expiresAt, isCommitted };
    connection.pairs.add(pair);
    byRefreshToken.set(pair.refreshToken, pair);
    byAccessToken.set(pair.accessToken, pair);
    return pair;
  };
  /** A candidate's first use ends the pair before it and every other candidate. */
  const commit = (pair: LivingPair): void => {
    if (pair.isCommitted) return;
    for (const other of pair.connection.pairs) if (other !== pair) end(other);
    pair.isCommitted = true;
  };

  return {
    open: (access, expiresIn) => mint({ access, pairs: new Set() }, expiresIn, true),
    refresh(refreshToken, clientId, expiresIn) {
      const pair = byRefreshToken.get(refreshToken);
      requireThat(pair !== undefined && pair.connection.access.clientId === clientId, "refreshToken");
      requireThat(canSignIn(pair.connection.access.userId), "refreshToken");
      if (pair.expiresAt <= now()) throw new BoxRefusal("refreshTokenExpired");
      commit(pair);
      const isStrict = rotation() === "strict";
      if (isStrict) pair.connection.pairs.forEach(end);
      return mint(pair.connection, expiresIn, isStrict);
    },
    used(accessToken) {
      const pair = byAccessToken.get(accessToken);
      if (pair !== undefined) commit(pair);
    },
    revoke(token, clientId) {
      const pair = byRefreshToken.get(token) ?? byAccessToken.get(token);
      if (pair === undefined || pair.connection.access.clientId !== clientId) return false;
      const isLiving =
        token === pair.refreshToken ? pair.expiresAt > now() : tokens.find(token) !== undefined;
      if (!isLiving) return false;
      end(pair);
      return true;
    },
    remove(clientId, userId) {
      for (const pair of byRefreshToken.values()) {
        const { access } = pair.connection;
        if (access.clientId === clientId && access.userId === userId) end(pair);
      }
    },
    expire(refreshToken) {
      for (const pair of byRefreshToken.values()) {
        if (refreshToken === undefined || pair.refreshToken === refreshToken) pair.expiresAt = 0;
      }
    },
    get refreshTokens() {
      const living = [...byRefreshToken.values()].filter(({ expiresAt }) => expiresAt > now());
      return living.map((pair) => pair.refreshToken);
    },
  };
}
