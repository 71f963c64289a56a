import { demand } from "./errors.ts";
import type { Form } from "./form.ts";
import type { BoxApp, BoxState } from "./state.ts";
import type { Tokens } from "./tokens.ts";

/** One token request and everything that decides it. */
export interface GrantRequest {
  readonly form: Form;
  readonly state: BoxState;
  readonly tokens: Tokens;
  /** By Box's clock, in seconds since 1970. */
  readonly now: number;
  /** Whether the assertion's `jti` was seen before. */
  readonly replayed: boolean;
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
  demand(id !== undefined && secret !== undefined, "clientCredentials");
  const app = state.apps.get(id);
  demand(app !== undefined, "clientId");
  demand(app.clientSecret === secret, "clientCredentials");
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
