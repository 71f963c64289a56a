import { hash } from "node:crypto";
import type { BoxTokenEndpoint } from "../../functions/box/client.ts";
import { tokenIssuer } from "../../functions/broker/issue-token.ts";
import type { RequestContext, RevokeToken } from "../../functions/broker/ports.ts";
import { tokenRevoker } from "../../functions/broker/revoke-token.ts";
import { TokenMemory } from "../../functions/broker/token-memory.ts";
import { directInvokeAdapter } from "../../functions/lambda/direct-invoke.ts";
import { functionUrlAdapter } from "../../functions/lambda/function-url.ts";
import { lambdaHandler } from "../../functions/lambda/handler.ts";
import { tokenObtainer } from "../../functions/lambda/token-wiring.ts";
import type { Statement } from "../../schemas/policy/parse.ts";
import { Failure, type ProblemCode } from "../../schemas/protocol/problems.ts";
import { countingRandomness, policyOf, ScriptedBox, ScriptedCredentials } from "./fake-ports.ts";
import type { LogEvent } from "./insights/fields.ts";
import { Instances } from "./instances.ts";
import { lambdaContext } from "./lambda.ts";
import { VirtualClock } from "./virtual-clock.ts";

const REGION_ARN = "arn:aws:lambda:eu-central-1:123456789012:function";
export const roleArn = (name: string) => `arn:aws:iam::123456789012:role/${name}`;

/** What a test knows of a request without its log: who sent what, when, and the response. */
export interface JournalEntry {
  /** When the response came: ISO 8601. */
  readonly time: string;
  /** The ARN of a role, or `alias:NAME`. */
  readonly caller: string;
  readonly members: Readonly<Record<string, string>>;
  /** How long the response took. */
  readonly milliseconds: number;
  /** SHA-256 of the token that the caller got, or wants to end. */
  readonly sha256: string | undefined;
  readonly code: ProblemCode | undefined;
}

/** Records each call as a step of its request, as the client of Box does. */
function withSteps(box: BoxTokenEndpoint, clock: VirtualClock): BoxTokenEndpoint {
  async function recorded<Value>(
    step: "box.grant" | "box.exchange" | "box.revoke",
    { trace }: RequestContext,
    work: Promise<Value>,
  ): Promise<Value> {
    const started = clock.monotonic();
    const note = (status: number | string) =>
      void trace.steps.push({ step, ms: clock.monotonic() - started, status });
    try {
      const value = await work;
      note(200);
      return value;
    } catch (thrown) {
      note(thrown instanceof Failure ? thrown.code : "bug");
      throw thrown;
    }
  }
  return {
    baseUrl: box.baseUrl,
    clockOffset: () => box.clockOffset(),
    jwtGrant: (credentials, assertion, context) =>
      recorded("box.grant", context, box.jwtGrant(credentials, assertion, context)),
    clientCredentialsGrant: (credentials, subject, context) =>
      recorded("box.grant", context, box.clientCredentialsGrant(credentials, subject, context)),
    exchange: (token, restriction, context) =>
      recorded("box.exchange", context, box.exchange(token, restriction, context)),
    accepts: (token, context) => box.accepts(token, context),
    revoke: (credentials, token, context) =>
      recorded("box.revoke", context, box.revoke(credentials, token, context)),
  };
}

/**
 * A deployment in virtual time whose log is the sample of the queries: the real handlers and broker, before a scripted
 * Box, with a table.
 */
export class SampleService {
  readonly clock = new VirtualClock();
  readonly box = new ScriptedBox(this.clock);
  readonly credentials = new ScriptedCredentials();
  readonly table: Instances["table"];
  readonly log: LogEvent[] = [];
  readonly journal: JournalEntry[] = [];
  readonly #url: (event: unknown, context: ReturnType<typeof lambdaContext>) => Promise<unknown>;
  readonly #invoke: (event: unknown, context: ReturnType<typeof lambdaContext>) => Promise<unknown>;
  #requests = 0;

  constructor(apps: readonly string[], statements: readonly Statement[]) {
    const { clock, box, credentials } = this;
    const endpoint = withSteps(box, clock);
    const instances = new Instances(clock);
    this.table = instances.table;
    const { tokens: shared } = instances.start();
    const memory = new TokenMemory();
    const random = countingRandomness();
    const write = async (line: object) => {
      this.log.push({ timestamp: clock.wall(), message: JSON.stringify(line) });
    };
    const obtainToken = tokenObtainer({ box: endpoint, credentials, clock, random, store: memory, shared });
    const common = { policy: policyOf(...statements), credentials, clock, audit: { write } };
    const revokeAtBox: RevokeToken = ({ credentials: used, token }, context) =>
      endpoint.revoke(used, token, context);
    const service = {
      service: "box-sts",
      issueToken: tokenIssuer({ ...common, apps, obtainToken }),
      revokeToken: tokenRevoker({ ...common, apps, shared, memory, revokeAtBox }),
      clockSkew: () => 0,
      ...{ clock, write },
    };
    this.#url = lambdaHandler(functionUrlAdapter, service);
    this.#invoke = lambdaHandler(directInvokeAdapter, service);
    box.latency = 120;
  }

  /** The log's time becomes this one; the functions are frozen until then. */
  at(time: string): void {
    this.clock.freeze(Date.parse(time) - this.clock.wall());
  }

  /** A token request through the Function URL, or a revocation where the members have a `token`. */
  async url(role: string, members: Readonly<Record<string, string>>): Promise<string | undefined> {
    const [, account, name] = /^arn:aws:iam::(\d+):role\/(.+)$/.exec(role) ?? [];
    const userArn = `arn:aws:sts::${account}:assumed-role/${name}/session-of-${name}`;
    const event = {
      rawPath: "token" in members ? "/oauth2/revoke" : "/oauth2/token",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      requestContext: {
        http: { method: "POST", sourceIp: "192.0.2.7" },
        authorizer: { iam: { userArn } },
      },
      body: new URLSearchParams(members).toString(),
    };
    const context = this.#context(`${REGION_ARN}:token-url`);
    const started = this.clock.monotonic();
    const response = (await this.clock.finish(this.#url(event, context))) as { readonly body: string };
    return this.#note(
      { caller: role, members, started },
      response.body === "" ? {} : JSON.parse(response.body),
    );
  }

  /** The same by a direct invoke of an alias. */
  async invoke(alias: string, members: Readonly<Record<string, string>>): Promise<string | undefined> {
    const context = this.#context(`${REGION_ARN}:token-invoke:${alias}`);
    const started = this.clock.monotonic();
    const response = await this.clock
      .finish(this.#invoke(members, context))
      .catch((thrown: Error) => JSON.parse(thrown.message));
    return this.#note({ caller: `alias:${alias}`, members, started }, response as object);
  }

  /** A line that Lambda itself writes. */
  platform(message: string): void {
    this.log.push({ timestamp: this.clock.wall(), message });
  }

  #context(invokedFunctionArn: string) {
    return lambdaContext({ invokedFunctionArn, awsRequestId: `request-${++this.#requests}` });
  }

  #note(
    { started, ...sent }: Pick<JournalEntry, "caller" | "members"> & { readonly started: number },
    response: { readonly access_token?: string; readonly code?: ProblemCode },
  ): string | undefined {
    const token = sent.members.token ?? response.access_token;
    const sha256 = token === undefined ? undefined : hash("sha256", token, "hex");
    const time = new Date(this.clock.wall()).toISOString();
    const milliseconds = this.clock.monotonic() - started;
    this.journal.push({ ...sent, time, milliseconds, sha256, code: response.code });
    return response.access_token;
  }
}
