import { describe, expect, test } from "vitest";
import type { Swept } from "../../../../functions/broker/oauth/sweep.ts";
import {
  type ConnectionsService,
  connectionsHandler,
} from "../../../../functions/lambda/connections-invoke.ts";
import { Failure, problemResponse } from "../../../../schemas/protocol/problems.ts";
import { ok, refused } from "../../../../schemas/result.ts";
import { lambdaContext } from "../../../support/lambda.ts";
import { VirtualClock } from "../../../support/virtual-clock.ts";

const UNUSED = async () => {
  throw new Error("This action was not requested.");
};

function functionWith(changes: Partial<ConnectionsService>) {
  const lines: Record<string, unknown>[] = [];
  const handler = connectionsHandler({
    ...{ service: "prod", apps: ["crm"], sweep: UNUSED, list: UNUSED, link: UNUSED, disconnect: UNUSED },
    clock: new VirtualClock(),
    write: async (line) => void lines.push(line as Record<string, unknown>),
    ...changes,
  });
  return { lines, invoke: (event: unknown) => handler(event, lambdaContext({ awsRequestId: "r-1" })) };
}

const COMMON = { kind: "connections", request_id: "r-1" };

describe("a sweep", () => {
  const swept: readonly Swept[] = [
    ...Array.from({ length: 250 }, (_, index) => ({
      ...{ app: "crm", userId: String(index), daysLeft: index % 60, isBroken: false },
    })),
    { app: "crm", userId: "b", daysLeft: 0, isBroken: true },
    { app: "crm", userId: "u", isBroken: false, failure: "connection_unreadable" },
    { app: "crm", userId: "f", daysLeft: 3, isBroken: false, failure: "box_unavailable" },
  ];

  test("returns its report, and logs it as a line with metrics", async () => {
    const { invoke, lines } = functionWith({ sweep: async () => swept });
    const report = await invoke({ action: "sweep" });
    expect(report).toMatchObject({ connections: 253, toReconnect: 1, unreadable: 1, failed: 2 });
    expect(lines[0]).toMatchObject({
      ...{ ...COMMON, action: "sweep", connections: 253, to_reconnect: 1, unreadable: 1, failed: 2 },
      failures: [
        { app: "crm", user: "u", code: "connection_unreadable" },
        { app: "crm", user: "f", code: "box_unavailable" },
      ],
      ...{ Service: "prod", Connections: 253, ConnectionsToReconnect: 1, ConnectionsUnreadable: 1 },
      _aws: { CloudWatchMetrics: [{ Namespace: "BoxSts", Dimensions: [["Service"]] }] },
    });
  });

  test("has the days of each usable connection in its metrics, at most 100 in a line", async () => {
    const { invoke, lines } = functionWith({ sweep: async () => swept });
    await invoke({ action: "sweep" });
    const values = lines.map(({ ConnectionDaysLeft }) => ConnectionDaysLeft as readonly number[]);
    expect(values.map(({ length }) => length)).toEqual([100, 100, 51]);
    expect(values.flat().filter((days) => days === 3)).toHaveLength(6);
    for (const line of lines) expect(line).toMatchObject({ ...COMMON, Service: "prod" });
  });

  test("of an empty table reports zeros, so that alarms have data", async () => {
    const { invoke, lines } = functionWith({ sweep: async () => [] });
    await invoke({ source: "aws.events", "detail-type": "Scheduled Event" });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({ Connections: 0, ConnectionsToReconnect: 0, ConnectionsUnreadable: 0 });
    expect(lines[0]).not.toHaveProperty("ConnectionDaysLeft");
  });

  test("that fails is an error with the code, for which Lambda runs it again, and its line has the reason", async () => {
    const failure = new Failure("connections_unavailable", "DynamoDB: InternalServerError");
    const { invoke, lines } = functionWith({ sweep: () => Promise.reject(failure) });
    const thrown = await invoke({ action: "sweep" }).catch((error: Error) => error);
    expect(thrown).toMatchObject({
      name: "connections_unavailable",
      message:
        "The table with the connections of OAuth 2.0 users did not respond. (DynamoDB: InternalServerError) Try again after a moment.",
      stack: "",
    });
    expect(lines).toEqual([
      {
        ...COMMON,
        action: "sweep",
        code: "connections_unavailable",
        reason: "DynamoDB: InternalServerError",
      },
    ]);
  });

  test("that has a defect reveals the place in the code and no value", async () => {
    const { invoke, lines } = functionWith({ sweep: () => Promise.reject(new TypeError("secret-value")) });
    const thrown = await invoke({ action: "sweep" }).catch((error: Error) => error);
    expect(thrown).toMatchObject({ name: "internal_error", stack: "" });
    expect(String((thrown as Error).message) + JSON.stringify(lines)).not.toContain("secret-value");
  });
});

describe("the other actions", () => {
  test("a list is returned, and a page that is none is refused", async () => {
    const page = { connections: [], next: "1#crm#2" };
    const { invoke, lines } = functionWith({
      list: async ({ next }) => (next === "bad" ? refused("unknown_page") : ok(page)),
    });
    expect(await invoke({ action: "list" })).toEqual(page);
    expect(lines).toEqual([{ ...COMMON, action: "list", connections: 0 }]);
    await expect(invoke({ action: "list", next: "bad" })).rejects.toThrow(
      "next must be the next that the page before has.",
    );
  });

  test("a link is returned, and its line has for whom it is and not the link", async () => {
    const url = "https://connect.example.com/connect?invitation=v1.secret";
    const { invoke, lines } = functionWith({
      link: async () => ok({ url, expiresAt: "2026-06-08T12:00:00.000Z" }),
    });
    expect(await invoke({ action: "link", app: "crm", userId: "17" })).toMatchObject({ url });
    expect(lines).toEqual([
      { ...COMMON, action: "link", app: "crm", user: "17", expires_at: "2026-06-08T12:00:00.000Z" },
    ]);
  });

  test("a link for an app with another grant, or without an authorize function, is refused", async () => {
    const wrong = functionWith({ link: async () => refused("jwt") });
    await expect(wrong.invoke({ action: "link", app: "crm" })).rejects.toThrow(
      "The app must be one with OAuth 2.0; crm has jwt.",
    );
    const without = functionWith({ link: undefined });
    await expect(without.invoke({ action: "link", app: "crm" })).rejects.toThrow(
      "BOX_STS_AUTHORIZE_URL is not set",
    );
  });

  test("a disconnection is returned", async () => {
    const { invoke, lines } = functionWith({
      disconnect: async () => ({ disconnected: true, endedAtBox: true }),
    });
    const result = { app: "crm", userId: "17", disconnected: true, endedAtBox: true };
    expect(await invoke({ action: "disconnect", app: "crm", userId: "17" })).toEqual(result);
    expect(lines).toEqual([{ ...COMMON, action: "disconnect", app: "crm", user: "17", disconnected: true }]);
  });

  test.each([
    ["box_unavailable", true, " Nothing was removed."],
    ["connections_unavailable", true, " Request it again: that is always safe."],
    [
      "secret_not_found",
      false,
      " Nothing was removed. With force, the connection is removed, although its tokens do not end at Box.",
    ],
  ] as const)("a disconnection that fails with %s has the next step", async (code, retryable, nextStep) => {
    const problem = problemResponse(code, "r-1");
    const { invoke } = functionWith({ disconnect: async () => ({ issued: false, denied: false, problem }) });
    expect(await invoke({ action: "disconnect", app: "crm", userId: "17" })).toEqual({
      ...{ app: "crm", userId: "17", disconnected: false, code, retryable, request_id: "r-1" },
      message: problem.error_description + nextStep,
    });
  });

  test("a disconnection that Box refuses for its rate has the seconds after which it can be repeated", async () => {
    const problem = { ...problemResponse("box_rate_limited", "r-1"), retry_after: 17 };
    const { invoke } = functionWith({ disconnect: async () => ({ issued: false, denied: false, problem }) });
    expect(await invoke({ action: "disconnect", app: "crm", userId: "17" })).toMatchObject({
      ...{ disconnected: false, code: "box_rate_limited", retryable: true, retry_after: 17 },
    });
  });

  test("a bad event is refused before anything is done, and has no line", async () => {
    const { invoke, lines } = functionWith({});
    await expect(invoke({ action: "sweeep" })).rejects.toThrow("Did you mean sweep?");
    expect(lines).toEqual([]);
  });
});
