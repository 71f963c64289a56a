import { EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Identity, newIdentity } from "../../../sandbox/aws/identities.ts";
import { type EventBridge, startEventBridge } from "../../../sandbox/eventbridge/server.ts";

const region = "us-east-1";
const sender = newIdentity("sender", { temporary: true });
const stranger = newIdentity("stranger");
const BUS = `arn:aws:events:${region}:123456789012:event-bus/box`;
let eventBridge: EventBridge;
beforeAll(async () => {
  eventBridge = await startEventBridge({
    region,
    identities: [sender, stranger],
    grants: [{ effect: "allow", principal: sender.roleArn, action: "events:PutEvents", resource: `${BUS}*` }],
    buses: ["box"],
  });
});
afterAll(() => eventBridge.close());
beforeEach(() => eventBridge.faults.clear());

function put(entry: object = {}, credentials: Identity = sender, more: object = {}) {
  const client = new EventBridgeClient({
    ...{ region, endpoint: eventBridge.url, credentials, maxAttempts: 1 },
    ...more,
  });
  const given = { EventBusName: "box", Source: "test", DetailType: "event", Detail: "{}", ...entry };
  return client.send(new PutEventsCommand({ Entries: [given] }));
}

test.each(["box", BUS])("an event for %s is stored", async (EventBusName) => {
  const { FailedEntryCount, Entries = [] } = await put({ EventBusName, Detail: `{"ü":1}` });
  expect([FailedEntryCount, Entries[0]?.EventId]).toEqual([0, expect.stringMatching(/^[0-9a-f-]{36}$/)]);
  expect(eventBridge.events.at(-1)).toEqual({
    ...{ bus: "box", source: "test", detailType: "event", detail: `{"ü":1}` },
  });
});

test("an event for a bus that does not exist is accepted and gone, as at AWS", async () => {
  const before = eventBridge.events.length;
  expect(await put({ EventBusName: "box-2" })).toMatchObject({ FailedEntryCount: 0 });
  expect(eventBridge.events).toHaveLength(before);
});

test("a detail that is no JSON object fails, with the status 200", async () => {
  for (const Detail of ["text", "[]"]) {
    expect(await put({ Detail })).toMatchObject({
      FailedEntryCount: 1,
      Entries: [{ ErrorCode: "MalformedDetail" }],
      $metadata: { httpStatusCode: 200 },
    });
  }
});

describe("an event is refused where", () => {
  test("it is larger than 1 MiB", async () => {
    await expect(put({ Detail: `"${"x".repeat(1_048_576)}"` })).rejects.toMatchObject({
      name: "ValidationException",
    });
  });

  test.each([
    ["its sender has no permission", stranger, {}, "AccessDeniedException"],
    ["its key is unknown", newIdentity("unknown"), {}, "UnrecognizedClientException"],
    ["its secret key is wrong", { ...sender, secretAccessKey: "wrong" }, {}, "InvalidSignatureException"],
    ["it is signed for another region", sender, { region: "eu-west-1" }, "InvalidSignatureException"],
  ])("%s", async (_, credentials, more, name) => {
    await expect(put({}, credentials, more)).rejects.toMatchObject({ name });
  });
});

describe("the fault", () => {
  test.each([
    ["throttled", { name: "ThrottlingException" }, 0],
    ["internal-error", { $metadata: { httpStatusCode: 500 } }, 0],
    ["away", { code: "ECONNRESET" }, 0],
    ["access-denied", { name: "AccessDeniedException" }, 0],
    ["lost-response", { code: "ECONNRESET" }, 1],
  ] as const)("%s fails one request", async (fault, error, stored) => {
    const before = eventBridge.events.length;
    eventBridge.faults.inject(fault, { times: 1 });
    await expect(put()).rejects.toMatchObject(error);
    expect(eventBridge.events.length - before).toBe(stored);
    await put();
  });

  test("entry-failed stores nothing, with the status 200", async () => {
    const before = eventBridge.events.length;
    eventBridge.faults.inject("entry-failed", { times: 1 });
    expect(await put()).toMatchObject({ FailedEntryCount: 1, Entries: [{ ErrorCode: "InternalFailure" }] });
    expect(eventBridge.events).toHaveLength(before);
  });
});
