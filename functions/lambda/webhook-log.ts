import { type RefusalReason, WEBHOOK_PROBLEMS } from "../../schemas/protocol/webhook-problems.ts";
import type { Delivered } from "../broker/deliver-webhook.ts";
import type { RequestContext } from "../broker/ports.ts";
import { type MetricValues, metricProperties } from "./metrics.ts";
import type { Refusals } from "./refusal-counts.ts";
import { loggedSteps, rounded } from "./request-log.ts";

/** Ids and names of Box, as the log repeats them; anything else is left out. */
const LOGGABLE = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;

interface DeliveryFacts {
  /** Name of the deployment. */
  readonly service: string;
  readonly context: RequestContext;
  readonly outcome: Delivered;
  /** Milliseconds since the epoch at the time of the response. */
  readonly now: number;
  readonly durationMs: number;
}

/** The log line of one signed delivery, which is also its metrics. It holds ids and codes, and no text of the body. */
export function deliveryLine(facts: DeliveryFacts): object {
  const { service, context, outcome, durationMs } = facts;
  const { kind, code, reason, app, target, deliveryId, event, memory } = outcome;
  return {
    kind: "webhook",
    time: new Date(facts.now).toISOString(),
    request_id: context.requestId,
    outcome: kind,
    code: code ?? null,
    reason: reason ?? null,
    app,
    target,
    delivery_id: deliveryId ?? null,
    event_type: event?.type ?? null,
    event_id: loggable(event?.id),
    trigger: loggable(event?.trigger),
    duplicates_by: memory ?? null,
    ...(context.trace.sharedCacheFailure !== undefined && {
      shared_cache_failure: context.trace.sharedCacheFailure,
    }),
    duration_ms: rounded(durationMs),
    steps: loggedSteps(context.trace.steps),
    ...metricProperties(service, facts.now, metricsOf(outcome)),
  };
}

function metricsOf({ kind, code }: Delivered): MetricValues {
  if (code !== undefined) return { [WEBHOOK_PROBLEMS[code].metric]: 1 };
  return kind === "duplicate" ? { WebhookDuplicates: 1 } : { WebhooksHandedOn: 1 };
}

const loggable = (text: string | undefined): string | null =>
  text !== undefined && LOGGABLE.test(text) ? text : null;

/**
 * The line about refused requests of an environment: their counts by reason, and by app for those that name a configured
 * one.
 */
export const refusalsLine =
  (service: string) =>
  ({ at, total, reasons, apps }: Refusals<RefusalReason>): object => ({
    kind: "webhook-refusals",
    time: new Date(at).toISOString(),
    code: "delivery_refused",
    reasons,
    apps,
    ...metricProperties(service, at, {
      WebhooksRefused: total,
      // It is not known whether Box sent them: the operator has to act.
      ...(reasons.keys_unavailable !== undefined && { WebhooksFailed: reasons.keys_unavailable }),
    }),
  });
