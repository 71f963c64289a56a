import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { addItem } from "../../../../sandbox/box/items/create.ts";
import type { BoxItem } from "../../../../sandbox/box/items/item.ts";
import type { Role } from "../../../../sandbox/box/items/roles.ts";
import type { BoxUser } from "../../../../sandbox/box/state.ts";
import type { AccessToken } from "../../../../sandbox/box/tokens.ts";
import { type Scene, scene } from "../box-requests.ts";
import { type ApiCall, apiCalls, namesIn } from "./api-calls.ts";

let at: Scene;
/** Of the Service Account: a folder with a file and an empty folder. */
let shared: BoxItem;
let file: BoxItem;
let empty: BoxItem;
/** Of the Service Account as well, and shared with nobody. */
let hidden: BoxItem;
let mona: BoxUser;
let count = 0;

beforeAll(async () => {
  at = await scene();
  mona = at.sample.managedUser;
});
afterAll(() => at.box.close());
beforeEach(() => {
  const ownerId = at.app.serviceAccountId;
  const add = (type: "file" | "folder", name: string, parentId: string) =>
    addItem(at.box.state, { type, name, parentId, ownerId, content: Buffer.from("text") });
  hidden = add("folder", `Hidden ${++count}`, "0");
  shared = add("folder", `Shared ${count}`, hidden.id);
  file = add("file", "file.txt", shared.id);
  empty = add("folder", "Empty", shared.id);
});

function callAs(user: BoxUser, facts: Partial<AccessToken> = {}): ApiCall {
  const token = { clientId: at.app.clientId, userId: user.id, downscoped: false };
  return apiCalls(
    at,
    at.box.tokens.mint({ ...token, scopes: new Set(["root_readwrite"]), ...facts }, 3600).value,
  );
}

const owner = () => at.box.state.users.get(at.app.serviceAccountId) ?? expect.fail("no owner");

const form = (attributes: object): FormData => {
  const data = new FormData();
  data.append("attributes", JSON.stringify(attributes));
  data.append("file", new Blob(["new"]), "f");
  return data;
};

/** Calls on the shared folder and its file by what they do; the order keeps the file until the end. */
const ACTIONS: Readonly<Record<string, (call: ApiCall) => ReturnType<ApiCall>>> = {
  list: (call) => call("GET", `/folders/${shared.id}/items`),
  info: (call) => call("GET", `/files/${file.id}?fields=permissions`),
  download: (call) => call("GET", `/files/${file.id}/content`),
  upload: (call) =>
    call("POST", "/files/content", { body: form({ name: "new.txt", parent: { id: shared.id } }) }),
  createFolder: (call) => call("POST", "/folders", { body: { name: "New", parent: { id: shared.id } } }),
  version: (call) => call("POST", `/files/${file.id}/content`, { body: form({ name: "file.txt" }) }),
  copy: (call) =>
    call("POST", `/files/${file.id}/copy`, { body: { name: `copy ${count}.txt`, parent: { id: "0" } } }),
  share: (call) => call("PUT", `/files/${file.id}`, { body: { shared_link: {} } }),
  rename: (call) => call("PUT", `/files/${file.id}`, { body: { name: "renamed.txt" } }),
  describe: (call) => call("PUT", `/files/${file.id}`, { body: { description: "d" } }),
  move: (call) => call("PUT", `/files/${file.id}`, { body: { parent: { id: empty.id } } }),
  delete: (call) => call("DELETE", `/files/${file.id}`),
};

async function allowed(call: ApiCall): Promise<readonly string[]> {
  const done: string[] = [];
  for (const [name, action] of Object.entries(ACTIONS)) {
    const { status, body } = await action(call);
    if (status < 400) done.push(name);
    else expect([status, body.code]).toEqual([403, expect.stringMatching(/^access_denied|^insufficient/)]);
  }
  return done;
}

const READ = ["list", "info", "download"];
const EVERYTHING = Object.keys(ACTIONS);

describe("a role of a collaboration", () => {
  test.each<[Role, readonly string[]]>([
    ["co-owner", EVERYTHING],
    ["editor", EVERYTHING],
    ["viewer uploader", [...READ, "upload", "createFolder", "copy", "share"]],
    ["previewer uploader", ["list", "info", "upload", "createFolder"]],
    ["viewer", [...READ, "copy", "share"]],
    ["previewer", ["list", "info"]],
    ["uploader", ["list", "info", "upload", "createFolder"]],
  ])("%s allows %j", async (role, actions) => {
    shared.collaborators.set(mona.id, role);
    expect(await allowed(callAs(mona))).toEqual(actions);
  });

  test("shows in the permissions that Box returns", async () => {
    shared.collaborators.set(mona.id, "viewer");
    const { permissions } = (await ACTIONS.info?.(callAs(mona)))?.body ?? {};
    expect(permissions).toMatchObject({
      ...{ can_download: true, can_preview: true, can_share: true },
      ...{ can_delete: false, can_rename: false, can_upload: false, can_invite_collaborator: false },
    });
  });

  test("adds to the role on a folder above", async () => {
    shared.collaborators.set(mona.id, "previewer");
    expect((await ACTIONS.rename?.(callAs(mona)))?.status).toBe(403);
    file.collaborators.set(mona.id, "editor");
    expect((await ACTIONS.rename?.(callAs(mona)))?.status).toBe(200);
  });

  test("ends with it", async () => {
    shared.collaborators.set(mona.id, "editor");
    expect((await ACTIONS.list?.(callAs(mona)))?.status).toBe(200);
    shared.collaborators.delete(mona.id);
    expect((await ACTIONS.list?.(callAs(mona)))?.status).toBe(404);
  });
});

describe("who is invited to a folder within a folder", () => {
  beforeEach(() => shared.collaborators.set(mona.id, "editor"));

  test("sees it in the own root, and nothing above it", async () => {
    const call = callAs(mona);
    expect(namesIn((await call("GET", "/folders/0/items")).body)).toContain(shared.name);
    const { body } = await call("GET", `/files/${file.id}`);
    expect(namesIn(body.path_collection)).toEqual(["All Files", shared.name]);
    expect((await call("GET", `/folders/${shared.id}`)).body.parent).toMatchObject({ id: "0" });
    expect((await call("GET", `/folders/${hidden.id}`)).status).toBe(404);
    shared.collaborators.delete(mona.id);
    expect(namesIn((await call("GET", "/folders/0/items")).body)).not.toContain(shared.name);
  });

  test("uploads files that belong to the folder's owner", async () => {
    const { body } = await callAs(mona)("POST", "/files/content", {
      body: form({ name: "hers.txt", parent: { id: shared.id } }),
    });
    const { owned_by, created_by } = body.entries[0];
    expect([owned_by.id, created_by.id]).toEqual([at.app.serviceAccountId, mona.id]);
  });

  test("does not take it out of the folder that it is in", async () => {
    const { status } = await callAs(mona)("PUT", `/folders/${shared.id}`, { body: { parent: { id: "0" } } });
    expect(status).toBe(404);
    expect(shared.parentId).toBe(hidden.id);
  });

  test("does not take it out of the root of its owner, by a move or by way of the trash", async () => {
    at.box.state.items.move(shared, "0");
    const call = callAs(mona);
    const parent = { id: "0" };
    expect((await call("PUT", `/folders/${shared.id}`, { body: { parent } })).status).toBe(200);
    expect(
      (await call("PUT", `/folders/${shared.id}`, { body: { parent: at.sample.privateFolder } })).status,
    ).toBe(403);
    expect((await call("DELETE", `/folders/${shared.id}?recursive=true`)).status).toBe(204);
    const aside = { id: at.sample.privateFolder.id };
    expect((await call("POST", `/folders/${shared.id}`, { body: { parent: aside } })).status).toBe(403);
    expect((await call("POST", `/folders/${shared.id}`, { body: {} })).status).toBe(201);
    expect([shared.ownerId, shared.parentId]).toEqual([at.app.serviceAccountId, "0"]);
  });

  test("gives a file to the owner of the folder that it is moved to", async () => {
    const call = callAs(mona);
    const { body } = await call("PUT", `/files/${file.id}`, { body: { parent: { id: "0" } } });
    expect(body.owned_by.id).toBe(mona.id);
    expect((await callAs(owner())("GET", `/files/${file.id}`)).status).toBe(404);
  });
});

describe("a scope", () => {
  test.each<[string, readonly string[]]>([
    ["root_readwrite", EVERYTHING],
    ["root_readonly", READ],
    ["item_preview", ["list", "info"]],
    ["base_explorer", ["list", "info"]],
    ["item_download", READ],
    ["item_upload", ["upload", "createFolder", "version"]],
    ["base_upload", ["list", "upload", "createFolder", "version"]],
    ["item_rename", ["rename"]],
    ["item_share", ["share"]],
    ["item_delete", ["delete"]],
    ["annotation_edit", []],
    ["manage_webhook", []],
  ])("%s allows %j", async (scope, actions) => {
    expect(await allowed(callAs(owner(), { scopes: new Set([scope]) }))).toEqual(actions);
  });

  test("of a renaming allows no other change in the same call", async () => {
    const call = callAs(owner(), { scopes: new Set(["item_rename"]) });
    const body = { name: "renamed.txt", description: "not this" };
    expect((await call("PUT", `/files/${file.id}`, { body })).body.code).toBe("insufficient_scope");
    expect(file.name).toBe("file.txt");
  });
});

describe("a token that is bound to a folder", () => {
  const bound = () => callAs(owner(), { itemId: shared.id, downscoped: true });

  test("reaches all that is in it", async () => {
    expect(await allowed(bound())).toEqual(EVERYTHING.filter((action) => action !== "copy"));
  });

  test("neither uploads, moves nor copies out of it", async () => {
    const call = bound();
    const parent = { id: hidden.id };
    const responses = [
      await call("POST", "/files/content", { body: form({ name: "x", parent }) }),
      await call("POST", "/folders", { body: { name: "x", parent } }),
      await call("PUT", `/files/${file.id}`, { body: { parent } }),
      await call("POST", `/files/${file.id}/copy`, { body: { parent } }),
      await call("OPTIONS", "/files/content", { body: { name: "x", parent } }),
    ];
    expect(responses.map(({ status, body }) => [status, body.code])).toEqual(
      responses.map(() => [403, "insufficient_scope"]),
    );
  });

  test("sees in the trash only what was in it", async () => {
    await bound()("DELETE", `/files/${file.id}`);
    await callAs(owner())("DELETE", `/folders/${at.sample.payroll.id}?recursive=true`);
    expect(namesIn((await bound()("GET", "/folders/trash/items")).body)).toEqual(["file.txt"]);
    await callAs(owner())("POST", `/folders/${at.sample.payroll.id}`);
  });
});

test("As-User creates in the root of that user", async () => {
  const headers = { "As-User": mona.id };
  const body = { name: "By the app", parent: { id: "0" } };
  const created = (await callAs(owner())("POST", "/folders", { body, headers })).body;
  expect([created.owned_by.id, created.created_by.id]).toEqual([mona.id, mona.id]);
  expect((await callAs(mona)("GET", `/folders/${created.id}`)).status).toBe(200);
  expect((await callAs(owner())("GET", `/folders/${created.id}`)).status).toBe(404);
});
