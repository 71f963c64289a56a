import { applyRolesOfMember, removeCollaboration } from "./collaborations.ts";
import { type BoxState, nextNumber } from "./state.ts";

/** A user's place in a group. Times are by Box's clock, in milliseconds since 1970. */
export interface BoxMembership {
  readonly id: string;
  role: "member" | "admin";
  readonly createdAt: number;
  modifiedAt: number;
}

export interface BoxGroup {
  readonly id: string;
  name: string;
  readonly enterpriseId: string;
  readonly createdAt: number;
  modifiedAt: number;
  /** By their names in the API: `provenance`, `invitability_level`. */
  readonly attributes: Record<string, unknown>;
  /** By the user's id. */
  readonly members: Map<string, BoxMembership>;
}

export function addMember(
  state: BoxState,
  group: BoxGroup,
  userId: string,
  { role, at }: { readonly role: BoxMembership["role"]; readonly at: number },
): BoxMembership {
  const id = String(nextNumber(state, "membership"));
  const membership = { id, role, createdAt: at, modifiedAt: at };
  group.members.set(userId, membership);
  applyRolesOfMember(state, group.id, userId);
  return membership;
}

export function removeMember(state: BoxState, group: BoxGroup, userId: string): void {
  group.members.delete(userId);
  applyRolesOfMember(state, group.id, userId);
}

/** Takes a user who is deleted out of every group and collaboration. */
export function removeFromAll(state: BoxState, userId: string): void {
  for (const group of state.groups.values())
    if (group.members.has(userId)) removeMember(state, group, userId);
  for (const collaboration of state.collaborations.values()) {
    const { grantee } = collaboration;
    if (grantee.type === "user" && grantee.id === userId) removeCollaboration(state, collaboration);
  }
}
