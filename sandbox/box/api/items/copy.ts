import type { HttpResponse } from "../../../http/server.ts";
import { copyItem } from "../../items/create.ts";
import { REQUIRED_SCOPES } from "../../scopes.ts";
import type { Call } from "../call.ts";
import { ApiRefusal, apiJson } from "../errors.ts";
import { fieldsOf, optionalText, requiredIdIn } from "../parameters.ts";
import { type Ids, type Route, route } from "../route.ts";
import { itemFor } from "./access.ts";
import { actionStamp, noteChangeIn } from "./action-stamp.ts";
import { versionFor } from "./content.ts";
import { folderInfo } from "./folders.ts";
import { requireFreeName, sanitizedName, validName } from "./names.ts";
import { represent } from "./representation.ts";

export const COPY: readonly Route[] = [
  route("POST", "/2.0/files/{file_id}/copy", REQUIRED_SCOPES.write, copyFile),
  route("POST", "/2.0/folders/{folder_id}/copy", REQUIRED_SCOPES.write, copyFolder),
];

/** A copy of the current content, or of the `version` in the body. */
function copyFile(call: Call, { file_id: id }: Ids<"{file_id}">): HttpResponse {
  const { body, state } = call;
  const file = itemFor(call, id, "file", "download");
  const folder = itemFor(call, requiredIdIn(body, "parent"), "folder", "upload");
  const { content } = versionFor(file, optionalText(body, "version"));
  const name = sanitizedName(optionalText(body, "name") ?? file.name) || file.name;
  requireFreeName(state, folder, name);
  const copy = copyItem(state, file, { folder, name, content }, actionStamp(call));
  noteChangeIn(call, folder.id);
  call.emit({ type: "ITEM_COPY", item: copy, details: { source_id: file.id } });
  return apiJson(201, represent(call, copy, fieldsOf(call.query)));
}

function copyFolder(call: Call, { folder_id: id }: Ids<"{folder_id}">): HttpResponse {
  const { body, state } = call;
  const source = itemFor(call, id, "folder", "download");
  // Box documents this status for the root.
  if (source.id === "0") throw new ApiRefusal("internal_server_error");
  const folder = itemFor(call, requiredIdIn(body, "parent"), "folder", "upload");
  const name = validName(optionalText(body, "name") ?? source.name);
  requireFreeName(state, folder, name);
  const copy = copyItem(state, source, { folder, name }, actionStamp(call));
  noteChangeIn(call, folder.id);
  call.emit({ type: "ITEM_COPY", item: copy, details: { source_id: source.id } });
  return apiJson(201, folderInfo(call, copy));
}
