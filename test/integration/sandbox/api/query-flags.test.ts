import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { addItem } from "../../../../sandbox/box/items/create.ts";
import { enterpriseToken } from "../box-requests.ts";
import { type ApiCall, apiCalls } from "./api-calls.ts";
import { type People, people } from "./people.ts";

let at: People;
let call: ApiCall;

beforeAll(async () => {
  at = await people();
  call = apiCalls(at, await enterpriseToken(at));
});
afterAll(() => at.box.close());

describe.each(["true", "True", "TRUE"])("a flag of the query that is %s", (on) => {
  test.each(["/folders/0/items?limit=1", "/folders/trash/items?limit=1", "/users?limit=1"])(
    "pages %s by marker",
    async (path) => {
      const { status, body } = await call("GET", `${path}&usemarker=${on}`);
      expect(status).toBe(200);
      expect(body).toHaveProperty("next_marker");
      expect(body).not.toHaveProperty("total_count");
    },
  );

  test("deletes a folder with what is in it", async () => {
    const top = addItem(at.box.state, {
      ...{ type: "folder", name: `Top ${on}`, parentId: "0", ownerId: at.app.serviceAccountId },
    });
    addItem(at.box.state, { type: "folder", name: "Sub", parentId: top.id, ownerId: top.ownerId });
    expect((await call("DELETE", `/folders/${top.id}?recursive=${on}`)).status).toBe(204);
  });

  test("deletes a user with content", async () => {
    const { id } = await at.service.users.createUser({ name: "Owner", isPlatformAccessOnly: true });
    addItem(at.box.state, { type: "folder", name: "Owned", parentId: "0", ownerId: id });
    expect((await call("DELETE", `/users/${id}?force=${on}`)).status).toBe(204);
  });
});

describe.each(["false", "False", "yes"])("a flag of the query that is %s", (off) => {
  test("deletes no folder with what is in it", async () => {
    const { reports } = at.sample;
    const { status, body } = await call("DELETE", `/folders/${reports.id}?recursive=${off}`);
    expect([status, body.code]).toEqual([400, "folder_not_empty"]);
  });
});

test.each([
  ["false", 200],
  ["False", 200],
  ["true", 400],
  ["True", 400],
])("a search with include_recent_shared_links=%s responds %i", async (value, status) => {
  const path = `/search?query=summary&include_recent_shared_links=${value}`;
  expect((await call("GET", path)).status).toBe(status);
});
