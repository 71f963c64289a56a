import type { BoxItem, SharedLink } from "../../items/item.ts";
import type { Ability } from "../../items/roles.ts";
import { sharedWith } from "../../items/shared-with.ts";
import { lineage } from "../../items/tree.ts";
import type { Call } from "../call.ts";
import { ApiRefusal } from "../errors.ts";

/** The shared link in the header `BoxApi: shared_link=URL&shared_link_password=TEXT`. */
interface GivenLink {
  readonly url: string;
  readonly password: string | undefined;
}

/** Box's older SDKs for Node percent-encode both values, the others neither: the link shows which it is. */
export function givenLink({ request }: Call): GivenLink | undefined {
  const [, url, password] =
    /^shared_link=(\S+?)(?:&shared_link_password=(.*))?$/.exec(request.headers.boxapi ?? "") ?? [];
  if (url === undefined) return undefined;
  return (/^https?%3a/i.test(url) && decoded({ url, password })) || { url, password };
}

/** @returns `undefined` where a value is not percent-encoded */
function decoded({ url, password }: GivenLink): GivenLink | undefined {
  try {
    return {
      url: decodeURIComponent(url),
      password: password === undefined ? undefined : decodeURIComponent(password),
    };
  } catch {
    return undefined;
  }
}

/**
 * The item of a shared link that the user may open.
 * @returns `undefined` as `sharedWith()`
 * @throws ApiRefusal for a password that is missing or wrong
 */
export function linkedItem({ state, user, now }: Call, { url, password }: GivenLink): BoxItem | undefined {
  const shared = sharedWith(state, user, url, now());
  if (shared === undefined) return undefined;
  if (shared.link.password !== undefined && shared.link.password !== password) {
    throw new ApiRefusal("incorrect_shared_item_password");
  }
  return shared.item;
}

/** The shared link in the call's header, where it is for the item or a folder above it. @throws ApiRefusal */
export function linkTo(call: Call, item: BoxItem): SharedLink | undefined {
  const given = givenLink(call);
  const shared = given && linkedItem(call, given);
  return shared !== undefined && lineage(call.state, item).includes(shared) ? shared.sharedLink : undefined;
}

/** What the shared link in the call's header allows with the item. */
export function abilitiesByLink(call: Call, item: BoxItem): readonly Ability[] {
  const link = linkTo(call, item);
  if (link === undefined) return [];
  return link.canDownload ? ["list", "preview", "download"] : ["list", "preview"];
}
