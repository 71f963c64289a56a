import type { BoxItem, Deed } from "../../items/item.ts";
import type { Call } from "../call.ts";

/** The call as a deed: now, and by its user. */
export const deedOf = ({ user, now }: Call): Deed => ({ at: now(), byId: user.id });

/** Notes in a folder that something came into it or left it. A root has no times. */
export function noteChangeIn(call: Call, folderId: string): void {
  const folder = call.state.items.get(folderId);
  if (folder === undefined) return;
  const { at, byId } = deedOf(call);
  folder.modifiedAt = at;
  folder.contentModifiedAt = at;
  folder.modifiedById = byId;
}

/** The new owner of an item and all below it: who owns the folder that they are in now. */
export function giveTo(ownerId: string, items: readonly BoxItem[]): void {
  for (const item of items) item.ownerId = ownerId;
}
