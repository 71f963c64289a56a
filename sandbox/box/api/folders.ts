import type { HttpResponse } from "../../server.ts";
import { miniItem } from "../grants/token-exchange.ts";
import { NEEDED } from "../scopes.ts";
import { canSee } from "../state.ts";
import type { Call } from "./call.ts";
import { ApiRefusal, apiJson } from "./errors.ts";
import { fullItem, itemFor } from "./items.ts";
import { type Ids, type Route, route } from "./route.ts";

export const FOLDERS: readonly Route[] = [
  route("GET", "/2.0/folders/{folder_id}", NEEDED.folder, folder),
  route("GET", "/2.0/folders/{folder_id}/items", NEEDED.folder, folderItems),
];

function folder(call: Call, { folder_id: id }: Ids<"{folder_id}">): HttpResponse {
  const facts = id === "0" ? root(call) : fullItem(call, itemFor(call, id, "folder"));
  return apiJson(200, { ...facts, item_collection: children(call, id) });
}

function folderItems(call: Call, { folder_id: id }: Ids<"{folder_id}">): HttpResponse {
  if (id === "0") root(call);
  else itemFor(call, id, "folder");
  return apiJson(200, children(call, id));
}

function root({ token }: Call): Readonly<Record<string, unknown>> {
  if (token.itemId !== undefined) throw new ApiRefusal("insufficient_scope");
  return { type: "folder", id: "0", sequence_id: null, etag: null, name: "All Files", parent: null };
}

function children({ state, user }: Call, parentId: string): Readonly<Record<string, unknown>> {
  const entries = [...state.items.values()]
    .filter((item) => item.parentId === parentId && canSee(state, user, item))
    .map(miniItem);
  return { total_count: entries.length, entries, offset: 0, limit: 100 };
}
