import type { HttpResponse } from "../../../http/server.ts";
import { purge } from "../../items/create.ts";
import { type BoxItem, touch } from "../../items/item.ts";
import { isTrashed, isWithin, subtree } from "../../items/tree.ts";
import { REQUIRED_SCOPES } from "../../scopes.ts";
import type { Call } from "../call.ts";
import { ApiRefusal, apiJson, notFound } from "../errors.ts";
import { itemPage, markerPage, orderOf, pageOf, shortPageOf } from "../paging.ts";
import { fieldsOf, flagOf, invalidParameter, optionalIdIn, optionalText } from "../parameters.ts";
import { type Ids, type Route, route } from "../route.ts";
import { folderOf, itemFor, trashedItemFor } from "./access.ts";
import { actionStamp, noteChangeIn, transferOwnership } from "./action-stamp.ts";
import { requireFreeName, validName } from "./names.ts";
import { mini, represent } from "./representation.ts";
import { setLink } from "./shared-link.ts";

type FileId = Ids<"{file_id}">;
type FolderId = Ids<"{folder_id}">;

export const TRASH: readonly Route[] = [
  route("GET", "/2.0/folders/trash/items", REQUIRED_SCOPES.folder, list),
  route("GET", "/2.0/files/{file_id}/trash", REQUIRED_SCOPES.file, (call, { file_id }: FileId) =>
    info(call, file_id, "file"),
  ),
  route("GET", "/2.0/folders/{folder_id}/trash", REQUIRED_SCOPES.folder, (call, { folder_id }: FolderId) =>
    info(call, folder_id, "folder"),
  ),
  route("POST", "/2.0/files/{file_id}", REQUIRED_SCOPES.write, (call, { file_id }: FileId) =>
    restore(call, file_id, "file"),
  ),
  route("POST", "/2.0/folders/{folder_id}", REQUIRED_SCOPES.write, (call, { folder_id }: FolderId) =>
    restore(call, folder_id, "folder"),
  ),
  route("DELETE", "/2.0/files/{file_id}/trash", REQUIRED_SCOPES.delete, (call, { file_id }: FileId) =>
    remove(call, file_id, "file"),
  ),
  route("DELETE", "/2.0/folders/{folder_id}/trash", REQUIRED_SCOPES.delete, (call, { folder_id }: FolderId) =>
    remove(call, folder_id, "folder"),
  ),
];

const SORT_FIELDS = ["name", "date", "size"] as const;

/** Moves a file or folder to the trash. Its shared link ends. */
export function moveToTrash(call: Call, item: BoxItem): void {
  item.trashed = actionStamp(call);
  setLink(call, item, undefined);
  noteChangeIn(call, item.parentId);
  call.emit({ type: "ITEM_TRASH", item });
}

/** What the user owns in the trash, or has put there. What is there with its folder is not listed. */
function list(call: Call): HttpResponse {
  const { state, user, token, query } = call;
  const items = [...state.items.values()].filter(
    (item) => item.trashed !== undefined && [item.ownerId, item.trashed.byId].includes(user.id),
  );
  const visible = items.filter((item) => token.itemId === undefined || isWithin(state, item, token.itemId));
  const fields = fieldsOf(query);
  const show = (item: BoxItem) => (fields === undefined ? mini(item) : represent(call, item, fields));
  const byMarker = flagOf(query, "usemarker");
  const misplaced = (byMarker ? ["sort", "direction", "offset"] : ["marker"]).find((name) => query.has(name));
  if (misplaced !== undefined) {
    throw invalidParameter(misplaced, `'${misplaced}' does not go with 'usemarker=${byMarker}'`);
  }
  const order = orderOf(query, SORT_FIELDS);
  const response = byMarker
    ? markerPage(visible, order, query.get("marker"), pageOf(query).limit, show)
    : itemPage(visible, order, shortPageOf(query), show);
  return apiJson(200, response);
}

function info(call: Call, id: string, type: BoxItem["type"]): HttpResponse {
  const item = trashedItemFor(call, id, type);
  return apiJson(200, represent(call, item, fieldsOf(call.query)));
}

/** Back to where it was, or to the folder and under the name of the body. */
function restore(call: Call, id: string, type: BoxItem["type"]): HttpResponse {
  const { state, body } = call;
  const item = trashedItemFor(call, id, type, "delete");
  const name = validName(optionalText(body, "name") ?? item.name);
  const folder = destination(call, item);
  if (isWithin(state, folder, item.id)) throw new ApiRefusal("cyclical_folder_structure");
  requireFreeName(state, folder, name);
  delete item.trashed;
  item.name = name;
  state.items.move(item, folder.id);
  transferOwnership(folder.ownerId, subtree(state, item));
  touch(item, actionStamp(call));
  noteChangeIn(call, folder.id);
  call.emit({ type: "ITEM_UNDELETE_VIA_TRASH", item });
  return apiJson(201, represent(call, item, fieldsOf(call.query)));
}

/** The folder that an item is restored to: the one in the body, else the one it was in, which may be another's root. */
function destination(call: Call, item: BoxItem): BoxItem {
  const named = optionalIdIn(call.body, "parent");
  const id = named ?? item.parentId;
  if (named === undefined && id === "0") return folderOf(call, item);
  const former = call.state.items.get(id);
  // Box documents that it needs another folder then, and not what it responds without one.
  if (id !== "0" && (former === undefined || isTrashed(call.state, former))) throw notFound("parent", id);
  const folder = itemFor(call, id, "folder", "upload");
  const isTaken = folder.ownerId !== item.ownerId && item.ownerId !== call.user.id;
  if (isTaken) throw new ApiRefusal("access_denied_insufficient_permissions");
  return folder;
}

/** Ends it for good, with all that went into the trash with it. */
function remove(call: Call, id: string, type: BoxItem["type"]): HttpResponse {
  const item = trashedItemFor(call, id, type, "delete");
  purge(call.state, subtree(call.state, item));
  call.emit({ type: "DELETE", item });
  return { status: 204 };
}
