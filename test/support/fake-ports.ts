import { hash } from "node:crypto";
import type { BoxTokenEndpoint } from "../../functions/box/client.ts";
import type { AuditEvent } from "../../functions/broker/audit-event.ts";
import {
  type IncomingRequest,
  type IssuerPorts,
  type IssueToken,
  tokenIssuer,
} from "../../functions/broker/issue-token.ts";
import type { Outcome } from "../../functions/broker/outcome.ts";
import type {
  AssertionClaims,
  AuditLog,
  CcgCredentials,
  CredentialStore,
  Credentials,
  JwtCredentials,
  PolicySource,
  Randomness,
  RequestContext,
  Restriction,
  RevokeToken,
  Subject,
} from "../../functions/broker/ports.ts";
import { type RevokeIssuedToken, tokenRevoker } from "../../functions/broker/revoke-token.ts";
import { TokenMemory } from "../../functions/broker/token-memory.ts";
import { tokenObtainer } from "../../functions/lambda/token-wiring.ts";
import type { Caller } from "../../schemas/policy/caller.ts";
import type { Statement, UnrestrictedStatement } from "../../schemas/policy/parse.ts";
import { Failure } from "../../schemas/protocol/problems.ts";
import { parseTokenRequest } from "../../schemas/protocol/token-request.ts";
import type { BoxToken, TokenResponse } from "../../schemas/protocol/token-response.ts";
import { VirtualClock } from "./virtual-clock.ts";

export const SCRIPT_APP = "reports";
const OWN_ENTERPRISE = "900001";
export const CALLER: Caller = { iam: "arn:aws:iam::123456789012:role/reports" };

/** A statement that lets `CALLER` have everything; tests narrow it. */
export const EVERYTHING: UnrestrictedStatement = {
  id: "everything",
  caller: { iam: "arn:aws:iam::123456789012:role/reports" },
  app: SCRIPT_APP,
  subjects: ["enterprise", "user:*"],
  unrestricted: true,
};

/** A request that has 30 s. */
export function contextOf(clock: VirtualClock, requestId = "request-1", timeLeft = 30_000): RequestContext {
  return { requestId, deadline: clock.monotonic() + timeLeft, trace: { steps: [] } };
}

/** Credentials whose signer shows the claims it signed. */
export function credentialsOf(
  changes: Partial<JwtCredentials> & { readonly kid?: string } = {},
): JwtCredentials {
  const { kid = "abcd1234", ...others } = changes;
  const sign = async (claims: AssertionClaims) => JSON.stringify({ kid, ...claims });
  return {
    app: SCRIPT_APP,
    versionId: "v1",
    stage: "AWSCURRENT",
    clientID: "client-1",
    clientSecret: "client-secret-1",
    enterpriseID: OWN_ENTERPRISE,
    grant: "jwt",
    signer: { publicKeyID: kid, sign },
    ...others,
  };
}

/** The same for an app with Client Credentials Grant. */
export function unsignedCredentialsOf(
  changes: Partial<Omit<CcgCredentials, "grant" | "signer">> = {},
): CcgCredentials {
  const { signer: _, ...others } = credentialsOf(changes);
  return { ...others, grant: "client_credentials" };
}

/** One call that Box got. */
export interface BoxCallRecord {
  readonly kind: "jwt" | "ccg" | "exchange";
  readonly credentials?: Credentials;
  readonly assertion?: string;
  readonly subject?: Subject;
  readonly token?: string;
  readonly restriction?: Restriction;
}

type ScriptedResponse = Partial<BoxToken> | Failure | (() => Partial<BoxToken> | Failure);

/** Box's token endpoint: responds from a script, otherwise with a new token that lives an hour. */
export class ScriptedBox implements BoxTokenEndpoint {
  readonly baseUrl: string = "https://api.box.com";
  readonly calls: BoxCallRecord[] = [];
  /** Milliseconds that each response takes. */
  latency = 0;
  offset = 0;
  /** Tokens that Box's API does not accept, and those that it was requested to accept. */
  readonly dead = new Set<string>();
  readonly tested: string[] = [];
  /** Tokens that Box was requested to revoke. */
  readonly revoked: string[] = [];
  revocationFailure: Failure | undefined;
  /** Versions of the app's secret whose client secret Box refuses in a revocation. */
  readonly refusedVersions = new Set<string>();
  /** Decides a response by the call, before the script does. */
  rule: ((call: BoxCallRecord) => ScriptedResponse | undefined) | undefined;
  readonly #clock: VirtualClock;
  readonly #effects: string[];
  readonly #script: ScriptedResponse[] = [];

  constructor(clock: VirtualClock, effects: string[] = []) {
    this.#clock = clock;
    this.#effects = effects;
  }

  /** The next responses, in order. */
  respondWith(...responses: readonly ScriptedResponse[]): void {
    this.#script.push(...responses);
  }

  get kinds(): readonly BoxCallRecord["kind"][] {
    return this.calls.map(({ kind }) => kind);
  }

  clockOffset(): number {
    return this.offset;
  }

  jwtGrant(credentials: Credentials, assertion: string): Promise<BoxToken> {
    return this.#respond({ kind: "jwt", credentials, assertion });
  }

  clientCredentialsGrant(credentials: Credentials, subject: Subject): Promise<BoxToken> {
    return this.#respond({ kind: "ccg", credentials, subject });
  }

  exchange(token: string, restriction: Restriction): Promise<BoxToken> {
    return this.#respond({ kind: "exchange", token, restriction });
  }

  async accepts(token: string): Promise<boolean> {
    this.tested.push(token);
    return !this.dead.has(token);
  }

  async revoke({ versionId }: Credentials, token: string): Promise<void> {
    if (this.refusedVersions.has(versionId)) throw new Failure("box_client_refused", "scripted");
    this.revoked.push(token);
    if (this.revocationFailure !== undefined) throw this.revocationFailure;
  }

  async #respond(call: BoxCallRecord): Promise<BoxToken> {
    this.#effects.push(`box.${call.kind}`);
    const number = this.calls.push(call);
    const scripted = this.rule?.(call) ?? this.#script.shift() ?? {};
    if (this.latency > 0) await this.#clock.sleep(this.latency);
    const response = typeof scripted === "function" ? scripted() : scripted;
    if (response instanceof Failure) throw response;
    const fresh = { access_token: `${call.kind}-token-${number}`, expires_in: 3600, restricted_to: [] };
    const { restriction } = call;
    if (restriction === undefined) return { ...fresh, ...response };
    const [, type = "folder", id = "1"] = /(file|folder)s\/(\d+)$/.exec(restriction.resource ?? "") ?? [];
    const restricted_to = restriction.scopes.map((scope) => ({ scope, object: { type, id } }));
    return { ...fresh, restricted_to, issued_token_type: "urn:fake:access_token", ...response };
  }
}

/** Credentials from a script; every other call gets the current ones. */
export class ScriptedCredentials implements CredentialStore {
  current: Credentials = credentialsOf();
  /** What `load` throws instead of a result. */
  failure: Error | undefined;
  /** What is left to try after a refusal. */
  readonly others: Credentials[] = [];
  readonly acceptedVersions: string[] = [];
  readonly triedVersions: (readonly string[])[] = [];
  /** When the requests were made after whose refusal `alternative` was called. */
  readonly refusedRequests: number[] = [];
  loads = 0;
  readonly #effects: string[];

  constructor(effects: string[] = []) {
    this.#effects = effects;
  }

  async load(): Promise<Credentials> {
    this.#effects.push("credentials.load");
    this.loads++;
    if (this.failure !== undefined) throw this.failure;
    return this.current;
  }

  async alternative(
    _app: string,
    tried: ReadonlySet<string>,
    since: number,
  ): Promise<Credentials | undefined> {
    this.triedVersions.push([...tried]);
    this.refusedRequests.push(since);
    return this.others.find(({ versionId }) => !tried.has(versionId));
  }

  async newer({ versionId }: Credentials): Promise<Credentials | undefined> {
    const current = this.others.find(({ stage }) => stage === "AWSCURRENT");
    return current?.versionId === versionId ? undefined : current;
  }

  async ofClient(_app: string, clientID: string): Promise<Credentials | undefined> {
    const loaded = await this.load();
    return [loaded, ...this.others].find((version) => version.clientID === clientID);
  }

  accepted(credentials: Credentials): void {
    this.acceptedVersions.push(credentials.versionId);
    this.current = credentials;
  }
}

/** An audit sink that keeps what it is given, or refuses it. */
export class FakeAudit implements AuditLog {
  readonly events: AuditEvent[] = [];
  failure: Error | undefined;
  readonly #effects: string[];

  constructor(effects: string[] = []) {
    this.#effects = effects;
  }

  get last(): AuditEvent | undefined {
    return this.events.at(-1);
  }

  async write(event: AuditEvent): Promise<void> {
    this.#effects.push("audit");
    if (this.failure !== undefined) throw this.failure;
    this.events.push(event);
  }
}

/** A `jti` that shows its number, and always the same fraction. */
export function countingRandomness(fraction = 0.5): Randomness {
  let count = 0;
  return { jti: () => `jti-${++count}-0123456789abcdef`, fraction: () => fraction };
}

/** The policy with these statements; its digest follows their text. */
export function policyOf(...statements: readonly Statement[]): PolicySource {
  const policy = { version: 1, statements } as const;
  return { available: true, policy, digest: hash("sha256", JSON.stringify(policy), "hex") };
}

interface OuterPorts extends Omit<IssuerPorts, "obtainToken" | "credentials"> {
  readonly box: BoxTokenEndpoint;
  readonly credentials: CredentialStore;
  readonly random: Randomness;
}

/** The use case, wired as the functions wire it, on these ports. */
export function issuerOn({ box, credentials, random, ...ports }: OuterPorts): IssueToken {
  const obtainToken = tokenObtainer({ box, credentials, clock: ports.clock, random });
  return tokenIssuer({ ...ports, credentials, obtainToken });
}

/** The use case of a revocation on the same ports, as in a deployment without a table. */
export function revokerOn({ box, ...ports }: OuterPorts): RevokeIssuedToken {
  const revokeAtBox: RevokeToken = ({ credentials, token }, context) =>
    box.revoke(credentials, token, context);
  return tokenRevoker({ ...ports, shared: undefined, memory: new TokenMemory(), revokeAtBox });
}

/** For tests in which no caller revokes anything. */
export const revokesNothing: RevokeIssuedToken = async () => {
  throw new Error("Nobody revokes a token here.");
};

interface Setting {
  readonly policy?: PolicySource;
  readonly apps?: readonly string[];
  readonly helpUrl?: string;
}

/** The use case on fake ports. */
export function tokenHarness({ policy = policyOf(EVERYTHING), apps = [SCRIPT_APP], helpUrl }: Setting = {}) {
  const effects: string[] = [];
  const clock = new VirtualClock();
  const box = new ScriptedBox(clock, effects);
  const credentials = new ScriptedCredentials(effects);
  const audit = new FakeAudit(effects);
  const policyPort = { source: policy };
  const random = countingRandomness();
  const ports: IssuerPorts = {
    apps,
    get policy() {
      return policyPort.source;
    },
    credentials,
    obtainToken: tokenObtainer({ box, credentials, clock, random }),
    clock,
    audit,
    helpUrl,
  };
  const issue = tokenIssuer(ports);
  let requests = 0;

  function begin(parameters: object, caller: Caller = CALLER, timeLeft?: number): Promise<Outcome> {
    const incoming: IncomingRequest = { caller, request: parseTokenRequest(parameters) };
    return issue(incoming, contextOf(clock, `request-${++requests}`, timeLeft));
  }

  return {
    ...{ effects, clock, box, credentials, audit, issue, policyPort },
    /** Starts a request and leaves the clock alone. */
    begin,
    /** One request, with as much time as it takes. */
    request: (parameters: object = {}, caller?: Caller, timeLeft?: number) =>
      clock.finish(begin(parameters, caller, timeLeft)),
  };
}

/** The token response of an outcome that must be one. */
export function issued(outcome: Outcome): TokenResponse {
  if (outcome.issued) return outcome.response;
  throw new Error(`Not issued: ${outcome.problem.code}`);
}

/** The refusal of an outcome that must be one. */
export function notIssued(outcome: Outcome): Extract<Outcome, { issued: false }> {
  if (!outcome.issued) return outcome;
  throw new Error("A token was issued.");
}
