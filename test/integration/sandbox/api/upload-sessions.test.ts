import { createHash, randomBytes } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { addItem } from "../../../../sandbox/box/items/create.ts";
import { newPart } from "../../../../sandbox/box/items/upload-session.ts";
import { enterpriseToken, type Scene, scene } from "../box-requests.ts";
import { type ApiCall, apiCalls } from "./api-calls.ts";

const PART = 8 * 1024 * 1024;
/** Three parts, of which the last is shorter. */
const CONTENT = randomBytes(20_000_000);
const OFFSETS = [0, PART, 2 * PART];

let at: Scene;
let call: ApiCall;
let folderId: string;
let sessionId: string;
let count = 0;

beforeAll(async () => {
  at = await scene();
  call = apiCalls(at, await enterpriseToken(at));
});
afterAll(() => at.box.close());
beforeEach(async () => {
  at.box.clock.skewSeconds = 0;
  const ownerId = at.app.serviceAccountId;
  folderId = addItem(at.box.state, { type: "folder", name: `Large ${++count}`, parentId: "0", ownerId }).id;
  const body = { folder_id: folderId, file_size: CONTENT.length, file_name: "large.bin" };
  sessionId = (await call("POST", "/files/upload_sessions", { body })).body.id;
});

const digestOf = (content: Buffer) => `sha=${createHash("sha1").update(content).digest("base64")}`;
const partAt = (offset: number) => CONTENT.subarray(offset, offset + PART);

function uploadPart(offset: number, headers = {}, content = partAt(offset)) {
  const range = `bytes ${offset}-${offset + content.length - 1}/${CONTENT.length}`;
  return call("PUT", `/files/upload_sessions/${sessionId}`, {
    ...{ body: content, headers: { Digest: digestOf(content), "Content-Range": range, ...headers } },
  });
}

/** Parts without the time that sending them takes: the test with Box's SDK sends all of a file. */
const store = (offsets: readonly number[] = OFFSETS): object[] =>
  offsets.map((offset) => {
    const part = newPart(offset, partAt(offset));
    at.box.state.uploadSessions.get(sessionId)?.parts.set(offset, part);
    return { part_id: part.id };
  });

const commit = (parts: readonly unknown[], headers = {}, attributes?: object) =>
  call("POST", `/files/upload_sessions/${sessionId}/commit`, {
    ...{ body: { parts, attributes }, headers: { Digest: digestOf(CONTENT), ...headers } },
  });

const create = (body: object, path = "/files/upload_sessions") => call("POST", path, { body });
const status = () => call("GET", `/files/upload_sessions/${sessionId}`);

describe("an upload session", () => {
  test("says how large its parts are and where they go", async () => {
    const { status: code, body } = await status();
    const url = `${at.box.url}/api/2.0/files/upload_sessions/${sessionId}`;
    expect(code).toBe(200);
    expect(body).toMatchObject({
      ...{ id: sessionId, type: "upload_session", part_size: PART, total_parts: 3, num_parts_processed: 0 },
      session_endpoints: {
        upload_part: url,
        commit: `${url}/commit`,
        abort: url,
        list_parts: `${url}/parts`,
      },
    });
  });

  test.each([
    [{ file_name: "x", file_size: 20_000_000 }, "bad_request"],
    [{ folder_id: "0", file_size: 20_000_000 }, "bad_request"],
    [{ folder_id: "0", file_name: "x" }, "bad_request"],
    [{ folder_id: "0", file_name: "x", file_size: "large" }, "bad_request"],
    [{ folder_id: "0", file_name: "x", file_size: 19_999_999 }, "file_size_too_small"],
    [{ folder_id: "0", file_name: "a/b", file_size: 20_000_000 }, "item_name_invalid"],
  ])("is refused for %j: %s", async (body, code) => {
    const response = await create(body);
    expect([response.status, response.body.code]).toEqual([400, code]);
  });

  test("is refused where the name is taken or the folder is not there", async () => {
    const facts = { parentId: folderId, ownerId: at.app.serviceAccountId };
    addItem(at.box.state, { type: "file", name: "taken.bin", ...facts });
    const body = { folder_id: folderId, file_name: "taken.bin", file_size: 20_000_000 };
    expect((await create(body)).body.code).toBe("item_name_in_use");
    expect((await create({ ...body, folder_id: "999" })).status).toBe(404);
  });

  test("belongs to the user who created it", async () => {
    const response = await apiCalls(at, tokenOf(at.sample.managedUser.id))(
      "GET",
      `/files/upload_sessions/${sessionId}`,
    );
    expect([response.status, response.body.code]).toEqual([403, "forbidden"]);
  });

  test("ends after seven days by Box's clock", async () => {
    at.box.clock.skewSeconds = 7 * 24 * 3_600;
    const path = `/files/upload_sessions/${sessionId}`;
    const { status: code, body } = await apiCalls(at, tokenOf(at.app.serviceAccountId))("GET", path);
    expect([code, body.code]).toEqual([410, "session_expired"]);
  });

  test("is gone once it is aborted", async () => {
    expect((await call("DELETE", `/files/upload_sessions/${sessionId}`)).status).toBe(204);
    expect((await status()).status).toBe(404);
  });

  test("is named by an id of its form", async () => {
    const { status: code, body } = await call("GET", "/files/upload_sessions/nonsense");
    expect([code, body.code]).toEqual([400, "invalid_upload_session_id"]);
  });
});

const tokenOf = (userId: string) =>
  at.box.tokens.mint(
    { clientId: at.app.clientId, userId, downscoped: false, scopes: new Set(["root_readwrite"]) },
    3_600,
  ).value;

describe("a commit", () => {
  test("takes attributes that are null as absent", async () => {
    const attributes = { name: null, content_created_at: null, content_modified_at: null };
    const { status: code, body } = await commit(store(), {}, attributes);
    expect([code, body.entries[0].name]).toEqual([201, "large.bin"]);
  });
});

describe("a part", () => {
  test("is stored and listed in the order of the file, of which the commit makes one", async () => {
    const last = (await uploadPart(OFFSETS[2] ?? 0)).body.part;
    const parts = [last, ...store(OFFSETS.slice(0, 2))];
    const { body } = await call("GET", `/files/upload_sessions/${sessionId}/parts`);
    expect(body).toMatchObject({ total_count: 3, offset: 0, limit: 100 });
    expect(body.entries).toMatchObject([parts[1], parts[2], last]);
    expect(body.entries.map(({ size }: { size: number }) => size)).toEqual([PART, PART, 3_222_784]);
    expect((await status()).body.num_parts_processed).toBe(3);
    const page = await call("GET", `/files/upload_sessions/${sessionId}/parts?limit=1&offset=2`);
    expect(page.body.entries).toEqual([last]);
    const { id, sha1 } = (await commit(parts)).body.entries[0];
    expect(sha1).toBe(createHash("sha1").update(CONTENT).digest("hex"));
    expect((await call("GET", `/files/${id}?fields=size`)).body.size).toBe(CONTENT.length);
  });

  const LAST = 2 * PART;
  const end = CONTENT.length - 1;

  test.each([
    ["another total", `bytes ${LAST}-${end}/${CONTENT.length + 1}`, 416],
    ["an offset within a part", `bytes ${LAST + 1}-${end}/${CONTENT.length}`, 416],
    ["a length that is not the body's", `bytes ${LAST}-${end - 1}/${CONTENT.length}`, 416],
    ["a range beyond the file", `bytes ${LAST + PART}-${LAST + PART}/${CONTENT.length}`, 416],
    ["no range", "nonsense", 416],
  ])("with %s is refused", async (_, range, code) => {
    expect((await uploadPart(LAST, { "Content-Range": range })).status).toBe(code);
  });

  test("whose digest differs is refused", async () => {
    const { status: code } = await uploadPart(LAST, { Digest: digestOf(Buffer.from("other")) });
    expect(code).toBe(412);
    expect((await uploadPart(LAST, { Digest: "md5=abc" })).status).toBe(400);
  });

  test("that was uploaded before is a conflict", async () => {
    await uploadPart(LAST);
    const { status: code, body } = await uploadPart(LAST);
    expect([code, body.code]).toEqual([409, "range_overlaps_existing_part"]);
  });
});

describe("a commit", () => {
  test("needs every part and the digest of the file, and ends the session", async () => {
    expect((await commit([])).status).toBe(400);
    const parts = store();
    expect((await commit(parts.slice(1))).status).toBe(400);
    const { body } = await commit(parts, { Digest: digestOf(Buffer.from("other")) });
    expect(body.code).toBe("bad_digest");
    const attributes = { content_modified_at: "2020-01-02T03:04:05-07:00" };
    const committed = await commit(parts, {}, attributes);
    expect([committed.status, committed.body.total_count]).toEqual([201, 1]);
    const parent = { id: folderId };
    expect(committed.body.entries[0]).toMatchObject({ name: "large.bin", parent, ...attributes });
    expect((await status()).status).toBe(404);
  });

  test("is a conflict where the name has been taken since, and the session stays", async () => {
    const parts = store();
    const facts = { parentId: folderId, ownerId: at.app.serviceAccountId };
    addItem(at.box.state, { type: "file", name: "large.bin", ...facts });
    expect((await commit(parts)).status).toBe(409);
    expect((await status()).status).toBe(200);
  });

  test("of a version replaces the content, where the file has the etag of If-Match", async () => {
    const facts = { parentId: folderId, ownerId: at.app.serviceAccountId };
    const file = addItem(at.box.state, { type: "file", name: "versioned.bin", ...facts });
    const size = { file_size: CONTENT.length };
    sessionId = (await create(size, `/files/${file.id}/upload_sessions`)).body.id;
    const parts = store();
    expect((await commit(parts, { "If-Match": "5" })).status).toBe(412);
    expect((await commit(parts, { "If-None-Match": "0" })).status).toBe(412);
    const { body } = await commit(parts, { "If-Match": "0" });
    expect(body.entries[0]).toMatchObject({ id: file.id, etag: "1", name: file.name, size: CONTENT.length });
    expect((await call("GET", `/files/${file.id}/versions`)).body.total_count).toBe(1);
  });
});
