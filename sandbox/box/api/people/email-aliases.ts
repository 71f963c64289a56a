import { randomInt } from "node:crypto";
import type { HttpResponse } from "../../../http/server.ts";
import { type EmailAlias, newAccount, type UserAccount } from "../../user-account.ts";
import type { Call } from "../call.ts";
import { ApiRefusal, apiJson, notFound } from "../errors.ts";
import { invalidParameter } from "../parameters.ts";
import { type Ids, type Route, route } from "../route.ts";
import { MANAGE_USERS, managedUser } from "./people.ts";
import { isEmail } from "./users.ts";

export const EMAIL_ALIASES: readonly Route[] = [
  route("GET", "/2.0/users/{user_id}/email_aliases", MANAGE_USERS, list),
  route("POST", "/2.0/users/{user_id}/email_aliases", MANAGE_USERS, create),
  route("DELETE", "/2.0/users/{user_id}/email_aliases/{email_alias_id}", MANAGE_USERS, remove),
];

type UserIds = Ids<"{user_id}">;

const json = ({ id, email }: EmailAlias) => ({ type: "email_alias", id, email, is_confirmed: true });

function accountOf(call: Call, id: string): UserAccount {
  const user = managedUser(call, id);
  user.account ??= newAccount();
  return user.account;
}

function list(call: Call, { user_id: id }: UserIds): HttpResponse {
  const { aliases } = accountOf(call, id);
  return apiJson(200, { total_count: aliases.length, entries: aliases.map(json) });
}

/** Box accepts addresses of the enterprise's domains alone; the sandbox knows no domains and accepts any. */
function create(call: Call, { user_id: userId }: UserIds): HttpResponse {
  const { email } = call.body;
  const { aliases } = accountOf(call, userId);
  if (!isEmail(email)) throw invalidParameter("email", "'email' must be an email address");
  const users = [...call.state.users.values()];
  const taken = users.flatMap(({ login, account }) => [
    login,
    ...(account?.aliases ?? []).map((a) => a.email),
  ]);
  if (taken.some((other) => other.toLowerCase() === email.toLowerCase())) {
    throw new ApiRefusal("user_login_already_used");
  }
  const alias = { id: String(randomInt(1e9, 1e10)), email };
  aliases.push(alias);
  return apiJson(201, json(alias));
}

function remove(call: Call, ids: Ids<"{user_id}/{email_alias_id}">): HttpResponse {
  const { aliases } = accountOf(call, ids.user_id);
  const at = aliases.findIndex(({ id }) => id === ids.email_alias_id);
  if (at < 0) throw notFound("email_alias", ids.email_alias_id);
  aliases.splice(at, 1);
  return { status: 204 };
}
