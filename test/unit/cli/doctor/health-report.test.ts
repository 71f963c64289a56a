import { expect, test } from "vitest";
import { healthResults } from "../../../../cli/doctor/health-report.ts";
import { checkHealth } from "../../../../functions/broker/check-health.ts";
import { checkTable } from "../../../../functions/broker/check-table.ts";
import { TableFailure } from "../../../../functions/broker/shared-cache/table.ts";
import { Failure } from "../../../../schemas/protocol/problems.ts";

const DENIED = "DynamoDB: AccessDeniedException: KMS key access denied error";
const context = { requestId: "request", deadline: 0, trace: { steps: [] } };

test("the doctor names the key where the role may not use that of the table or that of a secret", async () => {
  const table = await checkTable(async () => {
    throw new TableFailure(DENIED, false, false, true);
  });
  const ports = {
    readSecret: () => Promise.reject(new Failure("secret_key_forbidden", "Access to KMS is not allowed")),
  } as unknown as Parameters<typeof checkHealth>[1];
  const apps = [await checkHealth("reports", ports, context)];
  const results = healthResults({ healthy: false, policy: { healthy: true }, table, apps });
  expect(results.filter(({ status }) => status === "failed")).toEqual([
    {
      ...{ check: "table", status: "failed", code: "shared_cache_key_forbidden", summary: DENIED },
      next: expect.stringMatching(/^AWS Console > KMS > .* the key of the shared cache's table: /),
    },
    {
      ...{ check: "secret", status: "failed", code: "secret_key_forbidden", app: "reports" },
      summary: "Access to KMS is not allowed",
      next: expect.stringMatching(/^AWS Console > KMS > .* the key of the app's secret: /),
    },
  ]);
});

test("the doctor reports a table that does not respond without a word about tokens, which its check has not requested", async () => {
  const table = await checkTable(async () => {
    throw new TableFailure("DynamoDB: TimeoutError", true, false);
  });
  const results = healthResults({ healthy: false, policy: { healthy: true }, table, apps: [] });
  expect(results.at(-1)).toMatchObject({ check: "table", code: "shared_cache_unavailable" });
  expect(results.at(-1)?.next).toMatch(/^AWS Health Dashboard: DynamoDB did not respond/);
});

test("the doctor names no header where Box limits the rate: its report has none", async () => {
  const readSecret = () => Promise.reject(new Failure("box_rate_limited", "429", { retryAfter: 5 }));
  const ports = { readSecret } as unknown as Parameters<typeof checkHealth>[1];
  const apps = [await checkHealth("reports", ports, context)];
  const results = healthResults({ healthy: false, policy: { healthy: true }, apps });
  expect(results.at(-1)?.next).toMatch(
    /^https:\/\/status\.box\.com: Box limits the rate of requests; (?!.*Retry-After)/,
  );
});

test("the doctor passes on what Box calls the request that it refused, for Box Support", async () => {
  const refusal = new Failure("box_refused", "Box responded with 400", { boxRequestId: "0b1c2d" });
  const ports = { readSecret: () => Promise.reject(refusal) } as unknown as Parameters<typeof checkHealth>[1];
  const apps = [await checkHealth("reports", ports, context)];
  const results = healthResults({ healthy: false, policy: { healthy: true }, apps });
  expect(results.at(-1)).toMatchObject({
    summary: "Box responded with 400 (Box's request id 0b1c2d)",
    facts: { boxRequestId: "0b1c2d" },
  });
});

test("the doctor has a line for a table that can be read, and none where there is no table", async () => {
  const table = await checkTable(async () => undefined);
  const report = { healthy: true, policy: { healthy: true }, apps: [] };
  const checks = (value: Readonly<Record<string, unknown>>) =>
    healthResults(value).map(({ check, status }) => `${check} ${status}`);
  expect(checks({ ...report, table })).toEqual(["function ok", "policy ok", "table ok"]);
  expect(checks(report)).toEqual(["function ok", "policy ok"]);
});

const report = { healthy: true, policy: { healthy: true } };
const row = { app: "reports", healthy: true, passed: ["secret", "config"] };

test("the doctor reads the rows of an older health function, which have no warnings", () => {
  expect(healthResults({ ...report, apps: [row] }).at(-1)).toMatchObject({
    ...{ check: "token", status: "ok", app: "reports" },
    summary: "Passed secret, config.",
  });
});

test.each([
  [null],
  ["reports"],
  [{ ...row, app: undefined }],
  [{ ...row, passed: undefined }],
  [{ ...row, warnings: "none" }],
  [{ ...row, failure: "none" }],
])("the doctor takes no response with the app %j for that of a health function", (app) => {
  expect(healthResults({ ...report, apps: [app] })).toMatchObject([
    { check: "function", status: "failed", code: "not_a_health_function" },
  ]);
});

test("the doctor keeps the name of a check that it does not know, whatever it is", () => {
  const failure = { check: "constructor", code: "internal_error", detail: "detail" };
  const results = healthResults({ ...report, apps: [{ ...row, healthy: false, failure }] });
  expect(results.at(-1)).toMatchObject({ check: "constructor", status: "failed", summary: "detail" });
});
