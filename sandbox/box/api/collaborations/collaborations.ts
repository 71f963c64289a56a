import type { HttpResponse } from "../../../http/server.ts";
import {
  addCollaboration,
  applyRoles,
  type BoxCollaboration,
  isInvited,
  ownsTogether,
  removeCollaboration,
} from "../../collaborations.ts";
import type { BoxItem } from "../../items/item.ts";
import { ROLE_NAMES, type Role } from "../../items/roles.ts";
import { canSee, isWithin } from "../../items/tree.ts";
import type { Call } from "../call.ts";
import { ApiRefusal, apiJson, notFound } from "../errors.ts";
import { itemFor } from "../items/access.ts";
import { fieldsOf, invalidParameter, optionalText, optionalTime } from "../parameters.ts";
import { takeOver } from "../people/take-over.ts";
import { type Ids, type Route, route } from "../route.ts";
import { collaborationJson } from "./collaboration-json.ts";
import { invitation } from "./invitation.ts";

/** What a token needs to see collaborations, and to change them. */
export const SEE = ["root_readonly"] as const;
const CHANGE = ["root_readwrite"] as const;

const PATH = "/2.0/collaborations/{collaboration_id}";

export const COLLABORATIONS: readonly Route[] = [
  route("POST", "/2.0/collaborations", CHANGE, create),
  route("GET", PATH, SEE, read),
  route("PUT", PATH, CHANGE, update),
  route("DELETE", PATH, CHANGE, remove),
];

type CollaborationIds = Ids<typeof PATH>;

interface Found {
  readonly collaboration: BoxCollaboration;
  readonly item: BoxItem;
}

const respond = ({ state, query }: Call, collaboration: BoxCollaboration, status = 200): HttpResponse =>
  apiJson(status, collaborationJson(state, collaboration, fieldsOf(query)));

/** The collaboration, for who is invited or sees its item. @throws ApiRefusal */
function find({ state, user, token }: Call, id: string): Found {
  const collaboration = state.collaborations.get(id);
  const item = state.items.get(collaboration?.itemId ?? "");
  if (collaboration === undefined || item === undefined) throw notFound("collaboration", id);
  if (!isInvited(collaboration, user) && !canSee(state, user, item)) throw notFound("collaboration", id);
  if (token.itemId !== undefined && !isWithin(state, item, token.itemId)) {
    throw new ApiRefusal("insufficient_scope");
  }
  return { collaboration, item };
}

const refuse = (): never => {
  throw new ApiRefusal("access_denied_insufficient_permissions");
};

function create(call: Call): HttpResponse {
  const { state, user, body } = call;
  const { item, grantee, isKnownHere } = invitation(call);
  refusePathOfFile(call, item);
  const role = roleOf(body.role);
  if (role === "co-owner" && !ownsTogether(state, user, item)) refuse();
  const now = call.now();
  const expiresAt = endOf(call);
  const added = addCollaboration(state, {
    ...{ itemId: item.id, grantee, role, createdById: user.id, createdAt: now },
    ...(isKnownHere ? { status: "accepted", acknowledgedAt: now } : { status: "pending" }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
    isAccessOnly: body.is_access_only === true,
  });
  report(call, "COLLAB_INVITE_COLLABORATOR", { collaboration: added, item });
  if (added.status === "accepted") report(call, "COLLAB_ADD_COLLABORATOR", { collaboration: added, item });
  return respond(call, added, 201);
}

function read(call: Call, { collaboration_id: id }: CollaborationIds): HttpResponse {
  return respond(call, find(call, id).collaboration);
}

function update(call: Call, { collaboration_id: id }: CollaborationIds): HttpResponse {
  const found = find(call, id);
  const { body, state } = call;
  refusePathOfFile(call, found.item);
  const status = optionalText(body, "status");
  if (status !== undefined) acknowledge(call, found, status);
  if (body.role === "owner") {
    takeOver(call, found.collaboration, found.item);
    return { status: 204 };
  }
  const role = body.role === undefined ? undefined : roleOf(body.role);
  const expiresAt = endOf(call);
  if (role !== undefined || expiresAt !== undefined) change(call, found, { role, expiresAt });
  found.collaboration.modifiedAt = call.now();
  applyRoles(state, found.collaboration);
  return respond(call, found.collaboration);
}

/** The invited user accepts or rejects the invitation, once. */
function acknowledge(call: Call, { collaboration, item }: Found, status: string): void {
  if (status !== "accepted" && status !== "rejected") {
    throw invalidParameter("status", "'status' must be accepted or rejected");
  }
  if (!isInvited(collaboration, call.user)) refuse();
  if (collaboration.status !== "pending") throw new ApiRefusal("invalid_status");
  const grantee = { type: "user", id: call.user.id } as const;
  Object.assign(collaboration, { grantee, status, acknowledgedAt: call.now() });
  applyRoles(call.state, collaboration);
  const type = status === "accepted" ? "COLLAB_ADD_COLLABORATOR" : "COLLAB_REJECT";
  report(call, type, { collaboration, item });
}

/** Editors change roles; only who owns the item together with others makes co-owners, or changes them. */
function change(
  call: Call,
  { collaboration, item }: Found,
  { role, expiresAt }: { readonly role: Role | undefined; readonly expiresAt: number | undefined },
): void {
  itemFor(call, item.id, item.type, "invite");
  const isForOwners = [role, collaboration.role].includes("co-owner");
  if (isForOwners && !ownsTogether(call.state, call.user, item)) refuse();
  if (expiresAt !== undefined) collaboration.expiresAt = expiresAt;
  if (role === undefined || role === collaboration.role) return;
  collaboration.role = role;
  report(call, "COLLAB_ROLE_CHANGE", { collaboration, item });
}

/** Owners and co-owners end a collaboration, as does who is invited by it, or who made it. */
function remove(call: Call, { collaboration_id: id }: CollaborationIds): HttpResponse {
  const { collaboration, item } = find(call, id);
  const { state, user } = call;
  const isParty = isInvited(collaboration, user) || collaboration.createdById === user.id;
  if (!isParty && !ownsTogether(state, user, item)) refuse();
  report(call, "COLLAB_REMOVE_COLLABORATOR", { collaboration, item });
  removeCollaboration(state, collaboration);
  return { status: 204 };
}

function report(call: Call, type: string, { collaboration, item }: Found): void {
  const source = collaborationJson(call.state, collaboration);
  const invited = call.state.users.get(collaboration.grantee.type === "user" ? collaboration.grantee.id : "");
  call.emit({ type, item, ...(invited && { user: invited }), details: { collaboration: source } });
}

function refusePathOfFile({ body }: Call, { type }: BoxItem): void {
  if (type === "folder" || body.can_view_path !== true) return;
  throw invalidParameter("can_view_path", "'can_view_path' can only be used for folder collaborations");
}

function roleOf(value: unknown): Role {
  const role = ROLE_NAMES.find((name) => name === value);
  if (role === undefined) throw invalidParameter("role", `'role' must be one of ${ROLE_NAMES.join(", ")}`);
  return role;
}

function endOf({ body, now }: Call): number | undefined {
  const expiresAt = optionalTime(body, "expires_at");
  if (expiresAt !== undefined && expiresAt <= now()) {
    throw invalidParameter("expires_at", "'expires_at' must be a time to come");
  }
  return expiresAt;
}
