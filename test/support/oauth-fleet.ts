import { randomUUID } from "node:crypto";
import { now } from "../../functions/broker/clock.ts";
import type { FullTokens } from "../../functions/broker/full-tokens.ts";
import { heldToken } from "../../functions/broker/held-token.ts";
import { connectedUsers } from "../../functions/broker/oauth/connected-users.ts";
import { type Connection, storedPair } from "../../functions/broker/oauth/connection.ts";
import { ConnectionStore } from "../../functions/broker/oauth/connection-store.ts";
import type { RefresherPorts } from "../../functions/broker/oauth/refresh.ts";
import type {
  Credentials,
  OAuthCredentials,
  RequestContext,
  Subject,
  TokenPair,
} from "../../functions/broker/ports.ts";
import { ServiceKeys } from "../../functions/broker/shared-cache/service-keys.ts";
import { Failure } from "../../schemas/protocol/problems.ts";
import { type Instance, Instances } from "./instances.ts";
import { VirtualClock } from "./virtual-clock.ts";

export const USER: Subject = { type: "user", id: "4711" };

export const CREDENTIALS: OAuthCredentials = {
  ...{ app: "crm", versionId: "version-1", stage: "AWSCURRENT", grant: "oauth2" },
  ...{ clientID: "client-1", clientSecret: "secret-1" },
};

/** When the pair that a refresh replaces dies: Box's documentation and old reports differ. */
export const SEMANTICS = ["strict", "commit-on-use"] as const;
export type Semantics = (typeof SEMANTICS)[number];

/** What can go wrong with one refresh. */
export type RefreshFault =
  | "before"
  | "after"
  | "throttled"
  | "busy"
  | "slow"
  | "app disabled"
  | "no access token";

/** The refresh tokens of one user at Box. */
export class RefreshingBox {
  readonly semantics: Semantics;
  readonly #clock: VirtualClock;
  /** Refresh token → access token of each pair that Box accepts. */
  readonly #alive = new Map<string, string>();
  /** Refresh tokens of pairs that came of one, in commit-on-use. */
  readonly #replacements = new Map<string, string[]>();
  #pairs = 0;
  /** Every refresh that Box got. */
  readonly refreshes: string[] = [];
  readonly revoked: string[] = [];
  /** What happens to the next refreshes, in order. */
  readonly faults: (RefreshFault | undefined)[] = [];
  clientSecret = "secret-1";
  latency = 200;
  lifetime = 3_600;
  /** Seconds that Box names where it throttles or is busy. */
  retryAfter = 7;
  /** Whether a refresh uses the refresh token up. */
  rotates = true;

  constructor(clock: VirtualClock, semantics: Semantics) {
    this.#clock = clock;
    this.semantics = semantics;
  }

  /** A pair by a user's consent. */
  consent(): TokenPair {
    return this.#newPair();
  }

  /** Whether the API accepts the token; its use ends the pairs that it replaces. */
  accepts(accessToken: string): boolean {
    const pair = [...this.#alive].find(([, access]) => access === accessToken);
    if (pair === undefined) return false;
    this.#used(pair[0]);
    return true;
  }

  /** The user removes the app. */
  end(): void {
    this.#alive.clear();
  }

  async refresh({ clientSecret }: OAuthCredentials, refreshToken: string): Promise<TokenPair> {
    this.refreshes.push(refreshToken);
    const fault = this.faults.shift();
    await this.#clock.sleep(fault === "slow" ? 30_000 : this.latency);
    if (fault === "throttled")
      throw new Failure("box_rate_limited", "scripted", { retryAfter: this.retryAfter });
    if (fault === "busy") throw new Failure("box_unavailable", "scripted", { retryAfter: this.retryAfter });
    if (fault === "app disabled") throw new Failure("box_app_not_authorized", "scripted");
    if (fault === "before") throw new Failure("box_unavailable", "scripted: lost on the way there");
    if (clientSecret !== this.clientSecret) throw new Failure("box_client_refused", "scripted");
    if (!this.#alive.has(refreshToken)) throw new Failure("reconnect_required", "Invalid refresh token");
    if (!this.rotates) return this.#newPair(refreshToken);
    const pair = this.#newPair();
    if (this.semantics === "strict") this.#alive.delete(refreshToken);
    else {
      this.#used(refreshToken);
      this.#replacements.set(refreshToken, [
        ...(this.#replacements.get(refreshToken) ?? []),
        pair.refreshToken,
      ]);
    }
    if (fault === "after") throw new Failure("box_unavailable", "scripted: lost on the way back");
    if (fault === "no access token") return { ...pair, access: { ...pair.access, lifetime: 0 } };
    return pair;
  }

  /** A pair that is used ends the one that it replaces, and the others that do. */
  #used(refreshToken: string): void {
    for (const [replaced, others] of this.#replacements) {
      if (!others.includes(refreshToken)) continue;
      this.#replacements.delete(replaced);
      this.#alive.delete(replaced);
      for (const other of others) if (other !== refreshToken) this.#alive.delete(other);
    }
  }

  #newPair(kept?: string): TokenPair {
    const number = ++this.#pairs;
    const [access, refreshToken] = [`access-${number}`, kept ?? `refresh-${number}`];
    this.#alive.set(refreshToken, access);
    const token = { access_token: access, expires_in: this.lifetime, restricted_to: [] };
    return { access: heldToken(token, now(this.#clock)), refreshToken };
  }
}

/** Instances of the functions that share the connection of one user. */
export class OAuthFleet {
  readonly clock = new VirtualClock();
  readonly shared = new Instances(this.clock);
  readonly box: RefreshingBox;
  /** Other versions of the app's secret. */
  readonly versions: Credentials[] = [];
  readonly unstored: object[] = [];
  readonly unended: string[] = [];

  constructor(semantics: Semantics = "strict") {
    this.box = new RefreshingBox(this.clock, semantics);
  }

  /** A fleet whose user has connected just now. */
  static async connected(semantics: Semantics = "strict"): Promise<OAuthFleet> {
    const fleet = new OAuthFleet(semantics);
    await fleet.connect();
    return fleet;
  }

  /** A fleet whose user's access token has expired. */
  static async expired(semantics: Semantics): Promise<OAuthFleet> {
    const fleet = await OAuthFleet.connected(semantics);
    fleet.clock.freeze(3_600_000);
    return fleet;
  }

  async connect(): Promise<void> {
    const { instance, store, ports } = this.start();
    const slot = await store.read({ app: "crm", userId: USER.id }, instance.context());
    const connection: Connection = {
      ...{ app: "crm", clientID: "client-1", userId: USER.id, login: "ann@example.com" },
      connectedAt: this.shared.table.now(),
      pair: storedPair(this.box.consent(), ports),
    };
    await store.replace(slot, connection, instance.context());
  }

  start(skewMs = 0): OAuthInstance {
    return new OAuthInstance(this, this.shared.start(skewMs));
  }

  /** The token of a request that has begun, or the code of its failure, after as much time as it takes. */
  outcomeOf(request: Promise<string>): Promise<string> {
    const codeOf = (failure: unknown) => {
      if (failure instanceof Failure) return failure.code;
      throw failure;
    };
    return this.clock.finish(request.catch(codeOf));
  }

  get item() {
    return this.shared.table.items.get(`connection#crm#${USER.id}`);
  }
}

/** Where an instance dies: it never continues from there. */
export type DeathAt = "lease taken" | "request sent" | "response received" | "pair stored";

export class OAuthInstance {
  readonly instance: Instance;
  readonly store: ConnectionStore;
  readonly ports: RefresherPorts;
  readonly tokens: FullTokens<OAuthCredentials>;
  readonly #fleet: OAuthFleet;
  /** Set by a test: the instance dies there. */
  deathAt: DeathAt | undefined;

  constructor(fleet: OAuthFleet, instance: Instance) {
    this.#fleet = fleet;
    this.instance = instance;
    const { clock } = instance;
    const { table, secret } = fleet.shared;
    const keys = new ServiceKeys((stage) => secret.read(stage), clock);
    const random = { jti: () => randomUUID(), fraction: () => 0.5 };
    const diesAt = (point: DeathAt) => (this.deathAt === point ? never() : undefined);
    let writes = 0;
    const mortalTable = {
      now: () => table.now(),
      read: (key: string, context: RequestContext) => table.read(key, context),
      replace: async (...write: Parameters<typeof table.replace>) => {
        const isLease = write[2].lease !== undefined;
        if (!isLease && writes > 0) await diesAt("response received");
        const result = await table.replace(...write);
        if (result.replaced && isLease) {
          writes++;
          await diesAt("lease taken");
        } else if (writes > 0) await diesAt("pair stored");
        return result;
      },
    };
    this.store = new ConnectionStore({ table: mortalTable, keys, clock, random });
    this.ports = {
      ...{ store: this.store, table, clock, random },
      credentials: {
        alternative: async (_app, tried) => fleet.versions.find(({ versionId }) => !tried.has(versionId)),
      },
      refresh: async ({ credentials, refreshToken }) => {
        const pair = fleet.box.refresh(credentials, refreshToken);
        if (this.deathAt === "request sent") {
          await pair.catch(() => {});
          await never();
        }
        return pair;
      },
      revoke: async ({ token }) => {
        fleet.box.revoked.push(token);
      },
      onUnstored: (id) => fleet.unstored.push(id),
      onUnended: (app) => fleet.unended.push(app),
    };
    this.tokens = connectedUsers(this.ports);
  }

  /** Begins a request for the user's access token; the clock does not move. */
  async begin({
    minTtl = 300,
    rejectedSha256,
    timeLeft = 30_000,
    credentials = CREDENTIALS,
  }: RequestedToken = {}): Promise<string> {
    const need = { credentials, subject: USER, policyDigest: "digest", minTtl, rejectedSha256 };
    const { token } = await this.tokens.obtain(need, this.instance.context(timeLeft));
    return token.token.access_token;
  }

  /** The token, or the code of the failure, after as much time as it takes. */
  outcome(wanted: RequestedToken = {}): Promise<string> {
    return this.#fleet.outcomeOf(this.begin(wanted));
  }
}

export interface RequestedToken {
  readonly minTtl?: number;
  readonly rejectedSha256?: string;
  readonly timeLeft?: number;
  readonly credentials?: OAuthCredentials;
}

const never = () => new Promise<never>(() => {});
