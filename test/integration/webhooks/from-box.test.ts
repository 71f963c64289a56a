import { BoxClient } from "box-node-sdk";
import { BaseUrls, NetworkSession } from "box-node-sdk/networking";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { boxAuth } from "../../../client/index.ts";
import { replaceSignatureKey } from "../../../sandbox/box/state.ts";
import { skillInvocation } from "../../../sandbox/box/webhooks/skill-invocation.ts";
import { startWebhookEnvironment, type WebhookEnvironment } from "../../support/webhook-environment.ts";
import { uploadOf, type WebhookScene, webhookScene } from "../sandbox/webhooks/webhook-requests.ts";

/** The sandbox's Box sends over HTTP to the Function URL of the built function. */
let box: WebhookScene;
let aws: WebhookEnvironment;
beforeAll(async () => {
  box = await webhookScene();
  aws = await startWebhookEnvironment(keysAtBox());
});
afterAll(() => Promise.all([aws[Symbol.asyncDispose](), box.box.close()]));
beforeEach(() => aws.sqs.faults.clear());

function keysAtBox() {
  const { primary = "", secondary = "" } = box.app.signatureKeys;
  return { primaryKey: primary, secondaryKey: secondary };
}
const send = (app: string, event: object = uploadOf(box)) =>
  box.box.webhooks.send(box.app, `${aws.url}/${app}`, event);
const messagesOf = (queue: string) =>
  aws.sqs.messages.filter((message) => message.queue === queue).map(({ body }) => JSON.parse(body));
const idOf = (event: object) => (event as { readonly id: string }).id;

describe("a webhook event of Box", () => {
  test("arrives in the queue with the body's bytes, and Box is content", async () => {
    const delivery = await send("queued");
    expect(delivery.state).toBe("delivered");
    expect(delivery.attempts.map(({ status }) => status)).toEqual([204]);
    expect(aws.sqs.messages.at(-1)?.body).toContain(`"event":${delivery.body}}`);
    expect(messagesOf("box-events").at(-1)).toMatchObject({ deliveryId: delivery.attempts[0]?.deliveryId });
  });

  test("arrives once though Box has lost the response and sends it again", async () => {
    const event = uploadOf(box);
    const delivery = await send("queued", event);
    await delivery.repeat();
    await delivery.repeat();
    expect(delivery.attempts.map(({ status }) => status)).toEqual([204, 204, 204]);
    expect(messagesOf("box-events").filter((message) => message.event.id === idOf(event))).toHaveLength(1);
  });

  test("arrives with one of Box's retries when the target is back", async () => {
    aws.sqs.faults.inject("access-denied", { times: 5 });
    const event = uploadOf(box);
    const delivery = await send("queued", event);
    expect(delivery.state).toBe("pending");
    expect(await delivery.retryToTheEnd()).toBe("delivered");
    expect(delivery.attempts.map(({ status }) => status)).toEqual([503, 503, 503, 503, 503, 204]);
    expect(messagesOf("box-events").filter((message) => message.event.id === idOf(event))).toHaveLength(1);
  });

  test("is lost for Box after its twelfth retry, each of which left a line and a metric", async () => {
    aws.sqs.faults.inject("access-denied");
    const event = uploadOf(box);
    const delivery = await send("queued", event);
    expect(await delivery.retryToTheEnd()).toBe("failed");
    const lines = aws.webhook.lines.filter((line) => line.includes(idOf(event)));
    expect(lines).toHaveLength(13);
    for (const line of lines) expect(JSON.parse(line)).toMatchObject({ WebhooksFailed: 1 });
  });

  test("is refused for an app that does not exist, in the response that every refusal has", async () => {
    const { attempts } = await send("nobody");
    expect(attempts[0]?.status).toBe(403);
    const response = await fetch(`${aws.url}/queued`, { method: "POST", body: "{}" });
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ code: "delivery_refused" });
  });
});

test("keys that are replaced at Box one after the other lose no event", async () => {
  for (const slot of ["secondary", "primary"] as const) {
    replaceSignatureKey(box.app, slot);
    expect((await send("fifo")).state).toBe("delivered");
    aws.putKeys("fifo", keysAtBox());
    aws.putKeys("skills", keysAtBox());
    aws.putKeys("queued", keysAtBox());
    // Stands for the 300 s that an operator waits between the two.
    await aws.webhook.restart();
    expect((await send("fifo")).state).toBe("delivered");
  }
});

describe("a Skill invocation of Box", () => {
  test.each(["seconds", "epoch"] as const)(
    "reaches its target with tokens that read the file by the client (expires_in in %s)",
    async (expiresIn) => {
      const { app, sample } = box;
      const { tokens, state } = box.box;
      const [file, user] = [sample.nestedFile, sample.managedUser];
      const event = skillInvocation(tokens, box.box.now(), { app, file, user, expiresIn });
      expect((await send("skills", event)).state).toBe("delivered");
      const message = messagesOf("box-events-skills").at(-1);
      const { read, write } = boxAuth.fromSkillEvent(message);
      expect(read.restrictedTo).toContainEqual({ scope: "item_read", object: { type: "file", id: file.id } });
      expect(write.restrictedTo).toContainEqual({
        scope: "item_upload",
        object: { type: "file", id: file.id },
      });
      const baseUrls = new BaseUrls({ baseUrl: box.box.url, uploadUrl: box.box.url, oauth2Url: box.box.url });
      const client = new BoxClient({ auth: read, networkSession: new NetworkSession({ baseUrls }) });
      expect((await client.files.getFileById(message.event.source.id)).name).toBe(file.name);
      expect(state.items.get(file.id)?.name).toBe(file.name);
    },
  );

  test("is refused by the target of another app, and goes nowhere", async () => {
    const { app, sample } = box;
    const trigger = { app, file: sample.nestedFile, user: sample.managedUser };
    const before = messagesOf("box-events").length;
    const event = skillInvocation(box.box.tokens, box.box.now(), trigger);
    expect((await send("queued", event)).attempts[0]?.status).toBe(403);
    expect(messagesOf("box-events")).toHaveLength(before);
  });
});
