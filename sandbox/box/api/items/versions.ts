import type { HttpResponse } from "../../../http/server.ts";
import { addVersion, type BoxItem, currentVersion, type FileVersion, touch } from "../../items/item.ts";
import { miniVersion } from "../../items/mini.ts";
import { REQUIRED_SCOPES } from "../../scopes.ts";
import { boxTimestamp } from "../../webhooks/signature.ts";
import type { Call } from "../call.ts";
import { ApiRefusal, apiJson, notFound } from "../errors.ts";
import { offsetPage, shortPageOf } from "../paging.ts";
import { fieldsOf, invalidParameter, requiredText } from "../parameters.ts";
import { requireMatch } from "../preconditions.ts";
import { type Ids, type Route, route } from "../route.ts";
import { folderOf, itemFor } from "./access.ts";
import { actionStamp } from "./action-stamp.ts";
import { requireFreeName } from "./names.ts";
import { select, userOf } from "./representation.ts";

const ONE = "/2.0/files/{file_id}/versions/{file_version_id}";

export const VERSIONS: readonly Route[] = [
  route("GET", "/2.0/files/{file_id}/versions", REQUIRED_SCOPES.file, list),
  route("POST", "/2.0/files/{file_id}/versions/current", REQUIRED_SCOPES.write, promote),
  route("GET", ONE, REQUIRED_SCOPES.file, info),
  route("PUT", ONE, REQUIRED_SCOPES.write, restore),
  route("DELETE", ONE, REQUIRED_SCOPES.delete, remove),
];

type VersionIds = Ids<typeof ONE>;

const optionalTime = (at: number | undefined): string | null => (at === undefined ? null : boxTimestamp(at));

function represent(call: Call, version: FileVersion): object {
  const { trashed, restored } = version;
  const facts = {
    ...miniVersion(version),
    name: version.name,
    size: version.content.length,
    uploader_display_name: call.state.users.get(version.createdById)?.name ?? "Someone",
    created_at: boxTimestamp(version.createdAt),
    modified_at: boxTimestamp(version.createdAt),
    modified_by: userOf(call, version.createdById),
    trashed_at: optionalTime(trashed?.at),
    ...(trashed && { trashed_by: userOf(call, trashed.byId) }),
    restored_at: optionalTime(restored?.at),
    ...(restored && { restored_by: userOf(call, restored.byId) }),
    purged_at: null,
    version_number: String(version.number),
  };
  const fields = fieldsOf(call.query);
  return fields === undefined ? facts : select(facts, ["type", "id", ...fields]);
}

/** The past versions, the newest first; the current one is in the file's own properties. */
function list(call: Call, { file_id: id }: Ids<"{file_id}">): HttpResponse {
  const past = itemFor(call, id, "file").versions.slice(1);
  return apiJson(
    200,
    offsetPage(past, shortPageOf(call.query), (version) => represent(call, version)),
  );
}

function info(call: Call, { file_id: id, file_version_id: versionId }: VersionIds): HttpResponse {
  return apiJson(200, represent(call, versionOf(itemFor(call, id, "file"), versionId)));
}

/** Makes a copy of an older version the current one, under the name that the file had then. */
function promote(call: Call, { file_id: id }: Ids<"{file_id}">): HttpResponse {
  const { body, state } = call;
  const file = itemFor(call, id, "file", "edit");
  if (body.type !== "file_version") throw invalidParameter("type", "'type' must be 'file_version'");
  const old = versionOf(file, requiredText(body, "id"));
  if (old.trashed !== undefined) throw new ApiRefusal("trashed");
  requireFreeName(state, folderOf(call, file), old.name, file);
  const stamp = actionStamp(call);
  file.name = old.name;
  file.contentModifiedAt = stamp.at;
  const version = addVersion(file, old.content, stamp);
  touch(file, stamp);
  call.emit({ type: "ITEM_MAKE_CURRENT_VERSION", item: file });
  return apiJson(201, represent(call, version));
}

/** Takes a version out of the trash, by `{ "trashed_at": null }`. */
function restore(call: Call, { file_id: id, file_version_id: versionId }: VersionIds): HttpResponse {
  const file = itemFor(call, id, "file", "delete");
  if (call.body.trashed_at !== null) throw invalidParameter("trashed_at", "'trashed_at' must be null");
  const version = versionOf(file, versionId);
  if (version.trashed !== undefined) {
    delete version.trashed;
    version.restored = actionStamp(call);
  }
  return apiJson(200, represent(call, version));
}

/** Moves an older version to the trash. What Box does with the current one is not documented: it is refused here. */
function remove(call: Call, { file_id: id, file_version_id: versionId }: VersionIds): HttpResponse {
  const file = itemFor(call, id, "file", "delete");
  requireMatch(call, file);
  const version = versionOf(file, versionId);
  if (version === currentVersion(file)) {
    throw invalidParameter("file_version_id", "The current version of a file cannot be deleted.");
  }
  version.trashed ??= actionStamp(call);
  return { status: 204 };
}

function versionOf({ versions }: BoxItem, id: string): FileVersion {
  const version = versions.find((candidate) => candidate.id === id);
  if (version === undefined) throw notFound("file_version", id);
  return version;
}
