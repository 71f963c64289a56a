import { describe, expect, it } from "vitest";
import type { IssueToken, Outcome } from "../../../../functions/broker/issue-token.ts";
import type { RequestContext } from "../../../../functions/broker/ports.ts";
import { directInvokeEdge } from "../../../../functions/lambda/direct-invoke.ts";
import { functionUrlEdge } from "../../../../functions/lambda/function-url.ts";
import { type Edge, lambdaHandler } from "../../../../functions/lambda/handler.ts";
import { problemResponse } from "../../../../schemas/protocol/problems.ts";
import { lambdaContext } from "../../../support/lambda.ts";
import { VirtualClock } from "../../../support/virtual-clock.ts";

const response = { access_token: "t", token_type: "bearer", expires_in: 3600 } as const;
const issued: Outcome = { issued: true, response };

function running<Answer>(edge: Edge<Answer>, issueToken: IssueToken) {
  const clock = new VirtualClock();
  const lines: Record<string, unknown>[] = [];
  const state = { failure: undefined as Error | undefined };
  const handler = lambdaHandler(edge, {
    ...{ service: "token", issueToken, clock, clockSkew: () => 3_000 },
    write: async (line) => {
      if (state.failure) throw state.failure;
      lines.push({ ...line });
    },
  });
  return { clock, lines, state, handler };
}

/** The context that the use case gets for one request. */
async function contextWith(changes: Parameters<typeof lambdaContext>[0]) {
  let seen: RequestContext | undefined;
  const { clock, handler } = running(directInvokeEdge, async (_ask, context) => {
    seen = context;
    return issued;
  });
  await handler({}, lambdaContext(changes));
  return { timeLeft: (seen?.deadline ?? 0) - clock.monotonic(), ...seen };
}

describe("the use case gets", () => {
  it("Lambda's request id, and Lambda's remaining time less 200 ms for the log and the answer", async () => {
    const given = { awsRequestId: "r-7", getRemainingTimeInMillis: () => 3_000 };
    expect(await contextWith(given)).toMatchObject({ requestId: "r-7", timeLeft: 2_800 });
  });

  it("no time rather than less than none", async () => {
    expect((await contextWith({ getRemainingTimeInMillis: () => 50 })).timeLeft).toBe(0);
  });

  it("a trace of its own for each of the requests that are in one environment at once", async () => {
    const traces = new Set<unknown>();
    const { clock, lines, handler } = running(directInvokeEdge, async (_ask, { requestId, trace }) => {
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
  it("is written before the answer, with the time that the request took and the skew", async () => {
    const { clock, lines, handler } = running(directInvokeEdge, async () => {
      await clock.sleep(120);
      return issued;
    });
    expect(await clock.finish(handler({}, lambdaContext()))).toBe(response);
    expect(lines).toMatchObject([
      { kind: "request", Service: "token", Duration: 120, ClockSkew: 3, outcome: "issued" },
    ]);
    expect(lines[0]).toMatchObject({ _aws: { Timestamp: clock.wall() } });
  });

  it("is written for a refusal too, which is then thrown or answered as the edge does it", async () => {
    const problem = problemResponse("unauthorized_client", "r-1");
    const refuse: IssueToken = async () => ({ issued: false, denied: true, problem });
    const invoke = running(directInvokeEdge, refuse);
    await expect(invoke.handler({}, lambdaContext())).rejects.toMatchObject({ name: "unauthorized_client" });
    expect(invoke.lines).toMatchObject([{ outcome: "denied", code: "unauthorized_client" }]);
    const url = running(functionUrlEdge, refuse);
    expect(await url.handler({}, lambdaContext())).toMatchObject({ statusCode: 403 });
    expect(url.lines).toMatchObject([{ outcome: "denied", code: "unauthorized_client" }]);
  });

  it("that cannot be written does not cost the token, whose audit line was written", async () => {
    const { state, handler } = running(directInvokeEdge, async () => issued);
    state.failure = new Error("EPIPE");
    expect(await handler({}, lambdaContext())).toBe(response);
  });
});

describe("while the previous version of a secret is in use", () => {
  it("each request logs a warning and counts in the metric PreviousSecretUses", async () => {
    const { lines, handler } = running(directInvokeEdge, async (_ask, { trace }) => {
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

  it("and not otherwise", async () => {
    const { lines, handler } = running(directInvokeEdge, async (_ask, { trace }) => {
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
    expect(functionUrlEdge.ask(event, lambdaContext({ functionVersion: "42" })).labels).toEqual({
      ...{ session: "build-17", sourceIp: "192.0.2.7", functionVersion: "42" },
    });
  });

  it("are left out where the event has none, or something else in their place", () => {
    const event = { requestContext: { http: { sourceIp: 7 }, authorizer: { iam: { userArn: {} } } } };
    for (const each of [event, {}, null])
      expect(functionUrlEdge.ask(each, lambdaContext({ functionVersion: "1" })).labels).toEqual({
        functionVersion: "1",
      });
  });

  it("are the function's version alone at a direct invoke, whose event the caller writes", () => {
    const iam = { userArn: "arn:aws:sts::123456789012:assumed-role/reports/forged" };
    const event = { requestContext: { http: { sourceIp: "192.0.2.7" }, authorizer: { iam } } };
    expect(directInvokeEdge.ask(event, lambdaContext({ functionVersion: "42" })).labels).toEqual({
      functionVersion: "42",
    });
  });
});
