import type { HttpResponse } from "../../../http/server.ts";
import { REQUIRED_SCOPES } from "../../scopes.ts";
import type { Call } from "../call.ts";
import { apiJson } from "../errors.ts";
import { fieldsOf } from "../parameters.ts";
import { notModified, requireMatch } from "../preconditions.ts";
import { type Ids, type Route, route } from "../route.ts";
import { itemFor } from "./access.ts";
import { represent } from "./representation.ts";
import { moveToTrash } from "./trash.ts";
import { UPDATE_SCOPES, updateItem } from "./update.ts";

export const FILES: readonly Route[] = [
  route("GET", "/2.0/files/{file_id}", REQUIRED_SCOPES.file, file),
  route("PUT", "/2.0/files/{file_id}", UPDATE_SCOPES, update),
  route("DELETE", "/2.0/files/{file_id}", REQUIRED_SCOPES.delete, remove),
];

function file(call: Call, { file_id: id }: Ids<"{file_id}">): HttpResponse {
  const item = itemFor(call, id, "file");
  return notModified(call, item) ?? apiJson(200, represent(call, item, fieldsOf(call.query)));
}

function update(call: Call, { file_id: id }: Ids<"{file_id}">): HttpResponse {
  return apiJson(200, represent(call, updateItem(call, id, "file"), fieldsOf(call.query)));
}

/** To the trash. */
function remove(call: Call, { file_id: id }: Ids<"{file_id}">): HttpResponse {
  const item = itemFor(call, id, "file", "delete");
  requireMatch(call, item);
  moveToTrash(call, item);
  return { status: 204 };
}
