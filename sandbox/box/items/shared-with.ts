import type { BoxState, BoxUser } from "../state.ts";
import type { BoxItem, SharedLink } from "./item.ts";
import { canSee, isTrashed } from "./tree.ts";

/**
 * The item of a shared link and the link, if it is for the user; its password is left to the caller.
 * @param now by Box's clock, in milliseconds since 1970
 * @returns `undefined` for a link that does not exist, has ended, is of an item in the trash, or is not for this user
 */
export function sharedWith(
  state: BoxState,
  user: BoxUser,
  url: string,
  now: number,
): { readonly item: BoxItem; readonly link: SharedLink } | undefined {
  const item = state.items.get(state.sharedLinks.get(url) ?? "");
  const link = item?.sharedLink;
  if (item === undefined || link === undefined || isTrashed(state, item)) return undefined;
  const hasEnded = (link.unsharedAt ?? Number.POSITIVE_INFINITY) <= now;
  return hasEnded || !isFor(state, user, item, link) ? undefined : { item, link };
}

function isFor(state: BoxState, user: BoxUser, item: BoxItem, { access }: SharedLink): boolean {
  if (access === "open" || canSee(state, user, item)) return true;
  return access === "company" && state.users.get(item.ownerId)?.enterpriseId === user.enterpriseId;
}
