import type { BoxState, BoxUser } from "../state.ts";
import { type BoxItem, currentVersion } from "./item.ts";
import { type Ability, abilitiesOf, type Role } from "./roles.ts";

type Items = Pick<BoxState, "items">;

/** The item and the folders above it, up to the one in a user's root. */
export function lineage({ items }: Items, item: BoxItem): readonly BoxItem[] {
  const line: BoxItem[] = [];
  for (let at: BoxItem | undefined = item; at !== undefined; at = items.get(at.parentId)) line.push(at);
  return line;
}

/** Whether `item` is the folder or file `ancestorId` or lies below it. */
export const isWithin = (state: Items, item: BoxItem, ancestorId: string): boolean =>
  lineage(state, item).some(({ id }) => id === ancestorId);

/** Whether the item or a folder above it is in the trash. */
export const isTrashed = (state: Items, item: BoxItem): boolean =>
  lineage(state, item).some(({ trashed }) => trashed !== undefined);

/** What the user may do with the item: the most that any collaboration on it or above it allows. */
export function abilities(state: Items, user: BoxUser, item: BoxItem): ReadonlySet<Ability> {
  const line = lineage(state, item);
  const roles = line.flatMap(({ collaborators }): readonly Role[] => {
    const role = collaborators.get(user.id);
    return role === undefined ? [] : [role];
  });
  return abilitiesOf(
    line.some(({ ownerId }) => ownerId === user.id),
    roles,
  );
}

/** Whether the user owns the item or is invited to it or to a folder above it. */
export const canSee = (state: Items, user: BoxUser, item: BoxItem): boolean =>
  lineage(state, item).some(
    ({ ownerId, collaborators }) => ownerId === user.id || collaborators.has(user.id),
  );

/** The folders above the item that the user sees, from the root downwards. */
export const pathOf = (state: Items, user: BoxUser, item: BoxItem): readonly BoxItem[] =>
  lineage(state, item)
    .slice(1)
    .filter((folder) => canSee(state, user, folder))
    .reverse();

/**
 * What the user sees in a folder, without what is in the trash. In a root that is what the user owns there, and what
 * the user is invited to without being invited to anything above it.
 */
export function childrenOf(state: Items, user: BoxUser, folderId: string): readonly BoxItem[] {
  const { items } = state;
  const own = items.childrenOf(folderId).filter((item) => canSee(state, user, item));
  const invited = folderId === "0" ? [...items.values()].filter((item) => isEntry(state, user, item)) : [];
  return [...own, ...invited].filter((item) => !isTrashed(state, item));
}

/** Whether a user who is invited to the item sees it in the own root, though it is in a folder. */
function isEntry(state: Items, user: BoxUser, item: BoxItem): boolean {
  if (item.parentId === "0" || !item.collaborators.has(user.id)) return false;
  const parent = state.items.get(item.parentId);
  return parent !== undefined && !canSee(state, user, parent);
}

/** The item and all below it, folders before what is in them; what is in the trash by itself is left out. */
export function subtree(state: Items, item: BoxItem): readonly BoxItem[] {
  const below = state.items.childrenOf(item.id).filter(({ trashed }) => trashed === undefined);
  return [item, ...below.flatMap((child) => subtree(state, child))];
}

/** Size in bytes: of a file its content, of a folder all below it. */
export function sizeOf(state: Items, item: BoxItem): number {
  return subtree(state, item)
    .filter(({ type }) => type === "file")
    .reduce((sum, file) => sum + currentVersion(file).content.length, 0);
}
