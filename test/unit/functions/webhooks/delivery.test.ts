import { describe, expect, test } from "vitest";
import type { RequestContext } from "../../../../functions/broker/ports.ts";
import { TableFailure } from "../../../../functions/broker/shared-cache/table.ts";
import { eventKey } from "../../../../functions/broker/webhooks/event.ts";
import { TargetFailure } from "../../../../functions/broker/webhooks/target.ts";
import { MemoryTable } from "../../../support/memory-table.ts";
import { VirtualClock } from "../../../support/virtual-clock.ts";
import {
  newKeys,
  RecordedTarget,
  signedDelivery,
  urlEvent,
  webhookEvent,
  webhookFunction,
} from "../../../support/webhooks.ts";

const KEYS = newKeys();

async function setUp({ takesSkills = false, table }: { takesSkills?: boolean; table?: MemoryTable } = {}) {
  const clock = new VirtualClock();
  const target = new RecordedTarget(takesSkills);
  const targets = { reports: target };
  const environment = () =>
    webhookFunction({ clock, keys: { reports: KEYS }, targets, ...(table !== undefined && { table }) });
  const good = (body: string | object = webhookEvent()) =>
    signedDelivery({ keys: KEYS, sentAt: clock.wall() - 1_000, body });
  return { clock, target, environment, good, ...(await environment()) };
}

describe("an event that is handed on", () => {
  test.each([
    ["ten minutes before it arrives", -600_000],
    ["by a clock that is a minute ahead", 60_000],
  ])("may have been sent %s", async (_, offset) => {
    const { clock, send, target } = await setUp();
    const { statusCode } = await send(signedDelivery({ keys: KEYS, sentAt: clock.wall() + offset }));
    expect([statusCode, target.messages.length]).toEqual([204, 1]);
  });

  test("is in an envelope, character by character as Box sent it", async () => {
    const { target, good, send, clock } = await setUp();
    const body = `{"type":"webhook_event", "id":"e1","big":12345678901234567890.10,"url":"a\\/b","ü":"\\u00fc",\n"z":[]}`;
    const delivery = good(body);
    const { statusCode, body: text } = await send(delivery);
    expect([statusCode, text]).toEqual([204, undefined]);
    const receivedAt = new Date(clock.wall()).toISOString();
    const deliveryId = delivery.headers["box-delivery-id"];
    const [{ text: message, ...others } = expect.fail("no message")] = target.messages;
    expect(message).toBe(
      `{"app":"reports","deliveryId":"${deliveryId}","receivedAt":"${receivedAt}","event":${body}}`,
    );
    expect(others).toEqual({
      app: "reports",
      type: "webhook_event",
      eventKey: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });

  test("has null instead of a delivery id that is none", async () => {
    const { target, clock, send } = await setUp();
    for (const id of [undefined, "no id", "x".repeat(65)]) {
      const headers = { "box-delivery-id": id };
      await send(signedDelivery({ keys: KEYS, sentAt: clock.wall(), headers }));
      expect(JSON.parse(target.messages.at(-1)?.text ?? "").deliveryId, String(id)).toBeNull();
    }
  });

  test("leaves one line with its ids and one metric", async () => {
    const { good, send, line, lines } = await setUp();
    const event = webhookEvent();
    const delivery = good(event);
    await send(delivery);
    expect(lines).toHaveLength(1);
    const { _aws, time, duration_ms, ...facts } = line();
    expect(facts).toEqual({
      kind: "webhook",
      request_id: "11111111-2222-3333-4444-555555555555",
      outcome: "handed_on",
      code: null,
      reason: null,
      app: "reports",
      target: "queue",
      delivery_id: delivery.headers["box-delivery-id"],
      event_type: "webhook_event",
      event_id: event.id,
      trigger: "FILE.UPLOADED",
      duplicates_by: "memory",
      steps: [],
      Service: "box-sts",
      WebhooksHandedOn: 1,
    });
    expect(time).toMatch(/^2026-06-01T12:/);
    expect(duration_ms).toBe(0);
    expect(_aws.CloudWatchMetrics[0].Metrics).toEqual([{ Name: "WebhooksHandedOn", Unit: "Count" }]);
  });
});

describe("an event that Box sends again", () => {
  test("is handed on once, although delivery id, time and signature are others", async () => {
    const { target, clock, good, status, line } = await setUp();
    const event = webhookEvent();
    expect(await status(good(event))).toBe(204);
    clock.setWall(300_000);
    expect(await status(good(event))).toBe(204);
    expect(target.ids).toEqual([event.id]);
    expect(line()).toMatchObject({ outcome: "duplicate", WebhookDuplicates: 1, duplicates_by: "memory" });
  });

  test("is handed on again where the target failed before", async () => {
    const { target, good, status, line } = await setUp();
    const event = webhookEvent();
    target.failure = new TargetFailure("target_unavailable", "Throttled");
    expect(await status(good(event))).toBe(503);
    expect(line()).toMatchObject({ outcome: "rejected", code: "target_unavailable", WebhooksFailed: 1 });
    target.failure = undefined;
    expect(await status(good(event))).toBe(204);
    expect(target.ids).toEqual([event.id]);
  });

  test("is another event of another app, of another webhook, of another type, or with another id", () => {
    const event = { type: "webhook_event", id: "1", sender: "2", trigger: undefined, text: "{}" } as const;
    const keys = [
      eventKey("reports", event),
      eventKey("other", event),
      eventKey("reports", { ...event, sender: "3" }),
      eventKey("reports", { ...event, type: "skill_invocation" }),
      eventKey("reports", { ...event, id: "4" }),
      eventKey("reports", { ...event, id: "", sender: "12" }),
    ];
    expect(new Set(keys).size).toBe(keys.length);
    expect(eventKey("reports", { ...event, trigger: "FILE.DELETED", text: "{ }" })).toBe(keys[0]);
  });

  test("is handed on where another webhook has sent an event with the same id", async () => {
    const { target, good, status } = await setUp();
    const id = "one-id";
    await status(good(webhookEvent({ id })));
    await status(good(webhookEvent({ id, webhook: { id: "4166", type: "webhook" } })));
    expect(target.ids).toEqual([id, id]);
  });

  test("is forgotten after a day", async () => {
    const { target, clock, good, status } = await setUp();
    const event = webhookEvent();
    await status(good(event));
    clock.setWall(86_400_000 - 1_000);
    await status(good(event));
    expect(target.ids).toHaveLength(1);
    clock.setWall(2_000);
    await status(good(event));
    expect(target.ids).toHaveLength(2);
  });
});

describe("environments that share a table", () => {
  const shared = async () => {
    const clock = new VirtualClock();
    const table = new MemoryTable(() => clock.wall());
    const target = new RecordedTarget();
    const environment = () =>
      webhookFunction({ clock, keys: { reports: KEYS }, targets: { reports: target }, table });
    const good = (body: object) => signedDelivery({ keys: KEYS, sentAt: clock.wall(), body });
    return { clock, table, target, good, one: await environment(), other: await environment() };
  };

  test("hand an event on once", async () => {
    const { target, good, one, other } = await shared();
    const event = webhookEvent();
    expect(await one.status(good(event))).toBe(204);
    expect(await other.status(good(event))).toBe(204);
    expect(target.ids).toEqual([event.id]);
    expect(other.line()).toMatchObject({ outcome: "duplicate", duplicates_by: "table" });
  });

  test("hand it on at least once where both get it at the same time", async () => {
    const { target, good, one, other, table } = await shared();
    const event = webhookEvent();
    const [first, second] = await Promise.all([one.status(good(event)), other.status(good(event))]);
    expect([first, second]).toEqual([204, 204]);
    expect(target.ids.length).toBeGreaterThanOrEqual(1);
    expect(table.items.size).toBe(1);
  });

  test("store nothing of the event: a hash as the key, and a time a day away", async () => {
    const { good, one, table, clock } = await shared();
    await one.status(good(webhookEvent({ id: "the-id", trigger: "FILE.DELETED" })));
    expect([...table.items]).toEqual([
      [
        expect.stringMatching(/^webhook#[0-9a-f]{64}$/),
        { fence: 1, writer: "webhook", deleteAfter: Math.ceil(clock.wall() / 1_000) + 86_400 },
      ],
    ]);
  });

  test("know the event after the target has it, and not before", async () => {
    const { target, good, one, other, table } = await shared();
    const event = webhookEvent();
    target.failure = new TargetFailure("target_unavailable", "away");
    expect(await one.status(good(event))).toBe(503);
    expect(table.items.size).toBe(0);
    target.failure = undefined;
    expect(await other.status(good(event))).toBe(204);
    expect(target.ids).toEqual([event.id]);
  });

  test("use again the item of an event that is a day old, which DynamoDB has not deleted yet", async () => {
    const { target, good, one, other, table, clock } = await shared();
    const event = webhookEvent();
    await one.status(good(event));
    clock.setWall(86_402_000);
    expect(await other.status(good(event))).toBe(204);
    expect(target.ids).toHaveLength(2);
    const [item] = table.items.values();
    expect(item).toMatchObject({ fence: 2, deleteAfter: Math.ceil(clock.wall() / 1_000) + 86_400 });
  });

  test.each([
    ["cannot be read", [new TableFailure("DynamoDB: TimeoutError", true)]],
    ["cannot be written", [undefined, new TableFailure("DynamoDB: ThrottlingException", true, true)]],
  ])("hand an event on although the table %s, and note why", async (_, failures) => {
    const { target, good, one, table } = await shared();
    table.failures.push(...failures);
    const event = webhookEvent();
    expect(await one.status(good(event))).toBe(204);
    expect(target.ids).toEqual([event.id]);
    expect(one.line()).toMatchObject({
      outcome: "handed_on",
      shared_cache_failure: expect.stringMatching(/^DynamoDB: \w+$/),
    });
    expect(await one.status(good(event))).toBe(204);
    expect(target.ids).toHaveLength(1);
  });

  test("do not write to a table that could not be read", async () => {
    const { good, one, table } = await shared();
    table.outage = new TableFailure("DynamoDB: TimeoutError", true);
    await one.status(good(webhookEvent()));
    expect(table.calls).toEqual(["read"]);
  });
});

describe("a signed body is refused, and handed to nobody, where it", () => {
  test.each([
    ["is not JSON", "{"],
    ["is not an object", `["webhook_event"]`],
    ["is of a type that is not known", webhookEvent({ type: "webhook_event_v3" })],
    ["has no type", webhookEvent({ type: undefined })],
    ["has a type of the prototype", webhookEvent({ type: "constructor" })],
    ["has no id", webhookEvent({ id: undefined })],
    ["has an empty id", webhookEvent({ id: "" })],
    ["has an id that is no text", webhookEvent({ id: 4 })],
    ["has a property twice", `{"type":"webhook_event","id":"1","type":"skill_invocation"}`],
    ["has a byte order mark", `\uFEFF${JSON.stringify(webhookEvent())}`],
    ["is nested too deeply", `{"type":"webhook_event","id":"1","a":${"[".repeat(70)}${"]".repeat(70)}}`],
  ])("%s", async (_, body) => {
    const { target, good, send, line } = await setUp();
    const { statusCode, body: text = "" } = await send(good(body));
    expect(statusCode).toBe(400);
    expect(JSON.parse(text)).toMatchObject({ code: "event_malformed", retryable: false });
    expect(line()).toMatchObject({ outcome: "rejected", code: "event_malformed", WebhooksRefused: 1 });
    expect(target.messages).toEqual([]);
  });

  test("is not UTF-8", async () => {
    const { target, clock, status } = await setUp();
    const body = Buffer.concat([
      Buffer.from(`{"type":"webhook_event","id":"`),
      Buffer.from([0xff]),
      Buffer.from(`"}`),
    ]);
    expect(await status(signedDelivery({ keys: KEYS, sentAt: clock.wall(), body }))).toBe(400);
    expect(target.messages).toEqual([]);
  });
});

test("a bug leaves its location in the line, and lets Box send the event again", async () => {
  const { target, good, send, line } = await setUp();
  target.failure = new TypeError("quotes a secret");
  const { statusCode, body = "" } = await send(good());
  expect(statusCode).toBe(503);
  expect(JSON.parse(body).code).toBe("internal_error");
  expect(line().reason).toMatch(/^TypeError at .*delivery\.test\.ts/);
  expect(line().reason).not.toContain("quotes");
});

test("an event is handed on where its line cannot be written", async () => {
  const clock = new VirtualClock();
  const { webhookHandler } = await import("../../../../functions/lambda/webhook-service.ts");
  const deliver = async (_: unknown, __: RequestContext) =>
    ({ kind: "handed_on", app: "reports", target: "queue", deliveryId: undefined }) as const;
  const write = () => Promise.reject(new Error("EPIPE"));
  const handler = webhookHandler({ service: "box-sts", deliver, clock, write });
  const { lambdaContext } = await import("../../../support/lambda.ts");
  expect((await handler(urlEvent("reports", {}, Buffer.from("{}")), lambdaContext())).statusCode).toBe(204);
});

test("the deadline of a delivery is that of the invocation, less 200 ms", async () => {
  const { target, good, handler, clock } = await setUp();
  const deadlines: number[] = [];
  const handOn = target.handOn;
  Object.assign(target, {
    handOn: async (...[message, context]: [Parameters<typeof handOn>[0], RequestContext]) => {
      deadlines.push(context.deadline - clock.monotonic());
      return handOn(message);
    },
  });
  const { lambdaContext } = await import("../../../support/lambda.ts");
  await handler(good(), lambdaContext({ getRemainingTimeInMillis: () => 25_000 }));
  expect(deadlines).toEqual([24_800]);
});
