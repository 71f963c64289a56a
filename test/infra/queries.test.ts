import { expect, test } from "vitest";
import { AuditRecord } from "../../functions/broker/audit-record.ts";
import { checkHealth, checkPolicy } from "../../functions/broker/check-health.ts";
import { healthHandler } from "../../functions/lambda/health-invoke.ts";
import { requestLine } from "../../functions/lambda/request-log.ts";
import { HEALTH_QUERY, QUERIES } from "../../infra/queries.ts";
import { Failure, problemResponse } from "../../schemas/protocol/problems.ts";
import { lambdaContext } from "../support/lambda.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

const WORDS = new Set([
  ...["filter", "stats", "sort", "limit", "display", "by", "as", "and", "desc", "like"],
  ...["count", "count_distinct", "sum", "min", "max", "pct", "bin", "strcontains", "ispresent", "1h"],
  // What CloudWatch Logs adds to every line.
  ...["@timestamp", "@message"],
]);

/** Fields that the query reads, without those that it makes. */
function fieldsOf(lines: readonly string[]): readonly string[] {
  const text = lines.join(" ").replaceAll(/"[^"]*"|\/(?:\\.|[^/])+\//g, "");
  const made = new Set([...text.matchAll(/ as (\w+)/g)].map(([, name]) => name));
  const names = text.match(/[@A-Za-z_][@\w.]*|\d\w+/g) ?? [];
  return names.filter((name) => !WORDS.has(name) && !made.has(name) && !/^\d+$/.test(name));
}

/** Whether the line has the field, by Logs Insights' dotted path. */
function has(line: object, path: string): boolean {
  const [name = "", ...rest] = path.split(".");
  if (!Object.hasOwn(line, name)) return false;
  return rest.length === 0 || has((line as Record<string, object>)[name] ?? {}, rest.join("."));
}

const request = requestLine({
  service: "box-sts",
  context: {
    requestId: "r",
    deadline: 0,
    trace: {
      app: "reports",
      steps: [
        { step: "secrets-manager.get", ms: 1, status: 200 },
        { step: "box.grant", ms: 1, status: 503 },
      ],
    },
  },
  outcome: { issued: false, denied: false, problem: problemResponse("box_unavailable", "r") },
  ...{ now: 0, durationMs: 1, clockSkewMs: 0 },
});
const audit = new AuditRecord("issue", "r", { alias: "nightly" }).event(0);

test.each(Object.values(QUERIES))(
  "the query '$title' reads fields that the token functions write",
  (query) => {
    const fields = fieldsOf(query.lines);
    const line = query.lines[0].includes('"audit"') ? audit : request;
    expect(fields.length + query.lines.join().split("@message").length).toBeGreaterThan(2);
    expect(fields.filter((field) => !has(line, field))).toEqual([]);
  },
);

test("the query of the health check reads fields that the health function writes", async () => {
  const lines: object[] = [];
  const clock = new VirtualClock();
  const ports = {
    clock,
    readSecret: () => Promise.reject(new Failure("secret_forbidden", "denied")),
  } as unknown as Parameters<typeof checkHealth>[1];
  const handler = healthHandler({
    ...{ service: "box-sts", apps: ["reports"], clock },
    checkPolicy: () => checkPolicy({ available: false, reason: "missing" }),
    check: (app, context) => checkHealth(app, ports, context),
    write: async (line) => void lines.push(line),
  });
  await handler({}, lambdaContext());
  expect(lines).toHaveLength(2);
  const [policy = {}, app = {}] = lines;
  const missing = (line: object) => fieldsOf(HEALTH_QUERY.lines).filter((field) => !has(line, field));
  expect(missing(app)).toEqual([]);
  expect(missing(policy)).toEqual(["app"]);
});
