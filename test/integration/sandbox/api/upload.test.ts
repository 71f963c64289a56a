import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Change } from "../../../../sandbox/box/changes.ts";
import { addItem } from "../../../../sandbox/box/items/create.ts";
import { enterpriseToken, type Scene, scene } from "../box-requests.ts";
import { type ApiCall, apiCalls } from "./api-calls.ts";
import { form, sha1, uploadCalls } from "./upload-calls.ts";

let at: Scene;
let call: ApiCall;
let folderId: string;
let count = 0;
const seen: Change[] = [];

beforeAll(async () => {
  at = await scene();
  call = apiCalls(at, await enterpriseToken(at));
  at.box.changes.subscribe((change) => seen.push(change));
});
afterAll(() => at.box.close());
beforeEach(() => {
  seen.length = 0;
  const ownerId = at.app.serviceAccountId;
  folderId = addItem(at.box.state, { type: "folder", name: `Up ${++count}`, parentId: "0", ownerId }).id;
});

const upload = (name: string, content?: string | Buffer, headers = {}) =>
  uploadCalls(call).upload(folderId, name, content, headers);
const contentOf = (id: string, query = "") => uploadCalls(call).contentOf(id, query);

describe("an upload", () => {
  test("returns a list of the one file, and reports it", async () => {
    const { status, body } = await upload("new.txt", "hello");
    expect([status, body.total_count]).toEqual([201, 1]);
    expect(body.entries[0]).toMatchObject({
      ...{ type: "file", name: "new.txt", size: 5, sha1: sha1("hello"), etag: "0" },
      parent: { id: folderId },
    });
    expect(seen).toMatchObject([{ type: "ITEM_UPLOAD", item: { id: body.entries[0].id } }]);
    expect((await call("GET", `/folders/${folderId}?fields=size`)).body.size).toBe(5);
  });

  test("keeps every byte, also of what looks like the form around it", async () => {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
    const content = Buffer.concat([
      bytes,
      Buffer.from("\r\n--boundary--\r\n\r\n--"),
      bytes,
      Buffer.from("\r\n"),
    ]);
    const { body } = await upload("bytes.bin", content);
    expect((await contentOf(body.entries[0].id)).equals(content)).toBe(true);
  });

  test("of an empty file makes one of no bytes", async () => {
    const { body } = await upload("empty", "");
    expect(body.entries[0]).toMatchObject({ size: 0, sha1: sha1("") });
    expect(await contentOf(body.entries[0].id)).toHaveLength(0);
  });

  test("is at the path of the upload host too", async () => {
    const token = await enterpriseToken(at);
    const response = await fetch(`${at.box.url}/api/2.0/files/content`, {
      ...{ method: "POST", headers: { Authorization: `Bearer ${token}` } },
      body: form({ name: "there.txt", parent: { id: folderId } }, "x"),
    });
    expect(response.status).toBe(201);
  });

  test("takes the content's times from the attributes", async () => {
    const times = {
      content_created_at: "2020-01-02T03:04:05Z",
      content_modified_at: "2021-01-02T03:04:05-07:00",
    };
    const attributes = { name: "old.txt", parent: { id: folderId }, ...times };
    const { body } = await call("POST", "/files/content", { body: form(attributes, "x") });
    expect(body.entries[0]).toMatchObject({
      content_created_at: "2020-01-01T20:04:05-07:00",
      content_modified_at: "2021-01-02T03:04:05-07:00",
    });
  });

  test("takes attributes that are null as absent, which Python's boxsdk sends", async () => {
    const times = { content_created_at: null, content_modified_at: null, description: null };
    const attributes = { name: "nulls.txt", parent: { id: folderId }, ...times };
    const { status, body } = await call("POST", "/files/content", { body: form(attributes, "x") });
    const [{ id, created_at, content_created_at, content_modified_at }] = body.entries;
    expect(status).toBe(201);
    expect([content_created_at, content_modified_at]).toEqual([created_at, created_at]);
    const version = form({ name: null, content_modified_at: null }, "y");
    const next = await call("POST", `/files/${id}/content`, { body: version });
    expect(next.status).toBe(201);
    expect(next.body.entries[0]).toMatchObject({ name: "nulls.txt", etag: "1" });
  });

  test.each([
    [{ name: null }, "missing_parameter", "name"],
    [{ parent: null }, "missing_parameter", "parent"],
  ])("needs its name and folder: with %j it is refused", async (attributes, reason, name) => {
    const body = form({ name: "x.txt", parent: { id: folderId }, ...attributes }, "x");
    const response = await call("POST", "/files/content", { body });
    expect(response.status).toBe(400);
    expect(response.body.context_info.errors[0]).toMatchObject({ reason, name });
  });

  test("returns the fields that the call names", async () => {
    const body = form({ name: "f.txt", parent: { id: folderId } }, "x");
    const response = await call("POST", "/files/content?fields=sha1", { body });
    expect(Object.keys(response.body.entries[0])).toEqual(["type", "id", "etag", "sha1"]);
  });

  test("may name the field of its content as an older SDK does", async () => {
    const attributes = { name: "older.txt", parent: { id: folderId } };
    const { body } = await call("POST", "/files/content", { body: form(attributes, "hello", "content") });
    expect(body.entries[0].sha1).toBe(sha1("hello"));
  });

  test("needs its attributes before the file", async () => {
    const data = form(undefined, "content");
    data.append("attributes", JSON.stringify({ name: "late.txt", parent: { id: folderId } }));
    const { status, body } = await call("POST", "/files/content", { body: data });
    expect([status, body.code]).toEqual([400, "metadata_after_file_contents"]);
  });

  test.each([
    ["no attributes", () => form(undefined, "x"), "bad_request"],
    [
      "attributes that are no JSON",
      () => {
        const data = new FormData();
        data.append("attributes", "{");
        data.append("file", new Blob(["x"]), "x");
        return data;
      },
      "bad_request",
    ],
    ["no folder", () => form({ name: "x" }, "x"), "bad_request"],
    ["no name", () => form({ parent: { id: "0" } }, "x"), "bad_request"],
    [
      "no file",
      () => {
        const data = new FormData();
        data.append("attributes", JSON.stringify({ name: "x", parent: { id: "0" } }));
        return data;
      },
      "bad_request",
    ],
    ["an invalid name", () => form({ name: "a/b", parent: { id: folderId } }, "x"), "item_name_invalid"],
    ["no form", () => Buffer.from("just bytes"), "bad_request"],
  ])("with %s is refused", async (_, body, code) => {
    const response = await call("POST", "/files/content", { body: body() });
    expect([response.status, response.body.code]).toEqual([400, code]);
  });

  test("is a conflict where the name is taken, with the file and its SHA-1", async () => {
    const { id } = (await upload("Taken.txt", "first")).body.entries[0];
    const { status, body } = await upload("taken.TXT", "second");
    expect([status, body.code]).toEqual([409, "item_name_in_use"]);
    expect(body.context_info.conflicts).toMatchObject({ type: "file", id, sha1: sha1("first") });
  });

  test("is compared with the SHA-1 in content-md5", async () => {
    expect((await upload("good.txt", "hello", { "content-md5": sha1("hello") })).status).toBe(201);
    const { status, body } = await upload("bad.txt", "hello", { "content-md5": sha1("other") });
    expect([status, body.code]).toEqual([400, "bad_digest"]);
    expect((await call("GET", `/folders/${folderId}/items`)).body.total_count).toBe(1);
  });

  test("may come without its length, and is then read to the same limit", async () => {
    const token = await enterpriseToken(at);
    const request = new Request("http://form", {
      ...{
        method: "POST",
        body: form({ name: "chunked.bin", parent: { id: folderId } }, Buffer.alloc(100_000)),
      },
    });
    const send = async (path: string, body: ReadableStream<Uint8Array> | null, type: string) => {
      const headers = { Authorization: `Bearer ${token}`, "Content-Type": type };
      const init = { method: "POST", headers, body, duplex: "half" } as const;
      return (await fetch(`${at.box.url}/2.0${path}`, init)).status;
    };
    const type = request.headers.get("content-type") ?? "";
    expect(await send("/files/content", request.body, type)).toBe(201);
    const tooLong = new Blob([Buffer.alloc(9 * 1024 * 1024)]).stream();
    expect(await send("/folders", tooLong, "application/json")).toBe(413);
  });

  test("may be longer than any other call", async () => {
    const content = Buffer.alloc(9 * 1024 * 1024);
    const attributes = JSON.stringify({ name: "large.bin", parent: { id: folderId } });
    const head = (name: string) => `--x\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n`;
    const before = Buffer.from(`${head("attributes")}${attributes}\r\n${head("file")}`);
    const { status, body } = await call("POST", "/files/content", {
      body: Buffer.concat([before, content, Buffer.from("\r\n--x--\r\n")]),
      headers: { "Content-Type": "multipart/form-data; boundary=x" },
    });
    expect([status, body.entries[0].size]).toEqual([201, content.length]);
    const refused = await call("POST", "/folders", { body: content });
    expect([refused.status, refused.body.code]).toEqual([413, "request_entity_too_large"]);
  });
});

describe("a preflight check", () => {
  const check = (body: object, path = "/files/content") => call("OPTIONS", path, { body });

  test("returns where to upload", async () => {
    const { status, body } = await check({ name: "new.txt", parent: { id: folderId }, size: 1024 });
    expect([status, body.upload_url]).toEqual([200, `${at.box.url}/api/2.0/files/content`]);
    expect(body.upload_token).toMatch(/^\w{32}$/);
    expect((await call("GET", `/folders/${folderId}/items`)).body.total_count).toBe(0);
  });

  test("refuses what the upload would refuse", async () => {
    await upload("taken.txt");
    const refused = async (body: object) => {
      const response = await check({ parent: { id: folderId }, ...body });
      return [response.status, response.body.code];
    };
    expect(await refused({ name: "taken.txt" })).toEqual([409, "item_name_in_use"]);
    expect(await refused({ name: "a/b" })).toEqual([400, "item_name_invalid"]);
    expect(await refused({ name: "x", parent: { id: "999" } })).toEqual([404, "not_found"]);
    expect(await refused({ name: "x", size: 6 * 1024 ** 3 })).toEqual([403, "file_size_limit_exceeded"]);
    expect(await refused({ name: "x", size: "many" })).toEqual([400, "bad_request"]);
  });

  test("is there for a new version as well", async () => {
    const { id } = (await upload("one.txt")).body.entries[0];
    await upload("two.txt");
    const token = await enterpriseToken(at);
    const preflight = async (body: object) => {
      const headers = { Authorization: `Bearer ${token}` };
      const init = { method: "OPTIONS", headers, body: JSON.stringify(body) };
      return (await fetch(`${at.box.url}/2.0/files/${id}/content`, init)).status;
    };
    expect(await preflight({ size: 10 })).toBe(200);
    expect(await preflight({ name: "two.txt" })).toBe(409);
  });
});
