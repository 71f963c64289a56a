import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Outcome } from "../../../../functions/broker/outcome.ts";
import type { Step } from "../../../../functions/broker/trace.ts";
import { type RequestFacts, requestLine } from "../../../../functions/lambda/request-log.ts";
import { METRICS } from "../../../../schemas/protocol/metrics.ts";
import { PROBLEMS, type ProblemCode, problemResponse } from "../../../../schemas/protocol/problems.ts";

interface Directive {
  readonly Namespace: string;
  readonly Dimensions: readonly (readonly string[])[];
  readonly Metrics: readonly { readonly Name: string; readonly Unit: string }[];
}
interface Line extends Record<string, unknown> {
  readonly _aws: { readonly Timestamp: number; readonly CloudWatchMetrics: readonly Directive[] };
}

const issued: Outcome = {
  issued: true,
  response: { access_token: "the-token-itself", token_type: "bearer", expires_in: 3600 },
};
const refusal = (code: ProblemCode, denied: boolean): Outcome => ({
  issued: false,
  denied,
  problem: problemResponse(code, "request-1"),
});

const lineOf = (
  changes: Partial<RequestFacts> & { readonly trace?: RequestFacts["context"]["trace"] } = {},
) => {
  const { trace = { steps: [] }, ...facts } = changes;
  return requestLine({
    service: "box-sts",
    context: { requestId: "request-1", deadline: 0, trace },
    outcome: issued,
    now: 1_780_000_000_000,
    durationMs: 12.3456,
    clockSkewMs: 0,
    ...facts,
  }) as Line;
};

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    step: fc.constantFrom("secrets-manager.get" as const, "box.grant" as const, "box.exchange" as const),
    ms: fc.double({ min: 0, max: 30_000, noNaN: true }),
    status: fc.oneof(fc.integer({ min: 200, max: 599 }), fc.constant("box_unavailable")),
  }),
  { maxLength: 250 },
);
const codes = fc.constantFrom(...(Object.keys(PROBLEMS) as ProblemCode[]));
const facts = fc.record({
  outcome: fc.oneof(
    fc.constant(issued),
    fc.tuple(codes, fc.boolean()).map(([code, denied]) => refusal(code, denied)),
  ),
  trace: fc.record(
    { steps, app: fc.constant("reports"), cache: fc.constantFrom("hit", "miss", "joined") },
    { requiredKeys: ["steps"] },
  ),
  durationMs: fc.double({ min: 0, max: 30_000, noNaN: true }),
  clockSkewMs: fc.integer({ min: -86_400_000, max: 86_400_000 }),
});

it("the request line is valid Embedded Metric Format for every request", () => {
  fc.assert(
    fc.property(facts, (given) => {
      const line = lineOf(given);
      expect(JSON.parse(JSON.stringify(line))).toEqual(line);
      const { Timestamp, CloudWatchMetrics } = line._aws;
      expect(Number.isSafeInteger(Timestamp)).toBe(true);
      for (const { Namespace, Dimensions, Metrics } of CloudWatchMetrics) {
        expect(Namespace).toBe("BoxSts");
        expect(Metrics.length).toBeLessThanOrEqual(100);
        for (const set of Dimensions) {
          expect(set.length).toBeLessThanOrEqual(30);
          // A dimension must be a property, and text.
          for (const name of set) expect(line[name]).toEqual(expect.stringMatching(/^[\x21-\x7e]{1,250}$/));
        }
        for (const { Name, Unit } of Metrics) {
          expect(METRICS).toHaveProperty([Name, "unit"], Unit);
          const values = [line[Name]].flat();
          expect(values.length).toBeGreaterThan(0);
          expect(values.length).toBeLessThanOrEqual(100);
          for (const value of values) expect(Number.isFinite(value)).toBe(true);
        }
      }
    }),
    { numRuns: 500 },
  );
});

describe("the metrics", () => {
  const metricsOf = (line: Line) =>
    Object.fromEntries(
      line._aws.CloudWatchMetrics.flatMap(({ Metrics }) =>
        Metrics.map(({ Name, Unit }) => [Name, [line[Name], Unit]]),
      ),
    );

  it("of an issued token are its duration, the latency of each call to Box, and the skew of the clocks", () => {
    const trace = {
      app: "reports",
      cache: "miss" as const,
      steps: [
        { step: "secrets-manager.get" as const, ms: 30.126, status: 200 },
        { step: "box.grant" as const, ms: 200, status: 503 },
        { step: "box.grant" as const, ms: 100, status: 200 },
        { step: "box.exchange" as const, ms: 90, status: 200 },
      ],
    };
    const line = lineOf({ trace, clockSkewMs: -61_000 });
    expect(metricsOf(line)).toEqual({
      Issued: [1, "Count"],
      Duration: [12.35, "Milliseconds"],
      BoxLatency: [[200, 100, 90], "Milliseconds"],
      ClockSkew: [61, "Seconds"],
    });
    expect(line).toMatchObject({
      kind: "request",
      request_id: "request-1",
      app: "reports",
      outcome: "issued",
      cache: "miss",
      duration_ms: 12.35,
      steps: [{ step: "secrets-manager.get", ms: 30.13, status: 200 }, { status: 503 }, {}, {}],
    });
  });

  it("have only the deployment as a dimension, so that apps, codes and functions do not multiply them", () => {
    for (const outcome of [
      issued,
      refusal("unauthorized_client", true),
      refusal("secret_forbidden", false),
    ]) {
      const line = lineOf({ outcome, trace: { app: "reports", steps: [] } });
      expect(line._aws.CloudWatchMetrics.map(({ Dimensions }) => Dimensions)).toEqual([[["Service"]]]);
      expect(line.Service).toBe("box-sts");
    }
  });

  it("of a request with a duration of 0 ms still include it, because its samples count the requests", () => {
    expect(metricsOf(lineOf({ durationMs: 0 }))).toEqual({
      Issued: [1, "Count"],
      Duration: [0, "Milliseconds"],
    });
  });

  it("of a request with the previous version of the secret include PreviousSecretUses", () => {
    expect(lineOf({ trace: { secretStage: "AWSPREVIOUS", steps: [] } }).PreviousSecretUses).toBe(1);
  });

  const counted = (code: ProblemCode) => {
    const { Duration, ...counts } = Object.fromEntries(
      Object.entries(metricsOf(lineOf({ outcome: refusal(code, PROBLEMS[code].actor === "caller") }))).map(
        ([name, [value]]) => [name, value],
      ),
    );
    expect(Duration).toBe(12.35);
    return counts;
  };

  it.each([
    ["unauthorized_client", { Denied: 1, PolicyDenials: 1 }],
    ["invalid_request", { Denied: 1 }],
    ["box_subject_refused", { Denied: 1 }],
    ["policy_unavailable", { Issued: 0, Failed: 1, OperatorErrors: 1 }],
    ["box_key_refused", { Issued: 0, Failed: 1, OperatorErrors: 1 }],
    ["box_unavailable", { Issued: 0, Failed: 1, Unavailable: 1 }],
    ["box_rate_limited", { Issued: 0, Failed: 1, Unavailable: 1, RateLimited: 1 }],
  ] as const)("of %s count it for the actor who has to fix it: %j", (code, counts) => {
    expect(counted(code)).toEqual(counts);
  });

  it.each(Object.keys(PROBLEMS) as ProblemCode[])("of %s count it as denied or failed, not both", (code) => {
    const { Denied = 0, Failed = 0, OperatorErrors = 0, Unavailable = 0 } = counted(code);
    expect(Number(Denied) + Number(Failed)).toBe(1);
    expect(Number(OperatorErrors) + Number(Unavailable)).toBe(Failed);
    expect(lineOf({ outcome: refusal(code, false) })).toMatchObject({ code });
  });
});

it("the request line does not contain the issued token", () => {
  expect(JSON.stringify(lineOf())).not.toContain("the-token-itself");
});
