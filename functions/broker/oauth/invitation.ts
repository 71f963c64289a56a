import { isHttpsOrLoopback } from "../../../schemas/protocol/hosts.ts";
import { ok, type Result, refused } from "../../../schemas/result.ts";
import type { ServiceKey } from "../shared-cache/service-keys.ts";
import { DAY_MS } from "./connection.ts";
import { type KeyById, sealText, unsealText } from "./sealed-text.ts";

/** How long an invitation is valid unless the operator chooses, and at most. */
export const DEFAULT_INVITATION_DAYS = 7;
export const MAX_INVITATION_DAYS = 60;

/** By how much the clocks of the function that invites and of the one that reads can differ. */
const CLOCK_TOLERANCE_MS = 300_000;
/** The browser keeps it in the cookie of each attempt, and all of its cookies must fit into the headers of one request. */
export const MAX_RETURN_TO_LENGTH = 512;

/** What an operator's connect link permits: one app, for one Box user or for any, until it expires. */
export interface Invitation {
  readonly app: string;
  /** The Box user who is invited; absent: any user whom Box lets consent. */
  readonly userId?: string;
  /** Where the page links to after success; as `returnAddress` gives it. */
  readonly returnTo?: string;
  /** Milliseconds since the epoch. */
  readonly expires: number;
}

/** Why an invitation is not accepted: it was not sealed with a known service secret, or its time is over. */
export type InvitationRefusal = "forged" | "expired";

/**
 * The value of `invitation` in a connect link, which every holder of the link can use until it expires.
 * @param invitation checked by the caller: the app exists, `returnTo` comes from `returnAddress`, and `expires` is at most
 *   `MAX_INVITATION_DAYS` away, beyond which `readInvitation` refuses it
 * @throws {RangeError} where it is too long for a link
 */
export function invite(invitation: Invitation, serviceKey: ServiceKey): string {
  const { app, userId, returnTo, expires } = invitation;
  const record: Invitation = {
    ...{ app, expires },
    ...(userId !== undefined && { userId }),
    ...(returnTo !== undefined && { returnTo }),
  };
  return sealText(record, "invitation", serviceKey);
}

/**
 * The invitation that a link has. No I/O.
 * @param keyById what the process knows of the service secret
 * @param now milliseconds since the epoch
 */
export function readInvitation(
  text: string,
  keyById: KeyById,
  now: number,
): Result<Invitation, InvitationRefusal> {
  // What opens was sealed by one of our functions, with this layout.
  const invitation = unsealText(text, "invitation", keyById) as Invitation | undefined;
  if (invitation === undefined) return refused("forged");
  const millisecondsLeft = invitation.expires - now;
  const isValid =
    millisecondsLeft > 0 && millisecondsLeft <= MAX_INVITATION_DAYS * DAY_MS + CLOCK_TOLERANCE_MS;
  return isValid ? ok(invitation) : refused("expired");
}

/**
 * The address that the page links to after success, normalised; undefined where it is none: an `https:` URL without
 * credentials, or an `http:` one on this machine.
 */
export function returnAddress(text: string): string | undefined {
  if (text.length > MAX_RETURN_TO_LENGTH) return undefined;
  const url = URL.parse(text);
  if (url === null || url.username !== "" || url.password !== "") return undefined;
  return isHttpsOrLoopback(url) && url.href.length <= MAX_RETURN_TO_LENGTH ? url.href : undefined;
}
