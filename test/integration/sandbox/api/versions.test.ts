import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Change } from "../../../../sandbox/box/changes.ts";
import { addItem } from "../../../../sandbox/box/items/create.ts";
import { currentVersion } from "../../../../sandbox/box/items/item.ts";
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

describe("a new version", () => {
  let id: string;
  beforeEach(async () => {
    id = (await upload("file.txt", "one")).body.entries[0].id;
    seen.length = 0;
  });

  const version = (content: string, attributes?: object, headers = {}) =>
    call("POST", `/files/${id}/content`, { body: form(attributes, content), headers });

  test("replaces the content, increases the etag and keeps the old version", async () => {
    const { status, body } = await version("two", { name: "renamed.txt" });
    expect(status).toBe(201);
    expect(body.entries[0]).toMatchObject({ id, name: "renamed.txt", etag: "1", sha1: sha1("two"), size: 3 });
    expect(String(await contentOf(id))).toBe("two");
    expect(seen[0]).toMatchObject({ type: "ITEM_UPLOAD", item: { id } });
    const past = (await call("GET", `/files/${id}/versions`)).body;
    expect(past).toMatchObject({ total_count: 1, entries: [{ name: "file.txt", sha1: sha1("one") }] });
    expect(String(await contentOf(id, `?version=${past.entries[0].id}`))).toBe("one");
  });

  test("needs the etag that If-Match names", async () => {
    expect((await version("two", { name: "file.txt" }, { "If-Match": "0" })).status).toBe(201);
    const { status, body } = await version("three", { name: "file.txt" }, { "If-Match": "0" });
    expect([status, body.code]).toEqual([412, "precondition_failed"]);
    expect(String(await contentOf(id))).toBe("two");
  });

  test("needs no attributes", async () => {
    expect((await version("two")).body.entries[0].name).toBe("file.txt");
  });

  test("with the name of another file is a conflict", async () => {
    await upload("other.txt");
    expect((await version("two", { name: "OTHER.txt" })).status).toBe(409);
  });
});

describe("the versions of a file", () => {
  let id: string;
  /** Of the contents "one" and "two"; "three" is the current one. */
  let past: readonly { readonly id: string }[];
  beforeEach(async () => {
    id = (await upload("file.txt", "one")).body.entries[0].id;
    for (const content of ["two", "three"]) {
      await call("POST", `/files/${id}/content`, { body: form({ name: "file.txt" }, content) });
    }
    past = (await call("GET", `/files/${id}/versions`)).body.entries.toReversed();
  });

  test("are the past ones, the newest first, paged by offset", async () => {
    const numbers = async (query = "") =>
      (await call("GET", `/files/${id}/versions${query}`)).body.entries.map(
        ({ version_number }: { version_number: string }) => version_number,
      );
    expect(await numbers()).toEqual(["2", "1"]);
    expect(await numbers("?limit=1&offset=1")).toEqual(["1"]);
    expect((await call("GET", `/files/${id}/versions?offset=10001`)).status).toBe(400);
  });

  test("have their own properties", async () => {
    const { status, body } = await call("GET", `/files/${id}/versions/${past[0]?.id}`);
    expect(status).toBe(200);
    expect(body).toMatchObject({ type: "file_version", sha1: sha1("one"), size: 3, version_number: "1" });
    const named = (await call("GET", `/files/${id}/versions/${past[0]?.id}?fields=size`)).body;
    expect(named).toEqual({ type: "file_version", id: past[0]?.id, size: 3 });
    expect((await call("GET", `/files/${id}/versions/1`)).status).toBe(404);
  });

  test("are promoted by a copy that becomes the current one", async () => {
    const body = { type: "file_version", id: past[0]?.id };
    const { status, body: promoted } = await call("POST", `/files/${id}/versions/current`, { body });
    expect([status, promoted]).toMatchObject([201, { sha1: sha1("one"), version_number: "4" }]);
    expect(promoted.id).not.toBe(past[0]?.id);
    expect(String(await contentOf(id))).toBe("one");
    expect((await call("GET", `/files/${id}/versions`)).body.total_count).toBe(3);
    expect(seen.at(-1)?.type).toBe("ITEM_DOWNLOAD");
    expect(seen.map(({ type }) => type)).toContain("ITEM_MAKE_CURRENT_VERSION");
  });

  test("go to the trash and come back", async () => {
    const path = `/files/${id}/versions/${past[1]?.id}`;
    expect((await call("DELETE", path)).status).toBe(204);
    expect((await call("GET", path)).body.trashed_at).toEqual(expect.any(String));
    expect((await call("GET", `/files/${id}/content?version=${past[1]?.id}`)).status).toBe(404);
    const restored = await call("PUT", path, { body: { trashed_at: null } });
    expect(restored.body).toMatchObject({ trashed_at: null, restored_at: expect.any(String) });
    expect(String(await contentOf(id, `?version=${past[1]?.id}`))).toBe("two");
  });

  test("are deleted only where they are past, and the file has the etag of If-Match", async () => {
    const file = at.box.state.items.get(id);
    const current = file && currentVersion(file);
    expect((await call("DELETE", `/files/${id}/versions/${current?.id}`)).status).toBe(400);
    const headers = { "If-Match": "0" };
    expect((await call("DELETE", `/files/${id}/versions/${past[0]?.id}`, { headers })).status).toBe(412);
  });

  test("are copied by their id", async () => {
    const body = { name: "copy.txt", version: past[0]?.id, parent: { id: folderId } };
    const copy = (await call("POST", `/files/${id}/copy`, { body })).body;
    expect(copy).toMatchObject({ name: "copy.txt", sha1: sha1("one") });
  });
});
