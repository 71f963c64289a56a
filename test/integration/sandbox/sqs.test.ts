import { SendMessageCommand, type SendMessageCommandInput, SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Identity, newIdentity } from "../../../sandbox/aws/identities.ts";
import { type Sqs, startSqs } from "../../../sandbox/sqs/server.ts";

const region = "us-east-1";
const sender = newIdentity("sender", { temporary: true });
const stranger = newIdentity("stranger");
let sqs: Sqs;
beforeAll(async () => {
  const grant = { effect: "allow", principal: sender.roleArn, action: "sqs:SendMessage" } as const;
  const arn = `arn:aws:sqs:${region}:123456789012:`;
  sqs = await startSqs({
    region,
    identities: [sender, stranger],
    grants: [`${arn}box-events`, `${arn}box-events.fifo`, `${arn}gone`].map((resource) => ({
      ...grant,
      resource,
    })),
    queues: ["box-events", "box-events.fifo"],
  });
});
afterAll(() => sqs.close());
beforeEach(() => sqs.faults.clear());

function send(
  input: Partial<SendMessageCommandInput> = {},
  credentials: Identity = sender,
  more: object = {},
) {
  const client = new SQSClient({ region, endpoint: sqs.url, credentials, maxAttempts: 1, ...more });
  return client.send(
    new SendMessageCommand({ QueueUrl: sqs.urlOf("box-events"), MessageBody: "one", ...input }),
  );
}

test("a message is stored as it was sent, and the SDK verifies its hash", async () => {
  const body = `{"name":"Übung 😀"}`;
  const { MessageId } = await send({ MessageBody: body });
  expect(MessageId).toMatch(/^[0-9a-f-]{36}$/);
  expect(sqs.messages.at(-1)).toEqual({ queue: "box-events", body });
});

test("a FIFO queue stores one message of each deduplication id, with its group", async () => {
  const QueueUrl = sqs.urlOf("box-events.fifo");
  const one = { QueueUrl, MessageGroupId: "reports", MessageDeduplicationId: "e1" };
  await send(one);
  await send(one);
  expect(sqs.messages.filter(({ queue }) => queue === "box-events.fifo")).toEqual([
    { queue: "box-events.fifo", body: "one", group: "reports" },
  ]);
  await expect(send({ QueueUrl })).rejects.toMatchObject({ name: "InvalidParameterValueException" });
});

describe("a message is refused where", () => {
  test.each([
    ["it is longer than 1 MiB", { MessageBody: "x".repeat(1_048_577) }, "InvalidParameterValueException"],
    ["it has a character that XML does not have", { MessageBody: "\uFFFF" }, "InvalidMessageContents"],
  ])("%s", async (_, input, name) => {
    await expect(send(input)).rejects.toMatchObject({ name, $metadata: { httpStatusCode: 400 } });
  });

  test("its queue does not exist", async () => {
    await expect(send({ QueueUrl: sqs.urlOf("gone") })).rejects.toMatchObject({
      name: "QueueDoesNotExist",
    });
  });

  test("its sender has no permission", async () => {
    await expect(send({}, stranger)).rejects.toMatchObject({
      name: "AccessDeniedException",
      message: expect.stringContaining(
        "sqs:SendMessage on resource: arn:aws:sqs:us-east-1:123456789012:box-events",
      ),
    });
  });

  test.each([
    ["its key is unknown", newIdentity("unknown"), {}, "UnrecognizedClientException"],
    ["its secret key is wrong", { ...sender, secretAccessKey: "wrong" }, {}, "InvalidSignatureException"],
    ["it is signed for another region", sender, { region: "eu-west-1" }, "InvalidSignatureException"],
  ])("%s", async (_, credentials, more, name) => {
    const before = sqs.messages.length;
    await expect(send({}, credentials, more)).rejects.toMatchObject({ name });
    expect(sqs.messages).toHaveLength(before);
  });
});

describe("the fault", () => {
  test.each([
    ["throttled", { name: "RequestThrottled" }, 0],
    ["internal-error", { $metadata: { httpStatusCode: 500 } }, 0],
    ["away", { code: "ECONNRESET" }, 0],
    ["access-denied", { name: "AccessDeniedException" }, 0],
    ["lost-response", { code: "ECONNRESET" }, 1],
  ] as const)("%s fails one request", async (fault, error, stored) => {
    const before = sqs.messages.length;
    sqs.faults.inject(fault, { times: 1 });
    await expect(send()).rejects.toMatchObject(error);
    expect(sqs.messages.length - before).toBe(stored);
    await send();
  });

  test("slow delays a response until a moment that a test chooses", async () => {
    const gate = Promise.withResolvers<void>();
    sqs.faults.inject("slow", { until: gate.promise, times: 1 });
    let hasResponse = false;
    const sending = send().then(() => {
      hasResponse = true;
    });
    await send();
    expect(hasResponse).toBe(false);
    gate.resolve();
    await sending;
  });
});
