import { describe, expect, it } from "vitest";
import type { IssueToken } from "../../../../functions/broker/issue-token.ts";
import type { Outcome } from "../../../../functions/broker/outcome.ts";
import type { RequestContext } from "../../../../functions/broker/ports.ts";
import { directInvokeAdapter } from "../../../../functions/lambda/direct-invoke.ts";
import { functionUrlAdapter } from "../../../../functions/lambda/function-url.ts";
import { type EventAdapter, lambdaHandler } from "../../../../functions/lambda/handler.ts";
import { problemResponse } from "../../../../schemas/protocol/problems.ts";
import { revokesNothing } from "../../../support/fake-ports.ts";
import { lambdaContext } from "../../../support/lambda.ts";
import { VirtualClock } from "../../../support/virtual-clock.ts";

const response = { access_token: "t", token_type: "bearer", expires_in: 3600 } as const;
const issued: Outcome = { issued: true, response };

function running<Responded>(edge: EventAdapter<Responded>, issueToken: IssueToken) {
  const clock = new VirtualClock();
  const lines: Record<string, unknown>[] = [];
  const state = { failure: undefined as Error | undefined };
  const handler = lambdaHandler(edge, {
    ...{ service: "token", issueToken, revokeToken: revokesNothing, clock, clockSkew: () => 3_000 },
    write: async (line) => {
      if (state.failure) throw state.failure;
      lines.push({ ...line });
    },
  });
  return { clock, lines, state, handler };
}

/** The context that the use case receives for one request. */
async function contextWith(changes: Parameters<typeof lambdaContext>[0]) {
  let seen: RequestContext | undefined;
  const { clock, handler } = running(directInvokeAdapter, async (_ask, context) => {
    seen = context;
    return issued;
  });
  await handler({}, lambdaContext(changes));
  return { timeLeft: (seen?.deadline ?? 0) - clock.monotonic(), ...seen };
}

describe("the use case receives", () => {
  it("Lambda's request id, and Lambda's remaining time less 200 ms for the log and the response", async () => {
    const given = { awsRequestId: "r-7", getRemainingTimeInMillis: () => 3_000 };
    expect(await contextWith(given)).toMatchObject({ requestId: "r-7", timeLeft: 2_800 });
  });

  it("zero remaining time instead of a negative one", async () => {
    expect((await contextWith({ getRemainingTimeInMillis: () => 50 })).timeLeft).toBe(0);
  });

  it("a separate trace for each concurrent request in one environment", async () => {
    const traces = new Set<unknown>();
    const { clock, lines, handler } = running(directInvokeAdapter, async (_ask, { requestId, trace }) => {
      traces.add(trace);
      trace.app = `app-of-${requestId}`;
      await clock.sleep(100);
      return issued;
    });
    const all = ["r-1", "r-2", "r-3"].map((awsRequestId) => handler({}, lambdaContext({ awsRequestId })));
    await clock.finish(Promise.all(all));
    expect(traces.size).toBe(3);
    expect(lines.map(({ request_id, app }) => `${request_id} ${app}`).sort()).toEqual(
      ["r-1", "r-2", "r-3"].map((id) => `${id} app-of-${id}`),
    );
  });
});

describe("the request line", () => {
  it("is written before the response, with the duration of the request and the clock skew", async () => {
    const { clock, lines, handler } = running(directInvokeAdapter, async () => {
      await clock.sleep(120);
      return issued;
    });
    expect(await clock.finish(handler({}, lambdaContext()))).toBe(response);
    expect(lines).toMatchObject([
      { kind: "request", Service: "token", Duration: 120, ClockSkew: 3, outcome: "issued" },
    ]);
    expect(lines[0]).toMatchObject({ _aws: { Timestamp: clock.wall() } });
  });

  it("is written for a refusal too, which the event adapter then throws or returns", async () => {
    const problem = problemResponse("unauthorized_client", "r-1");
    const refuse: IssueToken = async () => ({ issued: false, denied: true, problem });
    const invoke = running(directInvokeAdapter, refuse);
    await expect(invoke.handler({}, lambdaContext())).rejects.toMatchObject({ name: "unauthorized_client" });
    expect(invoke.lines).toMatchObject([{ outcome: "denied", code: "unauthorized_client" }]);
    const url = running(functionUrlAdapter, refuse);
    expect(await url.handler({}, lambdaContext())).toMatchObject({ statusCode: 403 });
    expect(url.lines).toMatchObject([{ outcome: "denied", code: "unauthorized_client" }]);
  });

  it("that cannot be written does not prevent the token, whose audit line was written", async () => {
    const { state, handler } = running(directInvokeAdapter, async () => issued);
    state.failure = new Error("EPIPE");
    expect(await handler({}, lambdaContext())).toBe(response);
  });
});

describe("the warning about the previous version of a secret", () => {
  it("is logged, and counted in PreviousSecretUses, for each request that uses that version", async () => {
    const { lines, handler } = running(directInvokeAdapter, async (_ask, { trace }) => {
      trace.app = "reports";
      trace.secretStage = "AWSPREVIOUS";
      return issued;
    });
    await handler({}, lambdaContext({ awsRequestId: "r-1" }));
    expect(lines).toMatchObject([
      { kind: "log", level: "WARN", app: "reports", request_id: "r-1" },
      { kind: "request", PreviousSecretUses: 1 },
    ]);
  });

  it("is neither logged nor counted for a request with the current version", async () => {
    const { lines, handler } = running(directInvokeAdapter, async (_ask, { trace }) => {
      trace.secretStage = "AWSCURRENT";
      return issued;
    });
    await handler({}, lambdaContext());
    expect(lines).toHaveLength(1);
    expect(lines[0]).not.toHaveProperty("PreviousSecretUses");
  });
});

describe("the labels of a call", () => {
  it("are the session's name, the source address and the function's version at a Function URL", () => {
    const iam = { userArn: "arn:aws:sts::123456789012:assumed-role/reports/build-17" };
    const event = { requestContext: { http: { sourceIp: "192.0.2.7" }, authorizer: { iam } } };
    expect(functionUrlAdapter.parse(event, lambdaContext({ functionVersion: "42" })).labels).toEqual({
      ...{ session: "build-17", sourceIp: "192.0.2.7", functionVersion: "42" },
    });
  });

  it("are omitted if the event has none, or values of another type", () => {
    const event = { requestContext: { http: { sourceIp: 7 }, authorizer: { iam: { userArn: {} } } } };
    for (const each of [event, {}, null])
      expect(functionUrlAdapter.parse(each, lambdaContext({ functionVersion: "1" })).labels).toEqual({
        functionVersion: "1",
      });
  });

  it("are the function's version alone for a direct invoke, whose event the caller writes", () => {
    const iam = { userArn: "arn:aws:sts::123456789012:assumed-role/reports/forged" };
    const event = { requestContext: { http: { sourceIp: "192.0.2.7" }, authorizer: { iam } } };
    expect(directInvokeAdapter.parse(event, lambdaContext({ functionVersion: "42" })).labels).toEqual({
      functionVersion: "42",
    });
  });
});
