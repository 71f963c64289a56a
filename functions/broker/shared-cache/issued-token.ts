import type { HeldToken } from "../held-token.ts";
import type { Credentials, Restriction, Subject } from "../ports.ts";

/**
 * What a token is: enough to decide who may revoke it. Never the token itself. This alone is known of one that the app or
 * the user has only once, which no caller may end.
 */
export interface KnownToken {
  readonly app: string;
  readonly subject: Subject;
  /** Undefined: the subject's full token. */
  readonly restriction?: Restriction;
  /** The one caller that is given this token, where its statement isolates it. */
  readonly isolatedFor?: string;
}

/** A token that is shared under a cache key, and that Box can end. */
export interface IssuedToken extends KnownToken {
  readonly cacheKey: string;
  /** The Box app that has it, without whose client secret it cannot be ended. */
  readonly clientID: string;
}

/** A token's description as the table keeps it. */
export interface IssuedRecord {
  readonly issued: KnownToken | IssuedToken;
  /** Milliseconds since the epoch, by the table's clock. */
  readonly expires: number;
}

/** A new token, and the Box app that has it. */
export interface MintedToken {
  readonly token: HeldToken;
  readonly credentials: Pick<Credentials, "clientID">;
}
