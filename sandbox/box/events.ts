import { randomUUID } from "node:crypto";
import { represent } from "./api/items/representation.ts";
import { userJson } from "./api/people/user-json.ts";
import type { Change, Changes } from "./changes.ts";
import { miniItem } from "./items/mini.ts";
import { canSee, lineage } from "./items/tree.ts";
import { type BoxState, nextNumber } from "./state.ts";
import { miniUser } from "./webhooks/webhook-event.ts";

/** What happened, as the streams of events keep it. */
export interface BoxEvent {
  readonly id: string;
  /** Place in the stream, from 1. */
  readonly position: number;
  /** In the streams of users. */
  readonly type: string;
  /** In the stream of the enterprise. */
  readonly adminType: string | undefined;
  /** By Box's clock, in milliseconds since 1970. */
  readonly at: number;
  readonly by: object;
  /** Of who did it, and of the item's owner. */
  readonly enterpriseIds: readonly string[];
  /** Users in whose streams it is. */
  readonly userIds: readonly string[];
  /** Whether the item was in a folder that is synced. */
  readonly isSynced: boolean;
  /** As it was then: in the streams of users, and in that of the enterprise. */
  readonly source: object | undefined;
  readonly adminSource: object | undefined;
}

/** Names in the enterprise's stream of what has another one in those of users; `undefined` where it is in none. */
export const ADMIN_TYPES: Readonly<Record<string, string>> = {
  ITEM_CREATE: "UPLOAD",
  ITEM_UPLOAD: "UPLOAD",
  ITEM_DOWNLOAD: "DOWNLOAD",
  ITEM_PREVIEW: "PREVIEW",
  ITEM_TRASH: "DELETE",
  ITEM_UNDELETE_VIA_TRASH: "UNDELETE",
  ITEM_MOVE: "MOVE",
  ITEM_COPY: "COPY",
  ITEM_RENAME: "RENAME",
  ITEM_SHARED_CREATE: "SHARE",
  ITEM_SHARED_UPDATE: "ITEM_SHARED_UPDATE",
  ITEM_SHARED_UNSHARE: "UNSHARE",
  COLLAB_INVITE_COLLABORATOR: "COLLABORATION_INVITE",
  COLLAB_ADD_COLLABORATOR: "COLLABORATION_ACCEPT",
  COLLAB_REMOVE_COLLABORATOR: "COLLABORATION_REMOVE",
  COLLAB_ROLE_CHANGE: "COLLABORATION_ROLE_CHANGE",
  LOCK_CREATE: "LOCK",
  LOCK_DESTROY: "UNLOCK",
  DELETE: "DELETE",
  NEW_USER: "NEW_USER",
  EDIT_USER: "EDIT_USER",
  DELETE_USER: "DELETE_USER",
  GROUP_CREATION: "GROUP_CREATION",
  GROUP_EDITED: "GROUP_EDITED",
  GROUP_DELETION: "GROUP_DELETION",
  GROUP_ADD_USER: "GROUP_ADD_USER",
  GROUP_REMOVE_USER: "GROUP_REMOVE_USER",
};

/** What only the enterprise's stream has. */
const FOR_ADMINS = [
  "DELETE",
  "NEW_USER",
  "EDIT_USER",
  "DELETE_USER",
  "GROUP_CREATION",
  "GROUP_EDITED",
  "GROUP_DELETION",
];

/** What the streams do not have at all. */
const FOR_WEBHOOKS = ["COLLAB_REJECT"];

/** Events that are remembered; Box forgets those of users after two weeks or more. */
const MAX_EVENTS = 10_000;

/** Writes every change to the streams of events in `state.events`. */
export function recordEvents(changes: Changes, state: BoxState): void {
  changes.subscribe((change) => {
    if (FOR_WEBHOOKS.includes(change.type)) return;
    state.events.push(eventOf(state, change));
    if (state.events.length > MAX_EVENTS) state.events.shift();
  });
}

function eventOf(state: BoxState, change: Change): BoxEvent {
  const { type, item, by, at } = change;
  const line = item === undefined ? [] : lineage(state, item);
  return {
    ...{ id: randomUUID(), type, at, by: miniUser(by) },
    enterpriseIds: [by.enterpriseId, state.users.get(item?.ownerId ?? "")?.enterpriseId ?? by.enterpriseId],
    position: nextNumber(state, "event"),
    adminType: ADMIN_TYPES[type],
    userIds: FOR_ADMINS.includes(type) ? [] : witnesses(state, change),
    isSynced: line.some(({ settings }) => settings.syncState === "synced"),
    source: sourceOf(state, change),
    adminSource: adminSourceOf(state, change),
  };
}

/** Who sees the item, the one who did it, and the one to whom it was done. Of a download only the owner hears. */
function witnesses(state: BoxState, { type, item, user, by }: Change): readonly string[] {
  if (type === "ITEM_DOWNLOAD" && item !== undefined) return [item.ownerId];
  const seeing = [...state.users.values()].filter(
    (other) => item !== undefined && canSee(state, other, item),
  );
  return [...new Set([...seeing, by, ...(user === undefined ? [] : [user])].map(({ id }) => id))];
}

function sourceOf(state: BoxState, { item, user, by, at, details }: Change): object | undefined {
  if (item !== undefined) return represent({ state, user: by, now: () => at }, item);
  if (user !== undefined) return userJson(state, user, null);
  return typeof details?.group === "object" && details.group !== null ? details.group : undefined;
}

function adminSourceOf(state: BoxState, change: Change): object | undefined {
  const { item } = change;
  if (item === undefined) return sourceOf(state, change);
  const parent = state.items.get(item.parentId);
  const owner = state.users.get(item.ownerId);
  return {
    ...{ item_type: item.type, item_id: item.id, item_name: item.name },
    parent: parent === undefined ? { type: "folder", id: "0", name: "All Files" } : miniItem(parent),
    ...(owner && { owned_by: miniUser(owner) }),
  };
}
