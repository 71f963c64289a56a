import { miniItem } from "../grants/token-exchange.ts";
import { type BoxItem, canSee, isWithin } from "../state.ts";
import type { Call } from "./call.ts";
import { ApiRefusal, notFound } from "./errors.ts";

/** The item, if what the token is bound to and its user's permissions allow it. @throws ApiRefusal */
export function itemFor({ state, token, user }: Call, id: string, type: BoxItem["type"]): BoxItem {
  const item = state.items.get(id);
  if (item === undefined || item.type !== type || !canSee(state, user, item)) throw notFound(type, id);
  if (token.itemId !== undefined && !isWithin(state, item, token.itemId)) {
    throw new ApiRefusal("insufficient_scope");
  }
  return item;
}

export function fullItem({ state }: Call, item: BoxItem): Readonly<Record<string, unknown>> {
  const parent = state.items.get(item.parentId);
  return {
    ...miniItem(item),
    item_status: "active",
    parent: parent === undefined ? { type: "folder", id: "0", name: "All Files" } : miniItem(parent),
  };
}
