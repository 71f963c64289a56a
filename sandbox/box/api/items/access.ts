import type { BoxItem } from "../../items/item.ts";
import type { Ability } from "../../items/roles.ts";
import { abilities, isTrashed, isWithin } from "../../items/tree.ts";
import type { Call } from "../call.ts";
import { ApiRefusal, notFound } from "../errors.ts";
import { abilitiesByLink } from "./link-access.ts";
import { requireUnlocked } from "./lock.ts";
import { rootOf } from "./representation.ts";

/**
 * The item, if the user may do that with it, and the token is not bound to another one.
 * @param id the folder `0` is the user's root
 * @throws ApiRefusal
 */
export function itemFor(call: Call, id: string, type: BoxItem["type"], ability: Ability = "list"): BoxItem {
  const item = visibleItem(call, id, type);
  if (isTrashed(call.state, item)) throw new ApiRefusal("trashed");
  requireWithinToken(call, item);
  requireAbility(call, item, ability);
  return item;
}

/** An item in the trash that the user may do that with. @throws ApiRefusal */
export function trashedItemFor(
  call: Call,
  id: string,
  type: BoxItem["type"],
  ability: Ability = "list",
): BoxItem {
  const item = visibleItem(call, id, type);
  // One that is in the trash with a folder above it is not found: only that folder is.
  const above = call.state.items.get(item.parentId);
  if (above !== undefined && isTrashed(call.state, above)) throw notFound(type, id);
  if (item.trashed === undefined) throw new ApiRefusal("not_trashed");
  requireWithinToken(call, item);
  requireAbility(call, item, ability);
  return item;
}

/** The folder that an item is in, also where the user sees nothing of it; for `0` the root of the item's owner. */
export function folderOf({ state, user }: Call, { parentId, ownerId }: BoxItem): BoxItem {
  return state.items.get(parentId) ?? { ...rootOf(user), ownerId };
}

function visibleItem(call: Call, id: string, type: BoxItem["type"]): BoxItem {
  if (!/^\d+$/.test(id)) throw new ApiRefusal("method_not_allowed");
  const item = id === "0" && type === "folder" ? rootOf(call.user) : call.state.items.get(id);
  if (item === undefined || item.type !== type || abilitiesOf(call, item).size === 0) {
    throw notFound(type, id);
  }
  return item;
}

const abilitiesOf = (call: Call, item: BoxItem): ReadonlySet<Ability> =>
  new Set([...abilities(call.state, call.user, item), ...abilitiesByLink(call, item)]);

export function requireWithinToken({ state, token }: Call, item: BoxItem): void {
  if (token.itemId !== undefined && !isWithin(state, item, token.itemId)) {
    throw new ApiRefusal("insufficient_scope");
  }
}

export function requireAbility(call: Call, item: BoxItem, ability: Ability): void {
  if (!abilitiesOf(call, item).has(ability)) {
    throw new ApiRefusal("access_denied_insufficient_permissions");
  }
  requireUnlocked(call, item, ability);
}
