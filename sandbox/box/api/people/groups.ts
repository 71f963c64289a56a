import type { HttpResponse } from "../../../http/server.ts";
import { removeCollaboration } from "../../collaborations.ts";
import { type BoxGroup, removeMember } from "../../groups.ts";
import { nextNumber } from "../../state.ts";
import type { Call } from "../call.ts";
import { ApiRefusal, apiJson, notFound } from "../errors.ts";
import { offsetPage, shortPageOf } from "../paging.ts";
import { invalidParameter, optionalText, requiredText } from "../parameters.ts";
import { type Ids, type Route, route } from "../route.ts";
import { GROUP_ATTRIBUTES, groupJson } from "./group-json.ts";
import { isAdmin, requireAdmin } from "./people.ts";

export const MANAGE_GROUPS = ["manage_groups"] as const;

export const GROUPS: readonly Route[] = [
  route("GET", "/2.0/groups", MANAGE_GROUPS, list),
  route("POST", "/2.0/groups", MANAGE_GROUPS, create),
  route("GET", "/2.0/groups/{group_id}", MANAGE_GROUPS, (call, { group_id: id }) =>
    respond(call, groupFor(call, id)),
  ),
  route("PUT", "/2.0/groups/{group_id}", MANAGE_GROUPS, update),
  route("DELETE", "/2.0/groups/{group_id}", MANAGE_GROUPS, remove),
];

type GroupIds = Ids<"{group_id}">;

const respond = ({ query }: Call, group: BoxGroup, status = 200): HttpResponse =>
  apiJson(status, groupJson(group, query.get("fields")));

/** The groups of the caller's enterprise. */
const groupsOf = ({ state, user }: Call): readonly BoxGroup[] =>
  [...state.groups.values()].filter(({ enterpriseId }) => enterpriseId === user.enterpriseId);

/** The group, for an admin or a member of it. @throws ApiRefusal */
export function groupFor(call: Call, id: string): BoxGroup {
  const group = groupsOf(call).find((candidate) => candidate.id === id);
  if (group === undefined) throw notFound("group", id);
  if (!isAdmin(call.user) && !group.members.has(call.user.id)) requireAdmin(call);
  return group;
}

/** The group, for an admin or an admin of the group. @throws ApiRefusal */
export function ownGroup(call: Call, id: string): BoxGroup {
  const group = groupFor(call, id);
  if (group.members.get(call.user.id)?.role !== "admin") requireAdmin(call);
  return group;
}

function list(call: Call): HttpResponse {
  requireAdmin(call);
  const { query } = call;
  const term = query.get("filter_term")?.toLowerCase() ?? "";
  const found = groupsOf(call).filter(({ name }) => name.toLowerCase().startsWith(term));
  const shown = (group: BoxGroup) => groupJson(group, query.get("fields"));
  return apiJson(200, offsetPage(found, shortPageOf(query), shown));
}

function create(call: Call): HttpResponse {
  requireAdmin(call);
  const { state, user } = call;
  const name = freeName(call, requiredText(call.body, "name"));
  const at = call.now();
  const attributes = attributesOf(call);
  const group: BoxGroup = {
    ...{ id: String(nextNumber(state, "group")), name, enterpriseId: user.enterpriseId },
    ...{ createdAt: at, modifiedAt: at, attributes, members: new Map() },
  };
  state.groups.set(group.id, group);
  call.emit({ type: "GROUP_CREATION", details: { group: groupJson(group, null) } });
  return respond(call, group, 201);
}

function update(call: Call, { group_id: id }: GroupIds): HttpResponse {
  const group = ownGroup(call, id);
  const given = optionalText(call.body, "name");
  const name = given === undefined ? group.name : freeName(call, given, group);
  Object.assign(group.attributes, attributesOf(call));
  Object.assign(group, { name, modifiedAt: call.now() });
  call.emit({ type: "GROUP_EDITED", details: { group: groupJson(group, null) } });
  return respond(call, group);
}

function remove(call: Call, { group_id: id }: GroupIds): HttpResponse {
  requireAdmin(call);
  const group = groupFor(call, id);
  const { state } = call;
  for (const userId of [...group.members.keys()]) removeMember(state, group, userId);
  for (const collaboration of state.collaborations.values()) {
    const { grantee } = collaboration;
    if (grantee.type === "group" && grantee.id === id) removeCollaboration(state, collaboration);
  }
  state.groups.delete(id);
  call.emit({ type: "GROUP_DELETION", details: { group: groupJson(group, null) } });
  return { status: 204 };
}

/** @throws ApiRefusal where another group of the enterprise has the name */
function freeName(call: Call, name: string, of?: BoxGroup): string {
  const isTaken = groupsOf(call).some((group) => group !== of && group.name === name);
  if (!isTaken) return name;
  const errors = [{ reason: "invalid_parameter", name: "name", message: `A group named '${name}' exists` }];
  throw new ApiRefusal("conflict", { context: { errors } });
}

function attributesOf({ body }: Call): Record<string, unknown> {
  const given = Object.entries(GROUP_ATTRIBUTES).flatMap(([name, { oneOf }]) => {
    const value = optionalText(body, name);
    if (value === undefined) return [];
    if (oneOf?.includes(value) === false) {
      throw invalidParameter(name, `'${name}' must be one of ${oneOf.join(", ")}`);
    }
    return [[name, value]];
  });
  return Object.fromEntries(given);
}
