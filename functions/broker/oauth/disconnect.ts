import { Failure, type ProblemCode } from "../../../schemas/protocol/problems.ts";
import { ok, type Result, refused } from "../../../schemas/result.ts";
import { AuditRecord, type CallerLabels } from "../audit-record.ts";
import type { Refusal } from "../decide.ts";
import { withEachVersion } from "../each-version.ts";
import { tokenSha256 } from "../held-token.ts";
import { audited, type Refused } from "../outcome.ts";
import type {
  AuditLog,
  Clock,
  CredentialStore,
  OAuthCredentials,
  Randomness,
  RequestContext,
  RevokeToken,
} from "../ports.ts";
import { isLeased } from "../shared-cache/cache-decision.ts";
import { Pauses } from "../shared-cache/pauses.ts";
import type { ConnectionId } from "./connection.ts";
import type { ConnectionStore, StoredConnection } from "./connection-store.ts";
import { credentialsOfConnection } from "./oauth-credentials.ts";
import { LEASE_MS } from "./refresh.ts";

export interface DisconnectRequest extends ConnectionId {
  /** Whether a connection is removed although the service has lost what ends its tokens at Box. */
  readonly force: boolean;
}

/** The connection is not in the table any more. */
export interface Disconnected {
  readonly disconnected: true;
  /** Whether its tokens ended at Box; where they did not, those who have them can use them until they expire. */
  readonly endedAtBox: boolean;
}

export type Disconnect = (
  request: DisconnectRequest,
  labels: CallerLabels,
  context: RequestContext,
) => Promise<Disconnected | Refused>;

export interface DisconnectPorts {
  readonly store: ConnectionStore;
  readonly credentials: Pick<CredentialStore, "load" | "alternative">;
  readonly revokeAtBox: RevokeToken;
  readonly clock: Clock;
  readonly random: Randomness;
  readonly table: { now(): number };
  readonly audit: AuditLog;
}

/** Failures that no repetition resolves: the service has lost what Box requires to end the tokens. */
const FORCIBLE: ReadonlySet<ProblemCode> = new Set<ProblemCode>([
  "connection_unreadable",
  "secret_not_found",
  "secret_forbidden",
  "secret_key_forbidden",
  "secret_invalid",
  "box_client_refused",
  // The app has another client ID now.
  "reconnect_required",
]);

/** Whether `force` removes a connection whose disconnection failed with this code. */
export const canBeForced = (code: ProblemCode): boolean => FORCIBLE.has(code);

/** Nothing in a direct invoke identifies the principal; AWS CloudTrail knows it by the request id. */
const OPERATOR = { unidentified: "a direct invoke of the connections function" } as const;

/**
 * Ends a user's connection: lease → refresh token ended at Box → removed → audit line. While Box does not confirm the end,
 * the connection stays, so that the request can be repeated; a token that Box does not know has ended.
 * @returns a function that never rejects
 */
export function disconnecter(ports: DisconnectPorts): Disconnect {
  return (request, labels, context) => {
    const { requestId } = context;
    const audit = new AuditRecord("disconnect", requestId, OPERATOR, labels);
    audit.disconnects(request);
    const work = disconnect(request, ports, audit, context);
    return audited(ports, work, { audit, requestId, helpUrl: undefined });
  };
}

async function disconnect(
  { app, userId, force }: DisconnectRequest,
  ports: DisconnectPorts,
  audit: AuditRecord,
  context: RequestContext,
): Promise<Result<Disconnected, Refusal>> {
  const id = { app, userId };
  const done = (endedAtBox: boolean) => {
    audit.disconnected(endedAtBox ? "ended_at_box" : "evicted");
    return ok<Disconnected>({ disconnected: true, endedAtBox });
  };
  try {
    for (;;) {
      const leased = await takeLease(id, ports, context);
      if (leased === undefined) return notConnected(id);
      audit.revokes(tokenSha256(leased.connection.pair.access.access_token));
      const endedAtBox = await endAtBox(leased, force, ports, audit, context);
      // A consent that has taken its place meanwhile is ended in another round.
      if (await remove(leased, endedAtBox, ports, context)) return done(endedAtBox);
    }
  } catch (failure) {
    const isUnreadable = failure instanceof Failure && failure.code === "connection_unreadable";
    if (!isUnreadable || !force) throw failure;
    return (await ports.store.removeUnread(id, context)) ? done(false) : notConnected(id);
  }
}

/** Waits until no other environment refreshes. @returns undefined where there is no connection */
async function takeLease(
  id: ConnectionId,
  { store, clock, random, table }: DisconnectPorts,
  context: RequestContext,
): Promise<StoredConnection | undefined> {
  const pauses = new Pauses({ clock, random });
  let slot = await store.read(id, context);
  for (let polls = 0; ; ) {
    const { connection } = slot;
    if (connection === undefined) return undefined;
    if (isLeased(slot.item, table.now(), LEASE_MS)) {
      if (clock.monotonic() >= context.deadline) {
        throw new Failure("deadline_exceeded", "another environment refreshes the connection");
      }
      await pauses.beforePoll(context, polls++);
      slot = await store.read(id, context);
      continue;
    }
    const taken = await store.replace(slot, connection, context, LEASE_MS);
    if (taken.done) return taken.stored;
    slot = taken.current;
  }
}

/**
 * Ends the pair by its refresh token.
 * @returns false where the service cannot, which the operator accepts
 * @throws {Failure} after which the connection is as it was, and no environment has the lease
 */
async function endAtBox(
  leased: StoredConnection,
  force: boolean,
  ports: DisconnectPorts,
  audit: AuditRecord,
  context: RequestContext,
): Promise<boolean> {
  const { store, credentials } = ports;
  try {
    const used = await credentialsOfConnection(leased.connection, credentials, context);
    const token = leased.connection.pair.refreshToken;
    const revoke = (version: OAuthCredentials) => ports.revokeAtBox({ credentials: version, token }, context);
    audit.usedCredentials((await withEachVersion(ports, used, revoke, context)).credentials);
    return true;
  } catch (failure) {
    if (force && failure instanceof Failure && canBeForced(failure.code)) return false;
    // The lease ends by itself where this fails.
    await store.replace(leased, leased.connection, context).catch(() => {});
    throw failure;
  }
}

/**
 * Removes the connection. Where that fails, no environment has the lease, and no caller is given tokens that have ended.
 * @returns false where another writer has changed the connection
 * @throws {Failure} after which the request can be repeated
 */
async function remove(
  leased: StoredConnection,
  hasEnded: boolean,
  { store, table }: DisconnectPorts,
  context: RequestContext,
): Promise<boolean> {
  try {
    return await store.remove(leased, context);
  } catch (failure) {
    const { connection } = leased;
    const ended = { ...connection, brokenAt: table.now(), pair: { ...connection.pair, lifetime: 0 } };
    // The lease ends by itself where this fails; where the removal took place after all, this does not.
    await store.replace(leased, hasEnded ? ended : connection, context).catch(() => {});
    throw failure;
  }
}

const notConnected = ({ app, userId }: ConnectionId) =>
  refused<Refusal>({
    code: "user_not_connected",
    reason: `user ${userId} has no connection to the app ${app}`,
    description: `User ${userId} has no connection to the app ${app}.`,
  });
