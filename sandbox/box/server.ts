import { randomBytes, randomInt } from "node:crypto";
import { delayOf, type Faults, faultsOf } from "../faults.ts";
import { type RequestLog, requestLog } from "../request-log.ts";
import { type HttpRequest, type HttpResponse, type Listener, type ListenOptions, listen } from "../server.ts";
import { api } from "./api.ts";
import { type BoxFault, type Conditions, conditions } from "./conditions.ts";
import { BoxRefusal, demand } from "./errors.ts";
import { type Form, parseForm } from "./form.ts";
import { authenticateClient, type GrantRequest } from "./grant-request.ts";
import { replayCache } from "./replay-cache.ts";
import { type BoxState, emptyState } from "./state.ts";
import { grant, grantName } from "./token-endpoint.ts";
import { type Tokens, tokenStore } from "./tokens.ts";

export interface BoxOptions {
  readonly port?: number | undefined;
  /** Serves the same over TLS, because older official clients refuse plain HTTP. */
  readonly tls?: Required<ListenOptions>;
  readonly state?: BoxState;
  /** Life of new tokens in seconds; default: any from 3600 to 4200, as seen at Box. */
  readonly expiresIn?: number | undefined;
}

export interface Box {
  readonly url: string;
  /** The same over TLS; absent unless the options enable it. */
  readonly tlsUrl: string | undefined;
  readonly state: BoxState;
  readonly tokens: Tokens;
  readonly faults: Faults<BoxFault>;
  /** Requests by operation: `token/jwt-bearer`, `token/token-exchange`, `revoke`, `api/users`. */
  readonly requests: RequestLog;
  /** How far Box's clock is ahead of the laptop's; it shows in `Date` and decides about `exp`. */
  readonly clock: { skewSeconds: number };
  /** Life of new tokens in seconds; `undefined` varies it. */
  expiresIn: number | undefined;
  close(): Promise<void>;
}

/** Box's authorization server with a little of its API. */
export async function startBox(options: BoxOptions = {}): Promise<Box> {
  const serving = {
    state: options.state ?? emptyState(),
    tokens: tokenStore(),
    replays: replayCache(),
    downloads: new Map<string, string>(),
    clock: { skewSeconds: 0 },
    expiresIn: options.expiresIn,
  };
  const faults = faultsOf("box");
  const requests = requestLog();
  const handle = async (request: HttpRequest, baseUrl: string): Promise<HttpResponse> => {
    const form = request.path.startsWith("/oauth2/") ? await parseForm(request) : new Map();
    const operation = operationOf(request, form);
    const finish = requests.arrived(operation);
    // Before any fault: Box's replay cache keeps the jti of a request that it then rate-limits.
    const replayed = serving.replays.consume(form.get("assertion"));
    const applied = faults.apply(operation);
    const condition = conditions(applied, operation);
    await delayOf(condition.slow);
    const response =
      condition.instead ??
      condition.damage(await respond(serving, request, { form, replayed, condition, baseUrl }));
    finish(
      response.status,
      applied.map(({ name }) => name),
    );
    return withBoxHeaders(response, nowOf(serving.clock, condition) * 1_000);
  };
  const serve = async (where: ListenOptions): Promise<Listener> => {
    const listener: Listener = await listen((request) => handle(request, listener.url), where);
    return listener;
  };
  const plain = await serve({ port: options.port });
  const secure = options.tls && (await serve(options.tls));
  return Object.assign(serving, {
    ...{ faults, requests, url: plain.url, tlsUrl: secure?.url },
    async close() {
      await Promise.all([plain.close(), secure?.close()]);
    },
  });
}

type Serving = Pick<Box, "state" | "tokens" | "clock" | "expiresIn"> & {
  readonly downloads: Map<string, string>;
};

interface RequestContext {
  readonly form: Form;
  readonly replayed: boolean;
  readonly condition: Conditions;
  /** The URL, plain or TLS, that the request was sent to. */
  readonly baseUrl: string;
}

async function respond(
  serving: Serving,
  request: HttpRequest,
  { form, replayed, condition, baseUrl }: RequestContext,
): Promise<HttpResponse> {
  const { state, tokens, downloads } = serving;
  if (request.path.startsWith("/2.0/")) return api(request, state, tokens, downloads, baseUrl);
  if (request.path.startsWith("/dl/")) return download(serving, request.path.slice("/dl/".length));
  const grantRequest: GrantRequest = {
    form,
    state,
    tokens,
    replayed,
    now: nowOf(serving.clock, condition),
    expiresIn: serving.expiresIn ?? randomInt(3_600, 4_201),
    view: condition.view,
  };
  try {
    if (request.path === "/oauth2/token" && request.method === "POST")
      return json(200, await grant(grantRequest));
    if (request.path === "/oauth2/revoke" && request.method === "POST")
      return json(200, revoke(grantRequest));
    return { status: 404, headers: { "Content-Type": "text/html" }, body: "" };
  } catch (error) {
    if (!(error instanceof BoxRefusal)) throw error;
    return error.toResponse();
  }
}

/**
 * Ends a living token of the app that sends the request; any other is unknown to it. Box's documentation has an empty
 * body; an older SDK requires JSON.
 */
function revoke(request: GrantRequest): Record<string, never> {
  const { clientId } = authenticateClient(request);
  const token = request.tokens.find(request.form.get("token") ?? "");
  demand(token !== undefined && token.clientId === clientId, "revokedToken");
  request.tokens.revoke(token.value);
  return {};
}

function download({ downloads, state }: Serving, ticket: string): HttpResponse {
  const content = state.items.get(downloads.get(ticket) ?? "")?.content;
  if (content === undefined) return { status: 404 };
  return { status: 200, headers: { "Content-Type": "application/octet-stream" }, body: content };
}

/** The operation, from the general to the specific. */
function operationOf({ path }: HttpRequest, form: Form): string {
  if (path === "/oauth2/token") return `token/${grantName(form) ?? "unknown"}`;
  if (path === "/oauth2/revoke") return "revoke";
  const resource = /^\/2\.0\/([a-z_]+)/.exec(path)?.[1];
  return resource === undefined ? "other" : `api/${resource}`;
}

function nowOf(clock: { skewSeconds: number }, { skewSeconds }: Conditions): number {
  return Date.now() / 1_000 + clock.skewSeconds + skewSeconds;
}

function json(status: number, body: unknown): HttpResponse {
  return { status, headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
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
