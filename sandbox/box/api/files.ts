import { randomUUID } from "node:crypto";
import type { HttpResponse } from "../../server.ts";
import { NEEDED } from "../scopes.ts";
import type { Call } from "./call.ts";
import { apiJson } from "./errors.ts";
import { fullItem, itemFor } from "./items.ts";
import { type Ids, type Route, route } from "./route.ts";

export const FILES: readonly Route[] = [
  route("GET", "/2.0/files/{file_id}", NEEDED.file, file),
  route("GET", "/2.0/files/{file_id}/content", NEEDED.content, content),
];

function file(call: Call, { file_id: id }: Ids<"{file_id}">): HttpResponse {
  const item = itemFor(call, id, "file");
  return apiJson(200, { ...fullItem(call, item), size: item.content?.length ?? 0 });
}

/** Box redirects to a URL that needs no token and lives for 15 minutes. */
function content(call: Call, { file_id: id }: Ids<"{file_id}">): HttpResponse {
  const item = itemFor(call, id, "file");
  const ticket = randomUUID();
  call.downloads.set(ticket, item.id);
  call.emit({ type: "ITEM_DOWNLOAD", item });
  return { status: 302, headers: { Location: `${call.baseUrl}/dl/${ticket}` } };
}
