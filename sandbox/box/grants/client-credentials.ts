import { demand } from "../errors.ts";
import { authenticateClient, fullToken, type Granted, type GrantRequest } from "../grant-request.ts";
import { activeUser, type BoxApp, type BoxState, isActive } from "../state.ts";

/** Client Credentials Grant: the subject comes in `box_subject_type` and `box_subject_id`. */
export function clientCredentials(request: GrantRequest): Granted {
  const app = authenticateClient(request);
  // An OAuth app is refused by subject type, any other by grant type.
  demand(app.authentication !== "oauth2", "subjectTypeUnauthorized");
  demand(app.authentication === "client_credentials", "grantTypeUnauthorized");
  const { form, state } = request;
  return fullToken(
    request,
    app,
    subjectOf(state, app, form.get("box_subject_type"), form.get("box_subject_id")),
  );
}

function subjectOf(state: BoxState, app: BoxApp, type: string | undefined, id: string | undefined): string {
  demand(type === "enterprise" || type === "user", "subjectTypeUnauthorized");
  if (type === "enterprise") {
    demand(id === app.enterpriseId, "grantCredentials");
    demand(isActive(app), "appNotAuthorized");
    return app.serviceAccountId;
  }
  demand(isActive(app), "appNotAuthorized");
  demand(app.userTokens, "subjectTypeUnauthorized");
  const user = activeUser(state, id ?? "");
  demand(user !== undefined && user.enterpriseId === app.enterpriseId, "grantCredentials");
  demand(user.kind !== "managed" || app.accessLevel === "app+enterprise", "tokenConfiguration");
  return user.id;
}
