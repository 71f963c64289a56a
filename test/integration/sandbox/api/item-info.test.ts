import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { enterpriseToken, type Scene, scene } from "../box-requests.ts";
import { type ApiCall, apiCalls, namesIn } from "./api-calls.ts";

let at: Scene;
let call: ApiCall;

beforeAll(async () => {
  at = await scene();
  call = apiCalls(at, await enterpriseToken(at));
});
afterAll(() => at.box.close());

const FULL_FILE =
  `allowed_invitee_roles,classification,comment_count,content_created_at,created_by,description,
  disposition_at,expires_at,extension,file_version,has_collaborations,is_accessible_via_shared_link,
  is_associated_with_app_item,is_externally_owned,is_package,item_status,lock,modified_by,owned_by,parent,
  path_collection,permissions,representations,sha1,shared_link,shared_link_permission_options,size,tags,
  uploader_display_name,version_number,watermark_info`.replaceAll(/\s/g, "");

const FULL_FOLDER = `allowed_invitee_roles,allowed_shared_link_access_levels,can_non_owners_invite,
  can_non_owners_view_collaborators,classification,folder_upload_email,has_collaborations,
  is_accessible_via_shared_link,is_associated_with_app_item,is_collaboration_restricted_to_enterprise,
  is_externally_owned,item_collection,permissions,size,sync_state,tags,watermark_info`.replaceAll(/\s/g, "");

describe("a file", () => {
  test("has Box's standard properties, with its path and owner", async () => {
    const { nestedFile, reports } = at.sample;
    const { status, body } = await call("GET", `/files/${nestedFile.id}`);
    expect(status).toBe(200);
    const owner = at.box.state.users.get(at.app.serviceAccountId);
    const user = { type: "user", id: owner?.id, name: owner?.name, login: owner?.login };
    expect(body).toMatchObject({
      ...{ type: "file", id: nestedFile.id, etag: "0", sequence_id: "0", name: "january.txt" },
      ...{ size: 21, description: "", item_status: "active", trashed_at: null, purged_at: null },
      ...{ owned_by: user, created_by: user, modified_by: user, shared_link: null },
      created_at: "2025-12-31T17:00:00-07:00",
      parent: { type: "folder", name: "2026" },
    });
    expect(body.path_collection.total_count).toBe(3);
    expect(namesIn(body.path_collection)).toEqual(["All Files", "Reports", "2026"]);
    expect(body.path_collection.entries[1].id).toBe(reports.id);
  });

  test("has every property of Box's full representation that is requested", async () => {
    const { body } = await call("GET", `/files/${at.sample.reportFile.id}?fields=${FULL_FILE}`);
    expect(Object.keys(body).sort()).toEqual([...FULL_FILE.split(","), "type", "id", "etag"].sort());
    expect(body).toMatchObject({
      ...{ version_number: "1", extension: "txt", is_accessible_via_shared_link: true },
      shared_link: { url: at.sample.sharedLink, access: "open", effective_permission: "can_download" },
      permissions: { can_download: true, can_delete: true, can_upload: true },
    });
  });

  test("has a link for embedding it where that is requested, which no response has otherwise", async () => {
    const path = `/files/${at.sample.reportFile.id}`;
    const { body } = await call("GET", `${path}?fields=expiring_embed_link`);
    expect(body.expiring_embed_link.url).toMatch(
      /^https:\/\/app\.box\.com\/preview\/expiring_embed\/[\w-]+$/,
    );
    expect((await call("GET", path)).body).not.toHaveProperty("expiring_embed_link");
  });

  test("has not changed where If-None-Match names its etag", async () => {
    const path = `/files/${at.sample.reportFile.id}`;
    const same = await call("GET", path, { headers: { "If-None-Match": "0" } });
    expect([same.status, same.text]).toEqual([304, ""]);
    expect((await call("GET", path, { headers: { "If-None-Match": "1" } })).status).toBe(200);
  });

  test.each([
    ["/files/no-number", 405, "method_not_allowed"],
    ["/files/999", 404, "not_found"],
    ["/folders/no-number", 405, "method_not_allowed"],
  ])("with the path %s is refused with %i %s", async (path, status, code) => {
    const response = await call("GET", path);
    expect([response.status, response.body.code]).toEqual([status, code]);
  });

  test("is no folder, and a folder is no file", async () => {
    expect((await call("GET", `/folders/${at.sample.reportFile.id}`)).status).toBe(404);
    expect((await call("GET", `/files/${at.sample.reports.id}`)).status).toBe(404);
  });
});

describe("a folder", () => {
  test("has the size of all below it and its first items", async () => {
    const { body } = await call("GET", `/folders/${at.sample.reports.id}`);
    expect(body).toMatchObject({ type: "folder", name: "Reports", size: 42, folder_upload_email: null });
    expect(namesIn(body.item_collection)).toEqual(["2026", "summary.txt"]);
  });

  test("has its items sorted and paged as the call names it", async () => {
    const { body } = await call("GET", `/folders/${at.sample.reports.id}?offset=1&limit=1`);
    expect(body.item_collection).toMatchObject({ total_count: 2, offset: 1, limit: 1 });
    expect(body.item_collection.entries[0].name).toBe("summary.txt");
  });

  test("has every property of Box's full representation that is requested", async () => {
    const { body } = await call("GET", `/folders/${at.sample.reports.id}?fields=${FULL_FOLDER}`);
    expect(Object.keys(body).sort()).toEqual([...FULL_FOLDER.split(","), "type", "id", "etag"].sort());
  });

  test("has no list of items where the fields do not name it", async () => {
    const { body } = await call("GET", `/folders/${at.sample.reports.id}?fields=name`);
    expect(body).toEqual({ type: "folder", id: at.sample.reports.id, etag: "0", name: "Reports" });
  });
});

test("the root has no etag, no parent and the size of what its user owns", async () => {
  const headers = { "If-None-Match": "0" };
  expect((await call("GET", "/folders/0", { headers })).status).toBe(200);
  const { body } = await call("GET", "/folders/0");
  expect(body).toMatchObject({
    ...{ type: "folder", id: "0", sequence_id: null, etag: null, name: "All Files" },
    ...{ parent: null, created_at: null, path_collection: { total_count: 0, entries: [] } },
  });
  const { reports, payrollFile } = at.sample;
  const sizeOf = async (path: string) => (await call("GET", `${path}?fields=size`)).body.size;
  expect(body.size).toBe(
    (await sizeOf(`/folders/${reports.id}`)) + (await sizeOf(`/files/${payrollFile.id}`)),
  );
});
