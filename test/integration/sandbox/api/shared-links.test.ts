import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { addItem } from "../../../../sandbox/box/items/create.ts";
import { addApp } from "../../../../sandbox/box/state.ts";
import { enterpriseToken, exchange, type Scene, scene } from "../box-requests.ts";
import { type ApiCall, apiCalls } from "./api-calls.ts";

let at: Scene;
let call: ApiCall;
/** Of a user of the same enterprise, and of one of another. */
let colleague: ApiCall;
let outsider: ApiCall;
let folderId: string;
let fileId: string;
let count = 0;

beforeAll(async () => {
  at = await scene();
  call = apiCalls(at, await enterpriseToken(at));
  const tokenOf = (clientId: string, userId: string) =>
    at.box.tokens.mint({ clientId, userId, scopes: new Set(["root_readwrite"]), downscoped: false }, 3600)
      .value;
  const other = addApp(at.box.state, "7654321");
  colleague = apiCalls(at, tokenOf(at.app.clientId, at.sample.managedUser.id));
  outsider = apiCalls(at, tokenOf(other.clientId, other.serviceAccountId));
});
afterAll(() => at.box.close());
beforeEach(() => {
  at.box.clock.skewSeconds = 0;
  const ownerId = at.app.serviceAccountId;
  folderId = addItem(at.box.state, { type: "folder", name: `Linked ${++count}`, parentId: "0", ownerId }).id;
  fileId = addItem(at.box.state, { type: "file", name: "in.txt", parentId: folderId, ownerId }).id;
});

const link = (shared_link: object | null, path = `/folders/${folderId}`) =>
  call("PUT", `${path}?fields=shared_link`, { body: { shared_link } });

const header = (url: string, password?: string) => ({
  headers: {
    BoxApi: `shared_link=${url}${password === undefined ? "" : `&shared_link_password=${password}`}`,
  },
});

describe("a shared link", () => {
  test("is made with the default settings, shown and removed", async () => {
    const { status, body } = await link({});
    expect(status).toBe(200);
    expect(body.shared_link).toEqual({
      ...{ url: expect.stringMatching(/^https:\/\/app\.box\.com\/s\/\w{32}$/), download_url: null },
      ...{ vanity_url: null, vanity_name: null, access: "open", effective_access: "open" },
      ...{ effective_permission: "can_download", is_password_enabled: false, unshared_at: null },
      ...{ download_count: 0, preview_count: 0 },
      permissions: { can_preview: true, can_download: true, can_edit: false },
    });
    expect((await call("GET", `/folders/${folderId}`)).body.shared_link).toEqual(body.shared_link);
    expect((await link(null)).body.shared_link).toBeNull();
    expect(at.box.state.sharedLinks.has(body.shared_link.url)).toBe(false);
  });

  test("of a file has a download URL with its extension", async () => {
    const { body } = await link({}, `/files/${fileId}`);
    expect(body.shared_link.download_url).toMatch(/\/shared\/static\/\w{32}\.txt$/);
  });

  test("keeps its URL and what an update does not name", async () => {
    const first = (await link({ password: "S3cret-one", vanity_name: "a-vanity-name-1" })).body.shared_link;
    const second = (await link({ permissions: { can_download: false } })).body.shared_link;
    expect(second).toMatchObject({
      ...{ url: first.url, is_password_enabled: true, vanity_name: "a-vanity-name-1" },
      ...{ effective_permission: "can_preview", permissions: { can_download: false } },
    });
    expect((await link({ password: null })).body.shared_link.is_password_enabled).toBe(false);
  });

  test.each([
    { access: "everybody" },
    { password: "short1A" },
    { password: "onlylowercase" },
    { password: "S3cret-one", access: "company" },
    { access: "collaborators", permissions: { can_download: true } },
    { vanity_name: "too-short" },
    { unshared_at: "2020-01-01T00:00:00Z" },
    { unshared_at: "tomorrow" },
  ])("with %j is refused", async (settings) => {
    const { status, body } = await link(settings);
    expect([status, body.code]).toEqual([400, "bad_request"]);
    expect((await call("GET", `/folders/${folderId}`)).body.shared_link).toBeNull();
  });

  test("with the vanity name of another one is a conflict", async () => {
    await link({ vanity_name: "one-of-a-kind" });
    expect((await link({ vanity_name: "one-of-a-kind" })).status).toBe(200);
    expect((await link({ vanity_name: "one-of-a-kind" }, `/files/${fileId}`)).status).toBe(409);
  });

  test("ends at its time by Box's clock", async () => {
    const unshared_at = new Date(at.box.now() + 60_000).toISOString();
    const { url } = (await link({ unshared_at })).body.shared_link;
    expect((await outsider("GET", "/shared_items", header(url))).status).toBe(200);
    at.box.clock.skewSeconds = 60;
    expect((await outsider("GET", "/shared_items", header(url))).status).toBe(404);
    expect((await call("GET", `/folders/${folderId}`)).body.shared_link).toBeNull();
  });

  test("ends with its item in the trash", async () => {
    const { url } = (await link({})).body.shared_link;
    await call("DELETE", `/folders/${folderId}?recursive=true`);
    expect((await outsider("GET", "/shared_items", header(url))).status).toBe(404);
  });

  test("gives a downscoped token its resource", async () => {
    const { url } = (await link({})).body.shared_link;
    const full = await enterpriseToken(at);
    const { body } = await exchange(at, full, { scope: "item_preview", box_shared_link: url });
    expect(body.restricted_to[0].object.id).toBe(folderId);
  });
});

describe("the exchange of a token for a shared link", () => {
  const byColleague = async (form: Record<string, string>) => {
    const { clientId } = at.app;
    const scopes = new Set(["root_readwrite"]);
    const facts = { clientId, userId: at.sample.managedUser.id, scopes, downscoped: false };
    const { value } = at.box.tokens.mint(facts, 3_600);
    return (await exchange(at, value, { scope: "item_preview", ...form })).body;
  };
  const refused = { error: "invalid_resource", error_description: "The target resource is invalid." };

  test("binds the token of a user who has access by the link alone", async () => {
    const { url } = (await link({ access: "company" })).body.shared_link;
    const { restricted_to } = await byColleague({ box_shared_link: url });
    expect(restricted_to[0].object.id).toBe(folderId);
  });

  test("is refused where the link is for collaborators and the user is none", async () => {
    const { url } = (await link({ access: "collaborators" })).body.shared_link;
    expect(await byColleague({ box_shared_link: url })).toEqual(refused);
  });

  test("is refused where the link has a password", async () => {
    const { url } = (await link({ password: "S3cret-one" })).body.shared_link;
    expect(await byColleague({ box_shared_link: url })).toEqual(refused);
  });

  test("is refused from the moment on at which the link ends by Box's clock", async () => {
    const unshared_at = new Date(at.box.now() + 60_000).toISOString();
    const { url } = (await link({ unshared_at })).body.shared_link;
    expect(await byColleague({ box_shared_link: url })).toHaveProperty("access_token");
    at.box.clock.skewSeconds = 61;
    expect(await byColleague({ box_shared_link: url })).toEqual(refused);
  });

  test("is refused where the request names a resource too", async () => {
    const { url } = (await link({})).body.shared_link;
    const resource = `https://api.box.com/2.0/folders/${folderId}`;
    expect(await byColleague({ box_shared_link: url, resource })).toEqual({
      error: "invalid_request",
      error_description: "The parameters resource and box_shared_link exclude each other.",
    });
  });
});

describe("who has the link", () => {
  test.each([
    ["open", 200, 200],
    ["company", 200, 404],
    ["collaborators", 404, 404],
  ])("of access %s gets the item: in the enterprise %i, outside %i", async (access, inside, outside) => {
    const { url } = (await link({ access })).body.shared_link;
    expect((await colleague("GET", "/shared_items", header(url))).status).toBe(inside);
    expect((await outsider("GET", "/shared_items", header(url))).status).toBe(outside);
    expect((await call("GET", "/shared_items", header(url))).body.id).toBe(folderId);
  });

  test("opens what is below it, and nothing else", async () => {
    const { url } = (await link({})).body.shared_link;
    expect((await outsider("GET", `/files/${fileId}`)).status).toBe(404);
    expect((await outsider("GET", `/files/${fileId}`, header(url))).status).toBe(200);
    expect((await outsider("GET", `/files/${fileId}/content`, header(url))).status).toBe(302);
    await call("GET", `/files/${fileId}/content`);
    expect((await call("GET", `/folders/${folderId}`)).body.shared_link.download_count).toBe(1);
    expect((await outsider("GET", `/folders/${folderId}/items`, header(url))).status).toBe(200);
    expect((await outsider("GET", `/files/${at.sample.reportFile.id}`, header(url))).status).toBe(404);
    const rename = { ...header(url), body: { name: "mine.txt" } };
    expect((await outsider("PUT", `/files/${fileId}`, rename)).status).toBe(403);
  });

  test("downloads only where the link allows it", async () => {
    const { url } = (await link({ permissions: { can_download: false } })).body.shared_link;
    const { status, body } = await outsider("GET", `/files/${fileId}/content`, header(url));
    expect([status, body.code]).toEqual([403, "access_denied_insufficient_permissions"]);
  });

  test("needs its password", async () => {
    const { url } = (await link({ password: "S3cret-one" })).body.shared_link;
    for (const wrong of [undefined, "other"]) {
      const { status, body } = await outsider("GET", "/shared_items", header(url, wrong));
      expect([status, body.code]).toEqual([403, "incorrect_shared_item_password"]);
    }
    expect((await outsider("GET", "/shared_items", header(url, "S3cret-one"))).status).toBe(200);
  });

  test("may percent-encode link and password in the header, as Box's older SDK for Node does", async () => {
    const password = "S3cret & 50% + é";
    const { url } = (await link({ password })).body.shared_link;
    const encoded = encodeURIComponent(url);
    const statusWith = async (...given: [string, string]) =>
      (await outsider("GET", "/shared_items", header(...given))).status;
    expect(await statusWith(encoded, encodeURIComponent(password))).toBe(200);
    expect(await statusWith(encoded.toLowerCase(), encodeURIComponent(password))).toBe(200);
    expect(await statusWith(encoded, encodeURIComponent("other"))).toBe(403);
  });

  test("has its password taken literally with a link that is not encoded", async () => {
    const { url } = (await link({ password: "S3cret%2Done" })).body.shared_link;
    expect((await outsider("GET", "/shared_items", header(url, "S3cret%2Done"))).status).toBe(200);
    expect((await outsider("GET", "/shared_items", header(url, "S3cret-one"))).status).toBe(403);
  });

  test("gets 404 for an encoded link with an escape that is cut off", async () => {
    const { url } = (await link({})).body.shared_link;
    const { status } = await outsider("GET", "/shared_items", header(`${encodeURIComponent(url)}%2`));
    expect(status).toBe(404);
  });

  test("without the header is refused", async () => {
    expect((await call("GET", "/shared_items")).body.context_info.errors[0].name).toBe("boxapi");
  });
});
