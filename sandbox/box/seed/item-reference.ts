import type { BoxItem } from "../items/item.ts";
import type { Applying } from "./apply.ts";
import type { ItemReference } from "./document.ts";

/** The item that an entry names; what is wrong with the name is reported. */
export function itemOf(
  { state, places, report }: Applying,
  pointer: string,
  { item, owner }: ItemReference,
): BoxItem | undefined {
  if (!item.startsWith("/")) {
    const found = state.items.get(item);
    if (found === undefined) report(`${pointer}/item`, `There is no item with the id ${item}.`);
    return found;
  }
  const ownerId = places.ownerId(owner);
  if ("fault" in ownerId) {
    report(owner === undefined ? pointer : `${pointer}/owner`, ownerId.fault);
    return undefined;
  }
  const found = places.at(item, ownerId.id);
  if (found === undefined) report(`${pointer}/item`, "The owner has no file or folder of this path.");
  return found;
}
