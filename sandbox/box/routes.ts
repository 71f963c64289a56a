import { randomInt } from "node:crypto";
import type { HttpRequest, HttpResponse } from "../http/server.ts";
import { api, isApiPath } from "./api/respond.ts";
import type { Changes } from "./changes.ts";
import type { Conditions } from "./conditions.ts";
import { type Downloads, isDownloadPath } from "./downloads.ts";
import { BoxRefusal, requireThat } from "./errors.ts";
import type { Form } from "./form.ts";
import { authenticateClient, type GrantRequest } from "./grant-request.ts";
import type { Authorizations } from "./oauth/authorizations.ts";
import { authorize, isAuthorizePath } from "./oauth/authorize.ts";
import type { Connections } from "./oauth/connections.ts";
import { type Sender, senderIs } from "./request-facts.ts";
import type { BoxState } from "./state.ts";
import { grant, grantName } from "./token-endpoint.ts";
import type { AccessToken, Tokens } from "./tokens.ts";

/** What the server decides by. */
export interface Serving {
  readonly state: BoxState;
  readonly tokens: Tokens;
  readonly authorizations: Authorizations;
  readonly connections: Connections;
  readonly formKey: Buffer;
  readonly downloads: Downloads;
  /** What the API's calls do. */
  readonly changes: Changes;
  /** By Box's clock, in milliseconds since 1970. */
  now(): number;
  /** Life of new tokens in seconds; `undefined` varies it. */
  expiresIn: number | undefined;
}

export interface RequestContext {
  readonly form: Form;
  readonly replayed: boolean;
  readonly condition: Conditions;
  /** By Box's clock, in seconds since 1970. */
  readonly now: number;
  /** The URL, plain or TLS, that the request was sent to. */
  readonly baseUrl: string;
  /** Filled in where it becomes known. */
  readonly sender: Sender;
}

const NOT_FOUND: HttpResponse = { status: 404, headers: { "Content-Type": "text/html" }, body: "" };

/** Responds to a request of any kind, refusals included. */
export async function respond(
  serving: Serving,
  request: HttpRequest,
  context: RequestContext,
): Promise<HttpResponse> {
  const { state, tokens, authorizations, connections } = serving;
  const { form, replayed, condition, now, baseUrl, sender } = context;
  const { path, method } = request;
  const useToken = (value: string): AccessToken | undefined => {
    const token = tokens.find(value);
    if (token === undefined) return undefined;
    connections.used(token.value);
    senderIs(sender, token);
    return token;
  };
  if (isApiPath(path)) return api(request, { ...serving, useToken, baseUrl });
  if (isDownloadPath(path)) return serving.downloads.respond(request);
  const { view, lagSeconds } = condition;
  if (isAuthorizePath(path) && (method === "GET" || method === "POST"))
    return authorize(request, form, { ...serving, view });
  if (method !== "POST") return NOT_FOUND;
  const expiresIn = serving.expiresIn ?? randomInt(3_600, 4_201);
  const common = { form, state, tokens, authorizations, connections };
  const grantRequest: GrantRequest = { ...common, useToken, replayed, now, lagSeconds, expiresIn, view };
  try {
    if (path === "/oauth2/token") {
      const granted = await grant(grantRequest);
      const issued = tokens.find(String(granted.access_token));
      if (issued !== undefined) senderIs(sender, issued);
      return json(200, granted);
    }
    if (path === "/oauth2/revoke") return json(200, revoke(grantRequest));
    return NOT_FOUND;
  } catch (error) {
    if (!(error instanceof BoxRefusal)) throw error;
    return error.toResponse();
  }
}

/** Whether the request has a form. */
export const hasForm = ({ path }: HttpRequest): boolean =>
  path.startsWith("/oauth2/") || isAuthorizePath(path);

/** The operation, from the general to the specific. */
export function operationOf({ path, method }: HttpRequest, form: Form): string {
  if (path === "/oauth2/token") return `token/${grantName(form) ?? "unknown"}`;
  if (path === "/oauth2/revoke") return "revoke";
  if (isAuthorizePath(path)) return method === "POST" ? "authorize/consent" : "authorize/page";
  const resource = /^(?:\/api)?\/2\.0\/([a-z_]+)/.exec(path)?.[1];
  return resource === undefined ? "other" : `api/${resource}`;
}

/**
 * Ends a living token of the app that sends the request, with the other token of its pair; any other is unknown to it.
 * Box's documentation has an empty body; an older SDK requires JSON.
 */
function revoke(request: GrantRequest): Record<string, never> {
  const { clientId } = authenticateClient(request);
  const given = request.form.get("token") ?? "";
  if (request.connections.revoke(given, clientId)) return {};
  const token = request.tokens.find(given);
  requireThat(token !== undefined && token.clientId === clientId, "revokedToken");
  request.tokens.revoke(token.value);
  return {};
}

function json(status: number, body: unknown): HttpResponse {
  return { status, headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
}
