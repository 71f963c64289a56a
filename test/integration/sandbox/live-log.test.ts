import { expect, test } from "vitest";
import { liveLog } from "../../../sandbox/cli/live-log.ts";
import { paintFor } from "../../../sandbox/cli/terminal.ts";
import type { Policy } from "../../../schemas/policy/parse.ts";

const now = () => new Date("2026-11-21T04:38:04.786Z");
const log = () => liveLog({ now });

const AUDIT = {
  kind: "audit",
  request_id: "r1",
  caller: "arn:aws:iam::123456789012:role/one-folder",
  app: "sandbox",
  subject: "enterprise:1",
  cache: "miss",
  outcome: "issued",
  code: null,
};
const REQUEST = {
  kind: "request",
  request_id: "r1",
  outcome: "issued",
  duration_ms: 131.4,
  steps: [
    { step: "secrets-manager.get", ms: 18.22, status: 200 },
    { step: "box.grant", ms: 3.02, status: 429 },
    { step: "box.grant", ms: 2.5 },
  ],
};

const RESOURCE = "https://api.box.com/2.0/folders/987";
const GRANTED = {
  statement: "one-folder-url",
  scopes_granted: ["base_explorer", "item_download"],
  resource_granted: RESOURCE,
};
const POLICY: Policy = {
  version: 1,
  statements: [
    { id: "other", caller: { alias: "other" }, app: "sandbox", subjects: ["enterprise"], unrestricted: true },
    {
      id: "one-folder-url",
      caller: { iam: AUDIT.caller },
      app: "sandbox",
      subjects: ["enterprise"],
      scopes: ["base_explorer"],
      resources: [RESOURCE],
    },
  ],
};

test("an entry has caller, statement, scope, resource, the path and the milliseconds of each step", () => {
  const shown = log();
  expect(shown.functionLine("token-url", JSON.stringify({ ...AUDIT, ...GRANTED }))).toBeUndefined();
  expect(shown.functionLine("token-url", JSON.stringify(REQUEST))?.split("\n")).toEqual([
    "✓ 04:38:04.786Z  token-url     one-folder  issued by one-folder-url, 131 ms",
    "    sandbox enterprise:1, scope base_explorer item_download, folders/987",
    "    cache miss → secrets-manager.get 18.2 ms → box.grant 3.0 ms (429) → box.grant 2.5 ms",
  ]);
});

test("a refusal is marked, and has its code, what was requested and the statement that came nearest", () => {
  const shown = liveLog({ now, policy: () => POLICY });
  const requested = { scopes_asked: ["base_explorer", "item_upload"], resource_asked: RESOURCE };
  const why = { outcome: "denied", code: "unauthorized_client", reason: "no statement matches", cache: null };
  shown.functionLine("token-url", JSON.stringify({ ...AUDIT, ...requested, ...why, subject: "enterprise" }));
  const request = { ...REQUEST, outcome: "denied", steps: [], duration_ms: 0.5 };
  expect(shown.functionLine("token-url", JSON.stringify(request))?.split("\n")).toEqual([
    "✗ 04:38:04.786Z  token-url     one-folder  denied unauthorized_client, 0.5 ms",
    "    sandbox enterprise, scope base_explorer item_upload, folders/987",
    "    no statement matches; the nearest: one-folder-url lacks the scope item_upload (it has",
    "    base_explorer)",
  ]);
});

test("a revocation is no refusal", () => {
  const shown = log();
  const revoked = { action: "revoke", outcome: "revoked", effect: "evicted" };
  shown.functionLine("token-url", JSON.stringify({ ...AUDIT, ...revoked }));
  const entry = shown.functionLine("token-url", JSON.stringify({ ...REQUEST, outcome: "revoked" }));
  expect(entry).toMatch(/^✓ .*one-folder .*revoked/);
});

test.each([60, 100])("no line is wider than a terminal of %i columns", (columns) => {
  const shown = liveLog({ now, ...(columns !== 100 && { columns: () => columns }) });
  const many = { ...AUDIT, scopes_granted: Array.from({ length: 40 }, (_, index) => `scope_${index}`) };
  shown.functionLine("token-url", JSON.stringify({ ...many, reason: "x".repeat(300) }));
  const steps = Array.from({ length: 20 }, () => REQUEST.steps[0]);
  const entries = [
    shown.functionLine("token-url", JSON.stringify({ ...REQUEST, steps })) ?? "",
    shown.functionLine("token-url", `{"kind":"log","message":"${"word ".repeat(60)}"}`) ?? "",
    shown.frontEvent({ front: "invoke-api", status: 403, reason: "User: arn ".repeat(30) }),
    shown.faultLine("word ".repeat(30)),
  ];
  const widths = entries.flatMap((entry) => entry.split("\n")).map((line) => line.length);
  expect(widths.length).toBeGreaterThan(20);
  expect(Math.max(...widths)).toBeLessThanOrEqual(columns);
});

test("it is coloured on a terminal alone, and not there if NO_COLOR is set or the terminal is dumb", () => {
  const entry = (isTTY: boolean, env: NodeJS.ProcessEnv) =>
    liveLog({ paint: paintFor({ isTTY }, env) }).frontEvent({
      front: "function-url",
      status: 403,
      reason: "x",
    });
  expect(entry(true, {})).toContain("\u001B[31m✗");
  expect(entry(true, { NO_COLOR: "1" })).not.toContain("\u001B");
  expect(entry(true, { TERM: "dumb" })).not.toContain("\u001B");
  expect(entry(false, {})).not.toContain("\u001B");
});

test("the runtime's repetition of a refusal that was shown is left out", () => {
  const shown = log();
  shown.functionLine("token-invoke", JSON.stringify(AUDIT));
  const line = (id: string) => `2026-11-21T04:38:04.819Z\t${id}\tERROR\tInvoke Error \t{"errorType":"x"}`;
  expect(shown.functionLine("token-invoke", line("r1"))).toBeUndefined();
  expect(shown.functionLine("token-invoke", line("r2"))).toContain("Invoke Error");
});

test("a refusal by IAM is shown although no function saw it", () => {
  expect(log().frontEvent({ front: "function-url", status: 403, reason: "not signed" })).toMatch(
    /^✗ .* function-url {2}anonymous {2}refused 403\n {4}not signed$/,
  );
});

test("a health check shows the app, its verdict and why", () => {
  const line = { kind: "health", healthy: true, passed: ["secret", "token"], app: "reports" };
  expect(log().functionLine("health", JSON.stringify(line))?.split("\n")).toEqual([
    "✓ 04:38:04.786Z  health        reports  healthy",
    "    passed: secret, token",
  ]);
  const failure = { code: "box_client_refused", detail: "Box responded with 400." };
  const unhealthy = { ...line, healthy: false, passed: ["secret"], failure };
  expect(log().functionLine("health", JSON.stringify(unhealthy))?.split("\n")).toEqual([
    "✗ 04:38:04.786Z  health        reports  unhealthy box_client_refused",
    "    passed: secret",
    "    Box responded with 400.",
  ]);
});

test("a failed check of the table is not shown as one of the policy", () => {
  const failure = { check: "table", code: "shared_cache_misconfigured" };
  expect(log().functionLine("health", JSON.stringify({ kind: "health", healthy: false, failure }))).toBe(
    "✗ 04:38:04.786Z  health        table  unhealthy shared_cache_misconfigured",
  );
});

test("the line with the number of apps that Box refuses is no verdict of its own", () => {
  const line = { kind: "health", healthy: false, apps: 1, AppsNotAuthorized: 1 };
  expect(log().functionLine("health", JSON.stringify(line))).toBeUndefined();
});

test("diagnostics are shown with their facts", () => {
  const line = {
    kind: "log",
    level: "WARN",
    time: "t",
    message: "every request will be refused",
    reason: "no file",
  };
  expect(log().functionLine("token-url", JSON.stringify(line))).toBe(
    "  token-url WARN: every request will be refused reason=no file",
  );
});

test.each([
  ["text", "plain text", "  token-url: plain text"],
  ["a list", "[1]", "  token-url: [1]"],
  ["an unknown kind", '{"kind":"metric"}', undefined],
])("%s does not disturb it", (_what, line, expected) => {
  expect(log().functionLine("token-url", line)).toBe(expected);
});

test.each([{}, { steps: 7 }, { steps: [null, "x", { ms: "fast" }], duration_ms: "long" }, { outcome: 5 }])(
  "a request line of unexpected form is still shown: %j",
  (properties) => {
    expect(log().functionLine("token-url", JSON.stringify({ kind: "request", ...properties }))).toMatch(
      /token-url/,
    );
  },
);

test("an entry counts the calls to the table of the shared cache in a line of their own", () => {
  const step = (name: string, ms: number) => ({ step: name, ms, status: 200 });
  const reads = [step("dynamodb.get", 1.2)];
  const both = [...reads, step("box.grant", 3), step("dynamodb.put", 2), step("dynamodb.put", 2.2)];
  const below = (steps: readonly object[]) => {
    const shown = log();
    shown.functionLine("token-url", JSON.stringify(AUDIT));
    return shown
      .functionLine("token-url", JSON.stringify({ ...REQUEST, steps }))
      ?.split("\n")
      .slice(2);
  };
  expect(below(reads)).toEqual(["    cache miss", "    shared cache: 1 read, 1.2 ms"]);
  expect(below(both)).toEqual([
    "    cache miss → box.grant 3.0 ms",
    "    shared cache: 1 read, 2 writes, 5.4 ms",
  ]);
});

test("an entry names why its request was served without the shared cache", () => {
  const shown = log();
  shown.functionLine("token-url", JSON.stringify(AUDIT));
  const line = { ...REQUEST, shared_cache_failure: "DynamoDB: ThrottlingException" };
  expect(shown.functionLine("token-url", JSON.stringify(line))?.split("\n").at(-1)).toBe(
    "    without the shared cache: DynamoDB: ThrottlingException",
  );
});
