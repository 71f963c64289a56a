import type { BoxState } from "../state.ts";
import { type ActionStamp, type BoxItem, currentVersion, type NewItem, newItem } from "./item.ts";
import { subtree } from "./tree.ts";

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
  { at, byId }: ActionStamp,
): BoxItem {
  const { id: folderId, ownerId } = to.folder;
  const copyOf = (item: BoxItem, parentId: string, name = item.name, content?: Buffer): BoxItem => {
    const { type, description, tags, contentCreatedAt, contentModifiedAt } = item;
    const bytes = type === "file" ? { content: content ?? currentVersion(item).content } : {};
    return addItem(state, {
      ...{ type, name, description, tags, contentCreatedAt, contentModifiedAt, ...bytes },
      ...{ parentId, ownerId, createdById: byId, at },
    });
  };
  // Read in full before the first copy is there, which may be below its source.
  const [, ...below] = subtree(state, source);
  const copy = copyOf(source, folderId, to.name, to.content);
  const copies = new Map([[source.id, copy]]);
  for (const item of below) {
    const parent = copies.get(item.parentId);
    if (parent !== undefined) copies.set(item.id, copyOf(item, parent.id));
  }
  return copy;
}

/** Ends a file or folder and all below it, but for what was in the trash by itself before. */
export function purge(state: BoxState, items: readonly BoxItem[]): void {
  for (const { id, sharedLink } of items) {
    state.items.delete(id);
    if (sharedLink !== undefined) state.sharedLinks.delete(sharedLink.url);
  }
}
