import { authenticateOAuthApp, type Granted, type GrantRequest, pairResponse } from "../grant-request.ts";

/** Refresh (RFC 6749 §6). Box issues a new refresh token each time. */
export function refreshToken(request: GrantRequest): Granted {
  const { clientId } = authenticateOAuthApp(request);
  const token = request.form.get("refresh_token") ?? "";
  return pairResponse(request.connections.refresh(token, clientId, request.expiresIn));
}
