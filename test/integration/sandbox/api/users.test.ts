import type { BoxClient } from "box-node-sdk";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { addApp } from "../../../../sandbox/box/state.ts";
import { newAccount } from "../../../../sandbox/box/user-account.ts";
import { boxClient, refusal } from "../../../support/box-client.ts";
import { enterpriseToken, exchange, get, jwtGrant, type Scene, scene } from "../box-requests.ts";

let at: Scene;
let token: string;
let client: BoxClient;

beforeAll(async () => {
  at = await scene();
  token = await enterpriseToken(at);
  client = boxClient(at.box.url, token);
});
afterAll(() => at.box.close());

const named = (prefix: string, more = {}) => client.users.getUsers({ filterTerm: prefix, ...more });
const logins = async (prefix: string, more = {}) =>
  (await named(prefix, more)).entries?.map(({ login }) => login);

describe("users", () => {
  test("a Service Account reads itself, with the fields that it names", async () => {
    const me = await client.users.getUserMe();
    expect(me).toMatchObject({ id: at.app.serviceAccountId, status: "active", language: "en" });
    expect(me.enterprise).toBeUndefined();
    const { enterprise, status, login } = await client.users.getUserMe({ fields: ["enterprise"] });
    expect(enterprise?.id).toBe(at.app.enterpriseId);
    expect({ status, login }).toEqual({ status: undefined, login: me.login });
  });

  test("an App User is created, found by its external id, updated and deleted", async () => {
    at.box.clock.skewSeconds = 600;
    const created = await client.users.createUser({
      name: "Worker",
      isPlatformAccessOnly: true,
      externalAppUserId: "ext-1",
    });
    at.box.clock.skewSeconds = 0;
    expect(created.login).toMatch(/^AppUser_\d+_\w+@boxdevedition\.com$/);
    expect(created.createdAt?.value.getTime()).toBeGreaterThan(Date.now() + 590_000);
    const found = await client.users.getUsers({
      externalAppUserId: "ext-1",
      fields: ["is_platform_access_only"],
    });
    expect(found.entries).toMatchObject([{ id: created.id, isPlatformAccessOnly: true }]);
    const requestBody = { name: "Worker 2", jobTitle: "Bot", spaceAmount: 100 };
    await client.users.updateUserById(created.id, { requestBody });
    const { name, jobTitle, spaceAmount } = await client.users.getUserById(created.id);
    expect({ name, jobTitle, spaceAmount }).toEqual(requestBody);
    await client.users.deleteUserById(created.id);
    expect(await refusal(client.users.getUserById(created.id))).toMatchObject({
      status: 404,
      code: "not_found",
    });
  });

  test("a second App User with the same external id is refused, with the one that has it", async () => {
    const create = (name: string, externalAppUserId: string) =>
      client.users.createUser({ name, isPlatformAccessOnly: true, externalAppUserId });
    const first = await create("First", "ext-2");
    const second = await create("Second", "ext-3");
    const used = {
      responseInfo: {
        statusCode: 409,
        body: {
          ...{ code: "conflict", message: "An app user already exists for this external_app_user_id" },
          context_info: { conflicts: [{ type: "user", id: first.id }] },
        },
      },
    };
    const update = (externalAppUserId: string) =>
      client.users.updateUserById(second.id, { requestBody: { externalAppUserId } });
    await expect(update("ext-2")).rejects.toMatchObject(used);
    expect((await update("ext-3")).id).toBe(second.id);
    await client.users.deleteUserById(first.id);
    expect((await create("Third", "ext-2")).name).toBe("Third");
  });

  test("a new managed user signs in by JWT and has what was set", async () => {
    const { id } = await client.users.createUser({
      name: "Nina New",
      login: "nina@example.com",
      status: "cannot_delete_edit",
      trackingCodes: [],
      canSeeManagedUsers: false,
    });
    const fields = ["status", "can_see_managed_users", "role"];
    expect(await client.users.getUserById(id, { queryParams: { fields } })).toMatchObject({
      status: "cannot_delete_edit",
      canSeeManagedUsers: false,
      role: "user",
    });
    const claims = { sub: id, box_sub_type: "user" };
    const own = (await jwtGrant(at, { claims })).body.access_token;
    expect((await boxClient(at.box.url, own).users.getUserMe()).name).toBe("Nina New");
    await client.users.deleteUserById(id);
    expect((await get(at, "/2.0/users/me", own)).status).toBe(401);
  });

  test("lists are filtered by the beginning of a name or login, and paged by offset and by marker", async () => {
    for (const letter of ["a", "b", "c"]) {
      await client.users.createUser({ name: `Page ${letter}`, login: `page-${letter}@example.com` });
    }
    expect(await logins("PAGE ")).toEqual(["page-a@example.com", "page-b@example.com", "page-c@example.com"]);
    expect(await logins("page-b")).toEqual(["page-b@example.com"]);
    expect(await logins("age")).toEqual([]);
    expect(await named("page", { offset: 1, limit: 1 })).toMatchObject({
      totalCount: 3,
      offset: 1,
      limit: 1,
      entries: [{ name: "Page b" }],
    });
    const first = await named("page", { usemarker: true, limit: 2 });
    const marker = first.nextMarker!;
    expect(first.entries?.map(({ name }) => name)).toEqual(["Page a", "Page b"]);
    await client.users.deleteUserById(first.entries![0]!.id);
    expect(await named("page", { usemarker: true, limit: 2, marker })).toMatchObject({
      entries: [{ name: "Page c" }],
      nextMarker: undefined,
    });
  });

  test.each([
    [{ limit: -1 }, "invalid_limit"],
    [{ offset: -1 }, "invalid_offset"],
    [{ offset: 10_001 }, "bad_request"],
    [{ usemarker: true, marker: "nonsense" }, "bad_request"],
  ])("the page %j is refused", async (page, code) => {
    expect(await refusal(client.users.getUsers(page))).toMatchObject({ status: 400, code });
  });

  test.each([
    [{ name: "No login" }, "login"],
    [{ name: "", login: "x@example.com" }, "name"],
    [{ name: "Bad", login: "nonsense" }, "login"],
    [{ name: "Bad", login: "x@example.com", status: "asleep" }, "status"],
    [{ name: "Bad", login: "x@example.com", jobTitle: "x".repeat(101) }, "job_title"],
  ])("the new user %j is refused, with the parameter's name", async (user, parameter) => {
    expect(await refusal(client.users.createUser(user as never))).toEqual({
      status: 400,
      code: "bad_request",
      parameters: [parameter],
    });
  });

  test("a login that another user or alias has is refused", async () => {
    const { id } = await client.users.createUser({ name: "One", login: "one@example.com" });
    await client.users.createUser({ name: "Two", login: "two@example.com" });
    const used = { status: 409, code: "user_login_already_used" };
    expect(await refusal(client.users.createUser({ name: "X", login: "ONE@example.com" }))).toMatchObject(
      used,
    );
    const requestBody = { login: "two@example.com" };
    expect(await refusal(client.users.updateUserById(id, { requestBody }))).toMatchObject(used);
    await client.users.updateUserById(id, { requestBody: { login: "one@example.com" } });
  });

  test("an email alias is added, listed and removed", async () => {
    const { id } = at.sample.managedUser;
    const alias = await client.emailAliases.createUserEmailAlias(id, { email: "mona2@example.com" });
    expect((await client.emailAliases.getUserEmailAliases(id)).entries).toMatchObject([{ id: alias.id }]);
    expect(
      await refusal(client.emailAliases.createUserEmailAlias(id, { email: "mona2@example.com" })),
    ).toMatchObject({ status: 409 });
    await client.emailAliases.deleteUserEmailAliasById(id, alias.id!);
    expect((await client.emailAliases.getUserEmailAliases(id)).totalCount).toBe(0);
    expect(await refusal(client.emailAliases.deleteUserEmailAliasById(id, alias.id!))).toMatchObject({
      status: 404,
    });
  });

  test("a user with content is deleted by force alone, and the content with it", async () => {
    const { managedUser, privateFolder } = at.sample;
    expect(await refusal(client.users.deleteUserById(managedUser.id))).toMatchObject({
      parameters: ["force"],
    });
    expect(at.box.state.items.has(privateFolder.id)).toBe(true);
    await client.users.deleteUserById(managedUser.id, { queryParams: { force: true, notify: false } });
    expect(at.box.state.items.has(privateFolder.id)).toBe(false);
    at.box.state.users.set(managedUser.id, managedUser);
    at.box.state.items.set(privateFolder.id, privateFolder);
  });

  test("what a user owns is transferred to another user, in a folder of its root", async () => {
    const { id } = await client.users.createUser({ name: "Leaver", login: "leaver@example.com" });
    const leaver = boxClient(at.box.url, token, { asUser: id });
    const made = await leaver.folders.createFolder({ name: "Work", parent: { id: "0" } });
    await leaver.folders.createFolder({ name: "Below", parent: { id: made.id } });
    const to = at.sample.managedUser.id;
    const folder = await client.transfer.transferOwnedFolder(id, { ownedBy: { id: to } });
    expect(folder).toMatchObject({
      name: "leaver@example.com - Leaver's Files and Folders",
      ownedBy: { id: to },
    });
    const mona = boxClient(at.box.url, token, { asUser: to });
    const moved = await mona.folders.getFolderById(made.id);
    expect(moved).toMatchObject({ parent: { id: folder.id }, ownedBy: { id: to } });
    await client.users.deleteUserById(id);
    expect((await mona.folders.getFolderItems(made.id)).entries).toMatchObject([{ name: "Below" }]);
    const itself = client.transfer.transferOwnedFolder(to, { ownedBy: { id: to } });
    expect(await refusal(itself)).toMatchObject({ status: 400, parameters: ["owned_by"] });
  });
});

describe("permissions of users", () => {
  test("a user who is no admin reads itself and no other user", async () => {
    const { managedUser, appUser } = at.sample;
    const mona = boxClient(at.box.url, token, { asUser: managedUser.id });
    expect((await mona.users.getUserById(managedUser.id)).id).toBe(managedUser.id);
    const refused = { status: 403, code: "access_denied_insufficient_permissions" };
    expect(await refusal(mona.users.getUserById(appUser.id))).toMatchObject(refused);
    expect(await refusal(mona.users.getUsers())).toMatchObject(refused);
    expect(await refusal(mona.users.createUser({ name: "X", isPlatformAccessOnly: true }))).toMatchObject(
      refused,
    );
  });

  test("a managed user who is a co-admin manages users", async () => {
    const { managedUser, appUser } = at.sample;
    await client.users.updateUserById(managedUser.id, { requestBody: { role: "coadmin" } });
    const mona = boxClient(at.box.url, token, { asUser: managedUser.id });
    expect((await mona.users.getUserById(appUser.id)).id).toBe(appUser.id);
    await client.users.updateUserById(managedUser.id, { requestBody: { role: "user" } });
  });

  test("a token without a scope for users manages none", async () => {
    const narrow = (await exchange(at, token, { scope: "item_preview" })).body.access_token;
    const reader = boxClient(at.box.url, narrow);
    const refused = { status: 403, code: "insufficient_scope" };
    expect(await refusal(reader.users.getUsers())).toMatchObject(refused);
    expect(await refusal(reader.users.getUserById(at.sample.appUser.id))).toMatchObject(refused);
    expect(await refusal(reader.users.deleteUserById(at.sample.appUser.id))).toMatchObject(refused);
  });

  test.each([
    ["has the scope for App Users alone", { scopes: ["manage_app_users"] }],
    ["has App Access Only", { accessLevel: "app" }],
  ] as const)("an app that %s manages App Users and no managed users", async (_, settings) => {
    const one = await scene(settings as object);
    const own = boxClient(one.box.url, await enterpriseToken(one));
    expect((await own.users.getUsers()).entries?.map(({ id }) => id)).toEqual([one.sample.appUser.id]);
    expect(await refusal(own.users.getUserById(one.sample.managedUser.id))).toMatchObject({ status: 404 });
    const managed = own.users.createUser({ name: "M", login: "m@example.com" });
    expect(await refusal(managed)).toMatchObject({ status: 403, code: "insufficient_scope" });
    await own.users.createUser({ name: "A", isPlatformAccessOnly: true });
    await one.box.close();
  });

  test("an admin who uses another enterprise's app manages the own enterprise", async () => {
    const { state, tokens } = at.box;
    const facts = { name: "Olga", login: "olga@elsewhere.example", enterpriseId: "7654321" } as const;
    state.users.set("2998", { id: "2998", kind: "managed", ...facts });
    const { clientId, scopes } = at.app;
    const { value } = tokens.mint({ clientId, userId: "2998", scopes, downscoped: false }, 3_600);
    const olga = boxClient(at.box.url, value);
    expect(await refusal(olga.users.getUsers())).toMatchObject({ status: 403 });
    Object.assign(state.users.get("2998")!, { account: newAccount() });
    state.users.get("2998")!.account!.attributes.role = "admin";
    const { id } = await olga.users.createUser({ name: "Oleg", login: "oleg@elsewhere.example" });
    expect(state.users.get(id)?.enterpriseId).toBe("7654321");
    const { entries = [] } = await olga.users.getUsers({ fields: ["role"] });
    expect(entries.map((user) => [user.id, user.role])).toEqual([
      ["2998", "admin"],
      [id, "user"],
    ]);
    expect(await refusal(olga.users.getUserById(at.sample.managedUser.id))).toMatchObject({ status: 404 });
  });

  test("users of another enterprise are invisible", async () => {
    const other = addApp(at.box.state, "7654321");
    const login = "stranger@example.com";
    const facts = { name: "Stranger", login, enterpriseId: other.enterpriseId, kind: "managed" } as const;
    at.box.state.users.set("2999", { id: "2999", ...facts });
    expect(await logins("stranger")).toEqual([]);
    for (const call of [
      client.users.getUserById("2999"),
      client.users.updateUserById("2999", { requestBody: { name: "Taken" } }),
      client.users.deleteUserById("2999", { queryParams: { force: true } }),
      client.emailAliases.getUserEmailAliases("2999"),
    ]) {
      expect(await refusal(call)).toMatchObject({ status: 404, code: "not_found" });
    }
    expect(at.box.state.users.get("2999")?.name).toBe("Stranger");
  });
});
