import { decodeJwt, verifyClaims, verifySignatureOf } from "../assertion.ts";
import { demand } from "../errors.ts";
import { authenticateClient, fullToken, type Granted, type GrantRequest } from "../grant-request.ts";
import { activeUser, type BoxApp, type BoxState, isActive } from "../state.ts";

/**
 * JWT grant. Box does not publish the order of its checks; this one goes from the client over the assertion's
 * form to what the enterprise allows.
 */
export function jwtBearer(request: GrantRequest): Granted {
  const app = authenticateClient(request);
  demand(app.authentication === "jwt", "grantTypeUnauthorized");
  const assertion = request.form.get("assertion");
  demand(assertion !== undefined && assertion !== "", "assertionMissing");
  const jwt = decodeJwt(assertion);
  demand(jwt !== undefined, "malformedAssertion");
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
  demand(typeof sub === "string" && sub !== "0", "subject");
  demand(box_sub_type === "enterprise" || box_sub_type === "user", "subject");
  if (box_sub_type === "enterprise") {
    demand(sub === app.enterpriseId, "subject");
    demand(isActive(app), "appNotAuthorized");
    return app.serviceAccountId;
  }
  const user = activeUser(state, sub);
  demand(user !== undefined && user.enterpriseId === app.enterpriseId, "subject");
  demand(isActive(app), "appNotAuthorized");
  demand(app.userTokens && user.kind !== "service-account", "userTokenConfiguration");
  demand(user.kind !== "managed" || app.accessLevel === "app+enterprise", "userTokenConfiguration");
  return user.id;
}
