import { createHash } from "node:crypto";
import { Failure } from "../../../schemas/protocol/problems.ts";
import type { Clock, Randomness, RequestContext } from "../ports.ts";
import { Pauses } from "../shared-cache/pauses.ts";
import { nextItem, replaceItem } from "../shared-cache/replace-item.ts";
import { seal, unseal } from "../shared-cache/sealed-record.ts";
import { type ServiceKey, type ServiceKeys, versionGone } from "../shared-cache/service-keys.ts";
import {
  type KeyedItem,
  problemOfTable,
  type Replaced,
  type ScanTable,
  TableFailure,
  type TableItem,
  type TokenTable,
} from "../shared-cache/table.ts";
import { type Connection, type ConnectionId, DAY_MS, REFRESH_TOKEN_DAYS } from "./connection.ts";

/** How long a connection is kept after its refresh token has died: until then the user is named as one to connect again. */
const KEPT_AFTER_DEATH_DAYS = 30;
/**
 * A removed connection leaves its fencing number behind, for longer than any refresh that began before, and a state that
 * was used its item, for longer than the attempt to connect is good for.
 */
const TOMBSTONE_SECONDS = 3_600;
/** How long a call to the table is repeated: nothing replaces a connection. */
const PATIENCE_MS = 5_000;
/** Part of the time for storing a consent: it is reserved for a read after a write whose response was lost. */
const SETTLE_RESERVE_MS = 2_000;
/** Writes of one connection are seconds apart: a writer that loses so many races has not lost them to others. */
const MAX_LOST_RACES = 10;

export interface ConnectionStorePorts {
  readonly table: TokenTable;
  readonly keys: ServiceKeys;
  readonly clock: Clock;
  readonly random: Randomness;
}

/** A connection as it is in the table. */
export interface StoredConnection {
  readonly connection: Connection;
  readonly item: TableItem;
}

/** A consent that was stored. */
export interface NewConnection {
  readonly stored: StoredConnection;
  /** What was in its place: its tokens are alive at Box, and in no table any more. */
  readonly replaced: Connection | "unreadable" | undefined;
}

/** What is in the table under a connection's key: nothing, a removed connection's fencing number, or a connection. */
export interface Slot {
  readonly item: TableItem | undefined;
  readonly connection: Connection | undefined;
}

/** Whether a change took place; if not, what is there in its place. */
export type Changed =
  | { readonly done: true; readonly stored: StoredConnection }
  | { readonly done: false; readonly current: Slot };

/**
 * The connections of OAuth 2.0 users in the table, encrypted with the service secret. Every change names the fencing number
 * of what it replaces. Throws `Failure`: `connections_unavailable`, `shared_cache_misconfigured`,
 * `shared_cache_key_forbidden`, or `connection_unreadable` where the version of the service secret is gone.
 */
export class ConnectionStore {
  readonly #ports: ConnectionStorePorts;
  readonly #pauses: Pauses;

  constructor(ports: ConnectionStorePorts) {
    this.#ports = ports;
    this.#pauses = new Pauses(ports);
  }

  /** Consistent: what any environment has stored before. */
  async read(id: ConnectionId, context: RequestContext): Promise<Slot> {
    const key = itemKey(id);
    const item = await this.#reporting(context, () => this.#ports.table.read(key, context, true));
    return this.#slot(key, item, context);
  }

  /**
   * Stores a connection instead of `seen`; with `leaseMs`, as one that the writer is about to refresh.
   * @param seen what was read; another writer's change since then wins
   */
  async replace(
    seen: Slot,
    connection: Connection,
    context: RequestContext,
    leaseMs?: number,
  ): Promise<Changed> {
    const { table, keys } = this.#ports;
    const key = itemKey(connection);
    const serviceKey = await this.#reporting(context, () => keys.current(context));
    const item: TableItem = {
      ...this.#sealed(seen.item, connection, serviceKey),
      ...(leaseMs !== undefined && { lease: { until: table.now() + leaseMs } }),
    };
    const result = await this.#write(key, seen.item, item, context);
    if (result.replaced) return { done: true, stored: { connection, item } };
    return { done: false, current: await this.#slot(key, result.current, context) };
  }

  /**
   * Stores a user's new consent, whatever is in its place: an older connection, one that another environment is about to
   * refresh, or a record that does not open any more.
   * @returns it, and the connection that it has replaced
   * @throws {Failure} `connection_unconfirmed` where it is not known whether the consent is stored, or will be; after any
   *   other failure it is not, and what was in its place is as it was
   */
  async connect(connection: Connection, context: RequestContext): Promise<NewConnection> {
    const { table, keys } = this.#ports;
    const key = itemKey(connection);
    const writing = { ...context, deadline: context.deadline - SETTLE_RESERVE_MS };
    const serviceKey = await this.#reporting(writing, () => keys.current(writing));
    let seen = await this.#reporting(writing, () => table.read(key, writing, true));
    for (let races = 0; races < MAX_LOST_RACES; races++) {
      const stored = { connection, item: this.#sealed(seen, connection, serviceKey) };
      const replaced = await this.#opened(seen, connection, writing);
      let isUncertain = false;
      const onUncertain = () => {
        isUncertain = true;
      };
      try {
        const result = await this.#write(key, seen, stored.item, writing, onUncertain);
        if (result.replaced) return { stored, replaced };
        const { current } = result;
        // An earlier attempt can have written it, and another environment can have replaced that by now.
        const successor = isUncertain ? await this.#successorOf(stored, current, context) : undefined;
        if (successor !== undefined) return { stored: successor, replaced };
        // It can have been written and then removed, with an end of its pair at Box: it is not written again.
        if (isUncertain && current !== undefined && current.fence > stored.item.fence) throw replacedSince();
        seen = current;
      } catch (failure) {
        if (!isUncertain) throw failure;
        return { stored: await this.#settled(failure, seen, stored, context), replaced };
      }
    }
    throw new Failure("connections_unavailable", `another writer was faster ${MAX_LOST_RACES} times`);
  }

  /** No reason to refuse a consent: what cannot be read now cannot be ended, and its tokens expire. */
  async #opened(item: TableItem | undefined, id: ConnectionId, context: RequestContext) {
    try {
      return (await this.#slot(itemKey(id), item, context)).connection;
    } catch (failure) {
      if (failure instanceof Failure) return "unreadable";
      throw failure;
    }
  }

  /**
   * The consent in the table after a write to which DynamoDB did not respond: that can have taken place, and can still do
   * so while nothing else was written.
   */
  async #settled(
    failure: unknown,
    seen: TableItem | undefined,
    stored: StoredConnection,
    context: RequestContext,
  ): Promise<StoredConnection> {
    const key = itemKey(stored.connection);
    const unconfirmed = new Failure(
      "connection_unconfirmed",
      `it may be stored: ${(failure as Error).message}`,
    );
    try {
      const current = await this.#reporting(context, () => this.#ports.table.read(key, context, true));
      if (current?.fence === seen?.fence) throw unconfirmed;
      const successor = await this.#successorOf(stored, current, context);
      if (successor !== undefined) return successor;
    } catch {
      throw unconfirmed;
    }
    // What was written in its place has another fencing number than the one that the write names.
    throw failure;
  }

  /** What became of a consent: as it was written, or with the pair that another environment has got for it since then. */
  async #successorOf(
    stored: StoredConnection,
    item: TableItem | undefined,
    context: RequestContext,
  ): Promise<StoredConnection | undefined> {
    if (item?.writer === stored.item.writer) return stored;
    const { connection } = await this.#slot(itemKey(stored.connection), item, context);
    const isOurs = connection?.connectedAt === stored.connection.connectedAt;
    return item !== undefined && connection !== undefined && isOurs ? { connection, item } : undefined;
  }

  /**
   * Notes that a user has come back from Box with this state; false where another request, of any environment, has done so.
   * The item has no record: among connections it counts as a removed one.
   */
  async claimState(app: string, state: string, context: RequestContext): Promise<boolean> {
    const key = `${KEY_PREFIX}${app}#state#${createHash("sha256").update(state).digest("hex")}`;
    return (await this.#write(key, undefined, this.#tombstone(undefined), context)).replaced;
  }

  /** Removes a connection; false where another writer has changed it since it was read. */
  async remove({ connection, item }: StoredConnection, context: RequestContext): Promise<boolean> {
    return (await this.#write(itemKey(connection), item, this.#tombstone(item), context)).replaced;
  }

  /**
   * Removes a connection that this service cannot read, or another one.
   * @returns false where there is none
   */
  async removeUnread(id: ConnectionId, context: RequestContext): Promise<boolean> {
    const key = itemKey(id);
    let item = await this.#reporting(context, () => this.#ports.table.read(key, context, true));
    while (item?.sealed !== undefined) {
      const result = await this.#write(key, item, this.#tombstone(item), context);
      if (result.replaced) return true;
      item = result.current;
    }
    return false;
  }

  /** Every connection; one that cannot be read is passed to `onUnreadable` in its place. */
  async *all(
    scan: ScanTable,
    context: RequestContext,
    onUnreadable: (id: ConnectionId, failure: Failure) => void,
  ): AsyncIterable<StoredConnection> {
    for await (const { key, item } of this.#items(scan, context)) {
      try {
        const { connection } = await this.#slot(key, item, context);
        if (connection !== undefined) yield { connection, item };
      } catch (failure) {
        if (!(failure instanceof Failure && failure.code === "connection_unreadable")) throw failure;
        onUnreadable(connectionIdOf(key), failure);
      }
    }
  }

  /** Whether the connection is encrypted with an older version of the service secret than the current one. */
  async isSealedByOlderKey({ item }: StoredConnection, context: RequestContext): Promise<boolean> {
    const { id } = await this.#reporting(context, () => this.#ports.keys.current(context));
    return item.sealed?.keyId !== id;
  }

  async *#items(scan: ScanTable, context: RequestContext): AsyncIterable<KeyedItem> {
    let after: string | undefined;
    do {
      const page = await this.#reporting(context, () => scan(KEY_PREFIX, after, context));
      yield* page.items;
      after = page.next;
    } while (after !== undefined);
  }

  async #slot(key: string, item: TableItem | undefined, context: RequestContext): Promise<Slot> {
    if (item?.sealed === undefined) return { item, connection: undefined };
    const { sealed, sealedAt = 0 } = item;
    const { keys, table } = this.#ports;
    const serviceKey = await this.#reporting(context, () =>
      keys.ofRecord(sealed.keyId, table.now() - sealedAt, context),
    );
    // What opens was sealed by one of our environments, with this layout.
    const connection = serviceKey && (unseal(sealed, key, serviceKey) as Connection | undefined);
    if (connection !== undefined) return { item, connection };
    const detail = serviceKey ? "the record was changed, or is another's" : versionGone(sealed.keyId);
    throw new Failure("connection_unreadable", detail);
  }

  #sealed(seen: TableItem | undefined, connection: Connection, serviceKey: ServiceKey): TableItem {
    return nextItem(this.#ports, seen, {
      deleteAfter: deletedAfter(connection),
      sealed: seal(connection, itemKey(connection), serviceKey),
      sealedAt: this.#ports.table.now(),
    });
  }

  /** An item without a record. */
  #tombstone(seen: TableItem | undefined): TableItem {
    const deleteAfter = Math.ceil(this.#ports.table.now() / 1_000) + TOMBSTONE_SECONDS;
    return nextItem(this.#ports, seen, { deleteAfter });
  }

  /** @param onUncertain called where it is not known whether an attempt has written it */
  #write(
    key: string,
    seen: TableItem | undefined,
    item: TableItem,
    context: RequestContext,
    onUncertain?: () => void,
  ): Promise<Replaced> {
    return this.#reporting(context, () =>
      replaceItem(this.#ports.table, key, seen, item, context).catch((failure: unknown) => {
        if (failure instanceof TableFailure && failure.isOutcomeUnknown) onUncertain?.();
        throw failure;
      }),
    );
  }

  async #reporting<Value>(context: RequestContext, run: () => Promise<Value>): Promise<Value> {
    const until = this.#ports.clock.monotonic() + PATIENCE_MS;
    try {
      return await this.#pauses.whileTemporary(context, run, until);
    } catch (failure) {
      throw reported(failure);
    }
  }
}

const replacedSince = () =>
  new Failure("connections_unavailable", "another writer has changed the connection since it was written");

const reported = (failure: unknown) =>
  failure instanceof TableFailure ? problemOfTable(failure, "connections_unavailable") : failure;

const KEY_PREFIX = "connection#";

/** Names of apps have no `#`. */
const itemKey = ({ app, userId }: ConnectionId) => `${KEY_PREFIX}${app}#${userId}`;

function connectionIdOf(key: string): ConnectionId {
  const [, app = "", userId = ""] = key.split("#");
  return { app, userId };
}

function deletedAfter({ pair }: Connection): number {
  return Math.ceil((pair.born + (REFRESH_TOKEN_DAYS + KEPT_AFTER_DEATH_DAYS) * DAY_MS) / 1_000);
}
