import { expect, test } from "vitest";
import { liveLog } from "../../../sandbox/cli/live-log.ts";

const log = () => liveLog(() => new Date("2026-11-21T04:38:04.786Z"));

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

test("one line tells caller, outcome, the path and the milliseconds of each step", () => {
  const shown = log();
  expect(shown.functionLine("token-url", JSON.stringify(AUDIT))).toBeUndefined();
  expect(shown.functionLine("token-url", JSON.stringify(REQUEST))).toBe(
    "04:38:04.786  token-url     one-folder  sandbox enterprise:1        issued  cache miss → secrets-manager.get 18.2 ms → box.grant 3.0 ms (429) → box.grant 2.5 ms  = 131 ms",
  );
});

test("a refusal shows its code and the reason of the audit line", () => {
  const shown = log();
  const denied = {
    ...AUDIT,
    outcome: "denied",
    code: "unauthorized_client",
    reason: "no statement matches",
    cache: null,
  };
  shown.functionLine("token-invoke", JSON.stringify({ ...denied, caller: "alias:nothing" }));
  const request = { ...REQUEST, outcome: "denied", steps: [], duration_ms: 0.5 };
  expect(shown.functionLine("token-invoke", JSON.stringify(request))).toMatch(
    /token-invoke {2}nothing .* denied unauthorized_client {2}\(no statement matches\) {2}= 0\.5 ms$/,
  );
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
    /function-url {2}anonymous .* refused 403 {2}not signed$/,
  );
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
  (members) => {
    expect(log().functionLine("token-url", JSON.stringify({ kind: "request", ...members }))).toMatch(
      /token-url/,
    );
  },
);
