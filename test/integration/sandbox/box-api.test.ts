import { afterAll, beforeAll, expect, test } from "vitest";
import { enterpriseToken, exchange, get, jwtGrant, type Scene, scene } from "./box-requests.ts";

let at: Scene;
let full: string;
let restricted: string;

beforeAll(async () => {
  at = await scene();
  full = await enterpriseToken(at);
  const resource = `https://api.box.com/2.0/folders/${at.sample.reports.id}`;
  const scope = "base_explorer item_preview item_download";
  restricted = (await exchange(at, full, { scope, resource })).body.access_token;
});
afterAll(() => at.box.close());

test("users/me is the Service Account", async () => {
  const { status, body } = await get(at, "/2.0/users/me", full);
  expect(status).toBe(200);
  expect(body).toMatchObject({ type: "user", id: at.app.serviceAccountId });
});

test("As-User reads as another user, where the app may", async () => {
  const { managedUser, privateFolder } = at.sample;
  const headers = { "As-User": managedUser.id };
  expect((await get(at, "/2.0/users/me", full, headers)).body.id).toBe(managedUser.id);
  expect((await get(at, `/2.0/folders/${privateFolder.id}`, full, headers)).status).toBe(200);
  expect((await get(at, `/2.0/folders/${privateFolder.id}`, full)).status).toBe(404);
  expect((await get(at, "/2.0/users/me", restricted, headers)).status).toBe(403);
  at.app.asUser = false;
  const { status, body } = await get(at, "/2.0/users/me", full, headers);
  at.app.asUser = true;
  expect(status).toBe(403);
  expect(body.code).toBe("access_denied_insufficient_permissions");
});

test.each(["", "nonsense"])("the token %j gets 401, an empty body and the challenge", async (token) => {
  const { status, text, headers } = await get(at, "/2.0/users/me", token);
  expect({ status, text }).toEqual({ status: 401, text: "" });
  expect(headers.get("www-authenticate")).toBe(
    'Bearer realm="Service", error="invalid_token", error_description="The access token provided is invalid."',
  );
  expect(headers.get("box-request-id")).toBeTruthy();
});

test("an expired token is refused like an unknown one", async () => {
  const token = await enterpriseToken(at);
  at.box.tokens.expire(token);
  expect((await get(at, "/2.0/users/me", token)).status).toBe(401);
});

test("a token bound to a folder opens what is in it", async () => {
  const { reports, reportFile, nestedFile } = at.sample;
  expect((await get(at, `/2.0/folders/${reports.id}`, restricted)).status).toBe(200);
  const { body } = await get(at, `/2.0/folders/${reports.id}/items`, restricted);
  expect(body.entries.map(({ name }: { name: string }) => name)).toEqual(["2026", "summary.txt"]);
  for (const { id } of [reportFile, nestedFile]) {
    expect((await get(at, `/2.0/files/${id}`, restricted)).status).toBe(200);
  }
  expect((await get(at, `/2.0/files/${nestedFile.id}/content`, restricted)).text).toBe(
    "This is january.txt.\n",
  );
});

test("a token bound to a folder opens nothing else", async () => {
  const { payroll, payrollFile } = at.sample;
  for (const path of [
    `folders/${payroll.id}`,
    `folders/${payroll.id}/items`,
    `files/${payrollFile.id}`,
    "folders/0",
  ]) {
    const { status, body, headers } = await get(at, `/2.0/${path}`, restricted);
    expect(status).toBe(403);
    expect(body).toMatchObject({
      type: "error",
      status: 403,
      code: "insufficient_scope",
      message: "The request requires higher privileges than provided by the access token.",
    });
    expect(headers.get("www-authenticate")).toContain('error="insufficient_scope"');
  }
  expect((await get(at, `/2.0/files/${payrollFile.id}`, full)).status).toBe(200);
});

test("a scope allows what it is for and no more", async () => {
  const { reportFile, reports } = at.sample;
  const previewOnly = (await exchange(at, full, { scope: "item_preview" })).body.access_token;
  expect((await get(at, `/2.0/files/${reportFile.id}`, previewOnly)).status).toBe(200);
  expect((await get(at, `/2.0/files/${reportFile.id}/content`, previewOnly)).status).toBe(403);
  const annotateOnly = (await exchange(at, full, { scope: "annotation_edit" })).body.access_token;
  expect((await get(at, `/2.0/folders/${reports.id}`, annotateOnly)).status).toBe(403);
});

test("what the user cannot see is not found, with Box's message and escaped slashes", async () => {
  const { status, body, text } = await get(at, "/2.0/folders/123", full);
  expect(status).toBe(404);
  expect(body).toMatchObject({ code: "not_found", message: "Not Found" });
  expect(text).toContain("http:\\/\\/developers.box.com\\/docs\\/#errors");
});

test("a path that the sandbox does not have is not found, with the calls that there are", async () => {
  const { status, body } = await get(at, "/2.0/files/1/comments", full);
  expect({ status, code: body.code }).toEqual({ status: 404, code: "not_found" });
  expect(body.message).toContain("The sandbox has no /2.0/files/1/comments.");
  expect(body.message).toContain("GET /2.0/files/{file_id}/content");
  expect(body.message).toMatch(/Other resources: .*folders.*users/);
  expect((await get(at, "/2.0/nothing", full)).body.message).toMatch(
    /^The sandbox has no \/2.0\/nothing. Other/,
  );
});

test("a method that the path does not have is refused, with the methods that it has", async () => {
  const headers = { Authorization: `Bearer ${full}` };
  const response = await fetch(`${at.box.url}/2.0/users/me`, { method: "DELETE", headers });
  expect(response.status).toBe(405);
  expect(response.headers.get("allow")).toBe("GET");
  expect(await response.json()).toMatchObject({ code: "method_not_allowed", message: "Method Not Allowed" });
});

test("the API is at the path prefix of the upload host too", async () => {
  expect((await get(at, "/api/2.0/users/me", full)).body.id).toBe(at.app.serviceAccountId);
});

test("what a call did reaches who subscribed to the changes", async () => {
  const seen: object[] = [];
  const end = at.box.changes.subscribe((change) => seen.push(change));
  const { reportFile } = at.sample;
  await get(at, `/2.0/files/${reportFile.id}/content`, full);
  end();
  await get(at, `/2.0/files/${reportFile.id}/content`, full);
  const by = at.box.state.users.get(at.app.serviceAccountId);
  expect(seen).toEqual([{ type: "ITEM_DOWNLOAD", item: reportFile, by, at: expect.any(Number) }]);
});

test("each user has a root of its own", async () => {
  const claims = { sub: at.sample.managedUser.id, box_sub_type: "user" };
  const token = (await jwtGrant(at, { claims })).body.access_token;
  const names = async (of: string) =>
    (await get(at, "/2.0/folders/0/items", of)).body.entries.map(({ name }: { name: string }) => name);
  expect(await names(token)).toEqual(["Mona's folder"]);
  expect(await names(full)).toEqual(["Payroll", "Reports"]);
});

test("requests are counted by operation", async () => {
  at.box.requests.clear();
  await enterpriseToken(at);
  await get(at, "/2.0/users/me", full);
  expect(at.box.requests.count("token")).toBe(1);
  expect(at.box.requests.count("token/jwt-bearer")).toBe(1);
  expect(at.box.requests.count("token/client_credentials")).toBe(0);
  expect(at.box.requests.count("api/users")).toBe(1);
  expect(at.box.requests.count()).toBe(2);
  expect(at.box.requests.entries.map(({ operation, status }) => [operation, status])).toEqual([
    ["token/jwt-bearer", 200],
    ["api/users", 200],
  ]);
});
