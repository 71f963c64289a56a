import type { BoxClient } from "box-node-sdk";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { boxClient, refusal } from "../../../support/box-client.ts";
import { enterpriseToken, exchange } from "../box-requests.ts";
import { type People, people } from "./people.ts";

let at: People;
let service: BoxClient;

beforeAll(async () => {
  at = await people();
  at.box.checkpoint();
  ({ service } = at);
});
beforeEach(() => at.box.reset());
afterAll(() => at.box.close());

const DENIED = { status: 403, code: "access_denied_insufficient_permissions" };
type Role = Parameters<BoxClient["userCollaborations"]["createCollaboration"]>[0]["role"];

/** Invites a user of the sample to its folder of reports. */
const invite = (
  role: Role,
  who: object = { id: at.sample.managedUser.id },
  { by = service, more = {} }: { readonly by?: BoxClient; readonly more?: object } = {},
) =>
  by.userCollaborations.createCollaboration({
    item: { type: "folder", id: at.sample.reports.id },
    accessibleBy: { type: "user", ...who },
    role,
    ...more,
  });

const canRead = (client: BoxClient) =>
  client.folders.getFolderById(at.sample.reports.id).then(
    () => true,
    () => false,
  );

describe("a collaboration", () => {
  test("with a user of the enterprise is accepted at once and opens the folder", async () => {
    expect(await canRead(at.managed)).toBe(false);
    const made = await invite("viewer");
    expect(made).toMatchObject({
      status: "accepted",
      role: "viewer",
      accessibleBy: { id: at.sample.managedUser.id, name: "Mona Managed", login: "mona@example.com" },
      item: { id: at.sample.reports.id, type: "folder" },
      createdBy: { id: at.app.serviceAccountId },
    });
    expect(await canRead(at.managed)).toBe(true);
    expect((await at.managed.userCollaborations.getCollaborationById(made.id)).id).toBe(made.id);
    await service.userCollaborations.deleteCollaborationById(made.id);
    expect(await canRead(at.managed)).toBe(false);
  });

  test.each([
    ["editor", true, true],
    ["viewer uploader", true, false],
    ["viewer", true, false],
    ["previewer", false, false],
    ["uploader", false, false],
  ] as const)("lets a %s download: %s, and rename: %s", async (role, downloads, renames) => {
    await invite(role);
    const { reportFile } = at.sample;
    const allowed = async (call: Promise<unknown>) =>
      call.then(
        () => true,
        () => false,
      );
    expect(await allowed(at.managed.downloads.getDownloadFileUrl(reportFile.id))).toBe(downloads);
    const requestBody = { name: "renamed" };
    expect(await allowed(at.managed.folders.updateFolderById(at.sample.reports.id, { requestBody }))).toBe(
      renames,
    );
  });

  test("is made by the user's address in any letter case", async () => {
    const made = await invite("viewer", { login: at.sample.managedUser.login.toUpperCase() });
    expect(made.accessibleBy?.id).toBe(at.sample.managedUser.id);
  });

  test("has another role after an update, and ends by itself at its time", async () => {
    const expiresAt = { value: new Date(at.box.now() + 600_000) };
    const { id } = await invite("viewer", undefined, { more: { expiresAt } });
    const updated = await service.userCollaborations.updateCollaborationById(id, {
      requestBody: { role: "previewer" },
    });
    expect(updated?.role).toBe("previewer");
    expect(at.box.state.items.get(at.sample.reports.id)?.collaborators.get(at.sample.managedUser.id)).toBe(
      "previewer",
    );
    at.box.clock.skewSeconds = 601;
    expect(await canRead(at.managed)).toBe(false);
    expect(await refusal(service.userCollaborations.getCollaborationById(id))).toMatchObject({ status: 404 });
  });

  test("with a group gives its members the role, and the strongest role counts", async () => {
    const group = await service.groups.createGroup({ name: "Readers" });
    const { id } = await service.memberships.createGroupMembership({
      user: { id: at.sample.managedUser.id },
      group: { id: group.id },
    });
    const made = await service.userCollaborations.createCollaboration({
      item: { type: "folder", id: at.sample.reports.id },
      accessibleBy: { type: "group", id: group.id },
      role: "viewer",
    });
    expect(made.accessibleBy).toMatchObject({ type: "group", name: "Readers" });
    expect(await canRead(at.managed)).toBe(true);
    const own = await invite("editor");
    const role = () =>
      at.box.state.items.get(at.sample.reports.id)?.collaborators.get(at.sample.managedUser.id);
    expect(role()).toBe("editor");
    await service.userCollaborations.deleteCollaborationById(own.id);
    expect(role()).toBe("viewer");
    expect((await service.listCollaborations.getGroupCollaborations(group.id)).entries).toHaveLength(1);
    await service.memberships.deleteGroupMembershipById(id!);
    expect(await canRead(at.managed)).toBe(false);
  });

  test("makes its user the owner, and the old owner a co-owner", async () => {
    const { id } = await invite("editor");
    const requestBody = { role: "owner" } as const;
    const update = () => at.managed.userCollaborations.updateCollaborationById(id, { requestBody });
    expect(await refusal(update())).toMatchObject(DENIED);
    expect(await service.userCollaborations.updateCollaborationById(id, { requestBody })).toBeUndefined();
    const folder = await service.folders.getFolderById(at.sample.reports.id);
    expect(folder.ownedBy?.id).toBe(at.sample.managedUser.id);
    const { entries } = await at.managed.listCollaborations.getFolderCollaborations(at.sample.reports.id);
    expect(entries).toMatchObject([{ role: "co-owner", accessibleBy: { id: at.app.serviceAccountId } }]);
  });

  test("lists have those of the folders above, by pages", async () => {
    await invite("viewer");
    await invite("editor", { id: at.sample.appUser.id });
    const { listCollaborations } = service;
    const first = await listCollaborations.getFolderCollaborations(at.sample.reports.id, {
      queryParams: { limit: 1 },
    });
    expect(first.entries?.map(({ role }) => role)).toEqual(["viewer"]);
    const queryParams = { limit: 1, marker: first.nextMarker! };
    const second = await listCollaborations.getFolderCollaborations(at.sample.reports.id, { queryParams });
    expect(second.entries?.map(({ role }) => role)).toEqual(["editor"]);
    expect(second.nextMarker).toBeUndefined();
    const ofFile = await listCollaborations.getFileCollaborations(at.sample.nestedFile.id);
    expect(ofFile.entries?.map(({ item }) => item?.id)).toEqual([at.sample.reports.id, at.sample.reports.id]);
  });

  test("has the properties that the call names", async () => {
    const { id } = await invite("viewer");
    const queryParams = { fields: ["role"] };
    const { rawData } = await service.userCollaborations.getCollaborationById(id, { queryParams });
    expect(rawData).toEqual({ type: "collaboration", id, role: "viewer" });
  });
});

describe("an invitation to another enterprise's user", () => {
  test.each(["accepted", "rejected"] as const)("is listed until it is %s", async (status) => {
    const { managed, sample } = at.other;
    sample.managedUser.login = "olga@elsewhere.example";
    const made = await invite("viewer", { login: "Olga@elsewhere.example" });
    expect(made).toMatchObject({ status: "pending", accessibleBy: { id: sample.managedUser.id, name: "" } });
    expect(await canRead(managed)).toBe(false);
    const pending = () => managed.listCollaborations.getCollaborations({ status: "pending" });
    expect((await pending()).entries?.map(({ id }) => id)).toEqual([made.id]);
    const requestBody = { status };
    expect(
      await refusal(service.userCollaborations.updateCollaborationById(made.id, { requestBody })),
    ).toMatchObject(DENIED);
    const updated = await managed.userCollaborations.updateCollaborationById(made.id, { requestBody });
    expect(updated).toMatchObject({ status, accessibleBy: { name: sample.managedUser.name } });
    expect((await pending()).totalCount).toBe(0);
    expect(await canRead(managed)).toBe(status === "accepted");
    const again = managed.userCollaborations.updateCollaborationById(made.id, { requestBody });
    expect(await refusal(again)).toMatchObject({ status: 400, code: "invalid_status" });
  });

  test("by an address that nobody has belongs to the user who gets it", async () => {
    const made = await invite("viewer", { login: "new@example.com" });
    expect(made).toMatchObject({ status: "pending", inviteEmail: "new@example.com" });
    expect(made.accessibleBy).toBeUndefined();
    await service.users.createUser({ name: "New", login: "new@example.com" });
    const user = [...at.box.state.users.values()].at(-1)!;
    const own = service.withAsUserHeader(user.id);
    await own.userCollaborations.updateCollaborationById(made.id, { requestBody: { status: "accepted" } });
    expect(await canRead(own)).toBe(true);
  });

  test("is refused where the folder is for the enterprise alone", async () => {
    at.box.state.items.get(at.sample.reports.id)!.settings.isCollaborationRestrictedToEnterprise = true;
    const call = invite("viewer", { id: at.other.sample.managedUser.id });
    expect(await refusal(call)).toMatchObject({ status: 403, code: "forbidden_by_policy" });
    await invite("viewer");
  });
});

describe("a collaboration is refused", () => {
  test.each([
    [
      "on the root folder",
      { item: { type: "folder", id: "0" } },
      "collaborations_not_available_on_root_folder",
    ],
    ["on an item without a type", { item: { id: "1" } }, "invalid_collaboration_item"],
    ["with a role that Box does not have", { role: "king" }, "bad_request"],
    ["without a grantee", { accessibleBy: { type: "user" } }, "bad_request"],
    ["with an end in the past", { expiresAt: { value: new Date(0) } }, "bad_request"],
  ])("%s", async (_, more, code) => {
    expect(await refusal(invite("viewer", undefined, { more }))).toMatchObject({ status: 400, code });
  });

  test("of a file, where it is to show the path", async () => {
    const [item, id] = [{ type: "file", id: at.sample.reportFile.id }, { id: at.sample.managedUser.id }];
    const refused = { status: 400, code: "bad_request", parameters: ["can_view_path"] };
    const withPath = { item, canViewPath: true };
    expect(await refusal(invite("viewer", id, { more: withPath }))).toEqual(refused);
    const made = await invite("viewer", id, { more: { ...withPath, canViewPath: false } });
    const requestBody = { role: "viewer", canViewPath: true } as const;
    const update = service.userCollaborations.updateCollaborationById(made.id, { requestBody });
    expect(await refusal(update)).toEqual(refused);
    expect((await invite("viewer", id, { more: { canViewPath: true } })).item?.type).toBe("folder");
  });

  test("a second time, and for the owner", async () => {
    const already = { status: 400, code: "user_already_collaborator" };
    await invite("viewer");
    expect(await refusal(invite("editor"))).toMatchObject(already);
    expect(await refusal(invite("editor", { id: at.app.serviceAccountId }))).toMatchObject(already);
    await invite("viewer", { login: "x@nowhere.example" });
    expect(await refusal(invite("viewer", { login: "X@nowhere.example" }))).toMatchObject(already);
  });

  test("to viewers who invite, to editors who make co-owners, and to who does not see the item", async () => {
    const who = { id: at.sample.appUser.id };
    expect(await refusal(invite("viewer", who, { by: at.managed }))).toMatchObject({ status: 404 });
    const { id } = await invite("viewer");
    expect(await refusal(invite("viewer", who, { by: at.managed }))).toMatchObject(DENIED);
    await service.userCollaborations.updateCollaborationById(id, { requestBody: { role: "editor" } });
    expect(await refusal(invite("co-owner", who, { by: at.managed }))).toMatchObject(DENIED);
    const made = await invite("viewer", who, { by: at.managed });
    const requestBody = { role: "co-owner" } as const;
    expect(
      await refusal(at.managed.userCollaborations.updateCollaborationById(made.id, { requestBody })),
    ).toMatchObject(DENIED);
    expect(await refusal(at.appUser.userCollaborations.deleteCollaborationById(id))).toMatchObject(DENIED);
    await at.appUser.userCollaborations.deleteCollaborationById(made.id);
  });

  test("when another enterprise names its group or its collaboration", async () => {
    const group = await service.groups.createGroup({ name: "Secret" });
    const { id } = await invite("viewer");
    const { managed, sample } = at.other;
    const call = managed.userCollaborations.createCollaboration({
      item: { type: "folder", id: sample.privateFolder.id },
      accessibleBy: { type: "group", id: group.id },
      role: "viewer",
    });
    expect(await refusal(call)).toMatchObject({ status: 404 });
    expect(await refusal(managed.userCollaborations.getCollaborationById(id))).toMatchObject({ status: 404 });
    expect(await refusal(managed.userCollaborations.deleteCollaborationById(id))).toMatchObject({
      status: 404,
    });
  });

  test("to a token that is bound to another item", async () => {
    const { id } = await invite("viewer");
    const resource = `https://api.box.com/2.0/folders/${at.sample.payroll.id}`;
    const { body } = await exchange(at, await enterpriseToken(at), { scope: "root_readwrite", resource });
    const bound = boxClient(at.box.url, body.access_token);
    const refused = { status: 403, code: "insufficient_scope" };
    expect(await refusal(bound.userCollaborations.getCollaborationById(id))).toMatchObject(refused);
    expect(await refusal(bound.userCollaborations.deleteCollaborationById(id))).toMatchObject(refused);
  });

  test("as a list of the folder's where only the owner may see its collaborators", async () => {
    await invite("viewer");
    at.box.state.items.get(at.sample.reports.id)!.settings.canNonOwnersViewCollaborators = false;
    expect(
      await refusal(at.managed.listCollaborations.getFolderCollaborations(at.sample.reports.id)),
    ).toMatchObject(DENIED);
    expect(
      (await service.listCollaborations.getFolderCollaborations(at.sample.reports.id)).entries,
    ).toHaveLength(1);
  });
});
