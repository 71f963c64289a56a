import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { addItem } from "../../../../sandbox/box/items/create.ts";
import { type Scene, scene } from "../box-requests.ts";
import { type ApiCall, apiCalls } from "./api-calls.ts";

let at: Scene;
let owner: ApiCall;
let editor: ApiCall;
let path: string;
let count = 0;

beforeAll(async () => {
  at = await scene();
  const callAs = (userId: string) => {
    const token = { clientId: at.app.clientId, userId, downscoped: false };
    return apiCalls(at, at.box.tokens.mint({ ...token, scopes: new Set(["root_readwrite"]) }, 9_000).value);
  };
  owner = callAs(at.app.serviceAccountId);
  editor = callAs(at.sample.managedUser.id);
});
afterAll(() => at.box.close());
beforeEach(() => {
  at.box.clock.skewSeconds = 0;
  const facts = { parentId: "0", ownerId: at.app.serviceAccountId };
  const file = addItem(at.box.state, { type: "file", name: `locked ${++count}.txt`, ...facts });
  file.collaborators.set(at.sample.managedUser.id, "editor");
  path = `/files/${file.id}`;
});

const lock = (settings: object | null, call = owner) =>
  call("PUT", `${path}?fields=lock`, { body: { lock: settings } });
const rename = (call: ApiCall) => call("PUT", path, { body: { name: `renamed ${count}.txt` } });

describe("a lock", () => {
  test("is shown to everybody, with who made it", async () => {
    const { status, body } = await lock({ type: "lock" });
    expect(status).toBe(200);
    expect(body.lock).toMatchObject({
      ...{ type: "lock", is_download_prevented: false, created_by: { id: at.app.serviceAccountId } },
    });
    expect((await editor("GET", `${path}?fields=lock`)).body.lock).toEqual(body.lock);
  });

  test("keeps every other user from changes, and not from reading", async () => {
    await lock({ type: "lock" });
    for (const response of [await rename(editor), await editor("DELETE", path), await lock(null, editor)]) {
      expect([response.status, response.body.code]).toEqual([403, "access_denied_item_locked"]);
    }
    expect((await editor("GET", `${path}/content`)).status).toBe(302);
    expect((await rename(owner)).status).toBe(200);
  });

  test("may keep other users from the content", async () => {
    await lock({ access: "lock", is_download_prevented: true });
    expect((await editor("GET", `${path}/content`)).status).toBe(403);
    expect((await owner("GET", `${path}/content`)).status).toBe(302);
  });

  test("ends where it is removed, or at its time by Box's clock", async () => {
    await lock({ type: "lock" });
    expect((await lock(null)).body.lock).toBeNull();
    expect((await rename(editor)).status).toBe(200);
    await lock({ type: "lock", expires_at: new Date(at.box.now() + 60_000).toISOString() });
    expect((await rename(editor)).status).toBe(403);
    at.box.clock.skewSeconds = 61;
    expect((await rename(editor)).status).toBe(200);
  });

  test.each([{}, { type: "key" }, { type: "lock", expires_at: "2020-01-01T00:00:00Z" }])(
    "of %j is refused",
    async (settings) => {
      expect((await lock(settings)).status).toBe(400);
    },
  );
});

test("an update that changes nothing leaves the etag", async () => {
  expect((await owner("PUT", path, { body: {} })).body.etag).toBe("0");
});
