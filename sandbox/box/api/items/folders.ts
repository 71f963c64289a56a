import type { HttpResponse } from "../../../http/server.ts";
import type { BoxItem } from "../../items/item.ts";
import { childrenOf } from "../../items/tree.ts";
import { REQUIRED_SCOPES } from "../../scopes.ts";
import type { Call } from "../call.ts";
import { apiJson } from "../errors.ts";
import { itemPage, markerPage, orderOf, pageOf } from "../paging.ts";
import { fieldsOf, flagOf, invalidParameter } from "../parameters.ts";
import { notModified } from "../preconditions.ts";
import { type Ids, type Route, route } from "../route.ts";
import { itemFor } from "./access.ts";
import { mini, represent } from "./representation.ts";

export const FOLDERS: readonly Route[] = [
  route("GET", "/2.0/folders/{folder_id}", REQUIRED_SCOPES.folder, folder),
  route("GET", "/2.0/folders/{folder_id}/items", REQUIRED_SCOPES.folder, folderItems),
];

const SORT_FIELDS = ["id", "name", "date", "size"] as const;

function folder(call: Call, { folder_id: id }: Ids<"{folder_id}">): HttpResponse {
  const item = itemFor(call, id, "folder");
  return notModified(call, item) ?? apiJson(200, folderInfo(call, item));
}

/** A folder with the first of its items, which is one more field of it. */
export function folderInfo(call: Call, item: BoxItem): object {
  const fields = fieldsOf(call.query);
  const facts = represent(call, item, fields);
  if (fields !== undefined && !fields.includes("item_collection")) return facts;
  const children = childrenOf(call.state, call.user, item.id);
  const order = orderOf(call.query, SORT_FIELDS);
  return { ...facts, item_collection: itemPage(children, order, pageOf(call.query), mini) };
}

function folderItems(call: Call, { folder_id: id }: Ids<"{folder_id}">): HttpResponse {
  const { query, state, user } = call;
  const item = itemFor(call, id, "folder");
  const fields = fieldsOf(query);
  const show = (child: BoxItem) => (fields === undefined ? mini(child) : represent(call, child, fields));
  const children = childrenOf(state, user, item.id);
  const page = pageOf(query);
  if (!flagOf(query, "usemarker")) {
    return apiJson(200, itemPage(children, orderOf(query, SORT_FIELDS), page, show));
  }
  if (id === "0" && query.has("sort")) {
    throw invalidParameter("sort", "The root folder cannot be sorted where it is paged by marker.");
  }
  const order = orderOf(query, SORT_FIELDS);
  return apiJson(200, markerPage(children, order, query.get("marker"), page.limit, show));
}
