import { requireThat } from "../errors.ts";
import { authenticateClient, fullToken, type Granted, type GrantRequest } from "../grant-request.ts";
import { activeUser, type BoxApp, type BoxState, isActive } from "../state.ts";

/** Client Credentials Grant: the subject comes in `box_subject_type` and `box_subject_id`. */
export function clientCredentials(request: GrantRequest): Granted {
  const app = authenticateClient(request);
  // An OAuth app is refused by subject type, any other by grant type.
  requireThat(app.authentication !== "oauth2", "subjectTypeUnauthorized");
  requireThat(app.authentication === "client_credentials", "grantTypeUnauthorized");
  const { form, state } = request;
  return fullToken(
    request,
    app,
    subjectOf(state, app, form.get("box_subject_type"), form.get("box_subject_id")),
  );
}

function subjectOf(state: BoxState, app: BoxApp, type: string | undefined, id: string | undefined): string {
  requireThat(type === "enterprise" || type === "user", "subjectTypeUnauthorized");
  if (type === "enterprise") {
    requireThat(id === app.enterpriseId, "grantCredentials");
    requireThat(isActive(app), "appNotAuthorized");
    return app.serviceAccountId;
  }
  requireThat(isActive(app), "appNotAuthorized");
  requireThat(app.userTokens, "subjectTypeUnauthorized");
  const user = activeUser(state, id ?? "");
  requireThat(user !== undefined && user.enterpriseId === app.enterpriseId, "grantCredentials");
  requireThat(user.kind !== "managed" || app.accessLevel === "app+enterprise", "tokenConfiguration");
  return user.id;
}
