import { randomBytes } from "node:crypto";
import { delayOf, type Faults, faultsOf } from "../faults.ts";
import { type RequestLog, requestLog } from "../request-log.ts";
import { type HttpRequest, type HttpResponse, type Listener, type ListenOptions, listen } from "../server.ts";
import { type Changes, changeFeed } from "./changes.ts";
import { boxClock, type Clock } from "./clock.ts";
import { type BoxFault, conditions } from "./conditions.ts";
import { type ConsoleTokens, consoleTokens } from "./console-tokens.ts";
import { parseForm } from "./form.ts";
import { type Authorizations, authorizationStore } from "./oauth/authorizations.ts";
import { type Connections, connectionStore, type RefreshRotation } from "./oauth/connections.ts";
import { replayCache } from "./replay-cache.ts";
import { hasForm, operationOf, respond, type Serving } from "./routes.ts";
import { type BoxState, emptyState } from "./state.ts";
import { type Tokens, tokenStore } from "./tokens.ts";
import { type SenderOptions, type WebhookSender, webhookSender } from "./webhooks/sender.ts";

export interface BoxOptions {
  readonly port?: number | undefined;
  /** Serves the same over TLS, because older official clients refuse plain HTTP. */
  readonly tls?: Required<ListenOptions>;
  readonly state?: BoxState;
  /** Life of new tokens in seconds; default: any from 3600 to 4200, as seen at Box. */
  readonly expiresIn?: number | undefined;
  /** When a refresh ends the old pair; default `strict`. */
  readonly refreshRotation?: RefreshRotation | undefined;
  /** Schedule and timer of the deliveries. */
  readonly webhooks?: SenderOptions | undefined;
}

export interface Box {
  readonly url: string;
  /** The same over TLS; absent unless the options enable it. */
  readonly tlsUrl: string | undefined;
  readonly state: BoxState;
  readonly tokens: Tokens;
  /** Consents of users and their authorization codes. */
  readonly authorizations: Authorizations;
  /** Pairs of access and refresh tokens. */
  readonly connections: Connections;
  /** App Tokens and developer tokens. */
  readonly console: ConsoleTokens;
  /** Sends webhook events and Skill invocations. */
  readonly webhooks: WebhookSender;
  /** What the API's calls do. */
  readonly changes: Changes;
  readonly faults: Faults<BoxFault>;
  /** Requests by operation: `token/jwt-bearer`, `token/token-exchange`, `revoke`, `authorize`, `api/users`. */
  readonly requests: RequestLog;
  /**
   * It shows in `Date` and in timestamps, and decides about `exp` and about the life of codes, tokens and links. Set
   * it ahead by days to see a connection expire.
   */
  readonly clock: Clock;
  /** `clock.now()`: in milliseconds since 1970. */
  now(): number;
  /** Life of new tokens in seconds; `undefined` varies it. */
  expiresIn: number | undefined;
  /** When a refresh ends the old pair. */
  refreshRotation: RefreshRotation;
  close(): Promise<void>;
}

/** Box's authorization server with a little of its API. */
export async function startBox(options: BoxOptions = {}): Promise<Box> {
  const clock = boxClock();
  const { now } = clock;
  const state = options.state ?? emptyState();
  const tokens = tokenStore(now);
  const replays = replayCache();
  const faults = faultsOf("box");
  const requests = requestLog();
  const box: Serving & Omit<Box, "url" | "tlsUrl" | "close"> = {
    ...{ state, tokens, clock, now, faults, requests },
    authorizations: authorizationStore(state, now),
    connections: connectionStore(tokens, now, () => box.refreshRotation),
    console: consoleTokens(tokens, now),
    webhooks: webhookSender(now, options.webhooks),
    changes: changeFeed(),
    formKey: randomBytes(32),
    downloads: new Map<string, string>(),
    expiresIn: options.expiresIn,
    refreshRotation: options.refreshRotation ?? "strict",
  };
  const handle = async (request: HttpRequest, baseUrl: string): Promise<HttpResponse> => {
    const form = hasForm(request) ? await parseForm(request) : new Map();
    const operation = operationOf(request, form);
    const finish = requests.arrived(operation);
    // Before any fault: Box's replay cache keeps the jti of a request that it then rate-limits.
    const replayed = replays.consume(form.get("assertion"));
    const applied = faults.apply(operation);
    const condition = conditions(applied, operation);
    await delayOf(condition.slow);
    const seconds = () => now() / 1_000 + condition.skewSeconds;
    const context = { form, replayed, condition, now: seconds(), baseUrl };
    const response = condition.instead ?? condition.damage(await respond(box, request, context));
    await delayOf(condition.slowAfter);
    finish(
      response.status,
      applied.map(({ name }) => name),
    );
    return withBoxHeaders(response, seconds() * 1_000);
  };
  const serve = async (where: ListenOptions): Promise<Listener> => {
    const listener: Listener = await listen((request) => handle(request, listener.url), where);
    return listener;
  };
  const plain = await serve({ port: options.port });
  const secure = options.tls && (await serve(options.tls));
  return Object.assign(box, {
    ...{ url: plain.url, tlsUrl: secure?.url },
    async close() {
      await Promise.all([plain.close(), secure?.close()]);
    },
  });
}

function withBoxHeaders(response: HttpResponse, now: number): HttpResponse {
  const headers = {
    Date: new Date(now).toUTCString(),
    "Cache-Control": "no-store",
    "Strict-Transport-Security": "max-age=31536000",
    "box-request-id": randomBytes(17).toString("hex"),
    ...response.headers,
  };
  return { ...response, headers };
}
