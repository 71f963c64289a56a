import { createHash, randomUUID } from "node:crypto";
import type { APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import { consentUrl } from "../../functions/box/authorize.ts";
import { now } from "../../functions/broker/clock.ts";
import { heldToken } from "../../functions/broker/held-token.ts";
import { UserConnector } from "../../functions/broker/oauth/connect-user.ts";
import { DAY_MS } from "../../functions/broker/oauth/connection.ts";
import { ConnectionStore } from "../../functions/broker/oauth/connection-store.ts";
import { type Invitation, invite } from "../../functions/broker/oauth/invitation.ts";
import type {
  AuthorizationCode,
  Credentials,
  OAuthCredentials,
  RequestContext,
  TokenPair,
} from "../../functions/broker/ports.ts";
import { type ServiceKey, ServiceKeys } from "../../functions/broker/shared-cache/service-keys.ts";
import { authorizeHandler } from "../../functions/lambda/authorize-service.ts";
import { Failure } from "../../schemas/protocol/problems.ts";
import { contextOf, countingRandomness, FakeAudit } from "./fake-ports.ts";
import { Instances } from "./instances.ts";
import { lambdaContext } from "./lambda.ts";
import { VirtualClock } from "./virtual-clock.ts";

export const HOST = "0123456789abcdef.lambda-url.eu-west-1.on.aws";
const ACCOUNT_URL = "https://account.box.com/api/oauth2/authorize";

export const USER = { id: "4711", name: "Ann", login: "ann@example.com" };
export const OTHER_USER = { id: "4712", name: "Bob", login: "bob@example.com" };

export const credentialsOf = (app: string, changes: Partial<OAuthCredentials> = {}): OAuthCredentials => ({
  ...{ app, versionId: "version-1", stage: "AWSCURRENT", grant: "oauth2" },
  ...{ clientID: `client-of-${app}`, clientSecret: `secret-of-${app}` },
  ...changes,
});

interface Consent {
  readonly clientID: string;
  readonly redirectUri: string;
  readonly codeChallenge: string;
  readonly user: typeof USER;
  readonly expires: number;
}

/** Box's side of a consent: codes with PKCE, tokens, users and revocations, all of which are counted. */
class ConsentingBox {
  readonly #clock: VirtualClock;
  readonly #consents = new Map<string, Consent>();
  readonly #users = new Map<string, typeof USER>();
  readonly exchanges: AuthorizationCode[] = [];
  readonly revoked: string[] = [];
  /** The versions of the app's secret with which they were. */
  readonly revokers: string[] = [];
  whoAmICalls = 0;
  /** Of access tokens; 0 as of one that cannot be used. */
  expiresIn = 3_600;
  /** What a call fails with. */
  readonly failures: Partial<Record<"exchange" | "afterExchange" | "whoAmI" | "revoke", Failure>> = {};
  exchangeMs = 0;
  /** The one client secret that Box accepts; undefined: each. */
  acceptedSecret: string | undefined;
  /** Milliseconds that each call could take, as of its begin. */
  readonly timeLeft = { exchange: 0, whoAmI: 0, revoke: 0 };

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  get calls(): number {
    return this.exchanges.length + this.revoked.length + this.whoAmICalls;
  }

  /** The user consents on the page at this address, and Box sends the browser back to the address that is returned. */
  consent(address: string, user = USER): string {
    const parameters = new URL(address).searchParams;
    const required = (name: string) => parameters.get(name) ?? "";
    const code = randomUUID();
    this.#consents.set(code, {
      ...{ clientID: required("client_id"), redirectUri: required("redirect_uri"), user },
      codeChallenge: required("code_challenge"),
      expires: this.#clock.wall() + 30_000,
    });
    return `${required("redirect_uri")}?${new URLSearchParams({ state: required("state"), code })}`;
  }

  /** The user or Box refuses there. */
  refuse(address: string, error: string, error_description = ""): string {
    const parameters = new URL(address).searchParams;
    const state = parameters.get("state") ?? "";
    return `${parameters.get("redirect_uri")}?${new URLSearchParams({ error, error_description, state })}`;
  }

  async exchange(
    { clientID, clientSecret }: OAuthCredentials,
    authorization: AuthorizationCode,
    context: RequestContext,
  ): Promise<TokenPair> {
    this.exchanges.push(authorization);
    const limit = context.deadline - this.#clock.monotonic();
    this.timeLeft.exchange = limit;
    await this.#clock.sleep(Math.min(this.exchangeMs, limit));
    if (this.exchangeMs > limit) throw new Failure("deadline_exceeded", "scripted");
    if (this.failures.exchange) throw this.failures.exchange;
    if (clientSecret !== (this.acceptedSecret ?? clientSecret))
      throw new Failure("box_client_refused", "scripted: invalid_client");
    const { code, codeVerifier, redirectUri } = authorization;
    const consent = this.#consents.get(code);
    const isFit =
      consent?.clientID === clientID &&
      consent.redirectUri === redirectUri &&
      consent.codeChallenge === createHash("sha256").update(codeVerifier).digest("base64url") &&
      consent.expires > this.#clock.wall();
    if (!isFit) throw new Failure("authorization_code_refused", "scripted: invalid_grant");
    this.#consents.delete(code);
    if (this.failures.afterExchange) throw this.failures.afterExchange;
    const token = { access_token: `access-${code}`, expires_in: this.expiresIn, restricted_to: [] };
    this.#users.set(token.access_token, consent.user);
    return { access: heldToken(token, now(this.#clock)), refreshToken: `refresh-${code}` };
  }

  async whoAmI(token: string, { deadline }: RequestContext): Promise<typeof USER> {
    this.timeLeft.whoAmI = deadline - this.#clock.monotonic();
    this.whoAmICalls++;
    if (this.failures.whoAmI) throw this.failures.whoAmI;
    return this.#users.get(token) as typeof USER;
  }

  async revoke(token: string, versionId: string, { deadline }: RequestContext): Promise<void> {
    this.timeLeft.revoke = deadline - this.#clock.monotonic();
    this.revoked.push(token);
    this.revokers.push(versionId);
    if (this.failures.revoke) throw this.failures.revoke;
  }
}

export interface Sent {
  readonly method?: string;
  readonly path: string;
  readonly query?: string;
  readonly cookies?: readonly unknown[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly domainName?: string;
}

/** What a Function URL without authentication hands over. */
const eventOf = ({ method = "GET", path, query = "", cookies, headers = {}, domainName = HOST }: Sent) => ({
  version: "2.0",
  routeKey: "$default",
  rawPath: path,
  rawQueryString: query,
  ...(cookies !== undefined && { cookies }),
  headers: { host: HOST, ...headers },
  requestContext: { domainName, http: { method, path, sourceIp: "203.0.113.7" } },
  isBase64Encoded: false,
});

/** The authorize function before a Box, with its table and its secrets. */
export class ConnectScene {
  readonly clock = new VirtualClock();
  readonly effects: string[] = [];
  readonly audit = new FakeAudit(this.effects);
  readonly box = new ConsentingBox(this.clock);
  readonly shared = new Instances(this.clock);
  readonly lines: Record<string, unknown>[] = [];
  readonly unended: string[] = [];
  readonly unconfirmed: string[] = [];
  /** What writing a line that is no audit line fails with. */
  writeFailure: Error | undefined;
  /** By app; what is absent is no app of the deployment. */
  readonly credentials = new Map<string, Credentials>([
    ["reports", credentialsOf("reports")],
    ["drive", credentialsOf("drive", { scopes: ["root_readonly", "manage_webhook"] })],
  ]);
  /** Other versions of the app's secret, the newest first. */
  readonly otherVersions: Credentials[] = [];
  credentialLoads = 0;
  /** Milliseconds that each read of the service secret could take. */
  readonly secretTimeLeft: number[] = [];
  credentialFailure: Failure | undefined;
  readonly store: ConnectionStore;
  #connector: UserConnector;
  #handler: ReturnType<typeof authorizeHandler>;
  publicUrl: string | undefined;

  constructor() {
    const { connector, store } = this.#start();
    this.#connector = connector;
    this.store = store;
    this.#handler = this.#handlerOf(connector);
  }

  /** A new environment of the function, whose start has read the service secret. */
  async start(): Promise<this> {
    this.#connector = this.#start().connector;
    this.#handler = this.#handlerOf(this.#connector);
    await this.clock.finish(this.#connector.prepare(contextOf(this.clock)));
    return this;
  }

  /** What handles requests in another environment, beside this one; the clock is the caller's to advance. */
  async environment(): Promise<(sent: Sent) => Promise<APIGatewayProxyStructuredResultV2>> {
    const { connector } = this.#start();
    await this.clock.finish(connector.prepare(contextOf(this.clock)));
    const handler = this.#handlerOf(connector);
    return (sent) => handler(eventOf(sent), lambdaContext({ getRemainingTimeInMillis: () => 20_000 }));
  }

  #handlerOf(connector: UserConnector) {
    const { clock, publicUrl } = this;
    const write = async (line: object) => {
      if (this.writeFailure) throw this.writeFailure;
      this.lines.push(line as Record<string, unknown>);
    };
    return authorizeHandler({ service: "box-sts", publicUrl, connector, clock, write });
  }

  #start() {
    const { clock, box, shared, audit } = this;
    const { table, secret } = shared;
    const keys = new ServiceKeys((stage, { deadline }) => {
      this.secretTimeLeft.push(deadline - clock.monotonic());
      return secret.read(stage);
    }, clock);
    const random = { ...countingRandomness(), jti: () => randomUUID() };
    const store = new ConnectionStore({ table, keys, clock, random });
    const connector = new UserConnector({
      ...{ store, keys, table, clock, audit },
      apps: new Set(this.credentials.keys()),
      credentials: {
        load: async (app) => {
          this.credentialLoads++;
          if (this.credentialFailure) throw this.credentialFailure;
          return this.credentials.get(app) as Credentials;
        },
        alternative: async (_app, tried) => this.otherVersions.find(({ versionId }) => !tried.has(versionId)),
      },
      consentUrl: (request) => consentUrl(ACCOUNT_URL, request),
      exchangeCode: ({ credentials, authorization }, context) =>
        box.exchange(credentials, authorization, context),
      whoAmI: (token, context) => box.whoAmI(token, context),
      revoke: ({ token, credentials }, context) => box.revoke(token, credentials.versionId, context),
      onKeysUnavailable: ({ message }, request_id) =>
        void this.lines.push({ kind: "log", message, request_id }),
      onUnended: (app) => void this.unended.push(app),
      onUnconfirmed: (app) => void this.unconfirmed.push(app),
    });
    return { connector, store };
  }

  /** The current version of the service secret. */
  async serviceKey(): Promise<ServiceKey> {
    const { versionId, text } = await this.shared.secret.read("AWSCURRENT");
    this.shared.secret.reads--;
    return { id: versionId, secret: Buffer.from(text) };
  }

  async invitation(changes: Partial<Invitation> = {}): Promise<string> {
    const usual = { app: "reports", expires: this.clock.wall() + 7 * DAY_MS };
    return invite({ ...usual, ...changes }, await this.serviceKey());
  }

  /** Any event, handled in as much time as it takes. */
  handle(event: unknown, timeLeft = 20_000): Promise<APIGatewayProxyStructuredResultV2> {
    const context = lambdaContext({ awsRequestId: "request-1", getRemainingTimeInMillis: () => timeLeft });
    return this.clock.finish(this.#handler(event, context));
  }

  send(sent: Sent): Promise<APIGatewayProxyStructuredResultV2> {
    return this.handle(eventOf(sent));
  }

  browser(): Browser {
    return new Browser(this);
  }

  /** What is stored for the user. */
  async connection(userId = USER.id, app = "reports") {
    const read = this.store.read({ app, userId }, contextOf(this.clock));
    return (await this.clock.finish(read)).connection;
  }

  /** The items of connections, living and removed ones, without those of states. */
  get connectionItems() {
    return [...this.shared.table.items].filter(([key]) => /^connection#[a-z]+#[0-9]+$/.test(key));
  }

  /** Calls that cost money, to Box, Secrets Manager and the table. */
  get cost() {
    const { box, shared } = this;
    return box.calls + this.credentialLoads + shared.secret.reads + shared.table.calls.length;
  }
}

/** A browser with its cookies. */
export class Browser {
  readonly #scene: ConnectScene;
  readonly cookies = new Map<string, string>();

  constructor(scene: ConnectScene) {
    this.#scene = scene;
  }

  requestTo(address: string): Sent {
    const { pathname, search } = new URL(address, `https://${HOST}`);
    const cookies = [...this.cookies].map(([name, value]) => `${name}=${value}`);
    return { path: pathname, query: search.slice(1), cookies };
  }

  /** Opens an address of the function. */
  async open(address: string): Promise<APIGatewayProxyStructuredResultV2> {
    const response = await this.#scene.send(this.requestTo(address));
    for (const cookie of response.cookies ?? []) this.#accept(cookie);
    return response;
  }

  /** Opens a connect link; the address of Box's consent page. */
  async begin(invitation: string): Promise<string> {
    const { statusCode, headers } = await this.open(`/connect?invitation=${invitation}`);
    if (statusCode !== 302) throw new Error(`Not redirected: ${statusCode}`);
    return String(headers?.location);
  }

  /** From the connect link to the page at the end. */
  async connect(changes: Partial<Invitation> = {}, user = USER): Promise<APIGatewayProxyStructuredResultV2> {
    const page = await this.begin(await this.#scene.invitation(changes));
    return this.open(this.#scene.box.consent(page, user));
  }

  #accept(cookie: string): void {
    const [pair = "", ...attributes] = cookie.split("; ");
    const [name = "", value = ""] = pair.split("=");
    this.cookies.delete(name);
    if (!attributes.includes("Max-Age=0")) this.cookies.set(name, value);
  }
}

/** The title of a page, which each has its own. */
export const titleOf = ({ body = "" }: APIGatewayProxyStructuredResultV2): string =>
  /<h1>([^<]*)<\/h1>/.exec(body)?.[1] ?? "";
