import type { HttpResponse } from "../../../http/server.ts";
import { addItem } from "../../items/create.ts";
import { lineage } from "../../items/tree.ts";
import type { BoxUser } from "../../state.ts";
import type { Call } from "../call.ts";
import { apiJson } from "../errors.ts";
import { actionStamp, transferOwnership } from "../items/action-stamp.ts";
import { folderInfo } from "../items/folders.ts";
import { invalidParameter, requiredIdIn } from "../parameters.ts";
import { type Ids, type Route, route } from "../route.ts";
import { managedUser } from "./people.ts";

export const TRANSFER: readonly Route[] = [
  route("PUT", "/2.0/users/{user_id}/folders/0", ["manage_managed_users"], transfer),
];

/**
 * Gives everything that a user owns to another user, in a new folder of the other one's root. What others may do with it
 * stays. The sandbox sends no mail, so `notify` changes nothing.
 */
function transfer(call: Call, { user_id: id }: Ids<"{user_id}">): HttpResponse {
  const { state } = call;
  const from = managedUser(call, id);
  const to = receiver(call);
  if (to === from) throw invalidParameter("owned_by", "'owned_by' must be another user");
  const { at, byId } = actionStamp(call);
  const owned = [...state.items.values()].filter((item) =>
    lineage(state, item).some(({ ownerId }) => ownerId === from.id),
  );
  const name = `${from.login} - ${from.name}'s Files and Folders`;
  const facts = { type: "folder", name, parentId: "0", ownerId: to.id, createdById: byId, at } as const;
  const folder = addItem(state, facts);
  transferOwnership(
    to.id,
    owned.filter(({ ownerId }) => ownerId === from.id),
  );
  for (const item of owned) if (item.parentId === "0") state.items.move(item, folder.id);
  call.emit({ type: "ITEM_CREATE", item: folder });
  return apiJson(200, folderInfo(call, folder));
}

/** The caller itself, which may be a Service Account, or a user that it manages. @throws ApiRefusal */
function receiver(call: Call): BoxUser {
  const id = requiredIdIn(call.body, "owned_by");
  return id === call.user.id ? call.user : managedUser(call, id);
}
