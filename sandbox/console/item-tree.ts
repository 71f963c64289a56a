import { groupBy } from "../../action/scan/group-by.ts";
import type { BoxItem } from "../box/items/item.ts";
import type { BoxState } from "../box/state.ts";
import { counted } from "./format.ts";
import type { ItemView, OwnerView, Some } from "./view.ts";

/** More items, or deeper ones, are counted and not shown. */
const MAX_ITEMS = 500;
const MAX_LEVELS = 24;
const MAX_NAMES = 3;

/** The trees of all owners, in the order in which items were made; what is in the trash is marked. */
export function ownersOf({ items, users }: BoxState): Some<OwnerView> {
  let left = MAX_ITEMS;
  const viewsOf = (siblings: readonly BoxItem[], level: number): readonly ItemView[] => {
    const shown = siblings.slice(0, left);
    left -= shown.length;
    return shown.map((item) => ({
      id: item.id,
      type: item.type,
      name: item.name,
      size: item.versions[0]?.content.length,
      notes: notesOf(item, users),
      items: level < MAX_LEVELS ? viewsOf(items.childrenOf(item.id), level + 1) : [],
    }));
  };
  const roots = groupBy(items.childrenOf("0"), ({ ownerId }) => ownerId);
  const owners = [...roots].map(([id, own]) => ({
    id,
    name: users.get(id)?.name ?? id,
    items: viewsOf(own, 1),
  }));
  return { shown: owners.filter((owner) => owner.items.length > 0), total: items.size };
}

function notesOf(item: BoxItem, users: BoxState["users"]): readonly string[] {
  const { collaborators, sharedLink, trashed, versions } = item;
  const named = [...collaborators].slice(0, MAX_NAMES);
  const names = named.map(([id, role]) => `${users.get(id)?.name ?? id} (${role})`);
  const more = collaborators.size - names.length;
  return [
    ...(versions.length > 1 ? [counted(versions.length, "version")] : []),
    ...(names.length > 0 ? [`shared with ${names.join(", ")}${more > 0 ? ` and ${more} more` : ""}`] : []),
    ...(sharedLink === undefined ? [] : [`shared link (${sharedLink.access})`]),
    ...(trashed === undefined ? [] : ["in the trash"]),
  ];
}
