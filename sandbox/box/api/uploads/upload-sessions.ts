import { createHash } from "node:crypto";
import { isObject } from "../../../../schemas/json/is-object.ts";
import type { HttpResponse } from "../../../http/server.ts";
import {
  newPart,
  newSession,
  PART_SIZE,
  partCount,
  type UploadPart,
  type UploadSession,
} from "../../items/upload-session.ts";
import { REQUIRED_SCOPES } from "../../scopes.ts";
import { boxTimestamp } from "../../webhooks/signature.ts";
import type { Call } from "../call.ts";
import { ApiRefusal, apiJson, notFound } from "../errors.ts";
import { offsetPage, shortPageOf } from "../paging.ts";
import { invalidParameter, missingParameter, optionalText, requiredText } from "../parameters.ts";
import { notModified, requireMatch } from "../preconditions.ts";
import { type Ids, type Route, route } from "../route.ts";
import {
  createFile,
  givenIn,
  listOf,
  newFileTarget,
  replaceContent,
  requireSize,
  versionTarget,
} from "./upload.ts";

const ONE = "/2.0/files/upload_sessions/{upload_session_id}";

export const UPLOAD_SESSIONS: readonly Route[] = [
  route("POST", "/2.0/files/upload_sessions", REQUIRED_SCOPES.upload, create),
  route("POST", "/2.0/files/{file_id}/upload_sessions", REQUIRED_SCOPES.upload, createForVersion),
  route("GET", ONE, REQUIRED_SCOPES.upload, (call, ids) =>
    apiJson(200, represent(call, sessionFor(call, ids))),
  ),
  route("PUT", ONE, REQUIRED_SCOPES.upload, uploadPart),
  route("DELETE", ONE, REQUIRED_SCOPES.upload, abort),
  route("GET", `${ONE}/parts`, REQUIRED_SCOPES.upload, parts),
  route("POST", `${ONE}/commit`, REQUIRED_SCOPES.upload, commit),
];

type SessionId = Ids<typeof ONE>;

/** A smaller file is uploaded directly. */
const SMALLEST_FILE = 20_000_000;

function create(call: Call): HttpResponse {
  const { body } = call;
  const folderId = requiredText(body, "folder_id");
  const name = requiredText(body, "file_name");
  const size = sizeOf(call);
  newFileTarget(call, folderId, name);
  return open(call, { folderId, fileId: undefined, name, size });
}

function createForVersion(call: Call, { file_id: fileId }: Ids<"{file_id}">): HttpResponse {
  const name = optionalText(call.body, "file_name");
  const size = sizeOf(call);
  versionTarget(call, fileId, name);
  return open(call, { folderId: undefined, fileId, name, size });
}

function sizeOf({ body }: Call): number {
  if (body.file_size === undefined) throw missingParameter("file_size");
  const size = requireSize(body.file_size);
  if (size < SMALLEST_FILE) throw new ApiRefusal("file_size_too_small");
  return size;
}

function open(call: Call, facts: Pick<UploadSession, "folderId" | "fileId" | "name" | "size">): HttpResponse {
  const session = newSession({ ...facts, userId: call.user.id }, call.now());
  call.state.uploadSessions.set(session.id, session);
  return apiJson(201, represent(call, session));
}

function represent({ baseUrl }: Call, session: UploadSession): object {
  const { id, expiresAt, parts } = session;
  const url = `${baseUrl}/api/2.0/files/upload_sessions/${id}`;
  return {
    ...{ id, type: "upload_session", session_expires_at: boxTimestamp(expiresAt), part_size: PART_SIZE },
    ...{ total_parts: partCount(session), num_parts_processed: parts.size },
    session_endpoints: {
      ...{ upload_part: url, commit: `${url}/commit`, abort: url, list_parts: `${url}/parts` },
      ...{ status: url, log_event: `${url}/log` },
    },
  };
}

/** The session, which is open to who created it alone. @throws ApiRefusal */
function sessionFor({ state, user, now }: Call, { upload_session_id: id }: SessionId): UploadSession {
  if (!/^[0-9A-F]{32}$/i.test(id)) throw new ApiRefusal("invalid_upload_session_id");
  const session = state.uploadSessions.get(id.toUpperCase());
  if (session === undefined) throw notFound("upload_session", id);
  if (session.userId !== user.id) throw new ApiRefusal("forbidden");
  if (session.expiresAt <= now()) throw new ApiRefusal("session_expired");
  return session;
}

function uploadPart(call: Call, ids: SessionId): HttpResponse {
  const session = sessionFor(call, ids);
  const { body, headers } = call.request;
  const offset = offsetOf(session, headers["content-range"], body.length);
  // Box documents 412 for a part whose precondition fails; the digest is the only one.
  if (digestIn(headers.digest) !== sha1Of(body, "base64")) throw new ApiRefusal("precondition_failed");
  if (session.parts.has(offset)) throw new ApiRefusal("range_overlaps_existing_part");
  const part = newPart(offset, body);
  session.parts.set(offset, part);
  return apiJson(200, { part: partInfo(part) });
}

/** Where the part begins. @throws ApiRefusal unless it is exactly one of the session's parts */
function offsetOf({ size }: UploadSession, range: string | undefined, length: number): number {
  if (range === undefined) throw missingParameter("content-range");
  const [, first, last, total] = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(range) ?? [];
  const [from, to] = [Number(first), Number(last)];
  const isPart = from % PART_SIZE === 0 && from < size && to === Math.min(from + PART_SIZE, size) - 1;
  if (!isPart || Number(total) !== size || length !== to - from + 1) throw new ApiRefusal("invalid_range");
  return from;
}

/** The base64 digest of a header such as `sha=…`. @throws ApiRefusal where there is none of SHA-1 */
function digestIn(header: string | undefined): string {
  if (header === undefined) throw missingParameter("digest");
  const digest = /^sha=([A-Za-z0-9+/]+=*)$/i.exec(header.trim())?.[1];
  if (digest === undefined) throw invalidParameter("digest", "'digest' must be sha= and the SHA-1 in base64");
  return digest;
}

const sha1Of = (content: Buffer, encoding: "base64" | "hex"): string =>
  createHash("sha1").update(content).digest(encoding);

const partInfo = ({ id, offset, content, sha1 }: UploadPart) => ({
  ...{ part_id: id, offset, size: content.length, sha1 },
});

const inOrder = ({ parts }: UploadSession): readonly UploadPart[] =>
  [...parts.values()].sort((a, b) => a.offset - b.offset);

function parts(call: Call, ids: SessionId): HttpResponse {
  const session = sessionFor(call, ids);
  return apiJson(200, offsetPage(inOrder(session), shortPageOf(call.query), partInfo));
}

/** Makes the file of the parts, all of which the body must list. */
function commit(call: Call, ids: SessionId): HttpResponse {
  const { body, request, state } = call;
  const session = sessionFor(call, ids);
  const uploaded = inOrder(session);
  const listed = listedParts(body.parts);
  const digest = digestIn(request.headers.digest);
  if (uploaded.length < partCount(session)) {
    throw invalidParameter("parts", `${partCount(session) - uploaded.length} parts are not uploaded yet`);
  }
  const isComplete = uploaded.every(({ id }) => listed.includes(id));
  if (!isComplete || listed.length !== uploaded.length) {
    throw invalidParameter("parts", "'parts' must list each part of the session once");
  }
  const content = Buffer.concat(uploaded.map((part) => part.content));
  if (digest !== sha1Of(content, "base64")) throw new ApiRefusal("bad_digest");
  const response = finish(call, session, content);
  state.uploadSessions.delete(session.id);
  return response;
}

function finish(call: Call, session: UploadSession, content: Buffer): HttpResponse {
  const { folderId, fileId, name } = session;
  const given = isObject(call.body.attributes) ? givenIn(call.body.attributes) : {};
  const attributes = name === undefined ? given : { name, ...given };
  if (fileId !== undefined) {
    const file = versionTarget(call, fileId, optionalText(attributes, "name"));
    requireMatch(call, file);
    if (notModified(call, file) !== undefined) throw new ApiRefusal("precondition_failed");
    return apiJson(201, listOf(call, replaceContent(call, file, content, attributes)));
  }
  const target = newFileTarget(call, folderId ?? "0", requiredText(attributes, "name"));
  return apiJson(201, listOf(call, createFile(call, target, content, attributes)));
}

/** The ids of the parts in the body of a commit. */
function listedParts(value: unknown): readonly string[] {
  if (value === undefined) throw missingParameter("parts");
  if (!Array.isArray(value)) throw invalidParameter("parts", "'parts' must be a list");
  return [...new Set(value.map((part: unknown) => String(isObject(part) ? part.part_id : part)))];
}

function abort(call: Call, ids: SessionId): HttpResponse {
  call.state.uploadSessions.delete(sessionFor(call, ids).id);
  return { status: 204 };
}
