import type { BoxItem } from "./items/item.ts";
import { ROLE_NAMES, type Role } from "./items/roles.ts";
import { lineage } from "./items/tree.ts";
import { type BoxState, type BoxUser, nextNumber } from "./state.ts";

/** Who is invited: a user, a group, or an address that no user has. */
export type Grantee =
  | { readonly type: "user" | "group"; readonly id: string }
  | { readonly type: "email"; readonly login: string };

/** An invitation to an item and all below it. Times are by Box's clock, in milliseconds since 1970. */
export interface BoxCollaboration {
  readonly id: string;
  readonly itemId: string;
  grantee: Grantee;
  role: Role;
  /** Only an accepted one has an effect. */
  status: "accepted" | "pending" | "rejected";
  readonly createdById: string;
  readonly createdAt: number;
  modifiedAt: number;
  acknowledgedAt?: number;
  /** When it ends by itself; absent where it does not. */
  expiresAt?: number;
  readonly isAccessOnly: boolean;
}

/** Adds a collaboration and gives its users the role. */
export function addCollaboration(
  state: BoxState,
  facts: Omit<BoxCollaboration, "id" | "modifiedAt">,
): BoxCollaboration {
  const id = String(nextNumber(state, "collaboration"));
  const added: BoxCollaboration = { ...facts, id, modifiedAt: facts.createdAt };
  state.collaborations.set(id, added);
  applyRoles(state, added);
  return added;
}

/** Takes the collaboration back, with what its users could do by it. */
export function removeCollaboration(state: BoxState, collaboration: BoxCollaboration): void {
  state.collaborations.delete(collaboration.id);
  applyRoles(state, collaboration);
}

/** Removes what has ended by Box's clock. */
export function endExpiredCollaborations(state: BoxState, now: number): void {
  for (const collaboration of state.collaborations.values()) {
    if ((collaboration.expiresAt ?? Number.POSITIVE_INFINITY) <= now)
      removeCollaboration(state, collaboration);
  }
}

/** The collaborations of the item itself. */
export const collaborationsOn = (
  { collaborations }: BoxState,
  { id }: BoxItem,
): readonly BoxCollaboration[] => [...collaborations.values()].filter(({ itemId }) => itemId === id);

/** Whether the collaboration is the user's own: by id, or by an address that was invited before the user came. */
export function isInvited({ grantee }: BoxCollaboration, { id, login }: BoxUser): boolean {
  if (grantee.type === "email") return grantee.login.toLowerCase() === login.toLowerCase();
  return grantee.type === "user" && grantee.id === id;
}

/** Whether the user decides about the item's collaborators: as its owner or co-owner, or that of a folder above. */
export const ownsTogether = (state: BoxState, { id }: BoxUser, item: BoxItem): boolean =>
  lineage(state, item).some(
    ({ ownerId, collaborators }) => ownerId === id || collaborators.get(id) === "co-owner",
  );

/**
 * Gives each user of the collaboration the strongest role that the accepted collaborations of its item have for the
 * user. To be called after every change.
 */
export function applyRoles(state: BoxState, { itemId, grantee }: BoxCollaboration): void {
  const item = state.items.get(itemId);
  if (item === undefined) return;
  for (const userId of usersOf(state, grantee)) applyRolesOf(state, item, userId);
}

/** The same for every item that a group is invited to, after the user has joined or left it. */
export function applyRolesOfMember(state: BoxState, groupId: string, userId: string): void {
  for (const { grantee, itemId } of state.collaborations.values()) {
    const item = state.items.get(itemId);
    if (item !== undefined && grantee.type === "group" && grantee.id === groupId) {
      applyRolesOf(state, item, userId);
    }
  }
}

function applyRolesOf(state: BoxState, item: BoxItem, userId: string): void {
  const roles = collaborationsOn(state, item)
    .filter(({ status, grantee }) => status === "accepted" && usersOf(state, grantee).includes(userId))
    .map(({ role }) => role);
  const strongest = ROLE_NAMES.find((role) => roles.includes(role));
  if (strongest === undefined) item.collaborators.delete(userId);
  else item.collaborators.set(userId, strongest);
}

function usersOf({ groups }: BoxState, grantee: Grantee): readonly string[] {
  if (grantee.type === "user") return [grantee.id];
  return grantee.type === "group" ? [...(groups.get(grantee.id)?.members.keys() ?? [])] : [];
}
