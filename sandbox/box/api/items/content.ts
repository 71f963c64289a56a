import type { HttpResponse } from "../../../http/server.ts";
import { type BoxItem, currentVersion, type FileVersion } from "../../items/item.ts";
import { REQUIRED_SCOPES } from "../../scopes.ts";
import type { Call } from "../call.ts";
import { notFound } from "../errors.ts";
import { type Ids, type Route, route } from "../route.ts";
import { itemFor } from "./access.ts";
import { linkTo } from "./link-access.ts";

export const CONTENT: readonly Route[] = [
  route("GET", "/2.0/files/{file_id}/content", REQUIRED_SCOPES.content, content),
];

/** Box redirects to a URL that needs no token. */
function content(call: Call, { file_id: id }: Ids<"{file_id}">): HttpResponse {
  const file = itemFor(call, id, "file", "download");
  const version = versionFor(file, call.query.get("version"));
  const path = call.downloads.issue(file, version);
  const link = linkTo(call, file);
  if (link !== undefined) link.downloadCount += 1;
  call.emit({ type: "ITEM_DOWNLOAD", item: file });
  return { status: 302, headers: { Location: `${call.baseUrl}${path}` } };
}

/** The version of the file with the id; without one the current version. @throws ApiRefusal */
export function versionFor(file: BoxItem, id: string | null | undefined): FileVersion {
  if (id === null || id === undefined || id === "") return currentVersion(file);
  const version = file.versions.find((candidate) => candidate.id === id);
  if (version === undefined || version.trashed !== undefined) throw notFound("file_version", id);
  return version;
}
