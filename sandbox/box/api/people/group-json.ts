import type { BoxGroup, BoxMembership } from "../../groups.ts";
import type { BoxUser } from "../../state.ts";
import { boxTimestamp } from "../../webhooks/signature.ts";
import { miniUser } from "../../webhooks/webhook-event.ts";
import { selectFields } from "../fields.ts";

/** Who may invite a group or see its members. */
const LEVELS = ["admins_only", "admins_and_members", "all_managed_users"] as const;

interface GroupAttribute {
  readonly oneOf?: readonly string[];
  readonly initial?: string;
}

/** The attributes of a group that the API keeps and returns, with what they are where nothing is set. */
export const GROUP_ATTRIBUTES: Readonly<Record<string, GroupAttribute>> = {
  provenance: {},
  external_sync_identifier: {},
  description: { initial: "" },
  invitability_level: { oneOf: LEVELS, initial: "all_managed_users" },
  member_viewability_level: { oneOf: LEVELS, initial: "all_managed_users" },
};

/** What every mention of a group has. */
export const miniGroup = ({ id, name }: BoxGroup) =>
  ({ type: "group", id, name, group_type: "managed_group" }) as const;

/** A group as the API returns it: its usual properties, or those of `fields`. */
export function groupJson(group: BoxGroup, fields: string | null): Readonly<Record<string, unknown>> {
  const usual = { created_at: boxTimestamp(group.createdAt), modified_at: boxTimestamp(group.modifiedAt) };
  const attributes = Object.entries(GROUP_ATTRIBUTES).map(([name, { initial }]) => [
    name,
    group.attributes[name] ?? initial,
  ]);
  const onRequest = { ...Object.fromEntries(attributes), permissions: { can_invite_as_collaborator: true } };
  return selectFields(miniGroup(group), usual, onRequest, fields);
}

export const membershipJson = (group: BoxGroup, user: BoxUser, membership: BoxMembership) => ({
  ...{ type: "group_membership", id: membership.id, role: membership.role },
  ...{ user: miniUser(user), group: miniGroup(group) },
  created_at: boxTimestamp(membership.createdAt),
  modified_at: boxTimestamp(membership.modifiedAt),
});
