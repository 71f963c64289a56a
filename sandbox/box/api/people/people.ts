import { hasScope } from "../../scopes.ts";
import type { BoxUser } from "../../state.ts";
import type { Call } from "../call.ts";
import { ApiRefusal, notFound } from "../errors.ts";

/** Either one, by the kind of user. */
export const MANAGE_USERS = ["manage_managed_users", "manage_app_users"] as const;

/** Whether the user has the permissions of an admin: a Service Account has those that its app's scopes allow. */
export const isAdmin = ({ kind, account }: BoxUser): boolean =>
  kind === "service-account" || ["admin", "coadmin"].includes(String(account?.attributes.role));

/** @throws ApiRefusal unless the call is made on behalf of an admin */
export function requireAdmin({ user }: Call): void {
  if (!isAdmin(user)) throw new ApiRefusal("access_denied_insufficient_permissions");
}

/** Whether the app may manage users of that kind: managed ones need the scope for it, and enterprise access. */
export function mayManage({ app, token }: Call, kind: BoxUser["kind"]): boolean {
  const has = (scope: (typeof MANAGE_USERS)[number]) => hasScope(token.scopes, scope);
  if (kind === "app-user") return has("manage_app_users") || has("manage_managed_users");
  return kind === "managed" && has("manage_managed_users") && app.accessLevel === "app+enterprise";
}

/** The users of the caller's enterprise that the app may manage, in the order in which they were created. */
export function managedUsers(call: Call): readonly BoxUser[] {
  const { enterpriseId } = call.user;
  return [...call.state.users.values()].filter(
    (user) => user.enterpriseId === enterpriseId && mayManage(call, user.kind),
  );
}

/** The user of that id. @throws ApiRefusal unless the caller is an admin whose app may manage the user */
export function managedUser(call: Call, id: string): BoxUser {
  requireAdmin(call);
  const user = managedUsers(call).find((candidate) => candidate.id === id);
  if (user === undefined) throw notFound("user", id);
  return user;
}
