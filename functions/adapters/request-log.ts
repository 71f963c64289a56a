import type { Outcome } from "../broker/issue-token.ts";
import type { RequestContext } from "../broker/ports.ts";
import type { Step } from "../broker/trace.ts";

const NAMESPACE = "BoxSts";

/** Every metric of a request, with its CloudWatch unit. `docs/architecture.md` lists what they mean. */
const UNITS = {
  Issued: "Count",
  Denied: "Count",
  Failed: "Count",
  CacheHits: "Count",
  Duration: "Milliseconds",
  BoxCalls: "Count",
  BoxLatency: "Milliseconds",
  BoxRefusals: "Count",
  PreviousSecretUses: "Count",
  SecretsManagerCalls: "Count",
  SecretsManagerLatency: "Milliseconds",
  ClockSkew: "Seconds",
} as const;

type Metric = keyof typeof UNITS;

const METRICS = Object.keys(UNITS) as readonly Metric[];

/** CloudWatch takes at most so many values of one metric in a line. */
const MAX_VALUES = 100;

/** What one request was and did, measured. */
export interface RequestFacts {
  readonly functionName: string;
  readonly context: RequestContext;
  readonly outcome: Outcome;
  /** Milliseconds since the epoch at the time of the answer. */
  readonly now: number;
  readonly durationMs: number;
  readonly clockSkewMs: number;
}

/**
 * The log line of one request, which is also its metrics in CloudWatch's Embedded Metric Format: per function,
 * per configured app, and errors by problem code.
 */
export function requestLine(facts: RequestFacts): object {
  const { functionName, context, outcome } = facts;
  const { app, cache, steps } = context.trace;
  const code = outcome.issued ? undefined : outcome.problem.code;
  const dimensions = app === undefined ? [["FunctionName"]] : [["FunctionName"], ["FunctionName", "App"]];
  const metrics = metricsOf(facts);
  const units = Object.keys(metrics).map((Name) => ({ Name, Unit: UNITS[Name as Metric] }));
  const directives = [{ Namespace: NAMESPACE, Dimensions: dimensions, Metrics: units }];
  const errors = {
    Namespace: NAMESPACE,
    Dimensions: [["FunctionName", "Code"]],
    Metrics: [{ Name: "Errors", Unit: "Count" }],
  };
  return {
    _aws: {
      Timestamp: facts.now,
      CloudWatchMetrics: code === undefined ? directives : [...directives, errors],
    },
    kind: "request",
    request_id: context.requestId,
    outcome: outcomeOf(outcome),
    cache: cache ?? null,
    duration_ms: rounded(facts.durationMs),
    steps: steps.map(({ step, ms, status, boxRequestId }) => ({
      ...{ step, ms: rounded(ms), status },
      ...(boxRequestId !== undefined && { box_request_id: boxRequestId }),
    })),
    FunctionName: functionName,
    ...(app !== undefined && { App: app }),
    ...(code !== undefined && { Code: code, Errors: 1 }),
    ...metrics,
  };
}

/** The metrics that have something to say: a count of nothing would only cost log space. */
function metricsOf({ context, outcome, durationMs, clockSkewMs }: RequestFacts) {
  const { cache, secretStage, steps } = context.trace;
  const box = latencies(steps, "box.");
  const secretsManager = latencies(steps, "secrets-manager.");
  const result = outcomeOf(outcome);
  const all: Record<Metric, number | readonly number[]> = {
    Issued: Number(result === "issued"),
    Denied: Number(result === "denied"),
    Failed: Number(result === "failed"),
    CacheHits: Number(cache === "hit" || cache === "joined"),
    Duration: rounded(durationMs),
    BoxCalls: box.length,
    BoxLatency: box.slice(0, MAX_VALUES),
    BoxRefusals: steps.filter(isBoxRefusal).length,
    PreviousSecretUses: Number(secretStage === "AWSPREVIOUS"),
    SecretsManagerCalls: secretsManager.length,
    SecretsManagerLatency: secretsManager.slice(0, MAX_VALUES),
    ClockSkew: Math.round(Math.abs(clockSkewMs) / 1000),
  };
  const said: Partial<typeof all> = {};
  for (const metric of METRICS) {
    const value = all[metric];
    if (typeof value === "number" ? value > 0 : value.length > 0) said[metric] = value;
  }
  return said;
}

function outcomeOf(outcome: Outcome): "issued" | "denied" | "failed" {
  if (outcome.issued) return "issued";
  return outcome.denied ? "denied" : "failed";
}

/** 4xx: what Box blames on us, also where a retry mended it. */
function isBoxRefusal({ step, status }: Step): boolean {
  return step.startsWith("box.") && typeof status === "number" && status >= 400 && status < 500;
}

function latencies(steps: readonly Step[], system: string): readonly number[] {
  return steps.filter(({ step }) => step.startsWith(system)).map(({ ms }) => rounded(ms));
}

function rounded(milliseconds: number): number {
  return Math.round(milliseconds * 100) / 100;
}
