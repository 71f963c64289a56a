import type { HttpResponse } from "../../../http/server.ts";
import { addItem } from "../../items/create.ts";
import { subtree } from "../../items/tree.ts";
import { REQUIRED_SCOPES } from "../../scopes.ts";
import type { Call } from "../call.ts";
import { ApiRefusal, apiJson } from "../errors.ts";
import { flagOf, requiredIdIn, requiredText } from "../parameters.ts";
import { requireMatch } from "../preconditions.ts";
import { type Ids, type Route, route } from "../route.ts";
import { itemFor } from "./access.ts";
import { actionStamp, noteChangeIn } from "./action-stamp.ts";
import { folderSettings } from "./folder-settings.ts";
import { folderInfo } from "./folders.ts";
import { requireFreeName, validName } from "./names.ts";
import { moveToTrash } from "./trash.ts";
import { UPDATE_SCOPES, updateItem } from "./update.ts";

export const FOLDER_CHANGES: readonly Route[] = [
  route("POST", "/2.0/folders", REQUIRED_SCOPES.upload, create),
  route("PUT", "/2.0/folders/{folder_id}", UPDATE_SCOPES, update),
  route("DELETE", "/2.0/folders/{folder_id}", REQUIRED_SCOPES.delete, remove),
];

function create(call: Call): HttpResponse {
  const { body, state } = call;
  const name = validName(requiredText(body, "name"));
  const parent = itemFor(call, requiredIdIn(body, "parent"), "folder", "upload");
  const settings = folderSettings(body);
  requireFreeName(state, parent, name);
  const { at, byId } = actionStamp(call);
  const facts = { parentId: parent.id, ownerId: parent.ownerId, createdById: byId, at };
  const folder = addItem(state, { type: "folder", name, ...facts });
  Object.assign(folder.settings, settings);
  noteChangeIn(call, parent.id);
  call.emit({ type: "ITEM_CREATE", item: folder });
  return apiJson(201, folderInfo(call, folder));
}

function update(call: Call, { folder_id: id }: Ids<"{folder_id}">): HttpResponse {
  return apiJson(200, folderInfo(call, updateItem(call, id, "folder")));
}

/** To the trash; a folder that is not empty needs `recursive`. */
function remove(call: Call, { folder_id: id }: Ids<"{folder_id}">): HttpResponse {
  const folder = itemFor(call, id, "folder", "delete");
  if (folder.id === "0") throw new ApiRefusal("access_denied_insufficient_permissions");
  requireMatch(call, folder);
  const isEmpty = subtree(call.state, folder).length === 1;
  if (!isEmpty && !flagOf(call.query, "recursive")) throw new ApiRefusal("folder_not_empty");
  moveToTrash(call, folder);
  return { status: 204 };
}
