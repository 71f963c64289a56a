import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { addApp } from "../../../../sandbox/box/state.ts";
import { enterpriseToken, get, jwtForm, post, type Scene, scene } from "../box-requests.ts";
import { operatorOf, type Send } from "./control-requests.ts";

let at: Scene;
let send: Send;

beforeEach(async () => {
  at = await scene({ signatureKeys: true });
  send = operatorOf(at.box, `${at.box.url}/_sandbox`);
});
afterEach(() => at.box.close());

const put = (document: unknown) => send("/state", { method: "PUT", document });
const add = (document: unknown) => send("/state", { document });
const whole = async () => (await send("/state?contents=true&secrets=true")).body;

describe("GET /state", () => {
  test("returns apps, users, items with their paths, and collaborations", async () => {
    const { sample, app } = at;
    sample.reports.collaborators.set(sample.managedUser.id, "viewer");
    const { status, body } = await send("/state");
    expect(status).toBe(200);
    expect(body.apps).toMatchObject([{ clientId: app.clientId, authentication: "jwt", enabled: true }]);
    expect(body.users.map(({ login }: { login: string }) => login)).toEqual([
      "mona@example.com",
      "AppUser_1@boxdevedition.com",
    ]);
    expect(body.folders).toContainEqual({
      ...{ path: "/Reports/2026", id: expect.any(String), owner: app.serviceAccountId },
    });
    expect(body.files).toContainEqual({
      ...{ path: "/Reports/summary.txt", id: sample.reportFile.id, owner: app.serviceAccountId, size: 21 },
      sha1: sample.reportFile.versions[0]?.sha1,
      sharedLink: { url: sample.sharedLink, access: "open", canDownload: true },
    });
    expect(body.collaborations).toEqual([
      { item: sample.reports.id, user: sample.managedUser.id, role: "viewer" },
    ]);
  });

  test("has contents and secrets only on request", async () => {
    const usual = JSON.stringify((await send("/state")).body);
    const secrets = [at.app.clientSecret, at.app.signatureKeys.primary as string];
    for (const secret of [...secrets, "This is summary.txt."]) expect(usual).not.toContain(secret);
    const all = JSON.stringify(await whole());
    for (const secret of [...secrets, "This is summary.txt."]) expect(all).toContain(secret);
    expect((await send("/state?secrets=yes")).body.error).toBe("secrets is true or false.");
    expect((await send("/state?secret=true")).body.error).toMatch(/Did you mean secrets\?/);
  });

  test("leaves out the trash", async () => {
    at.sample.payroll.trashed = { at: 0, byId: at.app.serviceAccountId };
    const { folders, files } = (await send("/state")).body;
    expect(JSON.stringify([folders, files])).not.toContain("Payroll");
  });
});

describe("PUT /state", () => {
  test("of what GET returned, with contents and secrets, changes nothing", async () => {
    const webhook = { address: "https://example.com/hook", triggers: ["FOLDER.RENAMED", "FILE.UPLOADED"] };
    await add({
      collaborations: [{ item: "/Reports", user: "mona@example.com", role: "editor", status: "pending" }],
      webhooks: [{ item: "/Reports", ...webhook }],
    });
    const before = await whole();
    expect(before.webhooks).toMatchObject([
      {
        id: "901",
        app: at.app.clientId,
        user: at.app.serviceAccountId,
        item: at.sample.reports.id,
        ...webhook,
      },
    ]);
    expect((await put(before)).status).toBe(200);
    expect(await whole()).toEqual(before);
    expect((await get(at, "/2.0/folders/0/items", await enterpriseToken(at))).body.total_count).toBe(2);
  });

  test("of another Box's state makes this one equal to it, keys included", async () => {
    const other = await scene();
    addApp(other.box.state, "7654321", {
      ...{ authentication: "oauth2", redirectUris: ["http://localhost/callback"], enabled: false },
    });
    await post(`${other.box.url}/oauth2/token`, {});
    const foreign = operatorOf(other.box, `${other.box.url}/_sandbox`);
    const document = (await foreign("/state?contents=true&secrets=true")).body;
    expect((await put(document)).status).toBe(200);
    expect(await whole()).toEqual(document);
    const grant = await post(`${at.box.url}/oauth2/token`, jwtForm({ ...at, app: other.app }));
    expect(grant.status).toBe(200);
    await other.box.close();
  });

  test("replaces users and items, keeps the apps where it has none, and ends tokens of removed users", async () => {
    const token = await enterpriseToken(at);
    const user = at.box.tokens.mint(
      { clientId: at.app.clientId, userId: at.sample.managedUser.id, scopes: new Set(), downscoped: false },
      3_600,
    ).value;
    const { body } = await put({ users: [], files: [{ path: "/only.txt", text: "one" }] });
    expect(body).toEqual({ apps: 1, users: 1, items: 1, configs: [] });
    expect((await get(at, "/2.0/users/me", token)).status).toBe(200);
    expect((await get(at, "/2.0/users/me", user)).status).toBe(401);
    const { entries } = (await get(at, "/2.0/folders/0/items", token)).body;
    expect(entries).toMatchObject([{ name: "only.txt" }]);
  });

  test("creates the apps that it has, with a generated key and config.json, and removes the others", async () => {
    const token = await enterpriseToken(at);
    const { body } = await put({ apps: [{ clientId: "newapp", enterpriseId: "99" }] });
    expect(body).toMatchObject({ apps: 1, users: 1, items: 0 });
    const [config] = body.configs;
    expect(config).toMatchObject({
      enterpriseID: "99",
      boxAppSettings: {
        clientID: "newapp",
        clientSecret: expect.any(String),
        appAuth: { privateKey: expect.stringMatching(/^-----BEGIN ENCRYPTED PRIVATE KEY-----/) },
      },
    });
    expect([...(at.box.state.apps.get("newapp")?.publicKeys.keys() ?? [])]).toEqual([
      config.boxAppSettings.appAuth.publicKeyID,
    ]);
    expect((await get(at, "/2.0/users/me", token)).status).toBe(401);
  });
});

describe("POST /state", () => {
  test("adds users, folders on the way, files, shared links and collaborations", async () => {
    const url = "https://app.box.com/s/plan";
    const added = await add({
      users: [{ id: "77", name: "Nina", login: "nina@example.com" }],
      folders: [{ path: "/Projects/Empty", id: "900", description: "d", tags: ["t"] }],
      files: [
        { path: "/Projects/plan.md", id: "901", text: "# Plan", sharedLink: { url, access: "company" } },
        { path: "/own.bin", base64: "AAECAw==", owner: "nina@example.com" },
      ],
      collaborations: [{ item: "/Projects", user: "nina@example.com", role: "viewer" }],
    });
    expect(added.status).toBe(200);
    const token = await enterpriseToken(at);
    const asNina = { "As-User": "77" };
    const { entries } = (await get(at, "/2.0/folders/0/items", token, asNina)).body;
    expect(entries.map(({ name }: { name: string }) => name).sort()).toEqual(["Projects", "own.bin"]);
    expect((await get(at, "/2.0/files/901", token, asNina)).body).toMatchObject({
      ...{ name: "plan.md", size: 6, shared_link: { url, access: "company" } },
    });
    expect((await get(at, "/2.0/folders/900", token)).body).toMatchObject({
      name: "Empty",
      description: "d",
    });
    expect((await get(at, "/2.0/folders/0/items", token)).body.total_count).toBe(3);
  });

  test("gives no item an id that another one of the document has", async () => {
    const id = "4000000009";
    const files = [{ path: "/new/a" }, { path: "/new/b" }, { path: "/new/c", id }];
    expect((await add({ files })).status).toBe(200);
    expect(at.box.state.items.get(id)?.name).toBe("c");
  });

  test("changes a known app's switches, in the same object", async () => {
    const added = await add({
      apps: [{ clientId: at.app.clientId, enabled: false, scopes: ["root_readonly"] }],
    });
    expect(added.body.configs).toEqual([]);
    expect([at.app.enabled, [...at.app.scopes], at.app.publicKeys.size]).toEqual([
      false,
      ["root_readonly"],
      1,
    ]);
  });

  test("is what a reset takes back, unless a checkpoint follows it", async () => {
    at.box.checkpoint();
    await add({ files: [{ path: "/later.txt", text: "x" }] });
    await send("/reset", { method: "POST" });
    expect(JSON.stringify((await send("/state")).body.files)).not.toContain("later.txt");
    await add({ files: [{ path: "/kept.txt", text: "x" }] });
    const items = at.box.state.items.size;
    expect((await send("/checkpoint", { method: "POST" })).body).toEqual({ apps: 1, users: 3, items });
    await send("/reset", { method: "POST" });
    expect(JSON.stringify((await send("/state")).body.files)).toContain("kept.txt");
  });
});

describe("a document with an error changes nothing, and the response names its place", () => {
  const OK = { path: "/good.txt", text: "x" };

  test.each<[string, unknown, string, RegExp]>([
    ["no object", [], "", /not an object/],
    ["an unknown property", { file: [] }, "/file", /no such property\. Did you mean files\?/],
    ["no array", { files: {} }, "/files", /not an array/],
    ["a file without a path", { files: [OK, { text: "x" }] }, "/files/1", /path is missing/],
    ["a path without a slash", { files: [{ path: "a.txt" }] }, "/files/0/path", /a path such as/],
    ["a path with an empty name", { files: [{ path: "/a//b" }] }, "/files/0/path", /a path such as/],
    [
      "a name that Box refuses",
      { files: [OK, { path: "/a/../b" }] },
      "/files/1/path",
      /Box refuses the name "\.\."/,
    ],
    ["a path twice", { files: [OK, { ...OK, path: "/GOOD.txt" }] }, "/files/1/path", /already/],
    ["an item that there is", { files: [{ path: "/Reports/summary.txt" }] }, "/files/0/path", /already/],
    ["a file in a file", { files: [OK, { path: "/good.txt/x" }] }, "/files/1/path", /A file is on the way/],
    [
      "an id twice",
      { files: [{ ...OK, id: "5" }], folders: [{ path: "/f", id: "5" }] },
      "/files/0/id",
      /already/,
    ],
    ["an id that is none", { files: [{ ...OK, id: "x" }] }, "/files/0/id", /an id/],
    ["two contents", { files: [{ ...OK, base64: "" }] }, "/files/0", /several contents/],
    ["no base64", { files: [{ path: "/b", base64: "a" }] }, "/files/0/base64", /base64/],
    ["another SHA-1", { files: [{ ...OK, sha1: "0".repeat(40) }] }, "/files/0/sha1", /not the SHA-1/],
    ["a size alone", { files: [{ path: "/b", size: 3 }] }, "/files/0", /contents=true/],
    [
      "an unknown owner",
      { files: [{ ...OK, owner: "mnoa@example.com" }] },
      "/files/0/owner",
      /Did you mean mona@example.com\?/,
    ],
    ["a login twice", { users: [{ name: "n", login: "MONA@example.com" }] }, "/users/0/login", /already/],
    ["a login that is none", { users: [{ name: "n", login: "mona" }] }, "/users/0/login", /a login/],
    [
      "an unknown role",
      { collaborations: [{ item: "/Reports", user: "mona@example.com", role: "edtor" }] },
      "/collaborations/0/role",
      /Did you mean editor\?/,
    ],
    [
      "a collaboration on nothing",
      { collaborations: [{ item: "/No", user: "mona@example.com", role: "editor" }] },
      "/collaborations/0/item",
      /no file or folder/,
    ],
    [
      "an unknown scope",
      { apps: [{ clientId: "a", scopes: ["root_readwrit"] }] },
      "/apps/0/scopes/0",
      /Did you mean root_readwrite\?/,
    ],
    [
      "a key that is none",
      { apps: [{ clientId: "a", publicKeys: { k: "-----BEGIN PUBLIC KEY-----\nx" } }] },
      "/apps/0/publicKeys/k",
      /OpenSSL/,
    ],
    [
      "an app with App Tokens",
      { apps: [{ clientId: "a", authentication: "app_token" }] },
      "/apps/0/authentication",
      /App Tokens/,
    ],
    [
      "a shared link twice",
      { files: [{ ...OK, sharedLink: { url: "https://app.box.com/s/sandboxsummary" } }] },
      "/files/0/sharedLink/url",
      /Another item/,
    ],
    ["a name of every object", JSON.parse('{ "__proto__": [] }'), "/__proto__", /no such property/],
    [
      "a trigger that a file has not",
      {
        webhooks: [
          { item: "/Reports/summary.txt", address: "https://example.com/", triggers: ["FOLDER.MOVED"] },
        ],
      },
      "/webhooks/0/triggers/0",
      /not one of a file/,
    ],
    [
      "an address that Box refuses",
      { webhooks: [{ item: "/Reports", address: "http://example.com/", triggers: ["FOLDER.MOVED"] }] },
      "/webhooks/0/address",
      /Box refuses this address/,
    ],
  ])("%s", async (_, document, pointer, message) => {
    const before = await whole();
    const refused = await add(document);
    expect(refused.status).toBe(400);
    expect(refused.body.issues[0]).toEqual({ pointer, message: expect.stringMatching(message) });
    expect(refused.body.error).toMatch(/^Nothing was changed\./);
    expect(await whole()).toEqual(before);
  });

  test("with the number of further problems, also where it is one", async () => {
    const { body } = await add({ folders: [{ path: "x" }, { path: "y" }] });
    expect(body.error).toMatch(/\. 1 more problem is in issues\.$/);
  });

  test("also where it was to replace everything", async () => {
    const before = await whole();
    const token = await enterpriseToken(at);
    expect((await put({ users: [], files: [OK, OK] })).status).toBe(400);
    expect(await whole()).toEqual(before);
    expect((await get(at, "/2.0/users/me", token)).status).toBe(200);
  });

  test("several errors are listed at once", async () => {
    const refused = await add({ files: [{}, {}], users: [{}] });
    expect(refused.body.issues.map(({ pointer }: { pointer: string }) => pointer)).toEqual([
      ...["/files/0", "/files/1", "/users/0", "/users/0"],
    ]);
    expect(refused.body.error).toContain("3 more problems");
  });

  test("what is no JSON, and what is too long, are refused", async () => {
    const headers = { "content-type": "application/json" };
    expect((await send("/state", { form: "users=", headers })).body.error).toBe(
      "The body is not a JSON document.",
    );
    const long = await add({ files: [{ path: "/a", text: "x".repeat(9 * 1_024 * 1_024) }] });
    expect([long.status, long.body.error]).toEqual([413, expect.stringContaining("8388608 bytes")]);
  });
});
