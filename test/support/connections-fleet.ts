import { randomUUID } from "node:crypto";
import type { FullTokens } from "../../functions/broker/full-tokens.ts";
import { connectLink, type LinkRequest } from "../../functions/broker/oauth/connect-link.ts";
import { connectedUsers } from "../../functions/broker/oauth/connected-users.ts";
import { type Connection, DAY_MS, storedPair } from "../../functions/broker/oauth/connection.ts";
import { ConnectionStore } from "../../functions/broker/oauth/connection-store.ts";
import { type DisconnectRequest, disconnecter } from "../../functions/broker/oauth/disconnect.ts";
import { type ListRequest, listConnections } from "../../functions/broker/oauth/list.ts";
import { Refresher, type RefresherPorts } from "../../functions/broker/oauth/refresh.ts";
import { refreshAfterDays, sweep } from "../../functions/broker/oauth/sweep.ts";
import { sweepReport } from "../../functions/broker/oauth/sweep-report.ts";
import type { Credentials, OAuthCredentials, RequestContext } from "../../functions/broker/ports.ts";
import { ServiceKeys } from "../../functions/broker/shared-cache/service-keys.ts";
import { Failure } from "../../schemas/protocol/problems.ts";
import { FakeAudit } from "./fake-ports.ts";
import { Instances } from "./instances.ts";
import { CREDENTIALS, RefreshingBox, type Semantics } from "./oauth-fleet.ts";
import { VirtualClock } from "./virtual-clock.ts";

/** What a connection of `connect` has; the app is `crm`. */
interface ConnectionSettings {
  readonly app?: string;
  readonly login?: string;
  readonly clientID?: string;
  readonly brokenAt?: number;
}

/** Instances of the functions that share the connections of many users. */
export class ConnectionsFleet {
  readonly clock = new VirtualClock();
  readonly shared = new Instances(this.clock);
  readonly box: RefreshingBox;
  readonly audit = new FakeAudit();
  /** App → its credentials, or why they cannot be read. */
  readonly apps = new Map<string, Credentials | Failure>([["crm", CREDENTIALS]]);
  /** Other versions of the apps' secrets. */
  readonly versions: Credentials[] = [];
  /** What Box responds to revocations, in order; undefined: the token has ended. */
  readonly revocations: (Failure | undefined)[] = [];
  /** Milliseconds that a revocation takes. */
  revocationLatency = 0;
  /** Tokens whose end was requested of Box, and with which version of the secret. */
  readonly revoked: { readonly token: string; readonly version: string }[] = [];

  constructor(semantics: Semantics = "strict") {
    this.box = new RefreshingBox(this.clock, semantics);
  }

  /** The user consents now. @returns the refresh token */
  async connect(userId: string, settings: ConnectionSettings = {}): Promise<string> {
    const { store, context, ports } = this.start();
    const { app = "crm", login = `${userId}@example.com`, clientID = "client-1", brokenAt } = settings;
    const slot = await store.read({ app, userId }, context());
    const pair = storedPair(this.box.consent(), ports);
    const connectedAt = this.shared.table.now();
    const connection: Connection = { app, clientID, userId, login, connectedAt, pair };
    await store.replace(slot, brokenAt === undefined ? connection : { ...connection, brokenAt }, context());
    return pair.refreshToken;
  }

  start(): ConnectionsInstance {
    return new ConnectionsInstance(this);
  }

  /** The present state of a connection. */
  async read(userId: string, app = "crm"): Promise<Connection | undefined> {
    const { store, context } = this.start();
    return (await store.read({ app, userId }, context())).connection;
  }

  /** Time passes while every environment is frozen. */
  passDays(days: number): void {
    this.clock.freeze(days * DAY_MS);
  }
}

/** One environment of the token functions and of the connections function. */
export class ConnectionsInstance {
  readonly store: ConnectionStore;
  readonly keys: ServiceKeys;
  readonly ports: RefresherPorts;
  readonly tokens: FullTokens<OAuthCredentials>;
  readonly #refresher: Refresher;
  readonly #fleet: ConnectionsFleet;
  /** The apps whose credentials were loaded, once for each time. */
  readonly credentialLoads: string[] = [];
  /** Called before each refresh at Box: a promise that never settles ends the instance there. */
  beforeRefresh: (refreshToken: string) => Promise<void> | void = () => {};

  constructor(fleet: ConnectionsFleet) {
    this.#fleet = fleet;
    const { clock, shared, box } = fleet;
    const { table, secret } = shared;
    const random = { jti: () => randomUUID(), fraction: () => 0.5 };
    this.keys = new ServiceKeys((stage) => secret.read(stage), clock);
    this.store = new ConnectionStore({ table, keys: this.keys, clock, random });
    this.ports = {
      ...{ store: this.store, table, clock, random, credentials: this.#credentials },
      refresh: async ({ credentials, refreshToken }) => {
        await this.beforeRefresh(refreshToken);
        return box.refresh(credentials, refreshToken);
      },
      revoke: this.#revoke,
      onUnstored: () => {},
      onUnended: () => {},
    };
    this.tokens = connectedUsers(this.ports);
    this.#refresher = new Refresher(this.ports);
  }

  readonly #credentials = {
    load: async (app: string): Promise<Credentials> => {
      this.credentialLoads.push(app);
      const found = this.#fleet.apps.get(app) ?? new Failure("secret_not_found", "no such app");
      if (found instanceof Failure) throw found;
      return { ...found, app };
    },
    alternative: async (_app: string, tried: ReadonlySet<string>) =>
      this.#fleet.versions.find(({ versionId }) => !tried.has(versionId)),
  };

  readonly #revoke: RefresherPorts["revoke"] = async ({ credentials, token }) => {
    this.#fleet.revoked.push({ token, version: credentials.versionId });
    if (this.#fleet.revocationLatency > 0) await this.#fleet.clock.sleep(this.#fleet.revocationLatency);
    const failure = this.#fleet.revocations.shift();
    if (failure !== undefined) throw failure;
  };

  readonly context = (timeLeft = 900_000): RequestContext => ({
    ...{ requestId: "request", deadline: this.#fleet.clock.monotonic() + timeLeft, trace: { steps: [] } },
  });

  /** A sweep that begins now. @param context of which the test reads the steps */
  beginSweep(context = this.context()) {
    const { shared, clock } = this.#fleet;
    const scan = shared.table.scan.bind(shared.table);
    const { store, keys } = this;
    const ports = { store, scan, keys, clock, table: shared.table, credentials: this.#credentials };
    return sweep({ ...ports, refresher: this.#refresher }, context);
  }

  /** The report of a sweep, after as much time as it takes. */
  async sweep(timeLeft?: number) {
    return sweepReport(await this.#fleet.clock.finish(this.beginSweep(this.context(timeLeft))));
  }

  list(request: ListRequest = {}, maxPageBytes?: number) {
    const { table } = this.#fleet.shared;
    const ports = { store: this.store, scan: table.scan.bind(table), table, credentials: this.#credentials };
    return this.#fleet.clock.finish(listConnections(ports, request, this.context(), maxPageBytes));
  }

  link(request: LinkRequest) {
    const ports = { keys: this.keys, credentials: this.#credentials, table: this.#fleet.shared.table };
    return connectLink(ports, "https://connect.example.com", request, this.context());
  }

  beginDisconnect(
    request: Omit<DisconnectRequest, "force"> & { readonly force?: boolean },
    timeLeft = 30_000,
  ) {
    const { clock, audit, shared } = this.#fleet;
    const { store } = this;
    const random = { jti: () => randomUUID(), fraction: () => 0.5 };
    const ports = { store, clock, random, audit, table: shared.table, credentials: this.#credentials };
    const disconnect = disconnecter({ ...ports, revokeAtBox: this.#revoke });
    return disconnect({ force: false, ...request }, { functionVersion: "7" }, this.context(timeLeft));
  }

  disconnect(...request: Parameters<ConnectionsInstance["beginDisconnect"]>) {
    return this.#fleet.clock.finish(this.beginDisconnect(...request));
  }

  /** Requests a user's access token; the clock does not move. */
  async beginToken(userId: string, minTtl = 300): Promise<string> {
    const subject = { type: "user", id: userId } as const;
    const need = { credentials: CREDENTIALS, subject, policyDigest: "d", minTtl, rejectedSha256: undefined };
    return (await this.tokens.obtain(need, this.context(30_000))).token.token.access_token;
  }
}

/** Ids of users of the app crm that a sweep refreshes so many days after their consent, and not before the day before. */
export function usersDueOnDay(day: number, count: number): readonly string[] {
  const ids: string[] = [];
  for (let id = 1; ids.length < count; id++) {
    if (Math.ceil(refreshAfterDays({ app: "crm", userId: String(id) })) === day) ids.push(String(id));
  }
  return ids;
}

/** The refresh tokens that Box gave with the consents from one number to another. */
export const refreshTokens = (from: number, to: number): readonly string[] =>
  Array.from({ length: to - from + 1 }, (_, index) => `refresh-${from + index}`);
