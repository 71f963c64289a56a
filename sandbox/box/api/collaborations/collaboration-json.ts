import type { BoxCollaboration } from "../../collaborations.ts";
import type { BoxState } from "../../state.ts";
import { boxTimestamp } from "../../webhooks/signature.ts";
import { miniUser } from "../../webhooks/webhook-event.ts";
import { mini } from "../items/representation.ts";
import { miniGroup } from "../people/group-json.ts";

/** A collaboration as the API returns it; with `fields` those properties beside its id and type. */
export function collaborationJson(
  state: BoxState,
  collaboration: BoxCollaboration,
  fields?: readonly string[],
): Readonly<Record<string, unknown>> {
  const all = properties(state, collaboration);
  if (fields === undefined) return all;
  const named = Object.entries(all).filter(([name]) => ["type", "id", ...fields].includes(name));
  return Object.fromEntries(named);
}

function properties(state: BoxState, collaboration: BoxCollaboration): Readonly<Record<string, unknown>> {
  const { id, itemId, grantee, role, status, createdById, isAccessOnly } = collaboration;
  const { createdAt, modifiedAt, acknowledgedAt, expiresAt } = collaboration;
  const creator = state.users.get(createdById);
  const item = state.items.get(itemId);
  return {
    ...{ type: "collaboration", id, role, status, is_access_only: isAccessOnly },
    ...(creator && { created_by: miniUser(creator) }),
    ...{ created_at: boxTimestamp(createdAt), modified_at: boxTimestamp(modifiedAt) },
    expires_at: expiresAt === undefined ? null : boxTimestamp(expiresAt),
    ...(acknowledgedAt === undefined ? {} : { acknowledged_at: boxTimestamp(acknowledgedAt) }),
    ...accessibleBy(state, collaboration),
    invite_email: grantee.type === "email" ? grantee.login : null,
    item: item === undefined ? null : mini(item),
    app_item: null,
    acceptance_requirements_status: {
      terms_of_service_requirement: { is_accepted: null },
      strong_password_requirement: {
        enterprise_has_strong_password_required_for_external_users: false,
        user_has_strong_password: null,
      },
      two_factor_authentication_requirement: {
        enterprise_has_two_factor_auth_enabled: false,
        user_has_two_factor_authentication_enabled: null,
      },
    },
  };
}

/** Who is invited by address alone is no user of Box. The name of one who has not accepted is withheld. */
function accessibleBy({ users, groups }: BoxState, { grantee, status }: BoxCollaboration): object {
  if (grantee.type === "email") return {};
  if (grantee.type === "group") {
    const group = groups.get(grantee.id);
    return group === undefined ? {} : { accessible_by: miniGroup(group) };
  }
  const user = users.get(grantee.id);
  if (user === undefined) return {};
  const name = status === "pending" ? "" : user.name;
  return { accessible_by: { ...miniUser(user), name, is_active: true } };
}
