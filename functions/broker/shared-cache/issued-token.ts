import type { Restriction, Subject } from "../ports.ts";

/** What a token is, found by its hash: enough to decide who may revoke it, and to do so. Never the token itself. */
export interface IssuedToken {
  /** The cache key under which it is shared. */
  readonly cacheKey: string;
  readonly app: string;
  readonly subject: Subject;
  /** Undefined: the subject's full token. */
  readonly restriction?: Restriction;
  /** The one caller that is given this token, where its statement isolates it. */
  readonly isolatedFor?: string;
}
