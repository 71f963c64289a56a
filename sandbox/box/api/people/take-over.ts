import { addCollaboration, type BoxCollaboration, removeCollaboration } from "../../collaborations.ts";
import type { BoxItem } from "../../items/item.ts";
import { subtree } from "../../items/tree.ts";
import type { Call } from "../call.ts";
import { ApiRefusal } from "../errors.ts";
import { transferOwnership } from "../items/action-stamp.ts";
import { invalidParameter } from "../parameters.ts";

/**
 * Makes the collaborator the owner: the item moves to the new owner's root with what the old owner has in it, and the
 * old owner becomes a co-owner. @throws ApiRefusal unless the owner does it for a user who has accepted
 */
export function takeOver(call: Call, collaboration: BoxCollaboration, item: BoxItem): void {
  const { state, user } = call;
  const { grantee, status } = collaboration;
  if (item.ownerId !== user.id) throw new ApiRefusal("access_denied_insufficient_permissions");
  if (item.type !== "folder" || grantee.type !== "user" || status !== "accepted") {
    throw invalidParameter(
      "role",
      "Only a user who has accepted an invitation to a folder can become its owner",
    );
  }
  transferOwnership(
    grantee.id,
    subtree(state, item).filter(({ ownerId }) => ownerId === user.id),
  );
  state.items.move(item, "0");
  removeCollaboration(state, collaboration);
  addCollaboration(state, {
    ...{ itemId: item.id, grantee: { type: "user", id: user.id }, role: "co-owner", isAccessOnly: false },
    ...{ status: "accepted", createdById: grantee.id, createdAt: call.now(), acknowledgedAt: call.now() },
  });
}
