import { randomBytes } from "node:crypto";
import type { HttpResponse } from "../../../http/server.ts";
import { removeFromAll } from "../../groups.ts";
import { purge } from "../../items/create.ts";
import { lineage } from "../../items/tree.ts";
import { type BoxUser, nextId } from "../../state.ts";
import { attributeFault, newAccount, USER_ATTRIBUTES } from "../../user-account.ts";
import { miniUser } from "../../webhooks/webhook-event.ts";
import type { Call } from "../call.ts";
import { ApiRefusal, apiJson } from "../errors.ts";
import { markerPage } from "../marker-page.ts";
import { offsetPage, shortPageOf } from "../paging.ts";
import { flagOf, invalidParameter } from "../parameters.ts";
import { type Ids, type Route, route } from "../route.ts";
import { MANAGE_USERS, managedUser, managedUsers, mayManage, requireAdmin } from "./people.ts";
import { userJson } from "./user-json.ts";

export const USERS: readonly Route[] = [
  route("GET", "/2.0/users/me", [], (call) => respond(call, call.user)),
  route("GET", "/2.0/users", MANAGE_USERS, list),
  route("POST", "/2.0/users", MANAGE_USERS, create),
  route("GET", "/2.0/users/{user_id}", [], read),
  route("PUT", "/2.0/users/{user_id}", MANAGE_USERS, update),
  route("DELETE", "/2.0/users/{user_id}", MANAGE_USERS, remove),
];

type UserIds = Ids<"{user_id}">;
type AttributeName = keyof typeof USER_ATTRIBUTES;

const respond = ({ state, query }: Call, user: BoxUser, status = 200): HttpResponse =>
  apiJson(status, userJson(state, user, query.get("fields")));

function list(call: Call): HttpResponse {
  requireAdmin(call);
  const { state, query } = call;
  const found = managedUsers(call).filter((user) => fits(user, query));
  const show = (user: BoxUser) => userJson(state, user, query.get("fields"));
  const isMarked = flagOf(query, "usemarker");
  return apiJson(
    200,
    isMarked ? markerPage(query, found, show) : offsetPage(found, shortPageOf(query), show),
  );
}

/** A term is the beginning of a name or login. No one outside the enterprise has an account that a list can show. */
function fits({ name, login, account }: BoxUser, query: URLSearchParams): boolean {
  const term = query.get("filter_term")?.toLowerCase() ?? "";
  const externalId = query.get("external_app_user_id");
  return (
    query.get("user_type") !== "external" &&
    [name, login].some((text) => text.toLowerCase().startsWith(term)) &&
    (externalId === null || account?.attributes.external_app_user_id === externalId)
  );
}

/** Every user can read itself; the others are for admins. */
function read(call: Call, { user_id: id }: UserIds): HttpResponse {
  if (id === call.user.id) return respond(call, call.user);
  if (!MANAGE_USERS.some((scope) => call.token.scopes.has(scope))) throw new ApiRefusal("insufficient_scope");
  return respond(call, managedUser(call, id));
}

function create(call: Call): HttpResponse {
  requireAdmin(call);
  const { state, body } = call;
  const { enterpriseId } = call.user;
  const kind = body.is_platform_access_only === true ? "app-user" : "managed";
  if (!mayManage(call, kind)) throw new ApiRefusal("insufficient_scope");
  const name = nameOf(body.name);
  const id = nextId(state.users, "2");
  const serial = randomBytes(5).toString("hex");
  const login = kind === "app-user" ? `AppUser_${id}_${serial}@boxdevedition.com` : loginOf(call, body.login);
  refuseUsedExternalId(call);
  const account = newAccount(call.now());
  Object.assign(account.attributes, attributesOf(body));
  const user: BoxUser = { id, name, login, enterpriseId, kind, account };
  state.users.set(id, user);
  call.emit({ type: "NEW_USER", user });
  return respond(call, user, 201);
}

function update(call: Call, { user_id: id }: UserIds): HttpResponse {
  const user = managedUser(call, id);
  const { body } = call;
  if (body.enterprise !== undefined) {
    throw invalidParameter("enterprise", "The sandbox does not roll users out of their enterprise");
  }
  const name = body.name === undefined ? user.name : nameOf(body.name);
  const login = body.login === undefined ? user.login : loginOf(call, body.login, user);
  const changed = { ...attributesOf(body), ...notificationEmail(body.notification_email) };
  refuseUsedExternalId(call, user);
  const account = user.account ?? newAccount();
  Object.assign(account.attributes, changed);
  account.modifiedAt = call.now();
  Object.assign(user, { name, login, account });
  call.emit({ type: "EDIT_USER", user });
  return respond(call, user);
}

/** Box does not document the refusal of a user with content. The sandbox sends no mail, so `notify` changes nothing. */
function remove(call: Call, { user_id: id }: UserIds): HttpResponse {
  const user = managedUser(call, id);
  const { state, query } = call;
  const owned = [...state.items.values()].filter(({ ownerId }) => ownerId === id);
  if (owned.length > 0 && !flagOf(query, "force")) {
    throw invalidParameter(
      "force",
      `The user ${id} owns files or folders: transfer them, or send force=true`,
    );
  }
  const all = [...state.items.values()];
  purge(
    state,
    all.filter((item) => lineage(state, item).some(({ ownerId }) => ownerId === id)),
  );
  removeFromAll(state, id);
  state.users.delete(id);
  call.emit({ type: "DELETE_USER", user });
  return { status: 204 };
}

function nameOf(value: unknown): string {
  if (value === undefined) throw invalidParameter("name", "'name' is required");
  if (typeof value === "string" && value !== "" && value.length <= 50) return value;
  throw invalidParameter("name", "'name' must be text of 1 to 50 characters");
}

function loginOf({ state }: Call, value: unknown, of?: BoxUser): string {
  if (value === undefined) {
    const message = "'login' is required unless is_platform_access_only is true";
    throw invalidParameter("login", message);
  }
  if (!isEmail(value)) throw invalidParameter("login", "'login' must be an email address");
  const isTaken = (user: BoxUser) => user !== of && user.login.toLowerCase() === value.toLowerCase();
  if ([...state.users.values()].some(isTaken)) throw new ApiRefusal("user_login_already_used");
  return value;
}

/** @param of the user that is updated, which may keep its own */
function refuseUsedExternalId({ state, body, user: caller }: Call, of?: BoxUser): void {
  const { external_app_user_id: id } = body;
  if (id === undefined || id === "") return;
  const holder = [...state.users.values()].find(
    (user) =>
      user !== of &&
      user.enterpriseId === caller.enterpriseId &&
      user.account?.attributes.external_app_user_id === id,
  );
  if (holder === undefined) return;
  const message = "An app user already exists for this external_app_user_id";
  throw new ApiRefusal("conflict", { message, context: { conflicts: [miniUser(holder)] } });
}

export const isEmail = (value: unknown): value is string =>
  typeof value === "string" && /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(value);

/** The attributes in the body. @throws ApiRefusal for the first value that an attribute cannot have */
function attributesOf(body: Call["body"]): Record<string, unknown> {
  const names = (Object.keys(USER_ATTRIBUTES) as AttributeName[]).filter((name) => body[name] !== undefined);
  for (const name of names) {
    const fault = attributeFault(name, body[name]);
    if (fault !== undefined) throw invalidParameter(name, fault);
  }
  return Object.fromEntries(names.map((name) => [name, body[name]]));
}

/** The address is confirmed only by its owner, which does not happen here. */
function notificationEmail(value: unknown): Record<string, unknown> {
  if (value === undefined) return {};
  if (value === null) return { notification_email: null };
  const { email } = Object(value);
  if (!isEmail(email)) throw invalidParameter("notification_email", "'email' must be an email address");
  return { notification_email: { email, is_confirmed: false } };
}
