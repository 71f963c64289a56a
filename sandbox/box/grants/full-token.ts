import type { Granted, GrantRequest } from "../grant-request.ts";
import type { BoxApp } from "../state.ts";

/** Mints a token with all of the app's scopes and responds as Box does. */
export function fullToken(
  { tokens, expiresIn }: GrantRequest,
  { clientId, scopes }: BoxApp,
  userId: string,
): Granted {
  const { value } = tokens.mint({ clientId, userId, scopes: new Set(scopes), downscoped: false }, expiresIn);
  return { access_token: value, expires_in: expiresIn, restricted_to: [], token_type: "bearer" };
}
