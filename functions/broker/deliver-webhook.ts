import type { RefusalReason, WebhookProblemCode } from "../../schemas/protocol/webhook-problems.ts";
import { type Result, refused } from "../../schemas/result.ts";
import { bugLocation } from "./bug-location.ts";
import type { Clock, RequestContext } from "./ports.ts";
import { type BoxEvent, envelope, eventKey, parseEvent } from "./webhooks/event.ts";
import type { EventMemory, HandledEvents } from "./webhooks/handled-events.ts";
import type { KeyRing } from "./webhooks/key-ring.ts";
import { isSigned, type SignedBody } from "./webhooks/signature.ts";
import { TargetFailure, type TargetKind, type WebhookTarget } from "./webhooks/target.ts";

/** A request that has the form of a delivery; nothing of it is authentic yet. */
export interface IncomingDelivery {
  /** As the path names it. */
  readonly app: string;
  readonly signed: SignedBody;
  /** `box-delivery-timestamp`, in milliseconds since the epoch. */
  readonly sentAt: number;
  /** `box-delivery-id`, which the signature does not cover. */
  readonly deliveryId: string | undefined;
}

/** The result of one request. */
export type DeliveryOutcome = RefusedDelivery | Delivered;

/** No signed delivery. All of these get one response. */
export interface RefusedDelivery {
  readonly kind: "refused";
  readonly reason: RefusalReason;
  /** Only an app that is configured. */
  readonly app?: string;
}

/** A delivery with a valid signature. */
export interface Delivered {
  readonly kind: "handed_on" | "duplicate" | "rejected";
  /** Why it was not handed on. */
  readonly code?: WebhookProblemCode;
  /** The same for the operator. */
  readonly reason?: string;
  readonly app: string;
  readonly target: TargetKind;
  readonly deliveryId: string | undefined;
  readonly event?: Pick<BoxEvent, "type" | "id" | "trigger">;
  /** What decided whether the event is a duplicate. */
  readonly memory?: EventMemory;
}

export type DeliverWebhook = (
  incoming: Result<IncomingDelivery, RefusalReason>,
  context: RequestContext,
) => Promise<DeliveryOutcome>;

export interface DeliveryPorts {
  readonly keys: Pick<KeyRing, "refresh" | "keysOf">;
  /** By app. */
  readonly targets: ReadonlyMap<string, WebhookTarget>;
  readonly handled: Pick<HandledEvents, "find" | "add">;
  readonly clock: Clock;
  /** Milliseconds since the epoch as ISO 8601. */
  readonly formatTime: (milliseconds: number) => string;
}

/** How long before its receipt Box may have sent a delivery, as Box's own SDKs have it. */
const MAX_AGE_MS = 600_000;
/** How far Box's clock may be ahead of the function's; Box's SDKs differ: version 10 allows nothing, earlier ones anything. */
const MAX_FUTURE_MS = 60_000;

/**
 * The use case: age → signature → event → new → hand on → remember. An event counts as handled only after its target has
 * stored it, so that it is handed on at least once; everything else is left to Box, which sends it again.
 * @returns a function that never throws
 */
export function webhookDelivery(ports: DeliveryPorts): DeliverWebhook {
  const { keys, targets, handled, clock, formatTime } = ports;

  async function deliver(
    delivery: IncomingDelivery,
    target: WebhookTarget,
    context: RequestContext,
  ): Promise<Delivered> {
    const { app, signed, deliveryId } = delivery;
    const common = { app, target: target.kind, deliveryId };
    const event = parseEvent(signed.body);
    if (event === undefined) return { ...common, kind: "rejected", code: "event_malformed" };
    const known = { ...common, event };
    if (event.type === "skill_invocation" && !target.takesSkills) {
      return { ...known, kind: "rejected", code: "skill_not_configured" };
    }
    const key = eventKey(app, event);
    const { isHandled, by: memory } = await handled.find(key, context);
    if (isHandled) return { ...known, kind: "duplicate", memory };
    const text = envelope(app, deliveryId, formatTime(clock.wall()), event);
    try {
      await target.handOn({ app, type: event.type, eventKey: key, text }, context);
    } catch (failure) {
      if (!(failure instanceof TargetFailure)) throw failure;
      return { ...known, kind: "rejected", code: failure.code, reason: failure.message, memory };
    }
    await handled.add(key, memory, context);
    return { ...known, kind: "handed_on", memory };
  }

  async function authenticated(
    incoming: Result<IncomingDelivery, RefusalReason>,
    context: RequestContext,
  ): Promise<
    Result<{ readonly delivery: IncomingDelivery; readonly target: WebhookTarget }, RefusedDelivery>
  > {
    const refusal = (reason: RefusalReason, app?: string) =>
      refused<RefusedDelivery>({ kind: "refused", reason, ...(app !== undefined && { app }) });
    if (!incoming.ok) return refusal(incoming.error);
    const delivery = incoming.value;
    const age = clock.wall() - delivery.sentAt;
    if (age > MAX_AGE_MS) return refusal("too_old");
    if (age < -MAX_FUTURE_MS) return refusal("in_future");
    await keys.refresh(context);
    const found = keys.keysOf(delivery.app);
    // Computed for every app, whether it exists or not: the time of the response is the same.
    const isAuthentic = isSigned(delivery.signed, found.keys ?? {});
    const target = targets.get(delivery.app);
    if (target === undefined) return refusal("unknown_app");
    if (found.keys === undefined) return refusal(found.missing, delivery.app);
    if (!isAuthentic) return refusal("signature", delivery.app);
    return { ok: true, value: { delivery, target } };
  }

  return async (incoming, context) => {
    const accepted = await authenticated(incoming, context);
    if (!accepted.ok) return accepted.error;
    const { delivery, target } = accepted.value;
    context.trace.app = delivery.app;
    return deliver(delivery, target, context).catch((bug: unknown) => ({
      ...({ kind: "rejected", code: "internal_error", reason: bugLocation(bug) } as const),
      ...{ app: delivery.app, target: target.kind, deliveryId: delivery.deliveryId },
    }));
  };
}
