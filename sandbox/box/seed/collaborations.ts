import type { BoxItem } from "../items/item.ts";
import type { Applying } from "./apply.ts";
import type { CollaborationEntry } from "./document.ts";

/** Invites the users, who accept. */
export function applyCollaborations(applying: Applying, entries: readonly CollaborationEntry[]): void {
  const { places, report } = applying;
  for (const [index, entry] of entries.entries()) {
    const pointer = `/collaborations/${index}`;
    const item = itemOf(applying, pointer, entry);
    const user = places.userId(entry.user);
    if ("fault" in user) report(`${pointer}/user`, user.fault);
    else if (item !== undefined && item.ownerId === user.id)
      report(`${pointer}/user`, "The owner of an item cannot be invited to it.");
    else if (item?.collaborators.has(user.id))
      report(`${pointer}/user`, "The user is invited to this item already.");
    else item?.collaborators.set(user.id, entry.role);
  }
}

function itemOf(
  { state, places, report }: Applying,
  pointer: string,
  { item, owner }: CollaborationEntry,
): BoxItem | undefined {
  if (!item.startsWith("/")) {
    const found = state.items.get(item);
    if (found === undefined) report(`${pointer}/item`, `There is no item with the id ${item}.`);
    return found;
  }
  const ownerId = places.ownerId(owner);
  if ("fault" in ownerId) {
    report(owner === undefined ? pointer : `${pointer}/owner`, ownerId.fault);
    return undefined;
  }
  const found = places.at(item, ownerId.id);
  if (found === undefined) report(`${pointer}/item`, "The owner has no file or folder of this path.");
  return found;
}
