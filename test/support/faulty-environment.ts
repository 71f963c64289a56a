import { randomUUID } from "node:crypto";
import type { BoxTokenEndpoint } from "../../functions/box/client.ts";
import { boxTokens } from "../../functions/box/client.ts";
import { TableRegister } from "../../functions/broker/authorization/table-register.ts";
import { AuthorizationWatch } from "../../functions/broker/authorization/watch.ts";
import { now } from "../../functions/broker/clock.ts";
import type { SecretRequest } from "../../functions/broker/credential-cache.ts";
import { heldToken } from "../../functions/broker/held-token.ts";
import { tokenIssuer } from "../../functions/broker/issue-token.ts";
import { connectedUsers } from "../../functions/broker/oauth/connected-users.ts";
import { type Connection, storedPair } from "../../functions/broker/oauth/connection.ts";
import { ConnectionStore } from "../../functions/broker/oauth/connection-store.ts";
import type { Outcome } from "../../functions/broker/outcome.ts";
import type { Credentials, RequestContext, SecretStage, TokenPair } from "../../functions/broker/ports.ts";
import { ServiceKeys } from "../../functions/broker/shared-cache/service-keys.ts";
import { SharedTokens } from "../../functions/broker/shared-cache/shared-tokens.ts";
import { TableFailure, type TableItem, type TokenTable } from "../../functions/broker/shared-cache/table.ts";
import { TokenMemory } from "../../functions/broker/token-memory.ts";
import { cachedCredentials, tokenObtainer } from "../../functions/lambda/token-wiring.ts";
import { Failure, type ProblemCode } from "../../schemas/protocol/problems.ts";
import { parseTokenRequest } from "../../schemas/protocol/token-request.ts";
import type { BoxToken } from "../../schemas/protocol/token-response.ts";
import { CALLER, credentialsOf, EVERYTHING, FakeAudit, policyOf, SCRIPT_APP } from "./fake-ports.ts";
import { VirtualClock } from "./virtual-clock.ts";

/** What one call to a system comes to. `after`: the effect takes place, and its response is lost. */
export const CALL_FAULTS = {
  box: ["away", "after", "silent", "silent after", "throttled", "unexpected", "refuses the client"],
  secret: ["away", "silent", "forbidden"],
  serviceSecret: ["away", "silent", "forbidden"],
  table: ["throttled", "away", "after", "silent", "silent after", "forbidden"],
} as const;
export type System = keyof typeof CALL_FAULTS;
export type Fault = (typeof CALL_FAULTS)[System][number];
export type Script = Readonly<Record<System, readonly (Fault | undefined)[]>>;

/** Faults of which the operator has to end the reason. */
export const LASTING: ReadonlySet<Fault | undefined> = new Set<Fault>(["forbidden", "refuses the client"]);

type Kind = Credentials["grant"];

const HOUR_SECONDS = 3_600;
const ATTEMPT_MS = { box: 8_000, table: 2_500 };
const USER = "4711";

/** One environment of the token functions, each of whose calls to Box, Secrets Manager and DynamoDB can fail. */
export class FaultyEnvironment {
  readonly clock = new VirtualClock();
  readonly audit = new FakeAudit();
  readonly calls: Record<System, string[]> = { box: [], secret: [], serviceSecret: [], table: [] };
  /** Access tokens that Box accepts, with their expiry in milliseconds. */
  readonly #alive = new Map<string, number>();
  /** Scopes of those that are narrower than the app's full token. */
  readonly scopesOf = new Map<string, string>();
  /** Refresh tokens that Box accepts. */
  readonly #refreshTokens = new Set<string>();
  /** Whether Box has used up a refresh token without a response. */
  hasLostRefresh = false;
  readonly #kind: Kind;
  readonly #isStrict: boolean;
  readonly #items = new Map<string, TableItem>();
  #script: Record<System, (Fault | undefined)[]> = { box: [], secret: [], serviceSecret: [], table: [] };
  #serial = 0;
  readonly #issue;
  readonly #store: ConnectionStore;

  /** @param isStrict whether a refresh ends the refresh token although its response is lost */
  constructor(
    kind: Kind,
    { hasTable, isStrict = false }: { readonly hasTable: boolean; readonly isStrict?: boolean },
  ) {
    this.#kind = kind;
    this.#isStrict = isStrict;
    const { clock } = this;
    const random = { jti: () => randomUUID(), fraction: () => 0.5 };
    const credentials = cachedCredentials((request, context) => this.#readSecret(request, context), clock);
    const table = this.#table();
    const keys = new ServiceKeys((stage, context) => this.#readServiceSecret(stage, context), clock);
    const shared = { table, keys, clock, random };
    const box = this.#box();
    const revoke = boxTokens(box, { clock, random }).revoke;
    this.#store = new ConnectionStore(shared);
    const connected = connectedUsers({
      ...{ ...shared, store: this.#store, credentials, revoke, onUnended: () => {}, onUnstored: () => {} },
      refresh: ({ refreshToken, credentials: used }, context) => this.#refresh(refreshToken, used, context),
    });
    const report = async () => {};
    const obtainToken = tokenObtainer({
      ...{ box, credentials, clock, random, store: new TokenMemory() },
      ...(hasTable && {
        shared: new SharedTokens(shared),
        connected,
        authorizations: new AuthorizationWatch({
          ...{ apps: [SCRIPT_APP], register: new TableRegister(shared), clock, report },
        }),
      }),
    });
    const policy = policyOf(EVERYTHING);
    this.#issue = tokenIssuer({
      ...{ apps: [SCRIPT_APP], policy, credentials, obtainToken, clock, audit: this.audit },
    });
    if (kind === "app_token") this.#alive.set("app-token", Number.POSITIVE_INFINITY);
  }

  /** Has the user of an OAuth 2.0 app connect; for other kinds there is nothing to do. */
  async connect(): Promise<void> {
    if (this.#kind !== "oauth2") return;
    const pair = this.#newPair();
    const connection: Connection = {
      ...{ app: SCRIPT_APP, clientID: "client-1", userId: USER, login: "ann@example.com" },
      connectedAt: this.clock.wall(),
      pair: storedPair(pair, { clock: this.clock, table: { now: () => this.clock.wall() } }),
    };
    await this.clock.finish(this.#store.connect(connection, this.#context(30_000)));
  }

  /** One request; the faults affect the next calls to each system, in order. */
  async request(
    script: Partial<Script>,
    { scope, milliseconds = 29_800 }: { scope?: string; milliseconds?: number },
  ) {
    const { clock, calls, audit } = this;
    for (const system of Object.keys(calls) as System[]) {
      calls[system] = [];
      this.#script[system] = [...(script[system] ?? [])];
    }
    const lines = audit.events.length;
    const context = this.#context(milliseconds);
    const subject = this.#kind === "oauth2" ? { box_subject_type: "user", box_subject_id: USER } : {};
    const request = parseTokenRequest({ ...subject, ...(scope !== undefined && { scope }) });
    const outcome: Outcome = await clock.finish(this.#issue({ caller: CALLER, request }, context));
    return {
      outcome,
      /** Milliseconds after the request's deadline; negative before it. */
      lateBy: clock.monotonic() - context.deadline,
      auditLines: audit.events.length - lines,
      audited: audit.last,
    };
  }

  /** Requests at the same time, which share the faults. */
  async requestsAtOnce(script: Partial<Script>, crowd: readonly { scope?: string; milliseconds: number }[]) {
    const { clock, calls, audit } = this;
    for (const system of Object.keys(calls) as System[]) {
      calls[system] = [];
      this.#script[system] = [...(script[system] ?? [])];
    }
    const lines = audit.events.length;
    const subject = this.#kind === "oauth2" ? { box_subject_type: "user", box_subject_id: USER } : {};
    const work = crowd.map(async ({ scope, milliseconds }) => {
      const context = this.#context(milliseconds);
      const request = parseTokenRequest({ ...subject, ...(scope !== undefined && { scope }) });
      const outcome = await this.#issue({ caller: CALLER, request }, context);
      return { outcome, scope, lateBy: clock.monotonic() - context.deadline };
    });
    const results = await clock.finish(Promise.all(work));
    return { results, auditLines: audit.events.length - lines };
  }

  #context(milliseconds: number): RequestContext {
    const requestId = `request-${++this.#serial}`;
    return { requestId, deadline: this.clock.monotonic() + milliseconds, trace: { steps: [] } };
  }

  /** Takes as long as the fault has it; throws what the adapter of the system would. */
  async #call<Value>(
    system: System,
    what: string,
    { deadline }: RequestContext,
    effect: () => Value,
    failed: (fault: Fault, isDeadline: boolean) => Error,
    attemptMs: number,
  ): Promise<Value> {
    const { clock } = this;
    this.calls[system].push(what);
    const fault = this.#script[system].shift();
    const left = deadline - clock.monotonic();
    if (left <= 0) throw failed("silent", true);
    const isSilent = fault === "silent" || fault === "silent after";
    await clock.sleep(Math.min(isSilent ? attemptMs : 20, left));
    const done = fault === undefined || fault.endsWith("after") ? effect() : undefined;
    if (fault !== undefined) throw failed(fault, isSilent && left <= attemptMs);
    return done as Value;
  }

  async #readSecret({ stage }: SecretRequest, context: RequestContext): Promise<Credentials> {
    const failed = (fault: Fault, isDeadline: boolean) => secretFailure(fault, isDeadline);
    const read = () => {
      if (stage === "AWSPREVIOUS") throw new Failure("secret_not_found", "there is none");
      return this.#credentials();
    };
    return this.#call("secret", stage, context, read, failed, Number.POSITIVE_INFINITY);
  }

  async #readServiceSecret(stage: SecretStage, context: RequestContext) {
    const read = () => {
      if (stage === "AWSPREVIOUS") throw new Failure("secret_not_found", "there is none");
      return { versionId: "service-1", text: "s".repeat(64) };
    };
    return this.#call("serviceSecret", stage, context, read, secretFailure, Number.POSITIVE_INFINITY);
  }

  #credentials(): Credentials {
    const jwt = credentialsOf();
    const { signer: _, ...common } = jwt;
    switch (this.#kind) {
      case "jwt":
        return jwt;
      case "client_credentials":
        return { ...common, grant: "client_credentials" };
      case "app_token":
        return {
          ...{ ...common, grant: "app_token", enterpriseID: common.enterpriseID ?? "" },
          appTokens: { primary: { token: "app-token" } },
        };
      case "oauth2":
        return { ...common, grant: "oauth2" };
    }
  }

  #box(): BoxTokenEndpoint {
    const call = <Value>(what: string, context: RequestContext, effect: () => Value) =>
      this.#call("box", what, context, effect, boxFailure, ATTEMPT_MS.box);
    return {
      baseUrl: "https://api.box.com",
      clockOffset: () => 0,
      jwtGrant: (_, __, context) => call("grant", context, () => this.#newToken()),
      clientCredentialsGrant: (_, __, context) => call("grant", context, () => this.#newToken()),
      exchange: (token, { scopes }, context) =>
        call("exchange", context, () => {
          if (this.secondsLeft(token) === 0)
            throw new Failure("box_token_refused", "dead", { suspectsToken: true });
          const narrow = this.#newToken(this.#alive.get(token));
          this.scopesOf.set(narrow.access_token, scopes.join(" "));
          return {
            ...narrow,
            restricted_to: scopes.map((scope) => ({ scope, object: { type: "folder", id: "0" } })),
          };
        }),
      revoke: (_, token, context) =>
        call("revoke", context, () => {
          this.#alive.delete(token);
          this.#refreshTokens.delete(token);
        }),
      accepts: (token, context) => call("accepts", context, () => this.secondsLeft(token) > 0),
    };
  }

  async #refresh(refreshToken: string, _: Credentials, context: RequestContext): Promise<TokenPair> {
    const effect = () => {
      if (!this.#refreshTokens.has(refreshToken))
        throw new Failure("reconnect_required", "Invalid refresh token");
      const pair = this.#newPair();
      if (this.#isStrict) this.#refreshTokens.delete(refreshToken);
      return pair;
    };
    const fault = this.#script.box[0];
    if (fault?.endsWith("after") && this.#isStrict) this.hasLostRefresh = true;
    return this.#call("box", "refresh", context, effect, boxFailure, ATTEMPT_MS.box);
  }

  /** Of the token's life at Box; 0 where Box does not accept it. */
  secondsLeft(token: string): number {
    return Math.max(((this.#alive.get(token) ?? 0) - this.clock.wall()) / 1_000, 0);
  }

  #newToken(until = Number.POSITIVE_INFINITY): BoxToken {
    const access_token = `token-${++this.#serial}`;
    this.#alive.set(access_token, Math.min(this.clock.wall() + HOUR_SECONDS * 1_000, until));
    return { access_token, expires_in: HOUR_SECONDS, restricted_to: [] };
  }

  #newPair(): TokenPair {
    const refreshToken = `refresh-${++this.#serial}`;
    this.#refreshTokens.add(refreshToken);
    return { access: heldToken(this.#newToken(), now(this.clock)), refreshToken };
  }

  #table(): TokenTable {
    const call = <Value>(what: string, context: RequestContext, effect: () => Value) =>
      this.#call("table", what, context, effect, tableFailure, ATTEMPT_MS.table);
    return {
      now: () => this.clock.wall(),
      read: (key, context) => call(`read ${key}`, context, () => this.#items.get(key)),
      replace: (key, seen, item, context) =>
        call(`write ${key}`, context, () => {
          const current = this.#items.get(key);
          if (current?.fence !== seen) return { replaced: false as const, current };
          this.#items.set(key, item);
          return { replaced: true as const };
        }),
    };
  }
}

function secretFailure(fault: Fault, isDeadline: boolean): Failure {
  if (isDeadline || fault === "silent") return new Failure("deadline_exceeded", "scripted");
  return new Failure(fault === "forbidden" ? "secret_forbidden" : "secret_unavailable", "scripted");
}

const BOX_CODES: Partial<Record<Fault, ProblemCode>> = {
  throttled: "box_rate_limited",
  unexpected: "box_unexpected_answer",
  "refuses the client": "box_client_refused",
};

function boxFailure(fault: Fault, isDeadline: boolean): Failure {
  if (isDeadline) return new Failure("deadline_exceeded", "scripted");
  const options = fault === "throttled" ? { retryAfter: 1 } : {};
  return new Failure(BOX_CODES[fault] ?? "box_unavailable", "scripted", options);
}

function tableFailure(fault: Fault): TableFailure {
  return new TableFailure(`DynamoDB: ${fault}`, fault !== "forbidden", fault === "throttled");
}
