import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Change } from "../../../../sandbox/box/changes.ts";
import { enterpriseToken, type Scene, scene } from "../box-requests.ts";
import { type ApiCall, apiCalls, namesIn } from "./api-calls.ts";

let at: Scene;
let call: ApiCall;
let top: string;
let count = 0;
const seen: Change[] = [];

beforeAll(async () => {
  at = await scene();
  call = apiCalls(at, await enterpriseToken(at));
  at.box.changes.subscribe((change) => seen.push(change));
});
afterAll(() => at.box.close());
beforeEach(async () => {
  top = await make(`Top ${++count}`, "0");
  seen.length = 0;
});

async function make(name: string, parentId: string): Promise<string> {
  const { status, body } = await call("POST", "/folders", { body: { name, parent: { id: parentId } } });
  expect(status).toBe(201);
  return body.id;
}

const events = () => seen.map(({ type }) => type);

describe("creating a folder", () => {
  test("returns it whole and empty, and reports it", async () => {
    const { body } = await call("POST", "/folders", { body: { name: "New", parent: { id: top } } });
    expect(body).toMatchObject({
      ...{ type: "folder", name: "New", etag: "0", size: 0, parent: { id: top } },
      item_collection: { total_count: 0, entries: [] },
      created_by: { id: at.app.serviceAccountId },
    });
    expect(seen).toMatchObject([{ type: "ITEM_CREATE", item: { id: body.id } }]);
    expect(namesIn((await call("GET", `/folders/${top}/items`)).body)).toEqual(["New"]);
  });

  test.each([
    ["", 400, "bad_request"],
    [".", 400, "item_name_invalid"],
    ["..", 400, "item_name_invalid"],
    ["a/b", 400, "item_name_invalid"],
    ["a\\b", 400, "item_name_invalid"],
    ["a\nb", 400, "item_name_invalid"],
    ["space at the end ", 400, "item_name_invalid"],
    ["x".repeat(256), 400, "item_name_too_long"],
    ["x".repeat(255), 201, undefined],
    [" space in front", 201, undefined],
    ["What? <a> *b* \"c\" 'd' | e: 100% — ü 漢字 😀", 201, undefined],
  ])("with the name %j responds %i %s", async (name, status, code) => {
    const response = await call("POST", "/folders", { body: { name, parent: { id: top } } });
    expect([response.status, response.body.code]).toEqual([status, code]);
  });

  test("names the parameter that is missing", async () => {
    const errors = async (body: object) =>
      (await call("POST", "/folders", { body })).body.context_info.errors[0];
    expect(await errors({ parent: { id: top } })).toMatchObject({
      reason: "missing_parameter",
      name: "name",
    });
    expect(await errors({ name: "x" })).toMatchObject({ reason: "missing_parameter", name: "parent" });
    expect(await errors({ name: "x", parent: {} })).toMatchObject({ name: "parent.id" });
  });

  test("is a conflict where the name is taken, also in other case; the conflict is named in a list", async () => {
    const id = await make("Taken", top);
    const { status, body } = await call("POST", "/folders", { body: { name: "tAKEN", parent: { id: top } } });
    expect([status, body.code]).toEqual([409, "item_name_in_use"]);
    const conflict = { type: "folder", id, sequence_id: "0", etag: "0", name: "Taken" };
    expect(body.context_info.conflicts).toEqual([conflict]);
  });

  test("in the root is no conflict with the folder of another user", async () => {
    expect(await make("Mona's folder", "0")).toMatch(/^\d+$/);
  });

  test("in a folder that does not exist is refused", async () => {
    const { status } = await call("POST", "/folders", { body: { name: "x", parent: { id: "999" } } });
    expect(status).toBe(404);
  });

  test("with a body that is no JSON object is refused", async () => {
    const response = await call("POST", "/folders", { body: Buffer.from("[1]") });
    expect([response.status, response.body.code]).toEqual([400, "bad_request"]);
  });
});

describe("updating a folder", () => {
  test("renames it, increases its etag and reports the old name", async () => {
    const { status, body } = await call("PUT", `/folders/${top}`, { body: { name: `Renamed ${count}` } });
    expect(status).toBe(200);
    expect(body).toMatchObject({ name: `Renamed ${count}`, etag: "1", sequence_id: "1" });
    expect(seen).toMatchObject([{ type: "ITEM_RENAME", details: { old_name: `Top ${count}` } }]);
  });

  test("needs the etag that If-Match names", async () => {
    const update = (etag: string) =>
      call("PUT", `/folders/${top}`, { body: { description: "d" }, headers: { "If-Match": etag } });
    expect((await update("0")).status).toBe(200);
    const { status, body } = await update("0");
    expect([status, body.code]).toEqual([412, "precondition_failed"]);
    expect((await update("1")).body.etag).toBe("2");
  });

  test("passes over a property that Box does not know, whatever its name", async () => {
    for (const name of ["colour", "constructor", "toString"]) {
      expect((await call("PUT", `/folders/${top}`, { body: { [name]: "x" } })).status).toBe(200);
    }
  });

  test("moves it with all below it", async () => {
    const [child, other] = [await make("Child", top), await make("Other", top)];
    const { body } = await call("PUT", `/folders/${child}`, { body: { parent: { id: other } } });
    expect(body.parent.id).toBe(other);
    expect(namesIn(body.path_collection)).toEqual(["All Files", `Top ${count}`, "Other"]);
    expect(namesIn((await call("GET", `/folders/${top}/items`)).body)).toEqual(["Other"]);
    expect(seen.at(-1)).toMatchObject({ type: "ITEM_MOVE", details: { old_parent_id: top } });
  });

  test("does not move it into itself or what is below it", async () => {
    const child = await make("Child", top);
    for (const id of [top, child]) {
      const { status, body } = await call("PUT", `/folders/${top}`, { body: { parent: { id } } });
      expect([status, body.code]).toEqual([400, "cyclical_folder_structure"]);
    }
  });

  test("changes nothing where a part of it is refused", async () => {
    await make("Taken", top);
    const id = await make("Free", top);
    const body = { name: "taken", description: "not this", tags: ["nor this"] };
    expect((await call("PUT", `/folders/${id}`, { body })).status).toBe(409);
    const after = (await call("GET", `/folders/${id}?fields=name,description,tags`)).body;
    expect(after).toMatchObject({ etag: "0", name: "Free", description: "", tags: [] });
  });

  test("keeps description, tags and settings", async () => {
    const body = {
      ...{ description: "Reports of the year", tags: ["a", "b"], sync_state: "synced" },
      ...{ can_non_owners_invite: false, is_collaboration_restricted_to_enterprise: true },
    };
    expect((await call("PUT", `/folders/${top}`, { body })).status).toBe(200);
    const fields = Object.keys(body).join(",");
    expect((await call("GET", `/folders/${top}?fields=${fields}`)).body).toMatchObject(body);
  });

  test.each([
    { description: "x".repeat(257) },
    { description: 1 },
    { tags: "a" },
    { tags: Array(101).fill("a") },
    { can_non_owners_invite: "yes" },
    { sync_state: "maybe" },
    { name: 5 },
  ])("refuses %j", async (body) => {
    const response = await call("PUT", `/folders/${top}`, { body });
    expect([response.status, response.body.code]).toEqual([400, "bad_request"]);
  });

  test("leaves the root alone", async () => {
    expect((await call("PUT", "/folders/0", { body: { name: "Mine" } })).status).toBe(403);
    expect((await call("DELETE", "/folders/0?recursive=true")).status).toBe(403);
  });
});

describe("deleting a folder", () => {
  test("that is not empty needs recursive", async () => {
    await make("Child", top);
    const { status, body } = await call("DELETE", `/folders/${top}`);
    expect([status, body.code]).toEqual([400, "folder_not_empty"]);
    expect((await call("DELETE", `/folders/${top}?recursive=true`)).status).toBe(204);
    expect(events()).toEqual(["ITEM_CREATE", "ITEM_TRASH"]);
  });

  test("makes it and all below it unavailable, and its name free", async () => {
    const child = await make("Child", top);
    await call("DELETE", `/folders/${top}?recursive=true`);
    for (const id of [top, child]) {
      const { status, body } = await call("GET", `/folders/${id}`);
      expect([status, body.code]).toEqual([404, "trashed"]);
    }
    expect(await make(`Top ${count}`, "0")).not.toBe(top);
  });

  test("needs the etag that If-Match names", async () => {
    const { status } = await call("DELETE", `/folders/${top}`, { headers: { "If-Match": "7" } });
    expect(status).toBe(412);
    expect((await call("DELETE", `/folders/${top}`, { headers: { "If-Match": "0" } })).status).toBe(204);
  });
});
