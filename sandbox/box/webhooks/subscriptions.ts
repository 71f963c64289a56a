import { randomUUID } from "node:crypto";
import type { Change, Changes } from "../changes.ts";
import type { BoxItem } from "../items/item.ts";
import { canSee, isWithin } from "../items/tree.ts";
import type { BoxState } from "../state.ts";
import type { Delivery, WebhookSender } from "./sender.ts";
import { triggersOf } from "./triggers.ts";
import { webhookEvent } from "./webhook-event.ts";

/** A webhook that an app has made by the API. */
export interface BoxWebhook {
  readonly id: string;
  /** App and user that made it, and that alone see it. */
  readonly clientId: string;
  readonly userId: string;
  target: { readonly type: BoxItem["type"]; readonly id: string };
  address: string;
  triggers: readonly string[];
  /** By Box's clock, in milliseconds since 1970. */
  readonly createdAt: number;
}

/** What the webhooks of the API have been sent. */
export interface Deliveries {
  /** Oldest first, each after its first attempt. */
  readonly all: readonly {
    readonly webhookId: string;
    readonly trigger: string;
    readonly delivery: Delivery;
  }[];
  /** Fulfilled when the first attempt of every delivery up to now has ended. */
  settled(): Promise<void>;
  /** Forgets them. */
  clear(): void;
}

/** Most deliveries that are remembered. */
const MAX_REMEMBERED = 1_000;

/** Sends what happens to the webhooks that it triggers, signed with the keys of their apps. */
export function deliverChanges(changes: Changes, state: BoxState, sender: WebhookSender): Deliveries {
  const all: { webhookId: string; trigger: string; delivery: Delivery }[] = [];
  const pending = new Set<Promise<void>>();
  const deliver = async (webhook: BoxWebhook, trigger: string, event: object): Promise<void> => {
    const app = state.apps.get(webhook.clientId);
    if (app === undefined) return;
    all.push({ webhookId: webhook.id, trigger, delivery: await sender.send(app, webhook.address, event) });
    if (all.length > MAX_REMEMBERED) all.shift();
  };
  changes.subscribe((change) => {
    // Built at once: by the time of the delivery the item may have changed.
    for (const { webhook, trigger, event } of notifications(state, change)) {
      const sent = deliver(webhook, trigger, event).finally(() => pending.delete(sent));
      pending.add(sent);
    }
  });
  return {
    all,
    async settled() {
      while (pending.size > 0) await Promise.all(pending);
    },
    clear: () => void all.splice(0),
  };
}

function* notifications(state: BoxState, change: Change) {
  const { item, by, at, details } = change;
  if (item === undefined) return;
  for (const trigger of triggersOf(change)) {
    const eventId = randomUUID();
    for (const webhook of state.webhooks.values()) {
      if (!webhook.triggers.includes(trigger) || !isAbout(state, webhook, item)) continue;
      const source = details?.collaboration;
      const facts = { trigger, item, user: by, webhookId: webhook.id, eventId };
      yield {
        ...{ webhook, trigger },
        event: webhookEvent(state, at, { ...facts, ...(typeof source === "object" && source && { source }) }),
      };
    }
  }
}

/** Whether the webhook's user sees the item, which is the target or below it. */
function isAbout(state: BoxState, { target, userId }: BoxWebhook, item: BoxItem): boolean {
  const user = state.users.get(userId);
  return user !== undefined && isWithin(state, item, target.id) && canSee(state, user, item);
}
