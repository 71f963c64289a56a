import { addCollaboration } from "../collaborations.ts";
import type { Applying } from "./apply.ts";
import type { CollaborationEntry } from "./document.ts";
import { itemOf } from "./item-reference.ts";

/** Invites the users, who accept unless the entry has another status. */
export function applyCollaborations(applying: Applying, entries: readonly CollaborationEntry[]): void {
  const { state, places, report, now } = applying;
  const invited = new Set<string>();
  for (const { itemId, grantee } of state.collaborations.values())
    if (grantee.type === "user") invited.add(`${itemId} ${grantee.id}`);
  for (const [index, entry] of entries.entries()) {
    const pointer = `/collaborations/${index}`;
    const item = itemOf(applying, pointer, entry);
    const user = places.userId(entry.user);
    if ("fault" in user) report(`${pointer}/user`, user.fault);
    else if (item !== undefined && item.ownerId === user.id)
      report(`${pointer}/user`, "The owner of an item cannot be invited to it.");
    else if (item !== undefined && invited.has(`${item.id} ${user.id}`))
      report(`${pointer}/user`, "The user is invited to this item already.");
    else if (item !== undefined) {
      invited.add(`${item.id} ${user.id}`);
      const { role, status = "accepted" } = entry;
      addCollaboration(state, {
        ...{ itemId: item.id, grantee: { type: "user", id: user.id }, role, status },
        ...{ createdById: item.ownerId, createdAt: now, isAccessOnly: false },
        ...(status !== "pending" && { acknowledgedAt: now }),
      });
    }
  }
}
