import type { AssertionClaims, Subject } from "../broker/ports.ts";

/** Box accepts at most 60 s; half of it leaves room for a clock that is off by as much either way. */
const ASSERTION_LIFETIME_SECONDS = 30;

/** Box compares `aud` with this literal whatever base URL the request was sent to. */
const BOX_AUDIENCE = "https://api.box.com/oauth2/token";

/**
 * The claims of one assertion of Box's JWT grant (RFC 7523 §3).
 * @param now milliseconds since the epoch by Box's clock
 * @param jti never used before; Box remembers it even if it refuses the request
 */
export function assertionClaims(
  clientID: string,
  subject: Subject,
  now: number,
  jti: string,
): AssertionClaims {
  return {
    iss: clientID,
    sub: subject.id,
    box_sub_type: subject.type,
    aud: BOX_AUDIENCE,
    jti,
    exp: Math.floor(now / 1000) + ASSERTION_LIFETIME_SECONDS,
  };
}
