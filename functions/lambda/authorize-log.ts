import { PROBLEMS } from "../../schemas/protocol/problems.ts";
import type { ConnectOutcome } from "../broker/oauth/connect-user.ts";
import type { RequestContext } from "../broker/ports.ts";
import type { RefusalReason } from "./authorize-url.ts";
import { type MetricValues, metricProperties } from "./metrics.ts";
import type { Refusals } from "./refusal-counts.ts";
import { loggedSteps, rounded } from "./request-log.ts";

/** What one request to the authorize function was and did, measured. */
export interface ConnectFacts {
  /** Name of the deployment. */
  readonly service: string;
  readonly context: RequestContext;
  readonly outcome: Exclude<ConnectOutcome, { readonly kind: "unproven" }>;
  /** Milliseconds since the epoch at the time of the response. */
  readonly now: number;
  readonly durationMs: number;
}

/** The log line of a request that has proved its invitation, or that its browser began it; it is its metrics, too. */
export function connectLine({ service, context, outcome, now, durationMs }: ConnectFacts): object {
  const { app, steps } = context.trace;
  const metrics = metricsOf(outcome);
  return {
    kind: "connect",
    request_id: context.requestId,
    outcome: outcome.kind,
    ...(outcome.kind === "refused" && { code: outcome.code, reason: outcome.reason ?? null }),
    ...(app !== undefined && { app }),
    duration_ms: rounded(durationMs),
    steps: loggedSteps(steps),
    ...(metrics !== undefined && metricProperties(service, now, metrics)),
  };
}

function metricsOf(outcome: ConnectFacts["outcome"]): MetricValues | undefined {
  if (outcome.kind === "connected") return { ConnectionsMade: 1 };
  const isFailed = outcome.kind === "refused" && PROBLEMS[outcome.code].actor !== "caller";
  return isFailed ? { ConnectionsFailed: 1 } : undefined;
}

/** The line about refused requests of an environment. */
export const refusalsLine =
  (service: string) =>
  ({ at, total, reasons }: Refusals<RefusalReason>): object => {
    // Whether an invitation is behind these is not known: the operator has to act.
    const unread = reasons.keys_unavailable ?? 0;
    const metrics = { ConnectRequestsRefused: total, ...(unread > 0 && { ConnectionsFailed: unread }) };
    return { kind: "connect-refusals", reasons, ...metricProperties(service, at, metrics) };
  };
