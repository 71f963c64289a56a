import type { HttpRequest, HttpResponse } from "../../http/server.ts";
import type { Changes } from "../changes.ts";
import { endExpiredCollaborations } from "../collaborations.ts";
import type { Downloads } from "../downloads.ts";
import { hasScope } from "../scopes.ts";
import { activeUser, type BoxApp, type BoxState, type BoxUser } from "../state.ts";
import type { AccessToken } from "../tokens.ts";
import { type Call, jsonBody } from "./call.ts";
import { ApiRefusal } from "./errors.ts";
import { availableRoutesText, type Match, matches } from "./route.ts";
import { ROUTES } from "./routes.ts";

/** What the API has from the server. */
export interface ApiContext {
  readonly state: BoxState;
  readonly downloads: Downloads;
  readonly changes: Changes;
  readonly baseUrl: string;
  /** By Box's clock, in milliseconds since 1970. */
  now(): number;
  /** The living token of that value; finding it this way counts as its use. */
  useToken(value: string): AccessToken | undefined;
}

/** Whether the path is one of the API: `/2.0/…`, or as `upload.box.com` has it, `/api/2.0/…`. */
export const isApiPath = (path: string): boolean => /^(?:\/api)?\/2\.0\//.test(path);

/** Responds to an API call as Box does, refusals included. */
export async function api(request: HttpRequest, context: ApiContext): Promise<HttpResponse> {
  const token = context.useToken(bearerOf(request));
  // The tokens of a deleted user end with the user.
  if (token === undefined || activeUser(context.state, token.userId) === undefined) return invalidToken();
  try {
    endExpiredCollaborations(context.state, context.now());
    const { app, user } = actingAs(context.state, token, request.headers["as-user"]);
    if (activeUser(context.state, user.id) === undefined) return invalidToken();
    const { route, ids } = find(request);
    requireVersion(request.headers["box-version"]);
    requireOneOf(token, route.scopes);
    if (request.tooLarge) throw new ApiRefusal("request_entity_too_large");
    return await route.respond(callOf(request, context, { token, app, user }), ids);
  } catch (error) {
    if (error instanceof ApiRefusal) return error.toResponse();
    throw error;
  }
}

function callOf(
  request: HttpRequest,
  { state, downloads, changes, baseUrl, now }: ApiContext,
  actor: Pick<Call, "token" | "app" | "user">,
): Call {
  return {
    ...{ state, downloads, changes, baseUrl, now, request, ...actor },
    query: new URLSearchParams(request.query),
    get body() {
      return jsonBody(request);
    },
    emit: (change) => changes.emit({ ...change, by: actor.user, at: now() }),
  };
}

function find({ path, method }: HttpRequest): Match {
  const apiPath = path.replace(/^\/api\//, "/");
  const found = matches(ROUTES, apiPath);
  const match = found.find(({ route }) => route.method === method);
  if (match !== undefined) return match;
  if (found.length === 0)
    throw new ApiRefusal("not_found", { message: availableRoutesText(ROUTES, apiPath) });
  const allowed = found.map(({ route }) => route.method).join(", ");
  throw new ApiRefusal("method_not_allowed", { headers: { Allow: allowed } });
}

/** The version of every call that is here; Box has some of a later version besides. */
const API_VERSION = "2024.0";

/** A call without a version is one of that version. */
function requireVersion(given = API_VERSION): void {
  if (given === API_VERSION) return;
  const fault = given.includes(",")
    ? "The 'box-version' header supports only one header value per request, do not use comas."
    : `Invalid${given === "" ? " (empty)" : ""} API version specified in 'box-version' header.`;
  throw new ApiRefusal("invalid_api_version", {
    message: `${fault} Supported API versions: [${API_VERSION}].`,
  });
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
function actingAs(
  state: BoxState,
  token: AccessToken,
  asUser: string | undefined,
): { readonly app: BoxApp; readonly user: BoxUser } {
  const own = state.users.get(token.userId);
  const app = state.apps.get(token.clientId);
  if (own === undefined || app === undefined) throw new ApiRefusal("not_found");
  if (asUser === undefined) return { app, user: own };
  const user = state.users.get(asUser);
  const reachable = user?.kind !== "managed" || app.accessLevel === "app+enterprise";
  if (!app.asUser || token.downscoped || !reachable || user?.enterpriseId !== app.enterpriseId) {
    throw new ApiRefusal("access_denied_insufficient_permissions");
  }
  return { app, user };
}

function requireOneOf({ scopes }: AccessToken, needed: readonly string[]): void {
  if (needed.length > 0 && !needed.some((scope) => hasScope(scopes, scope))) {
    throw new ApiRefusal("insufficient_scope");
  }
}
