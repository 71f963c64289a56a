import { type RefusalReason, WEBHOOK_PROBLEMS } from "../../schemas/protocol/webhook-problems.ts";
import { elapsed, type Instant, now } from "../broker/clock.ts";
import type { Delivered, RefusedDelivery } from "../broker/deliver-webhook.ts";
import type { Clock, RequestContext } from "../broker/ports.ts";
import { type MetricValues, metricMembers } from "./metrics.ts";

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
    steps: context.trace.steps.map(({ step, ms, status }) => ({ step, ms: rounded(ms), status })),
    ...metricMembers(service, facts.now, metricsOf(outcome)),
  };
}

function metricsOf({ kind, code }: Delivered): MetricValues {
  if (code !== undefined) return { [WEBHOOK_PROBLEMS[code].metric]: 1 };
  return kind === "duplicate" ? { WebhookDuplicates: 1 } : { WebhooksHandedOn: 1 };
}

const loggable = (text: string | undefined): string | null =>
  text !== undefined && LOGGABLE.test(text) ? text : null;

const rounded = (milliseconds: number): number => Math.round(milliseconds * 100) / 100;

/** Between two lines about refused requests. */
const PAUSE_MS = 60_000;

/**
 * Counts the requests that are no signed delivery. A line for each would be a bill that anybody on the internet writes: an
 * environment writes one for the first, and then at most one a minute, with the counts since the last. Where the
 * environment ends within that minute, the counts of its last minute are lost.
 */
export class RefusalCounts {
  readonly #service: string;
  readonly #clock: Clock;
  #wroteAt: Instant | undefined;
  readonly #reasons = new Map<RefusalReason, number>();
  /** By app and reason; of configured apps alone, whose number is bounded. */
  readonly #apps = new Map<string, Map<RefusalReason, number>>();

  constructor(service: string, clock: Clock) {
    this.#service = service;
    this.#clock = clock;
  }

  /** Counts one; returns the line that is now due, if one is. */
  add({ reason, app }: RefusedDelivery): object | undefined {
    count(this.#reasons, reason);
    if (app !== undefined) {
      const ofApp = this.#apps.get(app) ?? new Map<RefusalReason, number>();
      this.#apps.set(app, ofApp);
      count(ofApp, reason);
    }
    if (this.#wroteAt !== undefined && elapsed(this.#clock, this.#wroteAt) < PAUSE_MS) return undefined;
    this.#wroteAt = now(this.#clock);
    return this.#line(this.#wroteAt.wall);
  }

  #line(wall: number): object {
    const total = [...this.#reasons.values()].reduce((sum, some) => sum + some, 0);
    const unread = this.#reasons.get("keys_unavailable") ?? 0;
    const apps = [...this.#apps].map(([app, reasons]) => [app, Object.fromEntries(reasons)]);
    const line = {
      kind: "webhook-refusals",
      time: new Date(wall).toISOString(),
      code: "delivery_refused",
      reasons: Object.fromEntries(this.#reasons),
      apps: Object.fromEntries(apps),
      ...metricMembers(this.#service, wall, {
        WebhooksRefused: total,
        // Nobody knows whether Box sent them: the operator has to act.
        ...(unread > 0 && { WebhooksFailed: unread }),
      }),
    };
    this.#reasons.clear();
    this.#apps.clear();
    return line;
  }
}

function count(counts: Map<RefusalReason, number>, reason: RefusalReason): void {
  counts.set(reason, (counts.get(reason) ?? 0) + 1);
}
