import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type RequestFacts, requestLine } from "../../../../functions/adapters/request-log.ts";
import type { Outcome } from "../../../../functions/broker/issue-token.ts";
import type { Step } from "../../../../functions/broker/trace.ts";
import { PROBLEMS, type ProblemCode, problemResponse } from "../../../../schemas/problems.ts";

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
    functionName: "token-url",
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

it("is well-formed Embedded Metric Format, whatever the request was", () => {
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
          // A dimension must be a member, and text.
          for (const name of set) expect(line[name]).toEqual(expect.stringMatching(/^[\x21-\x7e]{1,250}$/));
        }
        for (const { Name, Unit } of Metrics) {
          expect(["Count", "Milliseconds", "Seconds"]).toContain(Unit);
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

  it("of an issued token tell calls and latencies of each outside system", () => {
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
      BoxCalls: [3, "Count"],
      BoxLatency: [[200, 100, 90], "Milliseconds"],
      SecretsManagerCalls: [1, "Count"],
      SecretsManagerLatency: [[30.13], "Milliseconds"],
      ClockSkew: [61, "Seconds"],
    });
    expect(line).toMatchObject({
      kind: "request",
      request_id: "request-1",
      outcome: "issued",
      cache: "miss",
      duration_ms: 12.35,
      steps: [{ step: "secrets-manager.get", ms: 30.13, status: 200 }, { status: 503 }, {}, {}],
    });
  });

  it.each([
    ["hit", 1],
    ["joined", 1],
    ["miss", undefined],
  ] as const)("count the cache's %s as a hit %j times", (cache, hits) => {
    expect(lineOf({ trace: { app: "reports", cache, steps: [] } }).CacheHits).toBe(hits);
  });

  it("are per function and per app, and only for an app that is known to be configured", () => {
    const trace = { app: "reports", steps: [] };
    const [known] = lineOf({ trace })._aws.CloudWatchMetrics;
    expect(known?.Dimensions).toEqual([["FunctionName"], ["FunctionName", "App"]]);
    const [unknown] = lineOf()._aws.CloudWatchMetrics;
    expect(unknown?.Dimensions).toEqual([["FunctionName"]]);
    expect(lineOf()).not.toHaveProperty("App");
  });

  it.each([
    ["denied", true],
    ["failed", false],
  ] as const)("of a request that was %s count it, and the error by its code", (outcome, denied) => {
    const line = lineOf({ outcome: refusal("unauthorized_client", denied) });
    expect(line.outcome).toBe(outcome);
    const { Issued, Denied, Failed, Errors, Code } = line;
    expect({ Issued, Denied, Failed, Errors, Code }).toEqual({
      Issued: undefined,
      Denied: denied ? 1 : undefined,
      Failed: denied ? undefined : 1,
      Errors: 1,
      Code: "unauthorized_client",
    });
    expect(line._aws.CloudWatchMetrics[1]).toEqual({
      Namespace: "BoxSts",
      Dimensions: [["FunctionName", "Code"]],
      Metrics: [{ Name: "Errors", Unit: "Count" }],
    });
  });

  it("of an issued token count no error", () => {
    expect(lineOf()._aws.CloudWatchMetrics).toHaveLength(1);
    expect(lineOf()).not.toHaveProperty("Errors");
  });
});

it("does not hold the token that was issued", () => {
  expect(JSON.stringify(lineOf())).not.toContain("the-token-itself");
});
