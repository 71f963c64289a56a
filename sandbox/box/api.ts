import { randomUUID } from "node:crypto";
import type { HttpRequest, HttpResponse } from "../server.ts";
import { ApiRefusal, apiJson } from "./api-errors.ts";
import { miniItem } from "./grants/token-exchange.ts";
import { holds, NEEDED } from "./scopes.ts";
import { type BoxItem, type BoxState, type BoxUser, canSee, isWithin } from "./state.ts";
import type { AccessToken } from "./tokens.ts";

/** One API call with a valid token. */
interface Call {
  readonly state: BoxState;
  readonly token: AccessToken;
  /** The user on whose behalf the call is made: the token's, or the one in `As-User`. */
  readonly user: BoxUser;
  readonly downloads: Map<string, string>;
  readonly baseUrl: string;
}

type Endpoint = (call: Call, id: string) => HttpResponse;

const ENDPOINTS: readonly (readonly [RegExp, Endpoint])[] = [
  [/^\/2\.0\/users\/(me)$/, me],
  [/^\/2\.0\/folders\/(\d+)$/, folder],
  [/^\/2\.0\/folders\/(\d+)\/items$/, folderItems],
  [/^\/2\.0\/files\/(\d+)$/, file],
  [/^\/2\.0\/files\/(\d+)\/content$/, content],
];

/** Responds to an API call as Box does, refusals included. */
export function api(
  request: HttpRequest,
  state: BoxState,
  useToken: (value: string) => AccessToken | undefined,
  downloads: Map<string, string>,
  baseUrl: string,
): HttpResponse {
  const token = useToken(bearerOf(request));
  if (token === undefined) return invalidToken();
  try {
    const user = actingUser(state, token, request.headers["as-user"]);
    const call = { state, token, user, downloads, baseUrl };
    for (const [path, endpoint] of ENDPOINTS) {
      const id = path.exec(request.path)?.[1];
      if (id !== undefined && request.method === "GET") return endpoint(call, id);
    }
    throw new ApiRefusal("not_found");
  } catch (error) {
    if (error instanceof ApiRefusal) return error.toResponse();
    throw error;
  }
}

/** A download may have its token in the query, which is how a Skill hands its link on. */
function bearerOf({ headers, path, query }: HttpRequest): string {
  const bearer = /^Bearer +(\S+)$/i.exec(headers.authorization ?? "")?.[1];
  const inQuery = path.endsWith("/content") ? new URLSearchParams(query).get("access_token") : null;
  return bearer ?? inQuery ?? "";
}

/** The body is empty, as older SDKs require. */
function invalidToken(): HttpResponse {
  const challenge =
    'Bearer realm="Service", error="invalid_token", error_description="The access token provided is invalid."';
  return { status: 401, headers: { "WWW-Authenticate": challenge } };
}

/** `As-User` needs the app's setting, a token that is not downscoped, and a user the app may act for. */
function actingUser(state: BoxState, token: AccessToken, asUser: string | undefined): BoxUser {
  const own = state.users.get(token.userId);
  const app = state.apps.get(token.clientId);
  if (own === undefined || app === undefined) throw new ApiRefusal("not_found");
  if (asUser === undefined) return own;
  const user = state.users.get(asUser);
  const reachable = user?.kind !== "managed" || app.accessLevel === "app+enterprise";
  if (!app.asUser || token.downscoped || !reachable || user?.enterpriseId !== app.enterpriseId) {
    throw new ApiRefusal("access_denied_insufficient_permissions");
  }
  return user;
}

function me({ user }: Call): HttpResponse {
  const { id, name, login } = user;
  const created_at = "2026-01-01T00:00:00-00:00";
  return apiJson(200, {
    type: "user",
    id,
    name,
    login,
    created_at,
    modified_at: created_at,
    status: "active",
  });
}

function folder(call: Call, id: string): HttpResponse {
  if (id === "0") return apiJson(200, { ...root(call), item_collection: children(call, "0") });
  const item = itemFor(call, id, "folder", NEEDED.folder);
  return apiJson(200, { ...fullItem(call, item), item_collection: children(call, id) });
}

function folderItems(call: Call, id: string): HttpResponse {
  if (id === "0") root(call);
  else itemFor(call, id, "folder", NEEDED.folder);
  return apiJson(200, children(call, id));
}

function file(call: Call, id: string): HttpResponse {
  const item = itemFor(call, id, "file", NEEDED.file);
  return apiJson(200, { ...fullItem(call, item), size: item.content?.length ?? 0 });
}

/** Box redirects to a URL that needs no token and lives for 15 minutes. */
function content(call: Call, id: string): HttpResponse {
  const item = itemFor(call, id, "file", NEEDED.content);
  const ticket = randomUUID();
  call.downloads.set(ticket, item.id);
  return { status: 302, headers: { Location: `${call.baseUrl}/dl/${ticket}` } };
}

function root({ token }: Call): Readonly<Record<string, unknown>> {
  requireScope(token, NEEDED.folder);
  if (token.itemId !== undefined) throw new ApiRefusal("insufficient_scope");
  return { type: "folder", id: "0", sequence_id: null, etag: null, name: "All Files", parent: null };
}

function children({ state, user }: Call, parentId: string): Readonly<Record<string, unknown>> {
  const entries = [...state.items.values()]
    .filter((item) => item.parentId === parentId && canSee(state, user, item))
    .map(miniItem);
  return { total_count: entries.length, entries, offset: 0, limit: 100 };
}

/** The item, if the token's scopes, what it is bound to, and its user's permissions all allow it. */
function itemFor(call: Call, id: string, type: BoxItem["type"], scopes: readonly string[]): BoxItem {
  const { state, token, user } = call;
  requireScope(token, scopes);
  const item = state.items.get(id);
  if (item === undefined || item.type !== type || !canSee(state, user, item)) {
    throw new ApiRefusal("not_found", type, id);
  }
  if (token.itemId !== undefined && !isWithin(state, item, token.itemId))
    throw new ApiRefusal("insufficient_scope");
  return item;
}

function requireScope({ scopes }: AccessToken, needed: readonly string[]): void {
  if (!needed.some((scope) => holds(scopes, scope))) throw new ApiRefusal("insufficient_scope");
}

function fullItem({ state }: Call, item: BoxItem): Readonly<Record<string, unknown>> {
  const parent = state.items.get(item.parentId);
  return {
    ...miniItem(item),
    item_status: "active",
    parent: parent === undefined ? { type: "folder", id: "0", name: "All Files" } : miniItem(parent),
  };
}
