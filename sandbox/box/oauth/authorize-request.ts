import type { BoxApp, BoxState } from "../state.ts";
import { requestedScopes } from "./authorizations.ts";
import type { PageError } from "./pages.ts";

/** An authorization request (RFC 6749 §4.1.1) that a user may consent to. */
export interface AuthorizeRequest {
  readonly app: BoxApp;
  readonly redirectUri: string;
  readonly state: string | undefined;
  readonly scopes: ReadonlySet<string>;
  readonly codeChallenge: string | undefined;
}

/** What becomes of a request before the user sees it. */
export type Validated =
  | { readonly kind: "consent"; readonly request: AuthorizeRequest }
  /** Box does not redirect to an address that it does not know. */
  | { readonly kind: "page"; readonly error: PageError }
  | { readonly kind: "redirect"; readonly location: string };

type Parameters = ReadonlyMap<string, string>;

/** BASE64URL of a SHA-256. */
const CODE_CHALLENGE = /^[A-Za-z0-9_-]{43}$/;

/**
 * Checks the parameters in the order in which they may be trusted: the app, its redirect URI, the rest.
 * @param view what an injected fault makes of the app.
 */
export function validateAuthorizeRequest(
  { apps }: BoxState,
  parameters: Parameters,
  view: (app: BoxApp) => BoxApp,
): Validated {
  const known = apps.get(parameters.get("client_id") ?? "");
  if (known === undefined) return { kind: "page", error: "invalid_client_id" };
  if (known.authentication !== "oauth2") return { kind: "page", error: "unauthorized_client" };
  const app = view(known);
  if (!(app.authorized && app.enabled)) return { kind: "page", error: "disabled_by_administrator" };
  const redirectUri = redirectUriOf(app, parameters.get("redirect_uri"));
  if (!redirectUri.isRegistered) return { kind: "page", error: redirectUri.error };
  const state = parameters.get("state");
  const refuse = (error: string, error_description: string): Validated => ({
    kind: "redirect",
    location: withParameters(redirectUri.value, { error, error_description, state }),
  });
  if (parameters.get("response_type") !== "code")
    return refuse("unsupported_response_type", 'The "response_type" must be "code".');
  const scopes = requestedScopes(parameters.get("scope"), app.scopes);
  if (scopes === undefined) return refuse("invalid_scope", "The app does not have every requested scope.");
  const codeChallenge = parameters.get("code_challenge");
  // Box's own command line sends a challenge without a method.
  const method = parameters.get("code_challenge_method");
  if (codeChallenge === undefined ? method !== undefined : (method ?? "S256") !== "S256")
    return refuse("invalid_request", 'The "code_challenge_method" must be "S256", with a "code_challenge".');
  if (codeChallenge !== undefined && !CODE_CHALLENGE.test(codeChallenge))
    return refuse("invalid_request", 'The "code_challenge" must be the base64url of a SHA-256.');
  return { kind: "consent", request: { app, redirectUri: redirectUri.value, state, scopes, codeChallenge } };
}

/** May be left out while the app has exactly one. */
function redirectUriOf(
  { redirectUris }: BoxApp,
  given: string | undefined,
):
  | { readonly isRegistered: true; readonly value: string }
  | { readonly isRegistered: false; readonly error: PageError } {
  const [only] = redirectUris;
  const value = given ?? (redirectUris.size === 1 ? only : undefined);
  if (value === undefined) return { isRegistered: false, error: "redirect_uri_missing" };
  if (!redirectUris.has(value)) return { isRegistered: false, error: "redirect_uri_mismatch" };
  return { isRegistered: true, value };
}

/** The redirect URI as registered, with the parameters behind its own. */
export function withParameters(
  redirectUri: string,
  parameters: Readonly<Record<string, string | undefined>>,
): string {
  const given = Object.entries(parameters).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return `${redirectUri}${redirectUri.includes("?") ? "&" : "?"}${new URLSearchParams(given)}`;
}
