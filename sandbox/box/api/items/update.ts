import type { Scope } from "../../../../schemas/protocol/scopes.ts";
import {
  type BoxItem,
  type FileLock,
  type FolderSettings,
  type SharedLink,
  touch,
} from "../../items/item.ts";
import { isWithin, subtree } from "../../items/tree.ts";
import { hasScope, REQUIRED_SCOPES } from "../../scopes.ts";
import type { Call } from "../call.ts";
import { ApiRefusal } from "../errors.ts";
import { invalidParameter, optionalIdIn, optionalText, optionalTime } from "../parameters.ts";
import { requireMatch } from "../preconditions.ts";
import { folderOf, itemFor, requireAbility } from "./access.ts";
import { actionStamp, noteChangeIn, transferOwnership } from "./action-stamp.ts";
import { folderSettings } from "./folder-settings.ts";
import { changedLock } from "./lock.ts";
import { requireFreeName, validName } from "./names.ts";
import { changedLink, setLink } from "./shared-link.ts";

/** The scopes of which an update needs one, by what it changes: a renaming needs less than a move. */
const SCOPES = new Map<string, readonly Scope[]>([
  ["name", REQUIRED_SCOPES.rename],
  ["shared_link", REQUIRED_SCOPES.share],
]);

/** A token needs one of them for an update at all. */
export const UPDATE_SCOPES: readonly Scope[] = [
  ...REQUIRED_SCOPES.rename,
  ...REQUIRED_SCOPES.share,
  ...REQUIRED_SCOPES.write,
];

const LONGEST_DESCRIPTION = 256;
const MAX_TAGS = 100;

/** What an update changes, read and checked before anything is changed. */
interface Update {
  readonly name: string;
  readonly folder: BoxItem | undefined;
  readonly description: string | undefined;
  readonly tags: readonly string[] | undefined;
  readonly contentCreatedAt: number | undefined;
  readonly contentModifiedAt: number | undefined;
  readonly settings: Partial<FolderSettings>;
  readonly lock: { readonly to: FileLock | undefined } | undefined;
  readonly link: { readonly to: SharedLink | undefined } | undefined;
}

/** Updates a file or folder by the body of the call: all of it, or nothing where a part is refused. */
export function updateItem(call: Call, id: string, type: BoxItem["type"]): BoxItem {
  const item = itemFor(call, id, type);
  if (item.id === "0") throw new ApiRefusal("access_denied_insufficient_permissions");
  requireMatch(call, item);
  const names = Object.keys(call.body);
  if (names.length === 0) return item;
  for (const name of names) {
    if (!(SCOPES.get(name) ?? REQUIRED_SCOPES.write).some((scope) => hasScope(call.token.scopes, scope))) {
      throw new ApiRefusal("insufficient_scope");
    }
    requireAbility(call, item, name === "shared_link" ? "share" : "rename");
  }
  apply(call, item, read(call, item));
  return item;
}

function read(call: Call, item: BoxItem): Update {
  const { body, state } = call;
  const name = validName(optionalText(body, "name") ?? item.name);
  if (name === "") throw invalidParameter("name", "'name' must not be empty");
  const folder = destination(call, item);
  requireFreeName(state, folder ?? folderOf(call, item), name, item);
  return {
    ...{ name, folder, description: descriptionOf(call), tags: tagsOf(call) },
    contentCreatedAt: optionalTime(body, "content_created_at"),
    contentModifiedAt: optionalTime(body, "content_modified_at"),
    settings: item.type === "folder" ? folderSettings(body) : {},
    lock: body.lock === undefined ? undefined : { to: changedLock(call, item, body.lock) },
    link: body.shared_link === undefined ? undefined : { to: changedLink(call, item, body.shared_link) },
  };
}

/** The folder that the call moves the item to; `undefined` where it stays. */
function destination(call: Call, item: BoxItem): BoxItem | undefined {
  const id = optionalIdIn(call.body, "parent");
  if (id === undefined || id === item.parentId) return undefined;
  const folder = itemFor(call, id, "folder", "upload");
  if (item.type === "folder" && isWithin(call.state, folder, item.id)) {
    throw new ApiRefusal("cyclical_folder_structure");
  }
  // Who was invited to the item alone cannot take it out of a folder that is not shared with the user.
  if (item.ownerId === call.user.id) return folder;
  if (item.parentId === "0") throw new ApiRefusal("access_denied_insufficient_permissions");
  itemFor(call, item.parentId, "folder", "rename");
  return folder;
}

function descriptionOf({ body }: Call): string | undefined {
  const text = optionalText(body, "description");
  if (text !== undefined && text.length > LONGEST_DESCRIPTION) {
    throw invalidParameter("description", `'description' must not exceed ${LONGEST_DESCRIPTION} characters`);
  }
  return text;
}

function tagsOf({ body: { tags } }: Call): readonly string[] | undefined {
  if (tags === undefined) return undefined;
  const isList = Array.isArray(tags) && tags.length <= MAX_TAGS;
  if (!isList || !tags.every((tag): tag is string => typeof tag === "string")) {
    throw invalidParameter("tags", `'tags' must be a list of at most ${MAX_TAGS} strings`);
  }
  return tags;
}

function apply(call: Call, item: BoxItem, update: Update): void {
  const { state } = call;
  const { name, folder, link, lock } = update;
  const [oldName, oldParent, hadLink] = [item.name, item.parentId, item.sharedLink !== undefined];
  item.name = name;
  item.description = update.description ?? item.description;
  item.tags = update.tags ?? item.tags;
  Object.assign(item.settings, update.settings);
  item.contentCreatedAt = update.contentCreatedAt ?? item.contentCreatedAt;
  item.contentModifiedAt = update.contentModifiedAt ?? item.contentModifiedAt;
  if (folder !== undefined) {
    state.items.move(item, folder.id);
    transferOwnership(folder.ownerId, subtree(state, item));
    for (const id of [oldParent, folder.id]) noteChangeIn(call, id);
  }
  if (link !== undefined) setLink(call, item, link.to);
  if (lock?.to !== undefined) item.lock = lock.to;
  else if (lock !== undefined) delete item.lock;
  touch(item, actionStamp(call));
  if (name !== oldName) call.emit({ type: "ITEM_RENAME", item, details: { old_name: oldName } });
  if (folder !== undefined) call.emit({ type: "ITEM_MOVE", item, details: { old_parent_id: oldParent } });
  if (lock !== undefined) call.emit({ type: lock.to === undefined ? "LOCK_DESTROY" : "LOCK_CREATE", item });
  if (link === undefined) return;
  const created = hadLink ? "ITEM_SHARED_UPDATE" : "ITEM_SHARED_CREATE";
  call.emit({ type: link.to === undefined ? "ITEM_SHARED_UNSHARE" : created, item });
}
