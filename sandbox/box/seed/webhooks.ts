import { webhookAddress } from "../api/events/webhook-address.ts";
import type { BoxItem } from "../items/item.ts";
import { nextNumber } from "../state.ts";
import { TRIGGERS } from "../webhooks/triggers.ts";
import type { Applying } from "./apply.ts";
import type { WebhookEntry } from "./document.ts";
import { itemOf } from "./item-reference.ts";

/** Adds the webhooks, each of an app and a user of it. */
export function applyWebhooks(applying: Applying, entries: readonly WebhookEntry[]): void {
  const { state, report, now } = applying;
  for (const [index, entry] of entries.entries()) {
    const pointer = `/webhooks/${index}`;
    const item = itemOf(applying, pointer, entry);
    const makers = makersOf(applying, pointer, entry);
    const fault = item && faultOf(applying, entry, item);
    if (fault !== undefined) report(`${pointer}${fault[0]}`, fault[1]);
    else if (item !== undefined && makers !== undefined) {
      const { address, triggers, id = String(nextNumber(state, "webhook")) } = entry;
      const target = { type: item.type, id: item.id };
      state.webhooks.set(id, { id, ...makers, target, address, triggers: [...triggers], createdAt: now });
    }
  }
}

function makersOf(
  { state, places, report }: Applying,
  pointer: string,
  { app: clientId, user: reference }: WebhookEntry,
): { readonly clientId: string; readonly userId: string } | undefined {
  const [first] = state.apps.values();
  const app = clientId === undefined ? first : state.apps.get(clientId);
  if (app === undefined) {
    report(`${pointer}/app`, `No app has this client ID; there are ${[...state.apps.keys()].join(", ")}.`);
    return undefined;
  }
  const user = places.userId(reference ?? app.serviceAccountId);
  if ("id" in user) return { clientId: app.clientId, userId: user.id };
  report(`${pointer}/user`, user.fault);
  return undefined;
}

function faultOf(
  { state }: Applying,
  { id, address, triggers }: WebhookEntry,
  { type }: BoxItem,
): readonly [pointer: string, message: string] | undefined {
  if (id !== undefined && state.webhooks.has(id))
    return ["/id", `There is a webhook with the id ${id} already.`];
  const at = triggers.findIndex((trigger) => !TRIGGERS[trigger]?.includes(type));
  if (at >= 0) return [`/triggers/${at}`, `This trigger is not one of a ${type}.`];
  try {
    webhookAddress(address);
    return undefined;
  } catch (error) {
    return ["/address", `Box refuses this address: ${error instanceof Error ? error.message : error}`];
  }
}
