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

type Query = NonNullable<Parameters<BoxClient["events"]["getEvents"]>[0]>;

const events = (query: Query = {}, client = service) => client.events.getEvents(query);

async function types(query: Query = {}, client = service) {
  return (await events(query, client)).entries?.map(({ eventType }) => eventType);
}

const newFolder = (name: string, client = service) =>
  client.folders.createFolder({ name, parent: { id: "0" } });

describe("the events of a user", () => {
  test("are those after a position, by pages", async () => {
    const { nextStreamPosition: start, entries } = await events({ streamPosition: "now" });
    expect(entries).toEqual([]);
    at.box.clock.skewSeconds = 600;
    const { id } = await newFolder("One");
    at.box.clock.skewSeconds = 0;
    await service.folders.updateFolderById(id, { requestBody: { name: "Two" } });
    const first = await events({ streamPosition: String(start), limit: 1 });
    expect(first).toMatchObject({
      chunkSize: 1,
      entries: [
        {
          eventType: "ITEM_CREATE",
          createdBy: { id: at.app.serviceAccountId },
          source: { type: "folder", id, name: "One" },
        },
      ],
    });
    expect(first.entries?.[0]?.createdAt?.value.getTime()).toBeGreaterThan(Date.now() + 590_000);
    const second = await events({ streamPosition: String(first.nextStreamPosition) });
    expect(second.entries?.map(({ source }) => Object(source).name)).toEqual(["Two"]);
    const last = await events({ streamPosition: String(second.nextStreamPosition) });
    expect(last).toMatchObject({ chunkSize: 0, nextStreamPosition: second.nextStreamPosition });
    expect(await types({ streamPosition: "0" })).toEqual(["ITEM_CREATE", "ITEM_RENAME"]);
    expect(await types()).toEqual(["ITEM_CREATE", "ITEM_RENAME"]);
  });

  test("are those of items that the user sees, and of what is done to the user", async () => {
    await newFolder("Unseen");
    expect(await types({}, at.managed)).toEqual([]);
    await service.userCollaborations.createCollaboration({
      item: { type: "folder", id: at.sample.reports.id },
      accessibleBy: { type: "user", id: at.sample.managedUser.id },
      role: "viewer",
    });
    await service.folders.createFolder({ name: "Seen", parent: { id: at.sample.reports.id } });
    expect(await types({}, at.managed)).toEqual([
      "COLLAB_INVITE_COLLABORATOR",
      "COLLAB_ADD_COLLABORATOR",
      "ITEM_CREATE",
    ]);
    expect(await types({}, at.other.managed)).toEqual([]);
  });

  test("have a download in the owner's stream alone, and in no stream of changes", async () => {
    await service.userCollaborations.createCollaboration({
      item: { type: "folder", id: at.sample.reports.id },
      accessibleBy: { type: "user", id: at.sample.managedUser.id },
      role: "viewer",
    });
    const { nextStreamPosition } = await events({ streamPosition: "now" });
    const after = { streamPosition: String(nextStreamPosition) };
    await at.managed.downloads.getDownloadFileUrl(at.sample.reportFile.id);
    expect(await types(after)).toEqual(["ITEM_DOWNLOAD"]);
    expect(await types(after, at.managed)).toEqual([]);
    expect(await types({ ...after, streamType: "changes" })).toEqual([]);
  });

  test("are in the stream of synced folders where the folder is synced", async () => {
    at.box.state.items.get(at.sample.reports.id)!.settings.syncState = "synced";
    await newFolder("Elsewhere");
    await service.folders.createFolder({ name: "Here", parent: { id: at.sample.reports.id } });
    const { entries } = await events({ streamType: "sync" });
    expect(entries?.map(({ source }) => Object(source).name)).toEqual(["Here"]);
  });

  test.each<readonly [Query, object]>([
    [{ streamType: "everything" as never }, { status: 400, parameters: ["stream_type"] }],
    [{ streamPosition: "later" }, { status: 400, parameters: ["stream_position"] }],
    [{ limit: -1 }, { status: 400, code: "invalid_limit" }],
  ])("with %j are refused", async (query, refused) => {
    expect(await refusal(events(query))).toMatchObject(refused);
  });

  test("arrive in the SDK's event stream while it waits", async () => {
    const plain = boxClient(at.box.url, await enterpriseToken(at));
    const waiting = nextSubscription();
    const stream = plain.events.getEventStream();
    const names: unknown[] = [];
    const twice = new Promise<void>((resolve, reject) => {
      stream.on("error", reject);
      stream.on("data", (event) => {
        names.push(Object(event.source).name);
        if (names.length === 2) resolve();
        else void newFolder("Second").catch(reject);
      });
    });
    await waiting;
    await newFolder("First");
    await twice;
    stream.destroy();
    expect(names).toEqual(["First", "Second"]);
  });
});

/** Fulfilled when a call waits for changes, with whether it has ceased to. */
function nextSubscription(): Promise<{ readonly hasEnded: () => boolean }> {
  const { changes } = at.box;
  const { subscribe } = changes;
  return new Promise((resolve) => {
    changes.subscribe = (listener) => {
      changes.subscribe = subscribe;
      const end = subscribe(listener);
      let ended = false;
      resolve({ hasEnded: () => ended });
      return () => {
        ended = true;
        end();
      };
    };
  });
}

test("a poll waits through what the user does not see", async () => {
  await newFolder("Unseen");
  const waiting = nextSubscription();
  const { entries } = await at.managed.events.getEventsWithLongPolling();
  const headers = {
    Authorization: `Bearer ${await enterpriseToken(at)}`,
    "As-User": at.sample.managedUser.id,
  };
  const poll = fetch(`${entries?.[0]?.url}&stream_position=0`, { headers });
  const waits = await Promise.race([waiting, poll.then(() => undefined)]);
  await newFolder("Unseen as well");
  expect(waits?.hasEnded()).toBe(false);
  await newFolder("Seen", at.managed);
  expect(await (await poll).json()).toEqual({ version: 1, message: "new_change" });
  expect(waits?.hasEnded()).toBe(true);
});

test("a reset takes back users, groups, collaborations, webhooks, deliveries and events", async () => {
  const { state, deliveries } = at.box;
  const target = { id: at.sample.reports.id, type: "folder" } as const;
  const counts = () => [
    ...[state.users.size, state.groups.size, state.collaborations.size, state.webhooks.size],
    ...[state.events.length, deliveries.all.length, state.items.get(target.id)?.collaborators.size],
  ];
  const before = counts();
  const { id } = await service.users.createUser({ name: "New", isPlatformAccessOnly: true });
  const group = await service.groups.createGroup({ name: "New" });
  await service.memberships.createGroupMembership({ user: { id }, group: { id: group.id } });
  await service.webhooks.createWebhook({
    ...{ target, address: "http://127.0.0.1:9/", triggers: ["COLLABORATION.CREATED"] },
  });
  await service.userCollaborations.createCollaboration({
    item: target,
    accessibleBy: { type: "group", id: group.id },
    role: "viewer",
  });
  await deliveries.settled();
  const during = counts();
  expect(during.filter((count, n) => count === before[n])).toEqual([]);
  at.box.reset();
  expect(counts()).toEqual(before);
});

test("an enterprise of its own has its own users, and its own address to wait at", async () => {
  const own = await at.box.enterprise("worker-1");
  const { clientId, serviceAccountId: userId, scopes } = own.app;
  const { value } = own.tokens.mint({ clientId, userId, scopes, downscoped: false }, 3_600);
  const client = boxClient(own.url, value);
  await client.users.createUser({ name: "Worker", isPlatformAccessOnly: true });
  expect((await service.users.getUsers({ filterTerm: "Worker" })).totalCount).toBe(0);
  const { entries } = await client.events.getEventsWithLongPolling();
  expect(entries?.[0]?.url).toMatch(/\/t\/worker-1\/2\.0\/events\/realtime/);
});

describe("the events of the enterprise", () => {
  test("have what every user does, with the enterprise's names and sources", async () => {
    await newFolder("Mine", at.managed);
    const { id } = await service.users.createUser({ name: "New", isPlatformAccessOnly: true });
    await service.users.deleteUserById(id);
    await service.groups.createGroup({ name: "Group" });
    await at.other.managed.folders.createFolder({ name: "Other", parent: { id: "0" } });
    const all = await events({ streamType: "admin_logs" });
    expect(all.entries?.map(({ eventType }) => eventType)).toEqual([
      "UPLOAD",
      "NEW_USER",
      "DELETE_USER",
      "GROUP_CREATION",
    ]);
    expect(all.entries?.[0]).toMatchObject({
      createdBy: { id: at.sample.managedUser.id },
      source: { itemType: "folder", itemName: "Mine", ownedBy: { id: at.sample.managedUser.id } },
    });
    const eventType = ["NEW_USER"] as const;
    expect(await types({ streamType: "admin_logs_streaming", eventType })).toEqual(["NEW_USER"]);
    expect(await types()).toEqual([]);
  });

  test("are limited to a time", async () => {
    await newFolder("Early");
    at.box.clock.skewSeconds = 600;
    await newFolder("Late");
    const half = { value: new Date(Date.now() + 300_000) };
    const of = async (more: Query) =>
      (await events({ streamType: "admin_logs", ...more })).entries?.map(
        ({ source }) => Object(source).itemName,
      );
    expect(await of({ createdAfter: half })).toEqual(["Late"]);
    expect(await of({ createdBefore: half })).toEqual(["Early"]);
    expect(await of({})).toEqual(["Early", "Late"]);
  });

  test("have what another enterprise's user does with an item of the enterprise", async () => {
    at.other.sample.managedUser.login = "olga@elsewhere.example";
    const { id } = await service.userCollaborations.createCollaboration({
      item: { type: "folder", id: at.sample.reports.id },
      accessibleBy: { type: "user", login: "olga@elsewhere.example" },
      role: "viewer",
    });
    const requestBody = { status: "accepted" } as const;
    await at.other.managed.userCollaborations.updateCollaborationById(id, { requestBody });
    await at.other.managed.downloads.getDownloadFileUrl(at.sample.reportFile.id);
    expect(await types({ streamType: "admin_logs" })).toEqual([
      "COLLABORATION_INVITE",
      "COLLABORATION_ACCEPT",
      "DOWNLOAD",
    ]);
  });

  test("are for no token that is bound to an item, as those of users", async () => {
    const resource = `https://api.box.com/2.0/folders/${at.sample.reports.id}`;
    const token = await enterpriseToken(at);
    for (const scope of ["root_readonly", "manage_enterprise_properties"]) {
      const { body } = await exchange(at, token, { scope, resource });
      const bound = boxClient(at.box.url, body.access_token);
      const streamType = scope === "root_readonly" ? "all" : "admin_logs";
      expect(await refusal(events({ streamType }, bound))).toMatchObject({ code: "insufficient_scope" });
    }
  });

  test("need an admin and the scope for enterprise properties", async () => {
    const query = { streamType: "admin_logs" } as const;
    expect(await refusal(events(query, at.managed))).toMatchObject({
      status: 403,
      code: "access_denied_insufficient_permissions",
    });
    const { clientId } = at.app;
    const facts = { clientId, userId: at.app.serviceAccountId, downscoped: false };
    const { value } = at.box.tokens.mint({ ...facts, scopes: new Set(["root_readwrite"]) }, 3_600);
    expect(await refusal(events(query, boxClient(at.box.url, value)))).toMatchObject({
      status: 403,
      code: "insufficient_scope",
    });
  });
});
