import { Readable } from "node:stream";
import type { BoxClient } from "box-node-sdk";
import { WebhooksManager } from "box-node-sdk/managers";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { boxClient, refusal } from "../../../support/box-client.ts";
import { loopbackServer } from "../../../support/loopback-server.ts";
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
// Before the receivers of the test close.
afterEach(() => at.box.deliveries.settled());
afterAll(() => at.box.close());

type NewWebhook = Parameters<BoxClient["webhooks"]["createWebhook"]>[0];

const ADDRESS = "https://example.com/hook";

const create = (more: Partial<NewWebhook> = {}, client = service) =>
  client.webhooks.createWebhook({
    target: { id: at.sample.reports.id, type: "folder" },
    address: ADDRESS,
    triggers: ["FILE.UPLOADED"],
    ...more,
  });

describe("a webhook", () => {
  test("is created, read, listed, updated and deleted", async () => {
    at.box.clock.skewSeconds = 600;
    const made = await create();
    at.box.clock.skewSeconds = 0;
    expect(made).toMatchObject({
      address: ADDRESS,
      triggers: ["FILE.UPLOADED"],
      target: { type: "folder", id: at.sample.reports.id },
      createdBy: { id: at.app.serviceAccountId },
    });
    expect(made.createdAt?.value.getTime()).toBeGreaterThan(Date.now() + 590_000);
    const id = made.id!;
    expect((await service.webhooks.getWebhooks()).entries?.map((webhook) => webhook.id)).toEqual([id]);
    const requestBody = { triggers: ["FILE.TRASHED" as const], address: "https://example.com/other" };
    await service.webhooks.updateWebhookById(id, { requestBody });
    expect(await service.webhooks.getWebhookById(id)).toMatchObject(requestBody);
    await service.webhooks.deleteWebhookById(id);
    expect(await refusal(service.webhooks.getWebhookById(id))).toMatchObject({
      status: 404,
      code: "not_found",
    });
  });

  test("is one of an item, an app and a user", async () => {
    await create();
    const conflict = { status: 409, code: "conflict" };
    expect(await refusal(create({ triggers: ["FILE.TRASHED"] }))).toMatchObject(conflict);
    const onPayroll = await create({ target: { id: at.sample.payroll.id, type: "folder" } });
    const requestBody = { target: { id: at.sample.reports.id, type: "folder" as const } };
    expect(await refusal(service.webhooks.updateWebhookById(onPayroll.id!, { requestBody }))).toMatchObject(
      conflict,
    );
    await service.userCollaborations.createCollaboration({
      item: requestBody.target,
      accessibleBy: { type: "user", id: at.sample.managedUser.id },
      role: "viewer",
    });
    const own = await create({}, at.managed);
    expect((await at.managed.webhooks.getWebhooks()).entries?.map(({ id }) => id)).toEqual([own.id]);
    expect((await service.webhooks.getWebhooks()).entries).toHaveLength(2);
    expect(await refusal(service.webhooks.getWebhookById(own.id!))).toMatchObject({ status: 404 });
  });

  test("is one of at most 1000 of an app and a user", async () => {
    const { webhooks } = at.box.state;
    const first = await create();
    const known = webhooks.get(first.id!)!;
    for (let n = 0; n < 999; n += 1) webhooks.set(`x${n}`, { ...known, id: `x${n}` });
    const target = { id: at.sample.payroll.id, type: "folder" } as const;
    expect(await refusal(create({ target }))).toMatchObject({ status: 400, parameters: ["target"] });
    webhooks.delete("x0");
    await create({ target });
  });

  test.each<readonly [string, Partial<NewWebhook>, string]>([
    ["on the root folder", { target: { id: "0", type: "folder" } }, "target.id"],
    ["without a type of its target", { target: { id: "1" } }, "target.type"],
    ["without triggers", { triggers: [] }, "triggers"],
    ["with a trigger that there is not", { triggers: ["FILE.EATEN"] }, "triggers"],
    ["with a trigger that Box alone uses", { triggers: ["WEBHOOK.DELETED"] }, "triggers"],
    ["with text that is no URL", { address: "example.com" }, "address"],
    ["with plain HTTP", { address: "http://example.com/hook" }, "address"],
    ["with another port", { address: "https://example.com:8443/hook" }, "address"],
    ["with Box's own host", { address: "https://evil.box.com/hook" }, "address"],
    ["with a host whose name ends as this machine's", { address: "http://my-localhost/" }, "address"],
    ["with a host that looks like this machine", { address: "http://127.0.0.1.example.com/" }, "address"],
  ])("%s is refused, with the parameter's name", async (_, more, parameter) => {
    expect(await refusal(create(more))).toMatchObject({ status: 400, parameters: [parameter] });
    expect(at.box.state.webhooks.size).toBe(0);
  });

  test("with a folder's trigger on a file is refused, with what a file has", async () => {
    const target = { id: at.sample.reportFile.id, type: "file" } as const;
    expect(await refusal(create({ target }))).toMatchObject({ parameters: ["triggers"] });
    await create({ target, triggers: ["FILE.DOWNLOADED"] });
  });

  test("on an item that the user does not see, or of an app without the scope, is refused", async () => {
    const notFound = { status: 404, code: "not_found" };
    expect(await refusal(create({}, at.managed))).toMatchObject(notFound);
    expect(await refusal(create({}, at.other.managed))).toMatchObject(notFound);
    const narrow = (await exchange(at, await enterpriseToken(at), { scope: "item_preview" })).body
      .access_token;
    const refused = { status: 403, code: "insufficient_scope" };
    expect(await refusal(create({}, boxClient(at.box.url, narrow)))).toMatchObject(refused);
  });
});

/** A receiver, and a webhook of the Service Account that posts to it. */
async function received(triggers: NewWebhook["triggers"]) {
  const { url, requests } = await loopbackServer(({ response }) => response.writeHead(200).end());
  const webhook = await create({ address: `${url}/hook`, triggers });
  return {
    webhook,
    requests,
    /** The trigger and source of each delivery up to now. */
    async deliveries() {
      await at.box.deliveries.settled();
      return requests.map(({ body }) => JSON.parse(body));
    },
  };
}

describe("the deliveries of a webhook", () => {
  test("what the SDK uploads below the folder arrives, signed so that the SDK's validator accepts it", async () => {
    const { webhook, requests, deliveries } = await received(["FILE.UPLOADED"]);
    const year = [...at.box.state.items.values()].find(({ name }) => name === "2026")!;
    const uploaded = await service.uploads.uploadFile({
      attributes: { name: "zoë.txt", parent: { id: year.id } },
      file: Readable.from([Buffer.from("hello")]),
    });
    const [file] = uploaded.entries!;
    expect(await deliveries()).toMatchObject([
      {
        type: "webhook_event",
        trigger: "FILE.UPLOADED",
        webhook: { id: webhook.id, type: "webhook" },
        created_by: { id: at.app.serviceAccountId },
        source: { type: "file", id: file!.id, name: "zoë.txt", parent: { id: year.id } },
      },
    ]);
    const [{ body, headers }] = requests as [(typeof requests)[0]];
    const { primary, secondary } = at.app.signatureKeys;
    const isValid = (key: string, text = body) =>
      WebhooksManager.validateMessage(text, headers as Record<string, string>, key, {});
    expect(await isValid(primary!)).toBe(true);
    expect(await isValid("another")).toBe(false);
    expect(await isValid(primary!, body.replace("UPLOADED", "TRASHED"))).toBe(false);
    const bySecondary = WebhooksManager.validateMessage(body, headers as Record<string, string>, "another", {
      secondaryKey: secondary!,
    });
    expect(await bySecondary).toBe(true);
  });

  test("have each trigger that the webhook names, and no other", async () => {
    const { deliveries } = await received([
      "FOLDER.CREATED",
      "FILE.DOWNLOADED",
      "FOLDER.TRASHED",
      "FILE.RENAMED",
    ]);
    const { folders, files, downloads } = service;
    const parent = { id: at.sample.reports.id };
    const { id } = await folders.createFolder({ name: "New", parent });
    await folders.updateFolderById(id, { requestBody: { name: "Newer" } });
    await files.updateFileById(at.sample.reportFile.id, { requestBody: { name: "renamed.txt" } });
    await downloads.getDownloadFileUrl(at.sample.reportFile.id);
    await folders.deleteFolderById(id);
    expect((await deliveries()).map(({ trigger }) => trigger).sort()).toEqual([
      "FILE.DOWNLOADED",
      "FILE.RENAMED",
      "FOLDER.CREATED",
      "FOLDER.TRASHED",
    ]);
  });

  test("have the collaboration as the source where the trigger is about one", async () => {
    const { deliveries } = await received(["COLLABORATION.CREATED", "COLLABORATION.REMOVED"]);
    const made = await service.userCollaborations.createCollaboration({
      item: { type: "folder", id: at.sample.reports.id },
      accessibleBy: { type: "user", id: at.sample.managedUser.id },
      role: "viewer",
    });
    await service.userCollaborations.deleteCollaborationById(made.id);
    const found = (await deliveries()).map(({ trigger, source }) => [trigger, source.type, source.id]);
    expect(found.sort()).toEqual([
      ["COLLABORATION.CREATED", "collaboration", made.id],
      ["COLLABORATION.REMOVED", "collaboration", made.id],
    ]);
  });

  test("do not exist for what happens elsewhere, nor after the webhook or its user's access is gone", async () => {
    const { webhook, deliveries } = await received(["FILE.DOWNLOADED"]);
    await service.downloads.getDownloadFileUrl(at.sample.payrollFile.id);
    at.box.state.items.get(at.sample.reports.id)!.ownerId = at.sample.managedUser.id;
    for (const { id } of [at.sample.reportFile])
      at.box.state.items.get(id)!.ownerId = at.sample.managedUser.id;
    await at.managed.downloads.getDownloadFileUrl(at.sample.reportFile.id);
    at.box.state.items.get(at.sample.reports.id)!.ownerId = at.app.serviceAccountId;
    await service.webhooks.deleteWebhookById(webhook.id!);
    await service.downloads.getDownloadFileUrl(at.sample.reportFile.id);
    expect(await deliveries()).toEqual([]);
  });

  test("can be retried where the receiver failed", async () => {
    let status = 500;
    const { url, requests } = await loopbackServer(({ response }) => response.writeHead(status).end());
    await create({ address: url, triggers: ["FILE.DOWNLOADED"] });
    await service.downloads.getDownloadFileUrl(at.sample.reportFile.id);
    await at.box.deliveries.settled();
    const [{ delivery, trigger }] = at.box.deliveries.all as [(typeof at.box.deliveries.all)[0]];
    expect({ trigger, state: delivery.state }).toEqual({ trigger: "FILE.DOWNLOADED", state: "pending" });
    status = 200;
    await delivery.retry();
    expect(delivery.state).toBe("delivered");
    at.box.deliveries.clear();
    expect(at.box.deliveries.all).toEqual([]);
    expect(requests).toHaveLength(2);
  });
});
