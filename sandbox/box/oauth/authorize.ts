import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { HttpRequest, HttpResponse } from "../../http/server.ts";
import type { Form } from "../form.ts";
import type { BoxApp, BoxState } from "../state.ts";
import { type Authorizations, usersWithLogin } from "./authorizations.ts";
import { type AuthorizeRequest, validateAuthorizeRequest, withParameters } from "./authorize-request.ts";
import { consentPage, errorPage } from "./pages.ts";

/** account.box.com's path, and the one that legacy SDKs append to `authorizeRootURL`. */
const PATHS: ReadonlySet<string> = new Set(["/api/oauth2/authorize", "/oauth2/authorize"]);

/** Names the browser; with the request it decides about the form's anti-forgery value. */
const COOKIE = "box_visitor_id";

export interface Authorizing {
  readonly state: BoxState;
  readonly authorizations: Authorizations;
  readonly view: (app: BoxApp) => BoxApp;
  /** Key of the anti-forgery values. */
  readonly formKey: Buffer;
}

export const isAuthorizePath = (path: string): boolean => PATHS.has(path);

/** Shows the consent page, or takes what it posts and redirects to the app. */
export function authorize(request: HttpRequest, form: Form, authorizing: Authorizing): HttpResponse {
  const parameters = new Map(new URLSearchParams(request.query));
  const validated = validateAuthorizeRequest(authorizing.state, parameters, authorizing.view);
  if (validated.kind === "page") return errorPage(validated.error);
  if (validated.kind === "redirect") return redirect(validated.location);
  return request.method === "POST"
    ? decide(request, form, validated.request, authorizing)
    : show(request, validated.request, authorizing);
}

function show(http: HttpRequest, request: AuthorizeRequest, { state, formKey }: Authorizing): HttpResponse {
  const known = visitorOf(http);
  const visitor = known ?? randomBytes(16).toString("hex");
  // Relative to the page, whose path may have the prefix of an enterprise.
  const action = `?${http.query}`;
  const page = consentPage(
    request,
    usersWithLogin(state),
    action,
    requestToken(formKey, visitor, http.query),
  );
  if (known !== undefined) return page;
  const cookie = `${COOKIE}=${visitor}; Path=/; HttpOnly; SameSite=Lax`;
  return { ...page, headers: { ...page.headers, "Set-Cookie": cookie } };
}

function decide(
  http: HttpRequest,
  form: Form,
  { app, redirectUri, state, scopes, codeChallenge }: AuthorizeRequest,
  { state: box, authorizations, formKey }: Authorizing,
): HttpResponse {
  const visitor = visitorOf(http);
  const given = form.get("request_token") ?? "";
  if (visitor === undefined || !isEqual(given, requestToken(formKey, visitor, http.query)))
    return errorPage("invalid_request_token");
  const consent = form.get("consent");
  if (consent === "deny") {
    const error_description = "The user denied access to your application";
    return redirect(withParameters(redirectUri, { error: "access_denied", error_description, state }));
  }
  const user = usersWithLogin(box).find(({ id }) => id === form.get("user_id"));
  if (consent !== "grant" || user === undefined) return errorPage("invalid_choice");
  const { clientId } = app;
  const code = authorizations.issue({ clientId, userId: user.id, redirectUri, codeChallenge, scopes });
  return redirect(withParameters(redirectUri, { code, state }));
}

/** Bound to the browser and to every parameter of the request: no other page and no other browser has it. */
function requestToken(key: Buffer, visitor: string, query: string): string {
  return createHmac("sha256", key).update(`${visitor}\n${query}`).digest("base64url");
}

function isEqual(given: string, expected: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(expected)];
  return one.length === other.length && timingSafeEqual(one, other);
}

const visitorOf = ({ headers }: HttpRequest): string | undefined =>
  /(?:^|[;,]\s*)box_visitor_id=([0-9a-f]{32})(?:[;,]|$)/.exec(headers.cookie ?? "")?.[1];

const redirect = (location: string): HttpResponse => ({ status: 302, headers: { Location: location } });
