import type { BoxState } from "../state.ts";
import { type BoxItem, currentVersion, type Deed, type NewItem, newItem } from "./item.ts";

type Items = Pick<BoxState, "items">;

/** Adds a file or folder with an id of its own, unless it is given one. Whether the name is free is not checked. */
export function addItem(
  { items }: Items,
  facts: Omit<NewItem, "id"> & { readonly id?: string | undefined },
): BoxItem {
  const item = newItem({ ...facts, id: facts.id ?? items.nextId() });
  items.set(item.id, item);
  return item;
}

/** Copies a file with its current content, or a folder with all below it. Links, roles and old versions stay behind. */
export function copyItem(
  state: Items,
  source: BoxItem,
  to: { readonly folder: BoxItem; readonly name: string; readonly content?: Buffer },
  { at, byId }: Deed,
): BoxItem {
  // Read before the copy is there: the copy may be below its source.
  const children = state.items.childrenOf(source.id).filter(({ trashed }) => trashed === undefined);
  const { type, description, tags, contentCreatedAt, contentModifiedAt } = source;
  const content = type === "file" ? { content: to.content ?? currentVersion(source).content } : {};
  const copy = addItem(state, {
    ...{ type, description, tags, contentCreatedAt, contentModifiedAt, at, ...content },
    ...{ name: to.name, parentId: to.folder.id, ownerId: to.folder.ownerId, createdById: byId },
  });
  for (const child of children) copyItem(state, child, { folder: copy, name: child.name }, { at, byId });
  return copy;
}

/** Ends a file or folder and all below it, but for what was in the trash by itself before. */
export function purge(state: BoxState, items: readonly BoxItem[]): void {
  for (const { id, sharedLink } of items) {
    state.items.delete(id);
    if (sharedLink !== undefined) state.sharedLinks.delete(sharedLink.url);
  }
}
