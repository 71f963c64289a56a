import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { addItem } from "../../../../sandbox/box/items/create.ts";
import { enterpriseToken, type Scene, scene } from "../box-requests.ts";
import { type ApiCall, apiCalls, namesIn } from "./api-calls.ts";

let at: Scene;
let call: ApiCall;
let folderId: string;

beforeAll(async () => {
  at = await scene();
  call = apiCalls(at, await enterpriseToken(at));
  const { state } = at.box;
  const ownerId = at.app.serviceAccountId;
  const add = (type: "file" | "folder", name: string, day: number, size = 0) =>
    addItem(state, {
      ...{ type, name, parentId: folderId, ownerId, content: Buffer.alloc(size), at: Date.UTC(2026, 1, day) },
    });
  folderId = addItem(state, { type: "folder", name: "Paged", parentId: "0", ownerId }).id;
  add("file", "beta.txt", 3, 10);
  add("file", "Alpha.txt", 2, 30);
  add("folder", "zoo", 1);
  add("file", "gamma.txt", 4, 20);
  add("folder", "Ant", 9);
});
afterAll(() => at.box.close());

describe("the items of a folder", () => {
  test("are sorted by name, folders first, without regard to case", async () => {
    const { status, body } = await call("GET", `/folders/${folderId}/items`);
    expect(status).toBe(200);
    expect(body).toMatchObject({ total_count: 5, offset: 0, limit: 100 });
    expect(body.order).toEqual([
      { by: "type", direction: "ASC" },
      { by: "name", direction: "ASC" },
    ]);
    expect(namesIn(body)).toEqual(["Ant", "zoo", "Alpha.txt", "beta.txt", "gamma.txt"]);
  });

  test("have the mini representation where no fields are named", async () => {
    const { body } = await call("GET", `/folders/${folderId}/items`);
    expect(Object.keys(body.entries[0])).toEqual(["type", "id", "sequence_id", "etag", "name"]);
    expect(Object.keys(body.entries[2])).toEqual([
      ...["type", "id", "file_version", "sequence_id", "etag", "sha1", "name"],
    ]);
  });

  test("have type, id, etag and the named fields, and none that Box does not have", async () => {
    const { body } = await call("GET", `/folders/${folderId}/items?fields=name,size,permissions,nonsense`);
    for (const entry of body.entries) {
      expect(Object.keys(entry)).toEqual(["type", "id", "etag", "name", "size", "permissions"]);
    }
  });

  test.each([
    ["sort=size&direction=DESC", ["Alpha.txt", "gamma.txt", "beta.txt"]],
    ["sort=date", ["Alpha.txt", "beta.txt", "gamma.txt"]],
    ["sort=date&direction=desc", ["gamma.txt", "beta.txt", "Alpha.txt"]],
    ["sort=id", ["beta.txt", "Alpha.txt", "gamma.txt"]],
  ])("are sorted by %s, folders still first", async (query, files) => {
    const { body } = await call("GET", `/folders/${folderId}/items?${query}`);
    expect(namesIn(body).slice(2)).toEqual(files);
  });

  test("are paged by offset and limit", async () => {
    const first = await call("GET", `/folders/${folderId}/items?limit=2`);
    const last = await call("GET", `/folders/${folderId}/items?limit=2&offset=4`);
    expect([namesIn(first.body), namesIn(last.body)]).toEqual([["Ant", "zoo"], ["gamma.txt"]]);
    expect(last.body).toMatchObject({ total_count: 5, offset: 4, limit: 2 });
    expect(namesIn((await call("GET", `/folders/${folderId}/items?offset=5`)).body)).toEqual([]);
  });

  test("come in pages of 1,000 at most", async () => {
    expect((await call("GET", `/folders/${folderId}/items?limit=5000`)).body.limit).toBe(1000);
  });

  test.each([
    ["limit=many", "invalid_limit"],
    ["limit=-1", "invalid_limit"],
    ["offset=1.5", "invalid_offset"],
    ["sort=colour", "bad_request"],
    ["direction=up", "bad_request"],
    ["usemarker=true&marker=nonsense", "bad_request"],
  ])("are refused for %s with %s", async (query, code) => {
    const { status, body } = await call("GET", `/folders/${folderId}/items?${query}`);
    expect([status, body.code]).toEqual([400, code]);
  });

  test("have offsets up to 300,000, and Box's refusal beyond", async () => {
    const at = (offset: number) => call("GET", `/folders/${folderId}/items?offset=${offset}`);
    expect((await at(300_000)).status).toBe(200);
    expect((await at(301_000)).body.context_info.errors).toEqual([
      {
        ...{ reason: "invalid_parameter", name: "offset" },
        message: "Invalid value '301000'. The offset must not exceed the maximum offset of 300000",
      },
    ]);
  });
});

describe("a marker", () => {
  const page = (marker: string, query = "") =>
    call("GET", `/folders/${folderId}/items?usemarker=true&limit=2&marker=${marker}${query}`);

  test("leads through all the items, and the last page has none", async () => {
    const pages = [await page("")];
    while (pages.at(-1)?.body.next_marker) pages.push(await page(pages.at(-1)?.body.next_marker));
    expect(pages.map((page) => namesIn(page.body))).toEqual([
      ["Ant", "zoo"],
      ["Alpha.txt", "beta.txt"],
      ["gamma.txt"],
    ]);
    expect(pages[0]?.body).toMatchObject({ limit: 2, next_marker: expect.any(String) });
    expect(pages[0]?.body).not.toHaveProperty("total_count");
    expect(pages[2]?.body.next_marker).toBeNull();
  });

  test("skips and repeats nothing where items come and go between two pages", async () => {
    const { body } = await page("");
    const { state } = at.box;
    const facts = { parentId: folderId, ownerId: at.app.serviceAccountId };
    const before = addItem(state, { type: "folder", name: "Aardvark", ...facts });
    const after = addItem(state, { type: "file", name: "Aim.txt", ...facts });
    expect(namesIn((await page(body.next_marker)).body)).toEqual(["Aim.txt", "Alpha.txt"]);
    for (const { id } of [before, after]) state.items.delete(id);
  });

  test("follows the order of the call", async () => {
    const order = "&sort=size&direction=DESC";
    const { body } = await page("", order);
    expect(namesIn((await page(body.next_marker, order)).body)).toEqual(["Alpha.txt", "gamma.txt"]);
  });

  test("does not go with a sort of the root", async () => {
    expect((await call("GET", "/folders/0/items?usemarker=true")).status).toBe(200);
    const { status, body } = await call("GET", "/folders/0/items?usemarker=true&sort=name");
    expect([status, body.code]).toEqual([400, "bad_request"]);
    expect(body.context_info.errors[0]).toMatchObject({ reason: "invalid_parameter", name: "sort" });
  });
});
