import { createHash } from "node:crypto";
import type { HttpResponse } from "../../../http/server.ts";
import { addItem } from "../../items/create.ts";
import { addVersion, type BoxItem, touch } from "../../items/item.ts";
import { REQUIRED_SCOPES } from "../../scopes.ts";
import { shortToken } from "../../tokens.ts";
import { type Call, jsonObject } from "../call.ts";
import { ApiRefusal, apiJson } from "../errors.ts";
import { folderOf, itemFor } from "../items/access.ts";
import { actionStamp, noteChangeIn } from "../items/action-stamp.ts";
import { requireFreeUploadName, validName } from "../items/names.ts";
import { represent } from "../items/representation.ts";
import {
  fieldsOf,
  invalidParameter,
  missingParameter,
  optionalText,
  optionalTime,
  requiredIdIn,
  requiredText,
} from "../parameters.ts";
import { requireMatch } from "../preconditions.ts";
import { type Ids, type Route, route } from "../route.ts";
import { formParts } from "./multipart.ts";

export const UPLOADS: readonly Route[] = [
  route("POST", "/2.0/files/content", REQUIRED_SCOPES.upload, upload),
  route("POST", "/2.0/files/{file_id}/content", REQUIRED_SCOPES.upload, uploadVersion),
  route("OPTIONS", "/2.0/files/content", REQUIRED_SCOPES.upload, preflight),
  route("OPTIONS", "/2.0/files/{file_id}/content", REQUIRED_SCOPES.upload, preflightVersion),
];

/** The largest file of an enterprise on the plan Business. */
const LARGEST_FILE = 5 * 1024 ** 3;

type Attributes = Readonly<Record<string, unknown>>;

function upload(call: Call): HttpResponse {
  const { attributes, content } = uploadForm(call);
  if (attributes === undefined) throw missingParameter("attributes");
  const target = newFileTarget(call, requiredIdIn(attributes, "parent"), requiredText(attributes, "name"));
  return apiJson(201, listOf(call, createFile(call, target, content, attributes)));
}

/** Old clients send no attributes with a version: Box's document requires them, Box does not. */
function uploadVersion(call: Call, { file_id: id }: Ids<"{file_id}">): HttpResponse {
  const { attributes = {}, content } = uploadForm(call);
  const file = versionTarget(call, id, optionalText(attributes, "name"));
  requireMatch(call, file);
  return apiJson(201, listOf(call, replaceContent(call, file, content, attributes)));
}

function preflight(call: Call): HttpResponse {
  const { body } = call;
  newFileTarget(call, requiredIdIn(body, "parent"), requiredText(body, "name"));
  return accepted(call, "/files/content");
}

function preflightVersion(call: Call, { file_id: id }: Ids<"{file_id}">): HttpResponse {
  const file = versionTarget(call, id, optionalText(call.body, "name"));
  requireMatch(call, file);
  return accepted(call, `/files/${file.id}/content`);
}

function accepted({ baseUrl, body }: Call, path: string): HttpResponse {
  requireSize(body.size ?? 0);
  return apiJson(200, { upload_url: `${baseUrl}/api/2.0${path}`, upload_token: shortToken() });
}

/** @throws ApiRefusal for what is no size, or more than Box stores */
export function requireSize(size: unknown): number {
  const bytes = typeof size === "string" && /^\d+$/.test(size) ? Number(size) : size;
  if (typeof bytes !== "number" || !Number.isSafeInteger(bytes) || bytes < 0) {
    throw invalidParameter("size", `Invalid value '${String(size)}' for 'size'`);
  }
  if (bytes > LARGEST_FILE) throw new ApiRefusal("file_size_limit_exceeded");
  return bytes;
}

/** Where a new file goes. */
interface NewFileTarget {
  readonly folder: BoxItem;
  readonly name: string;
}

/** @throws ApiRefusal where the user may not upload to the folder, or the name is invalid or taken */
export function newFileTarget(call: Call, folderId: string, name: string): NewFileTarget {
  const folder = itemFor(call, folderId, "folder", "upload");
  requireFreeUploadName(call.state, folder, validName(name));
  return { folder, name };
}

/** The file that gets a version. @throws ApiRefusal as for a new file */
export function versionTarget(call: Call, id: string, name: string | undefined): BoxItem {
  const file = itemFor(call, id, "file", "edit");
  if (name === undefined) return file;
  requireFreeUploadName(call.state, folderOf(call, file), validName(name), file);
  return file;
}

export function createFile(
  call: Call,
  { folder, name }: NewFileTarget,
  content: Buffer,
  attributes: Attributes,
): BoxItem {
  const { at, byId } = actionStamp(call);
  const item = addItem(call.state, {
    ...{ type: "file", name, content, at, createdById: byId },
    ...{ parentId: folder.id, ownerId: folder.ownerId },
    contentCreatedAt: optionalTime(attributes, "content_created_at"),
    contentModifiedAt: optionalTime(attributes, "content_modified_at"),
  });
  noteChangeIn(call, folder.id);
  call.emit({ type: "ITEM_UPLOAD", item });
  return item;
}

/** Adds a version, with which the file may get another name. */
export function replaceContent(call: Call, file: BoxItem, content: Buffer, attributes: Attributes): BoxItem {
  const stamp = actionStamp(call);
  const contentModifiedAt = optionalTime(attributes, "content_modified_at") ?? stamp.at;
  file.name = optionalText(attributes, "name") ?? file.name;
  file.contentModifiedAt = contentModifiedAt;
  addVersion(file, content, stamp);
  touch(file, stamp);
  noteChangeIn(call, file.parentId);
  call.emit({ type: "ITEM_UPLOAD", item: file });
  return file;
}

/** The response to an upload: a list of one file. */
export function listOf(call: Call, file: BoxItem): object {
  return { total_count: 1, entries: [represent(call, file, fieldsOf(call.query))] };
}

/** The attributes and the content of an upload, in this order. @throws ApiRefusal */
function uploadForm({ request }: Call): { readonly attributes?: Attributes; readonly content: Buffer } {
  const parts = formParts(request);
  if (parts === undefined) {
    throw new ApiRefusal("bad_request", { message: "The body of an upload must be multipart/form-data." });
  }
  // The field of the content has several names: `file` in Box's reference, `content` in an older SDK.
  const file = parts.findIndex(({ name }) => name !== "attributes");
  const metadata = parts.findIndex(({ name }) => name === "attributes");
  if (metadata > file && file >= 0) throw new ApiRefusal("metadata_after_file_contents");
  const content = parts[file]?.content;
  if (content === undefined) throw missingParameter("file");
  requireDigest(content, request.headers["content-md5"]);
  const attributes = parts[metadata]?.content;
  return attributes === undefined
    ? { content }
    : { content, attributes: givenIn(jsonObject(attributes, "'attributes' must be a JSON object.")) };
}

/** The attributes without those that are null: Python's boxsdk sends what its caller leaves out as null. */
export const givenIn = (attributes: Attributes): Attributes =>
  Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== null));

/** @param digest SHA-1 in hex, in spite of the header's name */
function requireDigest(content: Buffer, digest: string | undefined): void {
  if (digest === undefined) return;
  const sha1 = createHash("sha1").update(content).digest("hex");
  if (digest.toLowerCase() !== sha1) throw new ApiRefusal("bad_digest");
}
