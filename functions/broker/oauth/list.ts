import { ok, type Result, refused } from "../../../schemas/result.ts";
import type { CredentialStore, RequestContext } from "../ports.ts";
import type { ScanTable } from "../shared-cache/table.ts";
import { type Connection, type ConnectionId, daysLeft } from "./connection.ts";
import type { ConnectionStore } from "./connection-store.ts";
import { clientComparison } from "./oauth-credentials.ts";

/** A connection as an operator sees it. Moments are in ISO 8601, UTC. */
export interface ListedConnection {
  readonly app: string;
  readonly userId: string;
  /** Null where the record cannot be read, as are the next three. */
  readonly login: string | null;
  readonly connectedAt: string | null;
  readonly refreshedAt: string | null;
  /** Whole days until the refresh token dies if it is not used. */
  readonly daysLeft: number | null;
  readonly status: "connected" | "reconnect_required" | "unreadable";
}

export interface ListRequest {
  /** All apps, if absent. */
  readonly app?: string;
  /** `next` of the page before. */
  readonly next?: string;
}

export interface ListPage {
  readonly connections: readonly ListedConnection[];
  /** Requests the next page; absent on the last one. */
  readonly next?: string;
}

export interface ListPorts {
  readonly store: ConnectionStore;
  readonly scan: ScanTable;
  readonly credentials: Pick<CredentialStore, "load">;
  readonly table: { now(): number };
}

/** Bytes of the connections in a page: Lambda returns at most 6 MB. */
const MAX_PAGE_BYTES = 5_000_000;

/**
 * Connections, those with the fewest days left first, before them those that cannot be used. A page is the rest of the
 * table as it is now: a connection that is refreshed between two pages moves to the end and may be in both.
 * @returns refused where `next` is none of ours
 * @throws {Failure} where the table cannot be read to its end
 */
export async function listConnections(
  { store, scan, credentials, table }: ListPorts,
  { app, next }: ListRequest,
  context: RequestContext,
  maxPageBytes = MAX_PAGE_BYTES,
): Promise<Result<ListPage, "unknown_page">> {
  const after = next === undefined ? undefined : positionOf(next);
  if (next !== undefined && after === undefined) return refused("unknown_page");
  const found: ListedConnection[] = [];
  const isListed = (one: ConnectionId) => app === undefined || one.app === app;
  const onUnreadable = (id: ConnectionId) => void (isListed(id) && found.push(unreadable(id)));
  const hasOtherClient = clientComparison(credentials, context);
  for await (const { connection } of store.all(scan, context, onUnreadable)) {
    if (!isListed(connection)) continue;
    const isBroken = connection.brokenAt !== undefined || (await hasOtherClient(connection));
    found.push(listed(connection, isBroken, table.now()));
  }
  const rest = found
    .map((one) => ({ one, position: positionIn(one) }))
    .filter(({ position }) => after === undefined || compare(position, after) > 0)
    .sort((one, other) => compare(one.position, other.position))
    .map(({ one }) => one);
  return ok(firstPage(rest, maxPageBytes));
}

function firstPage(rest: readonly ListedConnection[], maxPageBytes: number): ListPage {
  let bytes = 0;
  const tooMany = rest.findIndex((one) => {
    bytes += Buffer.byteLength(JSON.stringify(one)) + 1;
    return bytes > maxPageBytes;
  });
  if (tooMany === -1) return { connections: rest };
  // Without at least one, the next page would be the same.
  const connections = rest.slice(0, Math.max(tooMany, 1));
  const last = connections.at(-1);
  const isWhole = last === undefined || connections.length === rest.length;
  return isWhole ? { connections } : { connections, next: positionIn(last).join("#") };
}

function listed(connection: Connection, isBroken: boolean, now: number): ListedConnection {
  const { app, userId, login, connectedAt, pair } = connection;
  return {
    ...{ app, userId, login },
    connectedAt: isoTime(connectedAt),
    refreshedAt: isoTime(pair.born),
    daysLeft: daysLeft(connection, now),
    status: isBroken ? "reconnect_required" : "connected",
  };
}

const unreadable = ({ app, userId }: ConnectionId): ListedConnection => ({
  ...{ app, userId, login: null, connectedAt: null, refreshedAt: null, daysLeft: null },
  status: "unreadable",
});

// biome-ignore lint/style/noRestrictedGlobals: it formats the time that it is given and reads no clock.
const isoTime = (milliseconds: number) => new Date(milliseconds).toISOString();

/** Where a connection is in the list: first what cannot be used, then by days left; the names make the order complete. */
type Position = readonly [rank: number, app: string, userId: string];

const RANKS = { unreadable: -2, reconnect_required: -1 } as const;

const positionIn = ({ status, daysLeft: days, app, userId }: ListedConnection): Position => [
  status === "connected" ? (days ?? 0) : RANKS[status],
  app,
  userId,
];

function compare(one: Position, other: Position): number {
  for (const part of [0, 1, 2] as const) {
    if (one[part] !== other[part]) return one[part] < other[part] ? -1 : 1;
  }
  return 0;
}

/** Names of apps and ids of users have no `#`. */
function positionOf(next: string): Position | undefined {
  const [, rank, app = "", userId = ""] = /^(-?[0-9]{1,3})#([^#]+)#([^#]*)$/.exec(next) ?? [];
  return rank === undefined ? undefined : [Number(rank), app, userId];
}
