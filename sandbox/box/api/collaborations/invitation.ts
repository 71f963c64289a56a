import { collaborationsOn, type Grantee, isInvited } from "../../collaborations.ts";
import type { BoxItem } from "../../items/item.ts";
import { lineage } from "../../items/tree.ts";
import type { BoxUser } from "../../state.ts";
import type { Call } from "../call.ts";
import { ApiRefusal, notFound } from "../errors.ts";
import { itemFor } from "../items/access.ts";
import { missingParameter, requiredIdIn } from "../parameters.ts";

interface Invitation {
  readonly item: BoxItem;
  readonly grantee: Grantee;
  /** Whether the invitation counts as accepted: it goes to a user or group of the item's enterprise. */
  readonly isKnownHere: boolean;
}

/** The item and the grantee in the body of a new collaboration. @throws ApiRefusal where it cannot be made */
export function invitation(call: Call): Invitation {
  const item = itemOf(call);
  const grantee = granteeOf(call);
  const isKnownHere = enterpriseOf(call, grantee) === enterpriseOf(call, { type: "user", id: item.ownerId });
  if (!isKnownHere && lineage(call.state, item).some(isForEnterprise)) {
    throw new ApiRefusal("forbidden_by_policy");
  }
  if (hasAccess(call, grantee, item)) throw new ApiRefusal("user_already_collaborator");
  return { item, grantee, isKnownHere };
}

const isForEnterprise = ({ settings }: BoxItem): boolean => settings.isCollaborationRestrictedToEnterprise;

function itemOf(call: Call): BoxItem {
  const { item } = call.body;
  const { type } = Object(item);
  if (type !== "file" && type !== "folder") throw new ApiRefusal("invalid_collaboration_item");
  const id = requiredIdIn(call.body, "item");
  if (id === "0") throw new ApiRefusal("collaborations_not_available_on_root_folder");
  return itemFor(call, id, type, "invite");
}

/** A user by id or address, a group by id. Another enterprise's groups are not found; its users can be invited. */
function granteeOf({ state, body, user: caller }: Call): Grantee {
  const { type, id, login } = Object(body.accessible_by);
  if (type === "group") {
    const group = state.groups.get(String(id));
    if (group?.enterpriseId !== caller.enterpriseId) throw notFound("group", String(id));
    return { type, id: group.id };
  }
  if (type !== "user") throw missingParameter("accessible_by.type");
  if (id !== undefined) {
    const user = state.users.get(String(id));
    if (user === undefined) throw notFound("user", String(id));
    return { type, id: user.id };
  }
  if (typeof login !== "string" || login === "") throw missingParameter("accessible_by.login");
  const user = [...state.users.values()].find((candidate) =>
    addressesOf(candidate).includes(login.toLowerCase()),
  );
  return user === undefined ? { type: "email", login } : { type, id: user.id };
}

const addressesOf = ({ login, account }: BoxUser): readonly string[] =>
  [login, ...(account?.aliases ?? []).map(({ email }) => email)].map((address) => address.toLowerCase());

function enterpriseOf({ state }: Call, grantee: Grantee): string | undefined {
  if (grantee.type === "group") return state.groups.get(grantee.id)?.enterpriseId;
  return grantee.type === "user" ? state.users.get(grantee.id)?.enterpriseId : undefined;
}

/** Whether the grantee owns the item, or is invited to it already. */
function hasAccess({ state }: Call, grantee: Grantee, item: BoxItem): boolean {
  if (grantee.type === "user" && item.ownerId === grantee.id) return true;
  return collaborationsOn(state, item)
    .filter(({ status }) => status !== "rejected")
    .some((collaboration) => {
      const { grantee: other } = collaboration;
      if (grantee.type === "email") {
        return other.type === "email" && other.login.toLowerCase() === grantee.login.toLowerCase();
      }
      if (other.type === "group" || grantee.type === "group") {
        return other.type === grantee.type && "id" in other && other.id === grantee.id;
      }
      const user = state.users.get(grantee.id);
      return user !== undefined && isInvited(collaboration, user);
    });
}
