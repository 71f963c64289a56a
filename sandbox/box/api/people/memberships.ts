import type { HttpResponse } from "../../../http/server.ts";
import { addMember, type BoxGroup, type BoxMembership, removeMember } from "../../groups.ts";
import type { BoxUser } from "../../state.ts";
import type { Call } from "../call.ts";
import { ApiRefusal, apiJson, notFound } from "../errors.ts";
import { offsetPage, shortPageOf } from "../paging.ts";
import { invalidParameter, requiredIdIn } from "../parameters.ts";
import { type Ids, type Route, route } from "../route.ts";
import { membershipJson } from "./group-json.ts";
import { groupFor, MANAGE_GROUPS, ownGroup } from "./groups.ts";
import { isAdmin, requireAdmin } from "./people.ts";

const PATH = "/2.0/group_memberships/{group_membership_id}";

export const MEMBERSHIPS: readonly Route[] = [
  route("POST", "/2.0/group_memberships", MANAGE_GROUPS, create),
  route("GET", PATH, MANAGE_GROUPS, read),
  route("PUT", PATH, MANAGE_GROUPS, update),
  route("DELETE", PATH, MANAGE_GROUPS, remove),
  route("GET", "/2.0/groups/{group_id}/memberships", MANAGE_GROUPS, ofGroup),
  route("GET", "/2.0/users/{user_id}/memberships", MANAGE_GROUPS, ofUser),
];

type MembershipIds = Ids<typeof PATH>;

interface Member {
  readonly group: BoxGroup;
  readonly user: BoxUser;
  readonly membership: BoxMembership;
}

const json = ({ group, user, membership }: Member) => membershipJson(group, user, membership);

/** The memberships in groups of the caller's enterprise. */
const all = ({ state, user: caller }: Call): readonly Member[] =>
  [...state.groups.values()]
    .filter(({ enterpriseId }) => enterpriseId === caller.enterpriseId)
    .flatMap((group) =>
      [...group.members].flatMap(([userId, membership]) => {
        const user = state.users.get(userId);
        return user === undefined ? [] : [{ group, user, membership }];
      }),
    );

/** @throws ApiRefusal */
function find(call: Call, id: string): Member {
  const member = all(call).find(({ membership }) => membership.id === id);
  if (member === undefined) throw notFound("group_membership", id);
  groupFor(call, member.group.id);
  return member;
}

function create(call: Call): HttpResponse {
  const { state, body } = call;
  const group = ownGroup(call, requiredIdIn(body, "group"));
  const userId = requiredIdIn(body, "user");
  const user = state.users.get(userId);
  if (user?.enterpriseId !== call.user.enterpriseId) throw notFound("user", userId);
  const role = roleOf(body.role);
  if (group.members.has(userId)) throw new ApiRefusal("conflict");
  const membership = addMember(state, group, userId, { role, at: call.now() });
  call.emit({ type: "GROUP_ADD_USER", user });
  return apiJson(201, json({ group, user, membership }));
}

function read(call: Call, { group_membership_id: id }: MembershipIds): HttpResponse {
  return apiJson(200, json(find(call, id)));
}

function update(call: Call, { group_membership_id: id }: MembershipIds): HttpResponse {
  const member = find(call, id);
  ownGroup(call, member.group.id);
  if (call.body.role !== undefined) member.membership.role = roleOf(call.body.role);
  member.membership.modifiedAt = call.now();
  return apiJson(200, json(member));
}

function remove(call: Call, { group_membership_id: id }: MembershipIds): HttpResponse {
  const { group, user } = find(call, id);
  if (user.id !== call.user.id) ownGroup(call, group.id);
  removeMember(call.state, group, user.id);
  call.emit({ type: "GROUP_REMOVE_USER", user });
  return { status: 204 };
}

function ofGroup(call: Call, { group_id: id }: Ids<"{group_id}">): HttpResponse {
  const own = groupFor(call, id);
  const found = all(call).filter(({ group }) => group === own);
  return apiJson(200, offsetPage(found, shortPageOf(call.query), json));
}

function ofUser(call: Call, { user_id: id }: Ids<"{user_id}">): HttpResponse {
  if (id !== call.user.id && !isAdmin(call.user)) requireAdmin(call);
  if (call.state.users.get(id)?.enterpriseId !== call.user.enterpriseId) throw notFound("user", id);
  const found = all(call).filter(({ user }) => user.id === id);
  return apiJson(200, offsetPage(found, shortPageOf(call.query), json));
}

function roleOf(value: unknown = "member"): BoxMembership["role"] {
  if (value === "member" || value === "admin") return value;
  throw invalidParameter("role", "'role' must be member or admin");
}
