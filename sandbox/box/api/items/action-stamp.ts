import type { ActionStamp, BoxItem } from "../../items/item.ts";
import type { Call } from "../call.ts";

/** When the call acts, and by which user: now, and its own. */
export const actionStamp = ({ user, now }: Call): ActionStamp => ({ at: now(), byId: user.id });

/** Notes in a folder that something came into it or left it. A root has no times. */
export function noteChangeIn(call: Call, folderId: string): void {
  const folder = call.state.items.get(folderId);
  if (folder === undefined) return;
  const { at, byId } = actionStamp(call);
  folder.modifiedAt = at;
  folder.contentModifiedAt = at;
  folder.modifiedById = byId;
}

/** The new owner of an item and all below it: who owns the folder that they are in now. */
export function transferOwnership(ownerId: string, items: readonly BoxItem[]): void {
  for (const item of items) item.ownerId = ownerId;
}
