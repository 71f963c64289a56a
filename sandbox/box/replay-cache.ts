import { decodeJwt } from "./assertion.ts";

/** Box's replay prevention cache. */
export interface ReplayCache {
  /**
   * Takes note of the assertion's `jti`, whatever becomes of the request.
   * @returns whether it was there already.
   */
  consume(assertion: string | undefined): boolean;
  readonly size: number;
}

/** @param seen where the pairs of issuer and `jti` are kept. */
export function replayCache(seen: Set<string>): ReplayCache {
  return {
    consume(assertion) {
      const claims = assertion === undefined ? undefined : decodeJwt(assertion)?.claims;
      if (claims?.jti === undefined) return false;
      const key = JSON.stringify([claims.iss, claims.jti]);
      const replayed = seen.has(key);
      seen.add(key);
      return replayed;
    },
    get size() {
      return seen.size;
    },
  };
}
