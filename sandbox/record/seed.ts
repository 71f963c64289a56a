import type { Removal } from "./secrets.ts";
import type { Seen, SeenItem } from "./seen.ts";

/** Service Accounts belong to apps; the Box that is seeded has its own. */
const SERVICE_ACCOUNT = /^AutomationUser_/i;

/** What was at Box before the recording, as `box-seed.json` has it. Contents of files are not recorded. */
export function seedOf({ items, users, collaborations }: Seen, removal: Removal) {
  const people = [...users.values()].filter(({ login = "" }) => !SERVICE_ACCOUNT.test(login));
  const inOrder = [...items.values()].sort((a, b) => depthOf(a, items) - depthOf(b, items));
  const ofType = (type: SeenItem["type"]) =>
    inOrder
      .filter((item) => item.type === type)
      .map(({ id, name, parentId, description, sharedLink }) => ({
        id,
        name: removal.clean(name ?? `${type} ${id}`),
        parent: parentId === undefined || !items.has(parentId) ? "0" : parentId,
        ...(description !== undefined && { description: removal.clean(description) }),
        ...(sharedLink !== undefined && { shared_link: { access: sharedLink } }),
      }));
  return {
    users: people.map(({ id, name = `User ${id}`, login = `user-${id}@example.com` }) => ({
      id,
      name: removal.person(name),
      login: removal.clean(login),
    })),
    folders: ofType("folder"),
    files: ofType("file"),
    collaborations: [...collaborations.values()].flatMap(({ id, role, itemId, userId }) =>
      role === undefined || itemId === undefined || userId === undefined || !users.has(userId)
        ? []
        : [{ id, role, item: itemId, user: userId }],
    ),
  };
}

function depthOf({ parentId }: SeenItem, items: ReadonlyMap<string, SeenItem>): number {
  let depth = 0;
  for (let at = items.get(parentId ?? ""); at !== undefined && depth < 100; at = items.get(at.parentId ?? ""))
    depth += 1;
  return depth;
}
