import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { addItem } from "../../../../sandbox/box/items/create.ts";
import { enterpriseToken, type Scene, scene } from "../box-requests.ts";
import { type ApiCall, apiCalls, namesIn } from "./api-calls.ts";

let at: Scene;
let call: ApiCall;
let top: string;
let sub: string;
let fileId: string;
let count = 0;

beforeAll(async () => {
  at = await scene();
  call = apiCalls(at, await enterpriseToken(at));
});
afterAll(() => at.box.close());
beforeEach(() => {
  const ownerId = at.app.serviceAccountId;
  const add = (type: "file" | "folder", name: string, parentId: string) =>
    addItem(at.box.state, { type, name, parentId, ownerId, content: Buffer.from("twelve bytes") }).id;
  top = add("folder", `Top ${++count}`, "0");
  sub = add("folder", "Sub", top);
  fileId = add("file", "file.txt", sub);
});

const remove = (path: string) => call("DELETE", path);

describe("the trash", () => {
  test("has what was deleted, and not what is below it", async () => {
    await remove(`/files/${fileId}`);
    await remove(`/folders/${top}?recursive=true`);
    const { body } = await call("GET", "/folders/trash/items?fields=name,trashed_at,item_status");
    const entry = body.entries.find(({ id }: { id: string }) => id === top);
    expect(entry).toMatchObject({ item_status: "trashed", trashed_at: expect.any(String) });
    expect(body.entries.map(({ id }: { id: string }) => id)).toContain(fileId);
    expect(body.entries.map(({ id }: { id: string }) => id)).not.toContain(sub);
  });

  test("shows an item with the trash as its path", async () => {
    await remove(`/files/${fileId}`);
    const { status, body } = await call("GET", `/files/${fileId}/trash`);
    expect(status).toBe(200);
    expect(body).toMatchObject({ item_status: "trashed", trashed_at: expect.any(String), shared_link: null });
    expect(body.path_collection.entries).toMatchObject([{ type: "folder", id: "1", name: "Trash" }]);
  });

  test("shows a folder, but nothing that is in the trash because of it", async () => {
    await remove(`/folders/${top}?recursive=true`);
    expect((await call("GET", `/folders/${top}/trash`)).status).toBe(200);
    expect((await call("GET", `/files/${fileId}/trash`)).status).toBe(404);
  });

  test("has no item that was not deleted", async () => {
    const { status, body } = await call("GET", `/files/${fileId}/trash`);
    expect([status, body.code]).toEqual([404, "not_trashed"]);
    expect((await call("POST", `/files/${fileId}`, { body: {} })).status).toBe(404);
    expect((await remove(`/files/${fileId}/trash`)).status).toBe(404);
  });

  test("is paged by offset or by marker, not by both", async () => {
    await remove(`/files/${fileId}`);
    const first = await call("GET", "/folders/trash/items?usemarker=true&limit=1");
    expect(first.body.entries).toHaveLength(1);
    const { status, body } = await call("GET", "/folders/trash/items?usemarker=true&offset=1");
    expect([status, body.context_info.errors[0].reason]).toEqual([400, "invalid_parameter"]);
    expect((await call("GET", "/folders/trash/items?marker=a")).status).toBe(400);
    expect((await call("GET", "/folders/trash/items?offset=10001")).status).toBe(400);
  });

  test("gives an item back, to where it was", async () => {
    await remove(`/folders/${top}?recursive=true`);
    const { status, body } = await call("POST", `/folders/${top}`, { body: {} });
    expect(status).toBe(201);
    expect(body).toMatchObject({ id: top, item_status: "active", trashed_at: null });
    expect((await call("GET", `/files/${fileId}`)).status).toBe(200);
  });

  test("gives an item back under another name, in another folder", async () => {
    await remove(`/files/${fileId}`);
    const { body } = await call("POST", `/files/${fileId}`, {
      body: { name: "new.txt", parent: { id: top } },
    });
    expect(body).toMatchObject({ name: "new.txt", parent: { id: top } });
  });

  test("keeps an item whose name has been taken since", async () => {
    await remove(`/files/${fileId}`);
    const facts = { parentId: sub, ownerId: at.app.serviceAccountId };
    addItem(at.box.state, { type: "file", name: "FILE.txt", ...facts });
    const { status, body } = await call("POST", `/files/${fileId}`, { body: {} });
    expect([status, body.code]).toEqual([409, "item_name_in_use"]);
    expect((await call("GET", `/files/${fileId}/trash`)).status).toBe(200);
  });

  test("keeps an item whose folder is in the trash too, until another is named", async () => {
    await remove(`/files/${fileId}`);
    await remove(`/folders/${sub}`);
    expect((await call("POST", `/files/${fileId}`, { body: {} })).status).toBe(404);
    expect((await call("POST", `/files/${fileId}`, { body: { parent: { id: "0" } } })).status).toBe(404);
  });

  test("ends an item for good, with what is below it", async () => {
    await remove(`/folders/${top}?recursive=true`);
    expect((await remove(`/folders/${top}/trash`)).status).toBe(204);
    for (const path of [`/folders/${top}`, `/folders/${top}/trash`, `/files/${fileId}`]) {
      const { status, body } = await call("GET", path);
      expect([status, body.code]).toEqual([404, "not_found"]);
    }
    expect(at.box.state.items.has(fileId)).toBe(false);
  });
});

describe("copying a folder", () => {
  test("copies all below it, and the copies are items of their own", async () => {
    const { status, body } = await call("POST", `/folders/${sub}/copy`, {
      body: { name: "Copy", parent: { id: top } },
    });
    expect(status).toBe(201);
    expect(body).toMatchObject({ name: "Copy", size: 12, parent: { id: top } });
    expect(namesIn(body.item_collection)).toEqual(["file.txt"]);
    await call("PUT", `/files/${fileId}`, { body: { name: "other.txt" } });
    expect(namesIn((await call("GET", `/folders/${body.id}/items`)).body)).toEqual(["file.txt"]);
  });

  test("into itself, or below itself, has an end", async () => {
    for (const [source, to] of [
      [sub, sub],
      [top, sub],
    ]) {
      const { size } = (await call("GET", `/folders/${source}?fields=size`)).body;
      const { status, body } = await call("POST", `/folders/${source}/copy`, {
        body: { parent: { id: to } },
      });
      expect([status, body.size]).toEqual([201, size]);
    }
  });

  test("is refused for the root, for a taken name and for an invalid one", async () => {
    const copy = (id: string, body: object) => call("POST", `/folders/${id}/copy`, { body });
    expect((await copy("0", { parent: { id: top } })).status).toBe(500);
    expect((await copy(sub, { parent: { id: top } })).body.code).toBe("item_name_in_use");
    expect((await copy(sub, { name: "a/b", parent: { id: top } })).body.code).toBe("item_name_invalid");
    expect((await copy(sub, {})).body.code).toBe("bad_request");
  });
});

describe("copying a file", () => {
  test("copies its content, and not its shared link", async () => {
    await call("PUT", `/files/${fileId}`, { body: { shared_link: {}, tags: ["t"] } });
    const { status, body } = await call("POST", `/files/${fileId}/copy?fields=sha1,shared_link,tags,etag`, {
      body: { parent: { id: top } },
    });
    const { sha1 } = (await call("GET", `/files/${fileId}?fields=sha1`)).body;
    expect([status, body]).toMatchObject([201, { sha1, shared_link: null, tags: ["t"], etag: "0" }]);
  });

  test("removes from the new name what Box does not take", async () => {
    const { body } = await call("POST", `/files/${fileId}/copy`, {
      body: { name: "a/b\\c.txt", parent: { id: top } },
    });
    expect(body.name).toBe("abc.txt");
  });

  test("is refused where the name is taken or the folder is not there", async () => {
    const copy = (id: string) => call("POST", `/files/${fileId}/copy`, { body: { parent: { id } } });
    expect((await copy(sub)).status).toBe(409);
    expect((await copy("999")).status).toBe(404);
  });
});
