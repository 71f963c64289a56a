import { createHash } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { webhookTargets } from "../../../../functions/aws/webhook-targets.ts";
import type { RequestContext } from "../../../../functions/broker/ports.ts";
import { TargetFailure } from "../../../../functions/broker/webhooks/target.ts";
import { systemClock } from "../../../../functions/lambda/system.ts";
import { loopbackServer, type ReceivedRequest } from "../../../support/loopback-server.ts";

type Kind = "queue" | "function" | "bus";
const ADDRESS: Readonly<Record<Kind, (url: string) => string>> = {
  queue: (url) => `${url}/123456789012/box-events`,
  function: () => "arn:aws:lambda:eu-west-1:123456789012:function:consume:live",
  bus: () => "arn:aws:events:eu-west-1:123456789012:event-bus/box",
};
const STEP = { queue: "sqs.send", function: "lambda.invoke", bus: "eventbridge.put" } as const;
const MESSAGE = { app: "reports", type: "webhook_event", eventKey: "0".repeat(64), text: `{"event":"ü"}` };

/** A target of the real AWS SDK against a server that the SDK finds by its own variables. */
async function targetOf(kind: Kind, handle: (request: ReceivedRequest, number: number) => void) {
  const server = await loopbackServer(handle);
  vi.stubEnv("AWS_ENDPOINT_URL_LAMBDA", server.url);
  vi.stubEnv("AWS_ENDPOINT_URL_EVENTBRIDGE", server.url);
  const settings = { kind, address: ADDRESS[kind](server.url), region: "eu-west-1", takesSkills: false };
  const target = (await webhookTargets(new Map([["reports", settings]]), systemClock)).get("reports");
  if (target === undefined) return expect.fail("no target");
  const context = (timeLeft = 10_000): RequestContext => ({
    requestId: "request-1",
    deadline: systemClock.monotonic() + timeLeft,
    trace: { steps: [] },
  });
  return { server, target, context };
}

/** Any target, with what the test decides the server to do. */
const GOOD: Readonly<Record<Kind, (request: ReceivedRequest) => void>> = {
  queue: ({ response, body }) => {
    const md5 = createHash("md5").update(JSON.parse(body).MessageBody).digest("hex");
    response.end(JSON.stringify({ MessageId: "m", MD5OfMessageBody: md5 }));
  },
  function: ({ response }) => void response.writeHead(202).end(),
  bus: ({ response }) =>
    void response.end(JSON.stringify({ FailedEntryCount: 0, Entries: [{ EventId: "e" }] })),
};
const KINDS = Object.keys(GOOD) as Kind[];

const awsError =
  (type: string, status: number, message = "AWS says so") =>
  ({ response }: ReceivedRequest) => {
    response.writeHead(status, { "x-amzn-errortype": type, "content-type": "application/x-amz-json-1.0" });
    response.end(JSON.stringify({ __type: type, message }));
  };
const failureOf = (work: Promise<void>) =>
  work.then(
    () => expect.fail("the message was stored"),
    (failure: unknown) => {
      expect(failure).toBeInstanceOf(TargetFailure);
      return failure as TargetFailure;
    },
  );

beforeEach(() => {
  // The AWS SDK pauses for a random share of a time that doubles.
  vi.spyOn(Math, "random").mockReturnValue(0);
  vi.stubEnv("AWS_REGION", "us-east-1");
  vi.stubEnv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "secret-access-key");
  vi.stubEnv("AWS_SESSION_TOKEN", undefined);
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

describe("a message is sent", () => {
  it.each(KINDS)("to a %s in one request, signed for the region that the address names", async (kind) => {
    const { server, target, context } = await targetOf(kind, GOOD[kind]);
    const requesting = context();
    await target.handOn(MESSAGE, requesting);
    expect(server.requests).toHaveLength(1);
    expect(server.requests[0]?.headers.authorization).toMatch(
      /\/eu-west-1\/(?:sqs|lambda|events)\/aws4_request/,
    );
    expect(requesting.trace.steps).toEqual([{ step: STEP[kind], ms: expect.any(Number), status: 200 }]);
  });

  it("to a queue as the message's body, with characters escaped that SQS refuses", async () => {
    const { server, target, context } = await targetOf("queue", GOOD.queue);
    await target.handOn({ ...MESSAGE, text: `{"event":"\uFFFEü😀\uFFFF"}` }, context());
    const { MessageBody, QueueUrl } = JSON.parse(server.requests[0]?.body ?? "");
    expect(MessageBody).toBe(`{"event":"\\ufffeü😀\\uffff"}`);
    expect(QueueUrl).toBe(`${server.url}/123456789012/box-events`);
  });

  it("to a function as an asynchronous invocation of its alias", async () => {
    const { server, target, context } = await targetOf("function", GOOD.function);
    await target.handOn(MESSAGE, context());
    const [{ path, headers, body } = expect.fail("no request")] = server.requests;
    expect(decodeURIComponent(path ?? "")).toBe(
      "/2015-03-31/functions/arn:aws:lambda:eu-west-1:123456789012:function:consume:live/invocations",
    );
    expect(headers["x-amz-invocation-type"]).toBe("Event");
    expect(body).toBe(MESSAGE.text);
  });

  it("to a bus as one entry", async () => {
    const { server, target, context } = await targetOf("bus", GOOD.bus);
    await target.handOn(MESSAGE, context());
    expect(JSON.parse(server.requests[0]?.body ?? "")).toEqual({
      Entries: [
        {
          EventBusName: "arn:aws:events:eu-west-1:123456789012:event-bus/box",
          Source: "box-sts.webhook",
          DetailType: "webhook_event",
          Detail: MESSAGE.text,
        },
      ],
    });
  });

  it("again where one attempt fails with an error of the service", async () => {
    const { server, target, context } = await targetOf("bus", (request, number) =>
      number === 1 ? awsError("InternalException", 500)(request) : GOOD.bus(request),
    );
    await target.handOn(MESSAGE, context());
    expect(server.requests).toHaveLength(2);
  });
});

describe("a failure of a target", () => {
  it.each<[Kind, string, number, TargetFailure["code"]]>([
    ["queue", "QueueDoesNotExist", 400, "target_misconfigured"],
    ["queue", "AccessDeniedException", 400, "target_misconfigured"],
    ["queue", "KmsAccessDenied", 400, "target_misconfigured"],
    ["queue", "InvalidMessageContents", 400, "target_misconfigured"],
    ["queue", "ExpiredTokenException", 403, "target_misconfigured"],
    ["queue", "KmsThrottled", 400, "target_unavailable"],
    ["queue", "RequestThrottled", 403, "target_unavailable"],
    ["queue", "ServiceUnavailable", 503, "target_unavailable"],
    ["function", "ResourceNotFoundException", 404, "target_misconfigured"],
    ["function", "AccessDeniedException", 403, "target_misconfigured"],
    ["function", "RequestTooLargeException", 413, "event_too_large"],
    ["function", "TooManyRequestsException", 429, "target_unavailable"],
    ["function", "ResourceConflictException", 409, "target_unavailable"],
    ["function", "ServiceException", 500, "target_unavailable"],
    ["bus", "ValidationException", 400, "target_misconfigured"],
    ["bus", "ThrottlingException", 400, "target_unavailable"],
    ["bus", "InternalException", 500, "target_unavailable"],
  ])("(%s) %s (%i) is %s", async (kind, type, status, code) => {
    const { target, context } = await targetOf(kind, awsError(type, status));
    const requesting = context();
    const failure = await failureOf(target.handOn(MESSAGE, requesting));
    expect(failure.code).toBe(code);
    expect(failure.message).toContain(type);
    expect(requesting.trace.steps).toEqual([{ step: STEP[kind], ms: expect.any(Number), status: code }]);
  });

  it("quotes AWS's words, which name role and resource, and nothing that could be a secret or a document", async () => {
    const words = `User: arn:aws:sts::123456789012:assumed-role/webhook/x is not authorized; ${"k".repeat(40)}`;
    const { target, context } = await targetOf("queue", awsError("AccessDeniedException", 400, words));
    const { message } = await failureOf(target.handOn(MESSAGE, context()));
    expect(message).toBe(
      "AccessDeniedException: User: arn:aws:sts::123456789012:assumed-role/webhook/x is not authorized; [...]",
    );
  });

  it.each(KINDS)("of a %s quotes nothing of the message, also where AWS does", async (kind) => {
    const text = JSON.stringify({
      event: { token: { read: { access_token: "canaryReadToken0123456789abcdef" } } },
    });
    for (const words of [
      `Value '${text}' at 'detail' failed to satisfy constraint`,
      `Invalid token canaryReadToken0123456789abcdef`,
    ]) {
      const { target, context } = await targetOf(kind, awsError("ValidationException", 400, words));
      const failure = await failureOf(target.handOn({ ...MESSAGE, text }, context()));
      expect(`${failure.message} ${failure.stack}`).not.toContain("canary");
      expect(failure).not.toHaveProperty("cause");
    }
  });

  it.each(KINDS)(
    "that breaks the connection of a %s is temporary, and is named by the connection's error",
    async (kind) => {
      const { server, target, context } = await targetOf(kind, ({ socket }) => void socket.destroy());
      expect(await failureOf(target.handOn(MESSAGE, context()))).toMatchObject({
        ...{ code: "target_unavailable", message: "ECONNRESET" },
      });
      expect(server.requests.length).toBeGreaterThan(1);
    },
  );

  it("without a name of AWS is named by its status", async () => {
    const { target, context } = await targetOf("queue", ({ response }) => void response.writeHead(503).end());
    const { message } = await failureOf(target.handOn(MESSAGE, context()));
    expect(message).toMatch(/ with status 503$/);
  });

  it("that does not respond ends with the time of the delivery", async () => {
    const { server, target, context } = await targetOf("bus", () => {});
    const sending = failureOf(target.handOn(MESSAGE, context(300)));
    await server.received(1);
    expect((await sending).code).toBe("target_unavailable");
    // There was no time for a second attempt.
    expect(server.requests).toHaveLength(1);
  });

  it("without AWS credentials is for the operator", async () => {
    for (const name of ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]) vi.stubEnv(name, undefined);
    vi.stubEnv("AWS_EC2_METADATA_DISABLED", "true");
    vi.stubEnv("HOME", "/nonexistent");
    vi.stubEnv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent");
    vi.stubEnv("AWS_CONFIG_FILE", "/nonexistent");
    const { target, context } = await targetOf("bus", GOOD.bus);
    const { code, message } = await failureOf(target.handOn(MESSAGE, context()));
    expect([code, message.split(":")[0]]).toEqual(["target_misconfigured", "CredentialsProviderError"]);
  });

  it.each([
    ["ThrottlingException", "target_unavailable"],
    ["InternalFailure", "target_unavailable"],
    ["NotAuthorizedForDetailTypeException", "target_misconfigured"],
    ["MalformedDetail", "target_misconfigured"],
  ])("of an entry on a bus, %s with the status 200, is %s", async (ErrorCode, code) => {
    const { target, context } = await targetOf("bus", ({ response }) => {
      response.end(JSON.stringify({ FailedEntryCount: 1, Entries: [{ ErrorCode, ErrorMessage: "no" }] }));
    });
    expect(await failureOf(target.handOn(MESSAGE, context()))).toMatchObject({ code });
  });

  it.each([200, 204])(
    "of an asynchronous invocation with the status %i, which stores nothing, is temporary",
    async (status) => {
      const { target, context } = await targetOf(
        "function",
        ({ response }) => void response.writeHead(status).end(),
      );
      expect((await failureOf(target.handOn(MESSAGE, context()))).code).toBe("target_unavailable");
    },
  );
});

describe("a message that is too large", () => {
  it.each(KINDS)("is not sent to a %s", async (kind) => {
    const { server, target, context } = await targetOf(kind, GOOD[kind]);
    const text = JSON.stringify("x".repeat(1_048_577));
    const failure = await failureOf(target.handOn({ ...MESSAGE, text }, context()));
    expect(failure).toMatchObject({ code: "event_too_large" });
    expect(server.requests).toEqual([]);
  });

  it.each(["queue", "function"] as const)(
    "is one of 1,048,577 bytes, not of 1,048,576 (%s)",
    async (kind) => {
      const { server, target, context } = await targetOf(kind, GOOD[kind]);
      await target.handOn({ ...MESSAGE, text: `"${"x".repeat(1_048_574)}"` }, context());
      await failureOf(target.handOn({ ...MESSAGE, text: `"${"x".repeat(1_048_575)}"` }, context()));
      expect(server.requests).toHaveLength(1);
    },
  );
});
