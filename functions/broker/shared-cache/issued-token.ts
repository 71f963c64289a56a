import type { HeldToken } from "../held-token.ts";
import type { Credentials, Restriction, Subject } from "../ports.ts";

/** What a token is: enough to decide who may revoke it, and to do so. Never the token itself. */
export interface KnownToken {
  readonly app: string;
  readonly subject: Subject;
  /** Undefined: the subject's full token. */
  readonly restriction?: Restriction;
  /** The one caller that is given this token, where its statement isolates it. */
  readonly isolatedFor?: string;
  /** The Box app that has it, without whose client secret it cannot be ended; absent for a connected user and App Tokens. */
  readonly clientID?: string;
  /** Absent for a token that the app or the user has only once, which no caller may end. */
  readonly cacheKey?: string;
}

/** A token that is found by its hash. */
export interface IssuedToken extends KnownToken {
  /** The cache key under which it is shared. */
  readonly cacheKey: string;
}

/** A token's description as the table keeps it. */
export interface IssuedRecord {
  readonly issued: KnownToken;
  /** Milliseconds since the epoch, by the table's clock. */
  readonly expires: number;
}

/** A new token, and the Box app that has it. */
export interface MintedToken {
  readonly token: HeldToken;
  readonly credentials: Pick<Credentials, "clientID">;
}
