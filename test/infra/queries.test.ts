import { beforeAll, describe, expect, test } from "vitest";
import { checkHealth, checkPolicy } from "../../functions/broker/check-health.ts";
import { authorizationLog } from "../../functions/lambda/authorization-log.ts";
import { healthHandler } from "../../functions/lambda/health-invoke.ts";
import { requestLine } from "../../functions/lambda/request-log.ts";
import { AUDIT_QUERIES } from "../../infra/audit-queries.ts";
import {
  APP_TOKEN_AGE_QUERY,
  APP_TOKEN_QUERY,
  AUTHORIZATION_QUERY,
  HEALTH_QUERY,
  QUERIES,
  SHARED_CACHE_QUERY,
} from "../../infra/queries.ts";
import { Failure, PROBLEMS } from "../../schemas/protocol/problems.ts";
import type { LogEvent } from "../support/insights/fields.ts";
import { lambdaContext } from "../support/lambda.ts";
import { type JournalEntry, roleArn } from "../support/sample-log.ts";
import { VirtualClock } from "../support/virtual-clock.ts";
import { rangeOf, rowsOf } from "./insights-rows.ts";
import { isIssue, sampleYear } from "./sample-year.ts";

const { journal, log, box } = await sampleYear();

/** How often each key occurs. */
const countsOf = (keys: readonly (string | undefined)[]) =>
  Object.fromEntries([...Map.groupBy(keys, String)].map(([key, same]) => [key, same.length]).toSorted());
/** The sum of a column by another one. */
function sumsBy(rows: readonly object[], column: string, key: string) {
  const groups = Map.groupBy(rows as readonly Record<string, unknown>[], (row) => String(row[key]));
  const sums = [...groups].map(([name, members]) => [
    name,
    members.reduce((sum, row) => sum + Number(row[column]), 0),
  ]);
  return Object.fromEntries(sums.toSorted());
}

const issued = journal.filter((entry) => isIssue(entry) && entry.code === undefined);
const endedBy = (actors: readonly string[]) =>
  journal.filter(({ code }) => code !== undefined && actors.includes(PROBLEMS[code].actor));
const callerOf = ({ caller }: JournalEntry) => (caller === "alias:7" ? "unidentified" : caller);

describe("the saved query of operators", () => {
  test("who gets tokens counts each issued token for its caller", () => {
    const rows = rowsOf(QUERIES.issued, log);
    expect(sumsBy(rows, "tokens", "caller")).toEqual(countsOf(issued.map(callerOf)));
    expect(rows[0]).toMatchObject({ caller: roleArn("reports"), statement: "reports-reads", tokens: 4 });
  });

  test("who is refused, and why, counts each denial for its caller and its code", () => {
    const rows = rowsOf(QUERIES.refused, log);
    expect(sumsBy(rows, "requests", "caller")).toEqual(countsOf(endedBy(["caller"]).map(callerOf)));
    expect(sumsBy(rows, "requests", "code")).toEqual(countsOf(endedBy(["caller"]).map(({ code }) => code)));
  });

  test("what fails, and why, counts each failure for its code, with its first and latest time", () => {
    const rows = rowsOf(QUERIES.failed, log);
    const failures = endedBy(["operator", "none"]);
    expect(sumsBy(rows, "requests", "code")).toEqual(countsOf(failures.map(({ code }) => code)));
    expect(rows.map(({ first }) => first).toSorted()[0]).toBe(failures[0]?.time);
    expect(rows.every(({ reason }) => typeof reason === "string")).toBe(true);
  });

  test("problems by code counts each code, and no revocation that succeeded", () => {
    const rows = rowsOf(QUERIES.codes, log);
    const problems = journal.flatMap(({ code }) => code ?? []);
    expect(sumsBy(rows, "requests", "code")).toEqual(countsOf(problems));
    expect(journal.some((entry) => !isIssue(entry) && entry.code === undefined)).toBe(true);
  });

  test("tokens from the cache in percent is one half where the second of two requests was served from it", () => {
    const rows = rowsOf(QUERIES.hitRate, log, {
      range: rangeOf("2026-03-03T00:00:00Z", "2026-03-05T00:00:00Z"),
    });
    expect(rows).toEqual([
      { bin: Date.parse("2026-03-04T10:00:00Z"), hits: 0 },
      { bin: Date.parse("2026-03-03T10:00:00Z"), hits: 50 },
    ]);
  });

  test("who causes calls to Box counts the tokens that each caller was the first to get", () => {
    const firsts = issued.filter(
      ({ sha256 }, at) => issued.findIndex((entry) => entry.sha256 === sha256) === at,
    );
    const rows = rowsOf(QUERIES.minted, log);
    expect(sumsBy(rows, "tokens", "caller")).toEqual(countsOf(firsts.map(callerOf)));
    expect(rows.find(({ caller }) => caller === "alias:nightly")).toMatchObject({ subjects: 3 });
  });

  test("requests by app counts what the policy allowed, what of it failed, and how long the slowest took", () => {
    const isAllowed = ({ code }: JournalEntry) => code === undefined || PROBLEMS[code].actor !== "caller";
    const range = rangeOf("2026-01-01T00:00:00Z", "2026-04-01T00:00:00Z");
    const allowed = journal.filter(
      (entry) => isAllowed(entry) && entry.time > "2026-01-01" && entry.time < "2026-04-01",
    );
    const byApp = Map.groupBy(allowed, ({ members }) => members.app);
    const rows = rowsOf(QUERIES.apps, log, { range });
    expect(rows.toSorted((one, other) => (String(one.app) < String(other.app) ? -1 : 1))).toEqual(
      ["hr", "reports"].map((app) => {
        const requests = byApp.get(app) ?? [];
        const failed = requests.filter(({ code }) => code !== undefined).length;
        const p99_ms = Math.max(...requests.map(({ milliseconds }) => milliseconds));
        return { app, failed, p99_ms, requests: requests.length };
      }),
    );
  });

  test("requests by caller counts every request of each caller", () => {
    const rows = rowsOf(QUERIES.callers, log);
    expect(sumsBy(rows, "requests", "caller")).toEqual(countsOf(journal.map(callerOf)));
    expect(rows[0]).toMatchObject({ caller: roleArn("reports") });
  });

  test("the slowest requests come first, with the steps that they took", () => {
    const rows = rowsOf(QUERIES.slow, log);
    const durations = rows.map(({ duration_ms }) => Number(duration_ms));
    expect(rows).toHaveLength(journal.length);
    expect(durations).toEqual(durations.toSorted((one, other) => other - one));
    expect(durations).toEqual(
      journal.map(({ milliseconds }) => milliseconds).toSorted((one, other) => other - one),
    );
    const exchanged = rows.find((row) => row["steps.1.step"] === "box.exchange");
    expect(exchanged).toMatchObject({ "steps.0.step": "box.grant", "steps.0.ms": box.latency });
  });

  test("apps whose current secret Box refuses are those that used the previous one", () => {
    const [used] = journal.filter(({ time }) => time.startsWith("2026-03-10"));
    expect(rowsOf(QUERIES.previousSecret, log)).toEqual([
      {
        ...{ app: "reports", client_id: "client-1", secret_version: "v0" },
        ...{ requests: 1, latest: used?.time },
      },
    ]);
  });

  test("why the shared cache was not used has the failure of the table, with its first and latest time", () => {
    const [request] = journal.filter(({ time }) => time.startsWith("2026-03-11"));
    const time = Date.parse(request?.time ?? "");
    expect(rowsOf(SHARED_CACHE_QUERY, log)).toEqual([
      {
        ...{ first: time, latest: time, requests: 1 },
        shared_cache_failure: expect.stringContaining("DynamoDB: InternalServerError"),
      },
    ]);
  });

  test("invocations without an audit line are those that Lambda says it ended", () => {
    const rows = rowsOf(QUERIES.ended, log);
    expect(rows.map((row) => String(row["@message"]))).toEqual([
      expect.stringContaining("Status: timeout"),
      expect.stringContaining("Task timed out"),
    ]);
  });
});

describe("the saved query of the health check", () => {
  const lines: LogEvent[] = [];

  beforeAll(async () => {
    const clock = new VirtualClock();
    const ports = {
      clock,
      readSecret: () => Promise.reject(new Failure("secret_forbidden", "denied")),
    } as unknown as Parameters<typeof checkHealth>[1];
    const handler = healthHandler({
      ...{ service: "box-sts", apps: ["reports"], clock },
      checkPolicy: () => checkPolicy({ available: false, reason: "missing" }),
      check: (app, context) => checkHealth(app, ports, context),
      write: async (line) => void lines.push({ timestamp: clock.wall(), message: JSON.stringify(line) }),
    });
    await handler({}, lambdaContext());
  });

  test("returns the failure of the policy and that of the app", () => {
    const rows = rowsOf(HEALTH_QUERY, lines);
    expect(rows.map((row) => [row.app, row["failure.code"]]).toSorted()).toEqual([
      [undefined, "policy_unavailable"],
      ["reports", "secret_forbidden"],
    ]);
    expect(rows.every((row) => typeof row["failure.sentence"] === "string")).toBe(true);
  });
});

describe("the saved queries about the state of apps", () => {
  const lines: LogEvent[] = [];
  const write = async (line: object) =>
    void lines.push({ timestamp: 1_780_000_000_000, message: JSON.stringify(line) });

  beforeAll(async () => {
    const clock = new VirtualClock();
    const context = { requestId: "request", deadline: 0, trace: { steps: [], app: "view" } };
    const refused = {
      app: "reports",
      state: "not_authorized",
      code: "box_app_not_authorized",
      boxRequestId: "0a1b",
    } as const;
    await authorizationLog(write, "box-sts", clock)({ ...refused, since: 0, appsNotAuthorized: 1 }, context);
    const response = { access_token: "", token_type: "bearer", expires_in: 3_000 } as const;
    const facts = {
      service: "box-sts",
      outcome: { issued: true, response },
      now: 0,
      durationMs: 1,
      clockSkewMs: 0,
    } as const;
    await write(
      requestLine({ ...facts, context: { ...context, trace: { ...context.trace, appTokenFallback: true } } }),
    );
    await write(requestLine({ ...facts, context }));
    const app_tokens = [
      { slot: "primary", accepted: true, age_days: 12 },
      { slot: "secondary", accepted: true, age_days: 400, at_least: true },
    ] as const;
    const handler = healthHandler({
      ...{ service: "box-sts", apps: ["view", "reports"], clock, write },
      checkPolicy: () => ({ healthy: true }),
      check: async (app) => ({
        app,
        healthy: true,
        passed: [],
        warnings: [],
        ...(app === "view" && { app_tokens }),
      }),
    });
    await handler({}, lambdaContext());
  });

  test("return the changes of authorizations, with the time since when", () => {
    expect(rowsOf(AUTHORIZATION_QUERY, lines)).toEqual([
      expect.objectContaining({
        ...{ app: "reports", state: "not_authorized", code: "box_app_not_authorized" },
        ...{ since: "1970-01-01T00:00:00.000Z", box_request_id: "0a1b" },
      }),
    ]);
  });

  test("return the apps whose primary App Token is not used", () => {
    expect(rowsOf(APP_TOKEN_QUERY, lines)).toEqual([expect.objectContaining({ app: "view", requests: 1 })]);
  });

  test("return the age of the oldest App Token of each app", () => {
    expect(rowsOf(APP_TOKEN_AGE_QUERY, lines)).toEqual([{ app: "view", days: 400 }]);
  });
});

test("no two saved queries have the same title", () => {
  const titles = [
    ...Object.values(QUERIES),
    ...Object.values(AUDIT_QUERIES),
    ...[HEALTH_QUERY, SHARED_CACHE_QUERY, AUTHORIZATION_QUERY, APP_TOKEN_QUERY, APP_TOKEN_AGE_QUERY],
  ].map(({ title }) => title);
  expect(new Set(titles).size).toBe(titles.length);
});
