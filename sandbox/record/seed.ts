import type { PriorItem, PriorState } from "./prior-state.ts";
import type { Removal } from "./secrets.ts";

/** Service Accounts belong to apps; the Box that is seeded has its own. */
const SERVICE_ACCOUNT = /^AutomationUser_/i;
/** A file has as many bytes as it had, up to this. */
const LARGEST_FILE = 64 * 1024;

/** What was at Box before the recording, as a `box-seed.json`. Contents of files are not recorded. */
export function seedOf(seen: PriorState, removal: Removal) {
  const { items, users, collaborations } = seen;
  const people = [...users.values()].filter(({ login = "" }) => !SERVICE_ACCOUNT.test(login));
  const known = new Set(people.map(({ id }) => id));
  const placeOf = places(items, known, removal);
  const entryOf = (item: PriorItem) => {
    const { id, description, sharedLink } = item;
    return {
      ...{ ...placeOf(item), id },
      ...(description !== undefined && { description: removal.clean(description) }),
      ...(sharedLink !== undefined && { sharedLink: { access: sharedLink } }),
    };
  };
  const all = [...items.values()];
  return {
    users: people.map(({ id, name = `User ${id}`, login = `user-${id}@example.com` }) => ({
      id,
      name: removal.person(name),
      login: removal.clean(login),
    })),
    folders: all.filter(({ type }) => type === "folder").map(entryOf),
    files: all
      .filter(({ type }) => type === "file")
      .map((item) => ({ ...entryOf(item), text: "x".repeat(Math.min(item.size ?? 1, LARGEST_FILE)) })),
    collaborations: [...collaborations.values()].flatMap(({ role, itemId, userId }) =>
      role !== undefined && itemId !== undefined && items.has(itemId) && known.has(userId ?? "")
        ? [{ item: itemId, user: userId, role }]
        : [],
    ),
  };
}

/** Path and owner of each item. Where placeholders made two names of a folder equal, the second has its id too. */
function places(
  items: ReadonlyMap<string, PriorItem>,
  people: ReadonlySet<string>,
  removal: Removal,
): (item: PriorItem) => { readonly path: string; readonly owner?: string } {
  const paths = new Map<string, string>();
  const taken = new Set<string>();
  const ownerOf = ({ ownerId = "" }: PriorItem) => (people.has(ownerId) ? ownerId : undefined);
  const pathOf = (item: PriorItem, below = 0): string => {
    const known = paths.get(item.id);
    if (known !== undefined) return known;
    const { id, type, name = `${type} ${id}` } = item;
    const parent = below > 100 ? undefined : items.get(item.parentId ?? "0");
    const folder = parent === undefined ? "" : pathOf(parent, below + 1);
    const clean = removal.clean(name).replaceAll(/[/\\\0]/g, "_");
    const keyOf = (path: string) => `${ownerOf(item)} ${path.toLowerCase()}`;
    const path =
      [`${folder}/${clean}`, `${folder}/${id} ${clean}`].find((one) => !taken.has(keyOf(one))) ?? "";
    taken.add(keyOf(path));
    paths.set(id, path);
    return path;
  };
  return (item) => {
    const owner = ownerOf(item);
    return { path: pathOf(item), ...(owner !== undefined && { owner }) };
  };
}
