import { describe, expect, it } from "vitest";
import { expectBoxResponse } from "../../support/box-openapi/index.ts";

const user = { type: "user", id: "11", name: "Mona", login: "mona@example.com" };
const at = "2026-11-22T02:00:00-08:00";
const folder = {
  ...{ type: "folder", id: "7", etag: "0", sequence_id: "0", name: "Reports", size: 0, description: "" },
  ...{ created_at: at, modified_at: at, trashed_at: null, purged_at: null, parent: null },
  ...{ created_by: user, owned_by: user, shared_link: null, item_status: "active" },
};
const items = (entry: object) => ({ total_count: 1, entries: [entry], offset: 0, limit: 100 });

const check = (method: string, path: string, status: number, body: unknown) => () =>
  expectBoxResponse(method, path, status, body);
const checkFolder = (change: object) =>
  check("GET", "/2.0/folders/{folder_id}", 200, { ...folder, ...change });
const checkItems = (entry: object) => check("GET", "/2.0/folders/{folder_id}/items", 200, items(entry));

describe("the check of responses against Box's published API", () => {
  it.each<readonly [string, ReturnType<typeof check>]>([
    ["a folder", checkFolder({})],
    ["the root folder, whose sequence is null", checkFolder({ id: "0", sequence_id: null, etag: null })],
    ["a list with a file", checkItems({ type: "file", id: "1", etag: "0", sha1: "0f" })],
    ["a page of users", check("GET", "/2.0/users", 200, { entries: [user], next_marker: null })],
    ["a deletion without a body", check("DELETE", "/2.0/users/{user_id}", 204, undefined)],
    ["a redirect to a file's content", check("GET", "/2.0/files/{file_id}/content", 302, undefined)],
    ["a folder behind a shared link", check("GET", "/2.0/shared_items", 200, folder)],
    [
      "a refusal with a code that the reference does not list",
      check("POST", "/2.0/folders", 409, { type: "error", status: 409, code: "item_name_in_use" }),
    ],
    ["a refused token without a body", check("GET", "/2.0/users/me", 401, undefined)],
  ])("accepts %s", (_, checked) => {
    expect(checked).not.toThrow();
  });

  it.each<readonly [string, ReturnType<typeof check>, string]>([
    ["a misspelt property", checkFolder({ modifed_at: at }), "/modifed_at is no property that Box has there"],
    ["a required property that is missing", checkFolder({ id: undefined }), "/id is missing"],
    ["a number instead of text", checkFolder({ id: 7 }), "/id must be string, is 7"],
    ["a null that Box does not allow", checkFolder({ name: null }), "/name must be string, is null"],
    ["a date in another form", checkFolder({ created_at: "yesterday" }), "/created_at must match format"],
    ["a value outside an enumeration", checkFolder({ item_status: "gone" }), '"deleted"]), is "gone"'],
    [
      "a fault in a nested object",
      checkFolder({ owned_by: { ...user, id: 1 } }),
      "/owned_by/id must be string",
    ],
    ["a fault in a nullable object", checkFolder({ parent: { type: "folder" } }), "/parent/id is missing"],
    [
      "a property of folders in a file",
      checkItems({ type: "file", id: "1", item_collection: {} }),
      "/entries/0/item_",
    ],
    ["a type that a list cannot have", checkItems({ type: "fil", id: "1" }), "/entries/0/type must be equal"],
    [
      "a type that no shared link has",
      check("GET", "/2.0/shared_items", 200, { type: "hub" }),
      '/type is "hub"',
    ],
    ["another status", check("POST", "/2.0/folders", 200, folder), "the status is 201"],
    [
      "a body where Box sends none",
      check("DELETE", "/2.0/users/{user_id}", 204, {}),
      "the response has no body",
    ],
    ["an empty body", check("GET", "/2.0/users/me", 200, undefined), "/ must be object"],
    [
      "a refusal that repeats another status",
      check("GET", "/2.0/users/me", 403, { type: "error", status: 404, code: "forbidden" }),
      "/status is 404",
    ],
    [
      "a refusal of another form",
      check("GET", "/2.0/users/me", 403, { error: "forbidden", status: 403 }),
      "/error is no property that Box has there",
    ],
    ["a call that Box does not have", check("GET", "/2.0/webhook", 200, {}), "there is no such call"],
    [
      "a method that the path does not have",
      check("PATCH", "/2.0/webhooks", 200, {}),
      "are GET /2.0/webhooks",
    ],
  ])("refuses %s and names the place", (_, checked, message) => {
    expect(checked).toThrow(message);
  });
});
