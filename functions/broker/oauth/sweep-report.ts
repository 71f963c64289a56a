import type { ProblemCode } from "../../../schemas/protocol/problems.ts";
import type { ConnectionId } from "./connection.ts";
import type { Swept } from "./sweep.ts";

/** A connection that a sweep could not maintain. */
export interface SweepFailure extends ConnectionId {
  readonly code: ProblemCode;
}

/** What a sweep found and did, in numbers of connections. */
export interface SweepReport {
  /** All in the table, also those that cannot be used any more. */
  readonly connections: number;
  readonly refreshed: number;
  /** An older version of the service secret had encrypted them. */
  readonly encryptedAgain: number;
  /** Due, but left for the next sweep: there was not enough time, or another environment works on them. */
  readonly postponed: number;
  /** Only the user's consent makes them usable again. */
  readonly toReconnect: number;
  /** No known version of the service secret decrypts them. They stay as they are. */
  readonly unreadable: number;
  /** Those that failed in this sweep, and those that are unreadable. */
  readonly failed: number;
  /** The first 1,000 of them. */
  readonly failures: readonly SweepFailure[];
}

/** Lambda returns at most 6 MB. */
const MAX_FAILURES = 1_000;

export function sweepReport(swept: readonly Swept[]): SweepReport {
  const count = (matches: (one: Swept) => boolean | undefined) => swept.filter(matches).length;
  const failures = swept.flatMap(({ app, userId, failure }) =>
    failure === undefined ? [] : [{ app, userId, code: failure }],
  );
  return {
    connections: swept.length,
    refreshed: count(({ isRefreshed }) => isRefreshed),
    encryptedAgain: count(({ isEncryptedAgain }) => isEncryptedAgain),
    postponed: count(({ isPostponed }) => isPostponed),
    toReconnect: count(needsUser),
    unreadable: count(isUnreadable),
    failed: failures.length,
    failures: failures.slice(0, MAX_FAILURES),
  };
}

/** Of each connection that works without the user. */
export function daysLeftOf(swept: readonly Swept[]): readonly number[] {
  return swept.flatMap((one) => (needsUser(one) || one.daysLeft === undefined ? [] : [one.daysLeft]));
}

const needsUser = ({ isBroken, failure }: Swept) => isBroken || failure === "reconnect_required";

const isUnreadable = ({ failure }: Swept) => failure === "connection_unreadable";
