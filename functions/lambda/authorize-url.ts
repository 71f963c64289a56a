import { createHash } from "node:crypto";
import type { APIGatewayProxyStructuredResultV2, Context } from "aws-lambda";
import { ok, type Result, refused } from "../../schemas/result.ts";
import { consentRefusal } from "../box/authorize.ts";
import { AUTHORIZATION_SECONDS } from "../broker/oauth/authorization.ts";
import type {
  CallbackRequest,
  ConnectOutcome,
  ConnectRequest,
  UnprovenReason,
} from "../broker/oauth/connect-user.ts";
import { type PageName, page, pageOf, redirect } from "./authorize-pages.ts";
import { sourceIpOf } from "./source-ip.ts";

/** The parts of a Function URL's event (payload format 2.0) that we read. Lambda sets `requestContext`; no header is read. */
interface UrlEvent {
  readonly rawPath?: unknown;
  readonly rawQueryString?: unknown;
  readonly cookies?: unknown;
  readonly requestContext?: {
    readonly domainName?: unknown;
    readonly http?: { readonly method?: unknown; readonly sourceIp?: unknown };
  };
}

/** Why a request is refused by its form alone. */
type Malformed =
  | "path_unknown"
  | "method"
  | "host_unknown"
  | "invitation_missing"
  | "callback_malformed"
  | "cookie_missing";

/** Why a request is refused before any I/O. */
export type RefusalReason = Malformed | UnprovenReason;

export type ParsedRequest =
  | { readonly kind: "connect"; readonly request: ConnectRequest; readonly earlierCookies: readonly string[] }
  | { readonly kind: "callback"; readonly request: CallbackRequest };

const CONNECT_PATH = "/connect";
const CALLBACK_PATH = "/callback";

/** An invitation, or Box's code and a state, is shorter by far. */
const MAX_QUERY_LENGTH = 8_192;
/** 32 bytes in base64url. */
const STATE = /^[A-Za-z0-9_-]{43}$/;
const CODE = /^[\x21-\x7e]{1,1024}$/;
/** RFC 6749 §4.1.2.1. */
const ERROR = /^[\x20\x21\x23-\x5b\x5d-\x7e]{1,128}$/;
const HOST = /^(?=.{1,253}$)[a-z0-9-]+(?:\.[a-z0-9-]+)+$/;

/** The prefix has the browser accept the cookie from this host alone, for all of its paths, over TLS (RFC 6265bis §4.1.3.2). */
const COOKIE_PREFIX = "__Host-box-sts-connect-";
const COOKIE_NAME = /^__Host-box-sts-connect-[A-Za-z0-9_-]{22}$/;
const COOKIE_ATTRIBUTES = "Path=/; Secure; HttpOnly; SameSite=Lax";
/** So many attempts to connect are kept in one browser beside a new one. */
const MAX_EARLIER_COOKIES = 4;

/**
 * `GET /connect` and `GET /callback`, by their form: no I/O, and no more work than the length of the event.
 * @param publicUrl where browsers reach this function; undefined: at the host that Lambda reports
 */
export function parseConnectRequest(
  event: unknown,
  lambda: Pick<Context, "functionVersion">,
  publicUrl: string | undefined,
): Result<ParsedRequest, RefusalReason> {
  const { rawPath, rawQueryString, cookies, requestContext } = (event ?? {}) as UrlEvent;
  if (rawPath !== CONNECT_PATH && rawPath !== CALLBACK_PATH) return refused("path_unknown");
  if (requestContext?.http?.method !== "GET") return refused("method");
  const query = typeof rawQueryString === "string" ? rawQueryString : "";
  const parameters = new URLSearchParams(query.length > MAX_QUERY_LENGTH ? "" : query);
  const given = Array.isArray(cookies) ? cookies.filter((cookie) => typeof cookie === "string") : [];
  if (rawPath === CONNECT_PATH) {
    const invitation = only(parameters, "invitation");
    if (invitation === undefined) return refused("invitation_missing");
    const address = publicUrl ?? ownAddress(requestContext.domainName);
    if (address === undefined) return refused("host_unknown");
    const request = { invitation, redirectUri: `${address}${CALLBACK_PATH}` };
    return ok({ kind: "connect", request, earlierCookies: earlierCookies(given) });
  }
  const state = only(parameters, "state");
  const granted = grantedBy(parameters);
  if (state === undefined || !STATE.test(state) || granted === undefined)
    return refused("callback_malformed");
  const sealed = cookieOf(given, state);
  if (sealed === undefined) return refused("cookie_missing");
  const labels = {
    functionVersion: lambda.functionVersion,
    ...sourceIpOf(requestContext.http.sourceIp),
  };
  return ok({ kind: "callback", request: { state, sealed, granted, labels } });
}

/** A parameter that is there once (RFC 6749 §3.1). */
function only(parameters: URLSearchParams, name: string): string | undefined {
  const [value, ...more] = parameters.getAll(name);
  return more.length === 0 && value !== "" ? value : undefined;
}

/** A code or an error, and not both; undefined where it is neither. */
function grantedBy(parameters: URLSearchParams): CallbackRequest["granted"] | undefined {
  const [code, error] = [only(parameters, "code"), only(parameters, "error")];
  if (parameters.has("code") === parameters.has("error")) return undefined;
  if (code !== undefined && CODE.test(code)) return ok(code);
  if (error === undefined || !ERROR.test(error)) return undefined;
  return refused(consentRefusal(error, only(parameters, "error_description") ?? ""));
}

const ownAddress = (domainName: unknown): string | undefined =>
  typeof domainName === "string" && HOST.test(domainName) ? `https://${domainName}` : undefined;

/** One cookie for each state, so that two tabs do not end each other's attempt. */
const cookieNameOf = (state: string) =>
  COOKIE_PREFIX + createHash("sha256").update(state).digest("base64url").slice(0, 22);

/** A browser sends a name with this prefix once; another client may send anything. */
function cookieOf(cookies: readonly string[], state: string): string | undefined {
  const start = `${cookieNameOf(state)}=`;
  const [value, ...more] = cookies.filter((cookie) => cookie.startsWith(start));
  return more.length === 0 ? value?.slice(start.length) : undefined;
}

/** The names of our cookies that a browser has: the oldest first (RFC 6265 §5.4). */
function earlierCookies(cookies: readonly string[]): readonly string[] {
  const names = cookies.map((cookie) => cookie.split("=", 1)[0] ?? "");
  return names.filter((name) => COOKIE_NAME.test(name)).slice(0, 50);
}

const removed = (name: string) => `${name}=; Max-Age=0; ${COOKIE_ATTRIBUTES}`;

/** The page of a request that is refused before any I/O. */
export function refusalResponse(reason: RefusalReason, requestId: string): APIGatewayProxyStructuredResultV2 {
  return page(REFUSAL_PAGES[reason], { requestId });
}

const REFUSAL_PAGES: Readonly<Record<RefusalReason, PageName>> = {
  path_unknown: "not_found",
  method: "method_not_allowed",
  host_unknown: "not_found",
  invitation_missing: "invitation_invalid",
  invitation_forged: "invitation_invalid",
  invitation_expired: "invitation_invalid",
  invitation_for_unknown_app: "invitation_invalid",
  callback_malformed: "authorization_unknown",
  cookie_missing: "authorization_unknown",
  authorization_forged: "authorization_unknown",
  authorization_of_another_state: "authorization_unknown",
  authorization_expired: "authorization_unknown",
  state_used_before: "used_before",
  keys_unavailable: "not_ready",
};

type Proven = Exclude<ConnectOutcome, { readonly kind: "unproven" }>;

/** The response to a request that was not refused before. */
export function connectResponse(
  parsed: ParsedRequest,
  outcome: Proven,
  requestId: string,
): APIGatewayProxyStructuredResultV2 {
  const response = responseOf(outcome, requestId);
  const cookies = cookiesOf(parsed, outcome);
  return cookies.length === 0 ? response : { ...response, cookies };
}

function responseOf(outcome: Proven, requestId: string): APIGatewayProxyStructuredResultV2 {
  switch (outcome.kind) {
    case "begun":
      return redirect(outcome.consentUrl);
    case "connected":
      return page("connected", { requestId, login: outcome.login, returnTo: outcome.returnTo });
    case "refused":
      return page(pageOf(outcome.code), { requestId });
  }
}

/** A new attempt's cookie, beside which the latest ones are kept; or the end of the one that was used. */
function cookiesOf(parsed: ParsedRequest, outcome: Proven): string[] {
  if (parsed.kind === "callback") return [removed(cookieNameOf(parsed.request.state))];
  if (outcome.kind !== "begun") return [];
  const { state, sealed } = outcome.begun;
  const begun = `${cookieNameOf(state)}=${sealed}; Max-Age=${AUTHORIZATION_SECONDS}; ${COOKIE_ATTRIBUTES}`;
  return [begun, ...parsed.earlierCookies.slice(0, -MAX_EARLIER_COOKIES).map(removed)];
}
