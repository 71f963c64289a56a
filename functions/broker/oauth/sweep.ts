import { createHash } from "node:crypto";
import { Failure, PROBLEMS, type ProblemCode } from "../../../schemas/protocol/problems.ts";
import { sleep } from "../clock.ts";
import type { Clock, CredentialStore, RequestContext } from "../ports.ts";
import { isLeased } from "../shared-cache/cache-decision.ts";
import type { ServiceKeys } from "../shared-cache/service-keys.ts";
import type { ScanTable } from "../shared-cache/table.ts";
import { type Connection, type ConnectionId, DAY_MS, daysLeft } from "./connection.ts";
import type { ConnectionStore, Slot, StoredConnection } from "./connection-store.ts";
import { clientComparison, credentialsOfConnection } from "./oauth-credentials.ts";
import { LEASE_MS, type Refresher } from "./refresh.ts";

/** A refresh token that was not used for so long is used by the sweep: half of its life is left for repetitions. */
const REFRESH_AFTER_DAYS = 30;
/** Over how many further days connections that began together are spread. */
const SPREAD_DAYS = 10;
/** Connections that are worked on at the same time. */
const CONCURRENCY = 8;
/** No work on a connection begins with less time: what a refresh takes at most, so that none is cut off. */
const MIN_TIME_MS = LEASE_MS;
/** The pause of a worker after a temporary failure, unless Box names another one, and at most. */
const PAUSE_SECONDS = 5;
const MAX_PAUSE_SECONDS = 60;

export interface SweepPorts {
  readonly store: ConnectionStore;
  readonly scan: ScanTable;
  readonly refresher: Pick<Refresher, "refresh" | "storeWhatIsLeft">;
  readonly credentials: Pick<CredentialStore, "load">;
  readonly clock: Clock;
  readonly table: { now(): number };
  readonly keys: Pick<ServiceKeys, "forget">;
}

/** A connection as a sweep leaves it. */
export interface Swept extends ConnectionId {
  /** Absent where the record cannot be read. */
  readonly daysLeft?: number;
  /**
   * Whether only the user can restore it: Box has refused its refresh token before, or the app has another client ID
   * now.
   */
  readonly isBroken: boolean;
  readonly isRefreshed?: true;
  /** An older version of the service secret had encrypted it. */
  readonly isEncryptedAgain?: true;
  /** Due, but left for the next sweep: there was not enough time, or another environment works on it. */
  readonly isPostponed?: true;
  readonly failure?: ProblemCode;
}

/** A connection that has been read once; there is work to do if it is due. */
interface Surveyed {
  readonly swept: Swept;
  readonly isDue: boolean;
  /** When its refresh token was obtained, in milliseconds since the epoch. */
  readonly born: number;
}

type Effects = Pick<Swept, "isRefreshed" | "isEncryptedAgain" | "isPostponed" | "daysLeft">;
type Noted = { -readonly [Name in keyof Effects]: Effects[Name] };

/**
 * Goes over all connections: refreshes those whose refresh token was not used for a long time, and encrypts those again
 * that an older version of the service secret has encrypted. The oldest come first. A failure of one does not stop the
 * others. Several sweeps and token requests can run at once.
 * @throws {Failure} where the table cannot be read to its end
 */
export async function sweep(ports: SweepPorts, context: RequestContext): Promise<readonly Swept[]> {
  // An operator who has just rotated the service secret starts a sweep.
  ports.keys.forget();
  const surveyed = await survey(ports, context);
  const due = surveyed.filter(({ isDue }) => isDue).sort((one, other) => one.born - other.born);
  const done = surveyed.filter(({ isDue }) => !isDue).map(({ swept }) => swept);
  const queue = due.values();
  const work = async () => {
    for (const { swept } of queue) {
      const { effects, failure } = await maintained(swept, ports, context);
      done.push({ ...swept, ...effects, ...(failure !== undefined && { failure: failure.code }) });
      if (failure !== undefined) await pauseAfter(failure, ports.clock, context);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
  return done;
}

async function survey(
  { store, scan, credentials, table }: SweepPorts,
  context: RequestContext,
): Promise<readonly Surveyed[]> {
  const hasOtherClient = clientComparison(credentials, context);
  const surveyed: Surveyed[] = [];
  const onUnreadable = (id: ConnectionId, { code }: Failure) =>
    void surveyed.push({ swept: { ...id, isBroken: false, failure: code }, isDue: false, born: 0 });
  for await (const stored of store.all(scan, context, onUnreadable)) {
    const { connection } = stored;
    const { app, userId, brokenAt, pair } = connection;
    const isBroken = brokenAt !== undefined || (await hasOtherClient(connection));
    const now = table.now();
    surveyed.push({
      swept: { app, userId, daysLeft: daysLeft(connection, now), isBroken },
      isDue: isDue(connection, now) || (await store.isSealedByOlderKey(stored, context)),
      born: pair.born,
    });
  }
  return surveyed;
}

/** Never rejects. */
async function maintained(
  { app, userId }: ConnectionId,
  ports: SweepPorts,
  { requestId, deadline }: RequestContext,
): Promise<{ readonly effects: Effects; readonly failure?: Failure }> {
  const effects: Noted = {};
  if (deadline - ports.clock.monotonic() < MIN_TIME_MS) return { effects: { isPostponed: true } };
  try {
    await maintain({ app, userId }, effects, ports, { requestId, deadline, trace: { app, steps: [] } });
    return { effects };
  } catch (thrown) {
    const failure = thrown instanceof Failure ? thrown : new Failure("internal_error", "the sweep failed");
    // Disconnected during the refresh.
    return failure.code === "user_not_connected" ? { effects } : { effects, failure };
  }
}

async function maintain(
  id: ConnectionId,
  effects: Noted,
  ports: SweepPorts,
  context: RequestContext,
): Promise<void> {
  await ports.refresher.storeWhatIsLeft(id, context);
  let slot: Slot | undefined = await ports.store.read(id, context);
  while (slot !== undefined) slot = await advance(slot, effects, ports, context);
}

/**
 * One step with a connection as it was read.
 * @param effects noted here, also those before a failure
 * @returns what is in the table then; undefined where nothing is left to do
 */
async function advance(
  slot: Slot,
  effects: Noted,
  { store, refresher, credentials, table }: SweepPorts,
  context: RequestContext,
): Promise<Slot | undefined> {
  const { connection, item } = slot;
  // Disconnected since it was scanned.
  if (connection === undefined || item === undefined) return undefined;
  const now = table.now();
  effects.daysLeft = daysLeft(connection, now);
  const isOld = await store.isSealedByOlderKey({ connection, item }, context);
  const step = stepFor({ connection, item }, isOld, now);
  if (step === "postpone") effects.isPostponed = true;
  if (step === "postpone" || step === "nothing") return undefined;
  const used =
    step === "refresh" ? await credentialsOfConnection(connection, credentials, context) : undefined;
  const changed = await store.replace(slot, connection, context, used && LEASE_MS);
  if (!changed.done) return changed.current;
  if (used === undefined) {
    effects.isEncryptedAgain = true;
    return changed.stored;
  }
  const refreshed = await refresher.refresh(changed.stored, used, context);
  effects.isRefreshed = true;
  effects.daysLeft = daysLeft(refreshed, table.now());
  return undefined;
}

type SweepStep = "encrypt" | "refresh" | "postpone" | "nothing";

/** Encrypting comes first, because it succeeds also where the refresh fails. */
function stepFor({ connection, item }: StoredConnection, isOld: boolean, now: number): SweepStep {
  // The environment with the lease refreshes, and encrypts with the current version.
  if (isLeased(item, now, LEASE_MS)) return "postpone";
  if (isOld) return "encrypt";
  if (!isDue(connection, now)) return "nothing";
  return (connection.pausedUntil ?? 0) > now ? "postpone" : "refresh";
}

/** Whether the refresh token is old enough to be used, although no caller requests the user's tokens. */
function isDue({ app, userId, brokenAt, pair }: Connection, now: number): boolean {
  return brokenAt === undefined && now - pair.born >= refreshAfterDays({ app, userId }) * DAY_MS;
}

/** 30 to 40 days, always the same for a connection: a thousand users of one hour are refreshed on ten days. */
export function refreshAfterDays({ app, userId }: ConnectionId): number {
  const sha256 = createHash("sha256").update(`${app}#${userId}`).digest();
  const fraction = sha256.readUInt32BE(0) / 2 ** 32;
  return REFRESH_AFTER_DAYS + fraction * SPREAD_DAYS;
}

/** While Box or the table throttles or does not respond, the workers slow down. */
async function pauseAfter(failure: Failure, clock: Clock, { deadline }: RequestContext): Promise<void> {
  if (PROBLEMS[failure.code].actor !== "none") return;
  const pauseMs = Math.min(failure.retryAfter ?? PAUSE_SECONDS, MAX_PAUSE_SECONDS) * 1_000;
  const timeLeft = Math.max(deadline - clock.monotonic(), 0);
  await sleep(clock, Math.min(pauseMs, timeLeft));
}
