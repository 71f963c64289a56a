import { PROBLEMS } from "../../schemas/protocol/problems.ts";
import type { Outcome } from "../broker/outcome.ts";
import type { RequestContext } from "../broker/ports.ts";
import type { RevocationOutcome } from "../broker/revoke-token.ts";
import type { Trace } from "../broker/trace.ts";
import { type MetricValues, metricProperties } from "./metrics.ts";

/** CloudWatch takes at most so many values of one metric in a line. */
const MAX_VALUES = 100;

/** What one request was and did, measured. */
export interface RequestFacts {
  /** Name of the deployment. */
  readonly service: string;
  readonly context: RequestContext;
  readonly outcome: Outcome | RevocationOutcome;
  /** Milliseconds since the epoch at the time of the response. */
  readonly now: number;
  readonly durationMs: number;
  readonly clockSkewMs: number;
}

/** The log line of one request, which is also its metrics. */
export function requestLine(facts: RequestFacts): object {
  const { service, context, outcome, now, durationMs } = facts;
  const { app, cache, steps, sharedCacheFailure } = context.trace;
  return {
    kind: "request",
    request_id: context.requestId,
    outcome: outcomeOf(outcome),
    ...("problem" in outcome && { code: outcome.problem.code }),
    ...(app !== undefined && { app }),
    cache: cache ?? null,
    ...(sharedCacheFailure !== undefined && { shared_cache_failure: sharedCacheFailure }),
    duration_ms: rounded(durationMs),
    steps: loggedSteps(steps),
    ...metricProperties(service, now, metricsOf(facts)),
  };
}

/** The steps of a request, as its log line has them. */
export function loggedSteps(steps: Trace["steps"]): readonly object[] {
  return steps.map(({ step, ms, status, boxRequestId }) => ({
    ...{ step, ms: rounded(ms), status },
    ...(boxRequestId !== undefined && { box_request_id: boxRequestId }),
  }));
}

/** Only what has something to report: a metric costs by the hour in which it is written. */
function metricsOf({ context, outcome, durationMs, clockSkewMs }: RequestFacts): MetricValues {
  const { secretStage, steps, sharedCacheFailure, appTokenFallback } = context.trace;
  const box = steps.filter(({ step }) => step.startsWith("box.")).map(({ ms }) => rounded(ms));
  const skew = Math.round(Math.abs(clockSkewMs) / 1000);
  return {
    ...countsOf(outcome),
    // Always there: its sample count is the number of requests with a response.
    Duration: rounded(durationMs),
    ...(box.length > 0 && { BoxLatency: box.slice(0, MAX_VALUES) }),
    ...(secretStage === "AWSPREVIOUS" && { PreviousSecretUses: 1 }),
    ...(appTokenFallback && { AppTokenFallbacks: 1 }),
    ...(skew > 0 && { ClockSkew: skew }),
    ...(sharedCacheFailure !== undefined && { SharedCacheFailures: 1 }),
  };
}

/** Each request counts for the one who has to act, and a failed one against those that were issued. */
function countsOf(outcome: Outcome | RevocationOutcome): MetricValues {
  if ("revoked" in outcome) return {};
  if (outcome.issued) return { Issued: 1 };
  const { code } = outcome.problem;
  switch (PROBLEMS[code].actor) {
    case "caller":
      return { Denied: 1, ...(code === "unauthorized_client" && { PolicyDenials: 1 }) };
    case "operator":
      return { Issued: 0, Failed: 1, OperatorErrors: 1 };
    case "none":
      return {
        ...{ Issued: 0, Failed: 1, Unavailable: 1 },
        ...(code === "box_rate_limited" && { RateLimited: 1 }),
      };
  }
}

function outcomeOf(outcome: Outcome | RevocationOutcome): "issued" | "revoked" | "denied" | "failed" {
  if ("revoked" in outcome) return "revoked";
  if (outcome.issued) return "issued";
  return outcome.denied ? "denied" : "failed";
}

/** To hundredths. */
export function rounded(milliseconds: number): number {
  return Math.round(milliseconds * 100) / 100;
}
