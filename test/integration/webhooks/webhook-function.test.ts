import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { leakIn, piecesOf } from "../../support/leaks.ts";
import {
  type Envelope,
  startWebhookEnvironment,
  type WebhookEnvironment,
} from "../../support/webhook-environment.ts";
import { newKeys, signedDelivery, skillEvent, webhookEvent } from "../../support/webhooks.ts";

const KEYS = newKeys();
let aws: WebhookEnvironment;
beforeAll(async () => {
  aws = await startWebhookEnvironment(KEYS);
});
afterAll(() => aws[Symbol.asyncDispose]());
beforeEach(() => {
  for (const { faults } of [aws.sqs, aws.eventBridge, aws.secretsManager, aws.dynamoDb]) faults.clear();
  aws.lambdaFaults.clear();
});

const delivery = (app: string, body: string | object = webhookEvent(), keys = KEYS) =>
  signedDelivery({ app, keys, body, sentAt: Date.now() });
const statusOf = async (event: unknown, to = aws.webhook) => (await aws.send(event, to)).statusCode;
const lastLine = (of = aws.webhook) =>
  JSON.parse(of.lines.findLast((line) => line.startsWith('{"kind"')) ?? "null");
/** The events that a target has stored, by app. */
const STORED: Readonly<Record<string, () => readonly Envelope[]>> = {
  queued: () => bodiesOf("box-events"),
  fifo: () => bodiesOf("box-events.fifo"),
  skills: () => bodiesOf("box-events-skills"),
  invoked: () => aws.consumed,
  bussed: () => aws.eventBridge.events.map(({ detail }): Envelope => JSON.parse(detail)),
};
const bodiesOf = (queue: string): readonly Envelope[] =>
  aws.sqs.messages.filter((message) => message.queue === queue).map(({ body }) => JSON.parse(body));
const stored = (app: string) => STORED[app]?.() ?? expect.fail(app);
/** How often a target has an event. */
const copies = (app: string, id: string) => stored(app).filter(({ event }) => event.id === id).length;
/** The same, once a function that is invoked asynchronously has run. */
async function copiesAtEnd(app: string, id: string): Promise<number> {
  if (app === "invoked") await aws.consumes(id);
  return copies(app, id);
}
const KINDS = Object.keys(STORED);

describe("an event for a target", () => {
  test.each(KINDS)(
    "of the app %s arrives in its envelope, once, though Box sends it three times",
    async (app) => {
      const body = webhookEvent({ name: "Übung 😀 \uFFFF", big: 12345678901234567890n.toString() });
      const first = delivery(app, body);
      expect(await statusOf(first)).toBe(204);
      expect(lastLine()).toMatchObject({
        ...{ kind: "webhook", outcome: "handed_on", app, event_id: body.id, duplicates_by: "table" },
        steps: [{ step: "dynamodb.get" }, { status: 200 }, { step: "dynamodb.put", status: 200 }],
      });
      expect(await statusOf(delivery(app, body))).toBe(204);
      expect(await statusOf(delivery(app, body), aws.other)).toBe(204);
      expect(lastLine(aws.other)).toMatchObject({ outcome: "duplicate", duplicates_by: "table" });
      expect(await copiesAtEnd(app, body.id)).toBe(1);
      expect(stored(app).at(-1)).toEqual({
        ...{ app, deliveryId: first.headers["box-delivery-id"], event: body },
        receivedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      });
    },
  );

  test("of EventBridge has a source and a type by which rules select it", async () => {
    await statusOf(delivery("bussed"));
    const { source, detailType, bus } = aws.eventBridge.events.at(-1) ?? expect.fail("no event");
    expect({ source, detailType, bus }).toEqual({
      source: "box-sts.webhook",
      detailType: "webhook_event",
      bus: "box",
    });
  });

  test("of a FIFO queue is in the group of its app", async () => {
    await statusOf(delivery("fifo"));
    expect(aws.sqs.messages.at(-1)).toMatchObject({ queue: "box-events.fifo", group: "fifo" });
  });
});

/** What can happen to a target, and the code in the line. */
const TROUBLE = {
  "is away": { fault: "away", code: "target_unavailable" },
  "has errors of its own": { fault: "internal-error", code: "target_unavailable" },
  "refuses the function's role": { fault: "access-denied", code: "target_misconfigured" },
} as const;

describe("while a target", () => {
  const cases = Object.entries(TROUBLE).flatMap(([name, { fault, code }]) =>
    (["queued", "bussed"] as const).map((app) => [name, app, fault, code] as const),
  );
  test.each(cases)(
    "%s, an event for the app %s is not lost: Box is to send it again",
    async (_, app, fault, code) => {
      const { faults } = app === "queued" ? aws.sqs : aws.eventBridge;
      faults.inject(fault);
      const body = webhookEvent();
      const refused = await aws.send(delivery(app, body));
      expect(refused.statusCode).toBe(503);
      expect(JSON.parse(refused.body ?? "")).toMatchObject({ code });
      expect(lastLine()).toMatchObject({ outcome: "rejected", code, WebhooksFailed: 1 });
      expect(lastLine().reason).toMatch(/^[A-Z]\w+/);
      expect(copies(app, body.id)).toBe(0);
      faults.clear();
      expect(await statusOf(delivery(app, body))).toBe(204);
      expect(copies(app, body.id)).toBe(1);
    },
  );

  test.each(["server-error", "reset"] as const)(
    "that is a function has the fault %s, an event is not lost",
    async (fault) => {
      aws.lambdaFaults.inject(fault, { on: "invoke-api" });
      const body = webhookEvent();
      expect(await statusOf(delivery("invoked", body))).toBe(503);
      expect(lastLine()).toMatchObject({ code: "target_unavailable" });
      aws.lambdaFaults.clear();
      expect(await statusOf(delivery("invoked", body))).toBe(204);
      expect(await copiesAtEnd("invoked", body.id)).toBe(1);
    },
  );

  test("that is a bus reports a failed entry with the status 200, an event is not lost", async () => {
    aws.eventBridge.faults.inject("entry-failed", { times: 1 });
    const body = webhookEvent();
    expect(await statusOf(delivery("bussed", body))).toBe(503);
    expect(lastLine()).toMatchObject({ code: "target_unavailable", reason: "InternalFailure" });
    expect(await statusOf(delivery("bussed", body))).toBe(204);
    expect(copies("bussed", body.id)).toBe(1);
  });

  test("fails one attempt, the AWS SDK repeats it within the delivery", async () => {
    aws.sqs.faults.inject("throttled", { times: 1 });
    expect(await statusOf(delivery("queued"))).toBe(204);
  });

  test("stores the event and its response is lost, the event arrives at least once", async () => {
    aws.sqs.faults.inject("lost-response");
    const body = webhookEvent();
    expect(await statusOf(delivery("queued", body))).toBe(503);
    aws.sqs.faults.clear();
    expect(await statusOf(delivery("queued", body))).toBe(204);
    expect(copies("queued", body.id)).toBeGreaterThanOrEqual(1);
  });
});

describe("a burst of events", () => {
  const BURST = 40;

  /** Sends what is left again and again, as Box does, until every response is good. @returns rounds */
  async function deliverAll(
    app: string,
    events: readonly { readonly id: string }[],
    round: (n: number) => void,
  ) {
    let left = events;
    for (let count = 1; ; count += 1) {
      round(count);
      const statuses = await Promise.all(
        left.map((event, index) => statusOf(delivery(app, event), index % 2 === 0 ? aws.webhook : aws.other)),
      );
      left = left.filter((_, index) => statuses[index] !== 204);
      if (left.length === 0) return count;
      expect(count, "rounds").toBeLessThan(12);
    }
  }

  test.each([
    ["queued", "sqs"],
    ["bussed", "eventBridge"],
  ] as const)(
    "arrives whole at %s, whose target is down at first, then fails at times, then is back",
    async (app, at) => {
      const events = Array.from({ length: BURST }, () => webhookEvent({ id: randomUUID() }));
      const { faults } = aws[at];
      const rounds = await deliverAll(app, events, (round) => {
        faults.clear();
        if (round <= 2) faults.inject("access-denied");
        if (round === 3) faults.inject("access-denied", { times: BURST / 2 });
      });
      expect(rounds).toBe(4);
      const copiesOf = events.map(({ id }) => copies(app, id));
      // Nothing was in flight twice at the same time: exactly once.
      expect(copiesOf.filter((count) => count !== 1)).toEqual([]);
      const metric = (name: string) =>
        [aws.webhook, aws.other]
          .flatMap(({ lines }) => lines.filter((line) => line.includes(`"${name}":1`)))
          .filter((line) => events.some(({ id }) => line.includes(id))).length;
      expect([metric("WebhooksHandedOn"), metric("WebhooksFailed"), metric("WebhookDuplicates")]).toEqual([
        BURST,
        2.5 * BURST,
        0,
      ]);
    },
  );

  test("arrives at least once where Box sends each event twice at the same time to two environments", async () => {
    const events = Array.from({ length: BURST }, () => webhookEvent());
    const twice = events.flatMap((event) => [
      statusOf(delivery("queued", event), aws.webhook),
      statusOf(delivery("queued", event), aws.other),
    ]);
    expect(new Set(await Promise.all(twice))).toEqual(new Set([204]));
    const counts = events.map(({ id }) => copies("queued", id));
    expect(Math.min(...counts)).toBeGreaterThanOrEqual(1);
    expect(Math.max(...counts)).toBeLessThanOrEqual(2);
  });
});

describe("an event that is too large for its target", () => {
  const sized = (bytes: number) => webhookEvent({ filler: "x".repeat(bytes) });

  test.each(KINDS)(
    "of the app %s has a response, a line and a metric of its own, and is not sent",
    async (app) => {
      const before = stored(app).length;
      const { statusCode, body = "" } = await aws.send(delivery(app, sized(1_048_576)));
      expect(statusCode).toBe(413);
      expect(JSON.parse(body)).toMatchObject({ code: "event_too_large", retryable: false });
      expect(lastLine()).toMatchObject({ code: "event_too_large", app, WebhooksFailed: 1 });
      expect(lastLine().reason).toMatch(/^\d+ bytes; the target takes 1048576$/);
      expect(stored(app)).toHaveLength(before);
    },
  );

  test.each(KINDS)("is accepted by the app %s just below the limit", async (app) => {
    const body = sized(1_047_600);
    expect(await statusOf(delivery(app, body))).toBe(204);
    expect(await copiesAtEnd(app, body.id)).toBe(1);
  });
});

test("a table that is away costs no event", async () => {
  aws.dynamoDb.faults.inject("reset");
  const body = webhookEvent();
  expect(await statusOf(delivery("queued", body))).toBe(204);
  expect(lastLine()).toMatchObject({ outcome: "handed_on", duplicates_by: "unavailable" });
  expect(lastLine().shared_cache_failure).toMatch(/^DynamoDB: /);
  expect(copies("queued", body.id)).toBe(1);
});

test("new keys in the secret are in use after five minutes, without a lost delivery", async () => {
  const fresh = newKeys();
  // The AWS SDK signs again where the frozen environment's clock is too far from the server's.
  const reads = () =>
    aws.secretsManager.requests.entries.filter(
      ({ operation, status }) => operation === "GetSecretValue" && status === 200,
    ).length;
  let frozen = 0;
  const freeze = () => {
    frozen += 301_000;
    aws.other.freeze(301_000);
  };
  const status = (keys: typeof KEYS) => {
    const sentAt = Date.now() + frozen;
    return statusOf(signedDelivery({ app: "fifo", keys, sentAt }), aws.other);
  };
  const half = { primaryKey: KEYS.primaryKey, secondaryKey: fresh.secondaryKey };
  for (const keys of [half, fresh]) {
    expect(await status(keys)).toBe(204);
    aws.putKeys("fifo", keys);
    const before = reads();
    expect(await status(keys)).toBe(204);
    expect(reads()).toBe(before);
    freeze();
    expect(await status(keys)).toBe(204);
    expect(reads() - before).toBe(KINDS.length);
  }
  expect(await status(KEYS)).toBe(403);
  aws.putKeys("fifo", KEYS);
  await aws.other.restart();
});

test("Secrets Manager away at the start refuses deliveries, which are accepted after 30 seconds", async () => {
  aws.secretsManager.faults.inject("away");
  await aws.other.restart();
  const body = webhookEvent();
  expect(await statusOf(delivery("queued", body), aws.other)).toBe(403);
  expect(lastLine(aws.other)).toMatchObject({ apps: { queued: { keys_unavailable: 1 } }, WebhooksFailed: 1 });
  aws.secretsManager.faults.clear();
  expect(await statusOf(delivery("queued", body), aws.other)).toBe(403);
  aws.other.freeze(31_000);
  expect(await statusOf(delivery("queued", body), aws.other)).toBe(204);
});

test("no token of a Skill and no signature key is in a line or a response, whatever happens", async () => {
  const tokens = [`1!${randomUUID()}${randomUUID()}`, randomUUID().replaceAll("-", "")] as const;
  const pieces = piecesOf(...tokens, ...Object.values(KEYS));
  const responses: unknown[] = [];
  const sendSkill = async (app: string, changes: object = {}, keys = KEYS) =>
    responses.push(await aws.send(delivery(app, skillEvent(...tokens, changes), keys)));
  const from = aws.webhook.lines.length;
  await sendSkill("skills");
  expect(JSON.stringify(bodiesOf("box-events-skills").at(-1))).toContain(tokens[0]);
  for (const fault of ["away", "throttled", "internal-error", "access-denied", "lost-response"] as const) {
    aws.sqs.faults.inject(fault);
    await sendSkill("skills");
    aws.sqs.faults.clear();
  }
  for (const fault of ["reset", "throttled", "access-denied"] as const) {
    aws.dynamoDb.faults.inject(fault);
    await sendSkill("skills");
    aws.dynamoDb.faults.clear();
  }
  for (const app of KINDS) await sendSkill(app);
  await sendSkill("skills", { trigger: tokens[0], id: tokens[1] });
  await sendSkill("skills", { id: 7 });
  await sendSkill("skills", { filler: "x".repeat(1_048_576) });
  await sendSkill("skills", {}, newKeys());
  await sendSkill("unknown");
  const lines = aws.webhook.lines.slice(from).map((line) => line.replaceAll(tokens[1], "[the id]"));
  expect(lines.length).toBeGreaterThan(12);
  expect(leakIn(lines.join("\n"), pieces)).toBe(-1);
  expect(leakIn(JSON.stringify(responses), pieces)).toBe(-1);
  expect(leakIn(JSON.stringify(await aws.dynamoDb.items()), pieces)).toBe(-1);
  expect(leakIn(JSON.stringify(aws.eventBridge.events), pieces)).toBe(-1);
  expect(leakIn(JSON.stringify(aws.consumed), pieces)).toBe(-1);
});
