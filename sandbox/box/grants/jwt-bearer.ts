import { decodeJwt, verifyClaims, verifySignatureOf } from "../assertion.ts";
import { requireThat } from "../errors.ts";
import { authenticateClient, fullToken, type Granted, type GrantRequest } from "../grant-request.ts";
import { activeUser, type BoxApp, type BoxState, isActive } from "../state.ts";

/**
 * JWT grant. Box does not publish the order of its checks; this one goes from the client over the assertion's
 * form to what the enterprise allows.
 */
export function jwtBearer(request: GrantRequest): Granted {
  const app = authenticateClient(request);
  requireThat(app.authentication === "jwt", "grantTypeUnauthorized");
  const assertion = request.form.get("assertion");
  requireThat(assertion !== undefined && assertion !== "", "assertionMissing");
  const jwt = decodeJwt(assertion);
  requireThat(jwt !== undefined, "malformedAssertion");
  verifySignatureOf(jwt, app);
  verifyClaims(jwt, app.clientId, request.now, request.replayed);
  return fullToken(request, app, subjectOf(request.state, app, jwt.claims));
}

/** The id of the user whose token it will be; the Service Account's for the enterprise. */
function subjectOf(
  state: BoxState,
  app: BoxApp,
  { sub, box_sub_type }: Readonly<Record<string, unknown>>,
): string {
  requireThat(typeof sub === "string" && sub !== "0", "subject");
  requireThat(box_sub_type === "enterprise" || box_sub_type === "user", "subject");
  if (box_sub_type === "enterprise") {
    requireThat(sub === app.enterpriseId, "subject");
    requireThat(isActive(app), "appNotAuthorized");
    return app.serviceAccountId;
  }
  const user = activeUser(state, sub);
  requireThat(user !== undefined && user.enterpriseId === app.enterpriseId, "subject");
  requireThat(isActive(app), "appNotAuthorized");
  requireThat(app.userTokens && user.kind !== "service-account", "userTokenConfiguration");
  requireThat(user.kind !== "managed" || app.accessLevel === "app+enterprise", "userTokenConfiguration");
  return user.id;
}
