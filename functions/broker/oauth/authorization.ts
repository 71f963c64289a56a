import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { ok, type Result, refused } from "../../../schemas/result.ts";
import type { ServiceKey } from "../shared-cache/service-keys.ts";
import type { Invitation } from "./invitation.ts";
import { type KeyById, sealText, unsealText } from "./sealed-text.ts";

/** How long a user may take from the connect link to the consent. */
export const AUTHORIZATION_SECONDS = 600;

/** An authorization request that one browser has begun, as its cookie keeps it. */
export interface Authorization extends Omit<Invitation, "expires"> {
  /** The app's client ID when the user was sent to Box. */
  readonly clientID: string;
  readonly redirectUri: string;
  /** RFC 6749 §10.12. */
  readonly state: string;
  /** RFC 7636 §4.1. */
  readonly codeVerifier: string;
  /** Milliseconds since the epoch. */
  readonly expires: number;
}

/** What a browser takes along: to Box in the URL, and back to us in the cookie. */
export interface BegunAuthorization {
  readonly state: string;
  /** RFC 7636 §4.2, by S256. */
  readonly codeChallenge: string;
  /** Value of the cookie. */
  readonly sealed: string;
}

/** Why a browser that comes back from Box is not the one that was sent there, or comes too late. */
export type AuthorizationRefusal =
  | "authorization_forged"
  | "authorization_of_another_state"
  | "authorization_expired";

/** @param now milliseconds since the epoch */
export function beginAuthorization(
  { app, userId, returnTo }: Invitation,
  request: Pick<Authorization, "clientID" | "redirectUri">,
  key: ServiceKey,
  now: number,
): BegunAuthorization {
  const state = newSecret();
  const codeVerifier = newSecret();
  const record: Authorization = {
    ...{ app, ...request, state, codeVerifier, expires: now + AUTHORIZATION_SECONDS * 1_000 },
    ...(userId !== undefined && { userId }),
    ...(returnTo !== undefined && { returnTo }),
  };
  return { state, codeChallenge: sha256(codeVerifier), sealed: sealText(record, "authorization", key) };
}

/**
 * The authorization request that this browser began with this state. No I/O.
 * @param sealed value of the cookie
 * @param state as it came back from Box
 */
export function readAuthorization(
  sealed: string,
  state: string,
  keyById: KeyById,
  now: number,
): Result<Authorization, AuthorizationRefusal> {
  // What opens was sealed by one of our functions, with this layout.
  const authorization = unsealText(sealed, "authorization", keyById) as Authorization | undefined;
  if (authorization === undefined) return refused("authorization_forged");
  if (!isEqual(authorization.state, state)) return refused("authorization_of_another_state");
  const isValid = authorization.expires > now;
  return isValid ? ok(authorization) : refused("authorization_expired");
}

/** 43 characters of base64url with 256 random bits: a `state`, and the shortest verifier of RFC 7636 §4.1. */
const newSecret = () => randomBytes(32).toString("base64url");

const sha256 = (text: string) => createHash("sha256").update(text).digest("base64url");

/** In constant time, also where the lengths differ. */
function isEqual(one: string, other: string): boolean {
  return timingSafeEqual(Buffer.from(sha256(one)), Buffer.from(sha256(other)));
}
