import { randomUUID } from "node:crypto";
import type { BoxItem } from "../items/item.ts";
import { miniItem, miniVersion } from "../items/mini.ts";
import { sizeOf } from "../items/tree.ts";
import type { BoxState, BoxUser } from "../state.ts";
import { boxTimestamp } from "./signature.ts";

/** What happened to which item, and by whom. */
export interface WebhookTrigger {
  /** `FILE.UPLOADED`, `FOLDER.RENAMED` and so on. */
  readonly trigger: string;
  readonly item: BoxItem;
  readonly user: BoxUser;
  /** Default `53`. */
  readonly webhookId?: string;
  /** Default: a new one. Two deliveries of one event have the same. */
  readonly eventId?: string;
  /** What it is about where that is not the item: a collaboration. */
  readonly source?: object;
  /** PHP writes an empty object as `[]`, which is the default. */
  readonly additionalInfo?: Readonly<Record<string, unknown>>;
}

/** A `webhook_event` in the form of Box's documentation. @param now Box's clock, in milliseconds since 1970 */
export function webhookEvent(
  state: BoxState,
  now: number,
  { trigger, item, user, webhookId = "53", eventId = randomUUID(), source, additionalInfo }: WebhookTrigger,
): object {
  return {
    type: "webhook_event",
    id: eventId,
    created_at: boxTimestamp(now),
    trigger,
    webhook: { id: webhookId, type: "webhook" },
    created_by: miniUser(user),
    source: source ?? sourceOf(state, now, item, user),
    additional_info: additionalInfo ?? [],
  };
}

function sourceOf(state: BoxState, now: number, item: BoxItem, user: BoxUser): object {
  const at = boxTimestamp(now);
  const owner = state.users.get(item.ownerId) ?? user;
  const [current] = item.versions;
  const path = pathOf(state, item);
  return {
    ...miniItem(item),
    ...(current && { file_version: miniVersion(current), sha1: current.sha1 }),
    description: item.description,
    size: sizeOf(state, item),
    path_collection: { total_count: path.length, entries: path },
    created_at: at,
    modified_at: at,
    trashed_at: null,
    purged_at: null,
    content_created_at: at,
    content_modified_at: at,
    created_by: miniUser(owner),
    modified_by: miniUser(user),
    owned_by: miniUser(owner),
    shared_link: null,
    parent: path.at(-1),
    item_status: "active",
  };
}

const ROOT = { type: "folder", id: "0", sequence_id: null, etag: null, name: "All Files" };

/** The folders above the item, from the root downwards. */
function pathOf(state: BoxState, { parentId }: BoxItem): readonly object[] {
  const parent = state.items.get(parentId);
  return parent === undefined ? [ROOT] : [...pathOf(state, parent), miniItem(parent)];
}

export const miniUser = ({ id, name, login }: BoxUser) => ({ type: "user", id, name, login });
