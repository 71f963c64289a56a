import { Failure } from "../../../schemas/protocol/problems.ts";
import { originOf } from "../box-origin.ts";
import { type FullTokens, requireShared } from "../full-tokens.ts";
import { type HeldToken, lifeLeft } from "../held-token.ts";
import type { OAuthCredentials, RequestContext, Subject } from "../ports.ts";
import { isLeased } from "../shared-cache/cache-decision.ts";
import { Pauses } from "../shared-cache/pauses.ts";
import { servesNeed } from "../token-source.ts";
import { accessTokenOf, type Connection, type ConnectionId, connectionOf } from "./connection.ts";
import type { Slot } from "./connection-store.ts";
import { LEASE_MS, Refresher, type RefresherPorts, STORE_RESERVE_MS } from "./refresh.ts";

/** Time that an attempt at Box needs at least, besides what storing the new pair needs. */
const MIN_ATTEMPT_MS = 1_000;

/**
 * A refresh usually takes less; after it, a token that still has its time left is served while another environment
 * refreshes.
 */
const USUAL_REFRESH_MS = 3_000;

interface AccessTokenRequest {
  readonly credentials: OAuthCredentials;
  readonly subject: Subject;
  readonly serves: (token: HeldToken) => boolean;
}

interface Waiting {
  readonly fence: number;
  /** Milliseconds by the monotonic clock. */
  readonly since: number;
}

interface AccessToken {
  readonly token: HeldToken;
  /** Whether this request has refreshed it. */
  readonly isNew: boolean;
}

/**
 * The access tokens of users who have connected to an OAuth 2.0 app. Every request reads the table, because a refresh by
 * another environment can end the token that this one saw last. One request of all environments refreshes, under a lease;
 * the others wait for its result.
 */
export function connectedUsers(ports: RefresherPorts): FullTokens<OAuthCredentials> {
  const { store, clock, table } = ports;
  const refresher = new Refresher(ports);
  const pauses = new Pauses(ports);

  async function accessToken(request: AccessTokenRequest, context: RequestContext): Promise<AccessToken> {
    const { credentials, subject } = request;
    const id = connectionOf(credentials.app, subject);
    await refresher.storeWhatIsLeft(id, context);
    let slot = await store.read(id, context);
    const waiting = { fence: 0, since: 0 };
    for (let polls = 0; ; ) {
      const { connection } = slot;
      if (connection === undefined) throw notConnected(id);
      const step = nextStep(slot, connection, request, waiting);
      if (typeof step === "object") return { token: step, isNew: false };
      requireTime(step, context.deadline - clock.monotonic());
      if (step === "wait") {
        await pauses.beforePoll(context, polls++);
        slot = await store.read(id, context);
        continue;
      }
      const taken = await store.replace(slot, connection, context, LEASE_MS);
      if (taken.done) {
        const refreshed = await refresher.refresh(taken.stored, credentials, context);
        return { token: usable(accessTokenOf(refreshed, ports)), isNew: true };
      }
      slot = taken.current;
    }
  }

  /** @param waiting the lease that the request waits for, and since when; noted here */
  function nextStep(
    { item }: Slot,
    connection: Connection,
    { credentials, serves }: AccessTokenRequest,
    waiting: Waiting,
  ): HeldToken | "wait" | "refresh" {
    if (item !== undefined && item.fence !== waiting.fence) {
      Object.assign(waiting, { fence: item.fence, since: clock.monotonic() });
    }
    // By this environment's own clock too: that of the environment that took the lease may be wrong.
    const waitedMs = clock.monotonic() - waiting.since;
    const isWaitedFor = isLeased(item, table.now(), LEASE_MS) && waitedMs < LEASE_MS;
    const token = accessTokenOf(connection, ports);
    // The refresh that is in progress can end this token.
    const isEnding = isWaitedFor && waitedMs < USUAL_REFRESH_MS;
    if (serves(token) && !isEnding) return token;
    requireRefreshable(connection, credentials, table.now());
    return isWaitedFor ? "wait" : "refresh";
  }

  return {
    async obtain(need, context) {
      requireShared(need);
      const { credentials, subject } = need;
      const serves = (token: HeldToken) => servesNeed(clock, token, need);
      const { token, isNew } = await accessToken({ credentials, subject, serves }, context);
      return { token, credentials, cache: isNew ? "miss" : "shared" };
    },
    async replace(refused, { credentials, subject, minTtl }, context) {
      const serves = (token: HeldToken) =>
        token.sha256 !== refused.sha256 && lifeLeft(clock, token) >= Math.max(minTtl, 1);
      const { token } = await accessToken({ credentials, subject, serves }, context);
      return { token, credentials };
    },
  };
}

/** @throws {Failure} where Box has returned a refresh token, which is stored, and no access token that can be used */
function usable(token: HeldToken): HeldToken {
  if (token.lifetime >= 1) return token;
  const origin = originOf(token.token);
  throw new Failure("box_unexpected_answer", "Box returned no usable access token to a refresh", origin);
}

/** @throws {Failure} where only the user's consent helps, or only time */
function requireRefreshable(
  { clientID, brokenAt, pausedUntil = 0, pausedBy = "box_unavailable" }: Connection,
  credentials: OAuthCredentials,
  now: number,
): void {
  if (clientID !== credentials.clientID) {
    throw new Failure("reconnect_required", "the user consented to another client ID of the app");
  }
  if (brokenAt !== undefined) throw new Failure("reconnect_required", "Box refused the refresh token before");
  if (pausedUntil > now) {
    const retryAfter = Math.ceil((pausedUntil - now) / 1_000);
    const detail = "the last refresh failed, and is not repeated yet";
    throw new Failure(pausedBy, detail, { retryAfter, isRemembered: true });
  }
}

/** @throws {Failure} where the request's time does not suffice */
function requireTime(step: "wait" | "refresh", millisecondsLeft: number): void {
  if (millisecondsLeft >= (step === "wait" ? 1 : STORE_RESERVE_MS + MIN_ATTEMPT_MS)) return;
  throw new Failure("deadline_exceeded", "the request's time does not suffice for a refresh");
}

function notConnected({ app, userId }: ConnectionId): Failure {
  return new Failure("user_not_connected", `user ${userId} has no connection to the app ${app}`);
}
