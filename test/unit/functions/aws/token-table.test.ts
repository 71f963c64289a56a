import { inspect } from "node:util";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { dynamoDbTable } from "../../../../functions/aws/token-table.ts";
import type { RequestContext } from "../../../../functions/broker/ports.ts";
import { systemClock } from "../../../../functions/lambda/system.ts";
import { awsError } from "../../../support/aws-json.ts";
import { loopbackServer, type ReceivedRequest } from "../../../support/loopback-server.ts";

const context = (): RequestContext => ({
  requestId: "request-1",
  deadline: systemClock.monotonic() + 10_000,
  trace: { steps: [] },
});

/** The real AWS SDK against a server that speaks AWS JSON. */
async function tableOf(handle: (request: ReceivedRequest) => void) {
  const server = await loopbackServer(handle);
  vi.stubEnv("AWS_ENDPOINT_URL_DYNAMODB", server.url);
  return { server, table: dynamoDbTable("tokens", systemClock) };
}

beforeEach(() => {
  vi.stubEnv("AWS_REGION", "us-east-1");
  vi.stubEnv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "secret-access-key");
});
afterEach(() => {
  vi.unstubAllEnvs();
});

describe("a failure of DynamoDB", () => {
  it.each([
    ["Throttling", 400, { isTemporary: true, isThrottled: true }],
    ["RequestThrottled", 400, { isTemporary: true, isThrottled: true }],
    ["TooManyRequestsException", 400, { isTemporary: true, isThrottled: true }],
    ["SlowDown", 400, { isTemporary: true, isThrottled: true }],
    ["KMSThrottlingException", 400, { isTemporary: true, isThrottled: true }],
    ["SomethingNew", 429, { isTemporary: true, isThrottled: true }],
    ["AccessDeniedException", 400, { isTemporary: false, isThrottled: false, isKeyRefused: false }],
    ["SomethingNew", 400, { isTemporary: false, isThrottled: false }],
    ["KMSDisabledException", 400, { isTemporary: false, isKeyRefused: true }],
    ["InaccessibleEncryptionCredentialsException", 400, { isTemporary: false, isKeyRefused: true }],
  ])("%s (%i) is %o", async (type, status, expected) => {
    const { server, table } = await tableOf(({ response }) => {
      response.writeHead(status, { "content-type": "application/x-amz-json-1.0" });
      response.end(JSON.stringify({ __type: type }));
    });
    const failure = await table.read("key", context()).catch((thrown: unknown) => thrown);
    expect(failure).toMatchObject({ name: "TableFailure", ...expected });
    expect(server.requests).toHaveLength(1);
  });

  it("in words that quote a document is reported without them", async () => {
    const { table } = await tableOf(awsError("ValidationException", 400, '{"clientSecret":"canary"}'));
    const failure = await table.read("key", context()).catch((thrown: unknown) => thrown);
    expect(failure).toMatchObject({ message: "DynamoDB: ValidationException: [...]" });
    expect(inspect(failure, { depth: 10, showHidden: true })).not.toContain("canary");
  });
});

it("a repetition that is throttled leaves open whether the attempt before it has written the item", async () => {
  let requests = 0;
  const { table } = await tableOf(({ response, socket }) => {
    if (++requests === 1) return void socket.destroy();
    response.writeHead(400, { "content-type": "application/x-amz-json-1.0" });
    response.end(JSON.stringify({ __type: "ThrottlingException" }));
  });
  const item = { fence: 1, writer: "w", deleteAfter: 2_000_000_000 };
  await expect(table.replace("key", undefined, item, context())).rejects.toMatchObject({
    ...{ isTemporary: true, isThrottled: false, isOutcomeUnknown: true },
  });
  expect(requests).toBe(2);
});

it.each([200, 204])("a response of DynamoDB with %i and without a body is no result", async (status) => {
  const { table } = await tableOf(({ response }) => void response.writeHead(status).end());
  const failed = { name: "TableFailure", isTemporary: true };
  await expect(table.read("key", context())).rejects.toMatchObject(failed);
  const item = { fence: 1, writer: "w", deleteAfter: 2_000_000_000 };
  await expect(table.replace("key", undefined, item, context())).rejects.toMatchObject(failed);
});
