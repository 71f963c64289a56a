import { requireThat } from "./errors.ts";
import type { Form } from "./form.ts";
import type { Authorizations } from "./oauth/authorizations.ts";
import type { Connections, TokenPair } from "./oauth/connections.ts";
import { type BoxApp, type BoxState, isActive } from "./state.ts";
import type { AccessToken, Tokens } from "./tokens.ts";

/** One token request and everything that decides it. */
export interface GrantRequest {
  readonly form: Form;
  readonly state: BoxState;
  readonly tokens: Tokens;
  readonly authorizations: Authorizations;
  readonly connections: Connections;
  /** The living token of that value; finding it this way counts as its use. */
  readonly useToken: (value: string) => AccessToken | undefined;
  /** By Box's clock, in seconds since 1970. */
  readonly now: number;
  /** Whether the assertion's `jti` was seen before. */
  readonly replayed: boolean;
  /** How old a token must be before it is exchanged, in seconds. */
  readonly lagSeconds: number;
  /** Life of a new token, in seconds. */
  readonly expiresIn: number;
  /** What an injected fault makes of the app. */
  readonly view: (app: BoxApp) => BoxApp;
}

/** The properties of a token response. */
export type Granted = Readonly<Record<string, unknown>>;

/** The app whose credentials are in the body: nowhere else are they accepted. @throws BoxRefusal */
export function authenticateClient({ form, state, view }: GrantRequest): BoxApp {
  const [id, secret] = [form.get("client_id"), form.get("client_secret")];
  requireThat(id !== undefined && secret !== undefined, "clientCredentials");
  const app = state.apps.get(id);
  requireThat(app !== undefined, "clientId");
  requireThat(app.clientSecret === secret, "clientCredentials");
  return view(app);
}

/** Mints a token with all of the app's scopes and responds as Box does. */
export function fullToken(
  { tokens, expiresIn }: GrantRequest,
  { clientId, scopes }: BoxApp,
  userId: string,
): Granted {
  const { value } = tokens.mint({ clientId, userId, scopes: new Set(scopes), downscoped: false }, expiresIn);
  return { access_token: value, expires_in: expiresIn, restricted_to: [], token_type: "bearer" };
}

/** The response to a grant that issues a refresh token as well. */
export function pairResponse({ accessToken, refreshToken, expiresIn }: TokenPair): Granted {
  return {
    access_token: accessToken,
    expires_in: expiresIn,
    restricted_to: [],
    refresh_token: refreshToken,
    token_type: "bearer",
  };
}

/** The OAuth app that sends the request, while the enterprise admin allows it. @throws BoxRefusal */
export function authenticateOAuthApp(request: GrantRequest): BoxApp {
  const app = authenticateClient(request);
  requireThat(app.authentication === "oauth2", "grantTypeUnauthorized");
  requireThat(isActive(app), "appNotAuthorized");
  return app;
}
