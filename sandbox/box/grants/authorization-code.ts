import { requireThat } from "../errors.ts";
import { authenticateOAuthApp, type Granted, type GrantRequest, pairResponse } from "../grant-request.ts";
import { activeUser } from "../state.ts";

/** Authorization code grant (RFC 6749 §4.1.3), with the verifier of a code that has a challenge (RFC 7636). */
export function authorizationCode(request: GrantRequest): Granted {
  const { form, state, authorizations, connections } = request;
  const { clientId } = authenticateOAuthApp(request);
  const code = form.get("code");
  requireThat(code !== undefined, "authorizationCode");
  const { userId, scopes } = authorizations.redeem(code, {
    clientId,
    redirectUri: form.get("redirect_uri"),
    codeVerifier: form.get("code_verifier"),
  });
  requireThat(activeUser(state, userId) !== undefined, "authorizationCode");
  return pairResponse(connections.open({ clientId, userId, scopes }, request.expiresIn));
}
