import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { refusal } from "../../../support/box-client.ts";
import { type People, people } from "./people.ts";

let at: People;

beforeAll(async () => {
  at = await people();
});
afterAll(() => at.box.close());

const DENIED = { status: 403, code: "access_denied_insufficient_permissions" };

describe("groups", () => {
  test("a group is created, found, updated and deleted", async () => {
    const { groups } = at.service;
    const { id } = await groups.createGroup({
      name: "Finance",
      description: "Money",
      invitabilityLevel: "admins_only",
    });
    expect((await groups.getGroups({ filterTerm: "fin" })).entries?.map((group) => group.id)).toEqual([id]);
    const fields = ["description", "invitability_level", "member_viewability_level"];
    expect(await groups.getGroupById(id, { queryParams: { fields } })).toMatchObject({
      description: "Money",
      invitabilityLevel: "admins_only",
      memberViewabilityLevel: "all_managed_users",
    });
    expect(await refusal(groups.createGroup({ name: "Finance" }))).toMatchObject({
      status: 409,
      parameters: ["name"],
    });
    expect(await refusal(groups.createGroup({ name: "X", invitabilityLevel: "nobody" }))).toMatchObject({
      status: 400,
      parameters: ["invitability_level"],
    });
    expect((await groups.updateGroupById(id, { requestBody: { name: "Finances" } })).name).toBe("Finances");
    await groups.deleteGroupById(id);
    expect(await refusal(groups.getGroupById(id))).toMatchObject({ status: 404, code: "not_found" });
  });

  test("a user joins, becomes an admin of the group and leaves", async () => {
    const { groups, memberships } = at.service;
    const user = { id: at.sample.managedUser.id };
    const group = await groups.createGroup({ name: "Team" });
    const { id } = await memberships.createGroupMembership({ user, group: { id: group.id } });
    const again = memberships.createGroupMembership({ user, group: { id: group.id } });
    expect(await refusal(again)).toMatchObject({ status: 409, code: "conflict" });
    expect(await refusal(at.appUser.groups.getGroupById(group.id))).toMatchObject(DENIED);
    expect((await at.managed.groups.getGroupById(group.id)).name).toBe("Team");
    const rename = () => at.managed.groups.updateGroupById(group.id, { requestBody: { name: "Team 2" } });
    expect(await refusal(rename())).toMatchObject(DENIED);
    await memberships.updateGroupMembershipById(id!, { requestBody: { role: "admin" } });
    expect((await rename()).name).toBe("Team 2");
    expect((await memberships.getGroupMembershipById(id!)).role).toBe("admin");
    const ofGroup = await memberships.getGroupMemberships(group.id);
    const ofUser = await at.managed.memberships.getUserMemberships(user.id);
    expect([ofGroup.entries?.[0]?.user?.id, ofUser.entries?.[0]?.group?.id]).toEqual([user.id, group.id]);
    await at.managed.memberships.deleteGroupMembershipById(id!);
    expect((await memberships.getGroupMemberships(group.id)).totalCount).toBe(0);
  });

  test("who is no admin lists and makes no groups", async () => {
    expect(await refusal(at.managed.groups.getGroups())).toMatchObject(DENIED);
    expect(await refusal(at.managed.groups.createGroup({ name: "Mine" }))).toMatchObject(DENIED);
    const others = at.managed.memberships.getUserMemberships(at.sample.appUser.id);
    expect(await refusal(others)).toMatchObject(DENIED);
  });

  test("another enterprise's groups and users are invisible", async () => {
    const { groups, memberships } = at.service;
    const group = await groups.createGroup({ name: "Ours" });
    const stranger = { id: at.other.sample.managedUser.id };
    const made = memberships.createGroupMembership({ user: stranger, group: { id: group.id } });
    expect(await refusal(made)).toMatchObject({ status: 404 });
    expect(await refusal(at.other.managed.groups.getGroupById(group.id))).toMatchObject({ status: 404 });
    expect(await refusal(memberships.getUserMemberships(stranger.id))).toMatchObject({ status: 404 });
  });

  test("a user who is deleted is in no group any more", async () => {
    const { groups, memberships, users } = at.service;
    const group = await groups.createGroup({ name: "Leavers" });
    const { id } = await users.createUser({ name: "Leaver", isPlatformAccessOnly: true });
    await memberships.createGroupMembership({ user: { id }, group: { id: group.id } });
    await users.deleteUserById(id);
    expect((await memberships.getGroupMemberships(group.id)).totalCount).toBe(0);
  });
});
