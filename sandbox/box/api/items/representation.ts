import { randomUUID } from "node:crypto";
import { type BoxItem, currentVersion, newItem } from "../../items/item.ts";
import { miniItem, miniVersion } from "../../items/mini.ts";
import { ROLE_NAMES } from "../../items/roles.ts";
import { abilities, canSee, childrenOf, lineage, pathOf, sizeOf } from "../../items/tree.ts";
import type { BoxState, BoxUser } from "../../state.ts";
import { boxTimestamp } from "../../webhooks/signature.ts";
import { miniUser } from "../../webhooks/webhook-event.ts";
import { lockInfo } from "./lock.ts";
import { sharedLink } from "./shared-link.ts";

/** For whom an item is represented: paths and permissions depend on the user. */
export interface View {
  readonly state: BoxState;
  readonly user: BoxUser;
  /** By Box's clock, in milliseconds since 1970. */
  now(): number;
}

type Properties = Readonly<Record<string, (view: View, item: BoxItem) => unknown>>;

const ROOT = { type: "folder", id: "0", sequence_id: null, etag: null, name: "All Files" } as const;
const TRASH = { ...ROOT, id: "1", name: "Trash" } as const;
const ACCESS_LEVELS = ["collaborators", "open", "company"] as const;

/** The folder `0` of a user, which is no item of the state. */
export const rootOf = (user: BoxUser): BoxItem =>
  newItem({ id: ROOT.id, type: "folder", name: ROOT.name, parentId: "", ownerId: user.id });

export const userOf = ({ state }: View, id: string): object => {
  const user = state.users.get(id);
  // What a deleted user did stays at Box without the user's name.
  return user === undefined ? { type: "user", id, name: "", login: "" } : miniUser(user);
};

const optionalTime = (at: number | undefined): string | null => (at === undefined ? null : boxTimestamp(at));

/** What Box shows of every file and folder where a call names no fields, in its order. */
const STANDARD: Properties = {
  name: (_, { name }) => name,
  description: (_, { description }) => description,
  size: ({ state }, item) => sizeOf(state, item),
  path_collection: (view, item) => {
    const entries = item.trashed === undefined ? [ROOT, ...pathTo(view, item)] : [TRASH];
    return { total_count: entries.length, entries };
  },
  created_at: (_, { createdAt }) => boxTimestamp(createdAt),
  modified_at: (_, { modifiedAt }) => boxTimestamp(modifiedAt),
  trashed_at: (_, { trashed }) => optionalTime(trashed?.at),
  purged_at: () => null,
  content_created_at: (_, { contentCreatedAt }) => boxTimestamp(contentCreatedAt),
  content_modified_at: (_, { contentModifiedAt }) => boxTimestamp(contentModifiedAt),
  created_by: (view, { createdById }) => userOf(view, createdById),
  modified_by: (view, { modifiedById }) => userOf(view, modifiedById),
  owned_by: (view, { ownerId }) => userOf(view, ownerId),
  shared_link: (view, item) => sharedLink(item, view.now()),
  parent: (view, item) => pathTo(view, item).at(-1) ?? ROOT,
  item_status: (_, { trashed }) => (trashed === undefined ? "active" : "trashed"),
};

/** What it shows only where the call names the field. */
const ON_REQUEST: Properties = {
  tags: (_, { tags }) => tags,
  has_collaborations: ({ state }, item) =>
    lineage(state, item).some(({ collaborators }) => collaborators.size > 0),
  is_externally_owned: ({ state, user }, { ownerId }) =>
    state.users.get(ownerId)?.enterpriseId !== user.enterpriseId,
  is_accessible_via_shared_link: (view, item) =>
    lineage(view.state, item).some((above) => sharedLink(above, view.now()) !== null),
  allowed_invitee_roles: () => ROLE_NAMES,
  watermark_info: () => ({ is_watermarked: false }),
  classification: () => null,
  is_associated_with_app_item: () => false,
};

const FILE: Properties = {
  type: (_, { type }) => type,
  id: (_, { id }) => id,
  file_version: (_, item) => miniVersion(currentVersion(item)),
  sequence_id: (_, { revision }) => String(revision),
  etag: (_, { revision }) => String(revision),
  sha1: (_, item) => currentVersion(item).sha1,
  ...STANDARD,
};

const FILE_ON_REQUEST: Properties = {
  ...ON_REQUEST,
  version_number: (_, item) => String(currentVersion(item).number),
  comment_count: () => 0,
  extension: (_, { name }) => /\.([^.]+)$/.exec(name)?.[1] ?? "",
  is_package: () => false,
  lock: (view, item) => lockInfo(item, view.now(), (id) => userOf(view, id)),
  expires_at: () => null,
  disposition_at: () => null,
  representations: () => ({ entries: [] }),
  expiring_embed_link: () => ({ url: `https://app.box.com/preview/expiring_embed/${randomUUID()}` }),
  shared_link_permission_options: () => ["can_preview", "can_download"],
  uploader_display_name: ({ state }, item) =>
    state.users.get(currentVersion(item).createdById)?.name ?? "Someone",
  permissions: ({ state, user }, item) => {
    const can = abilities(state, user, item);
    return {
      ...itemPermissions(can),
      can_upload: can.has("edit"),
      can_preview: can.has("preview"),
      can_comment: can.has("preview"),
      can_annotate: can.has("preview"),
      can_view_annotations_all: can.has("preview"),
      can_view_annotations_self: can.has("preview"),
    };
  },
};

const FOLDER: Properties = {
  type: (_, { type }) => type,
  id: (_, { id }) => id,
  sequence_id: (_, { revision }) => String(revision),
  etag: (_, { revision }) => String(revision),
  ...STANDARD,
  folder_upload_email: () => null,
};

const FOLDER_ON_REQUEST: Properties = {
  ...ON_REQUEST,
  sync_state: (_, { settings }) => settings.syncState,
  can_non_owners_invite: (_, { settings }) => settings.canNonOwnersInvite,
  can_non_owners_view_collaborators: (_, { settings }) => settings.canNonOwnersViewCollaborators,
  is_collaboration_restricted_to_enterprise: (_, { settings }) =>
    settings.isCollaborationRestrictedToEnterprise,
  allowed_shared_link_access_levels: (_, { id }) => (id === ROOT.id ? [] : ACCESS_LEVELS),
  permissions: ({ state, user }, item) => {
    const can = abilities(state, user, item);
    return { ...itemPermissions(can), can_upload: can.has("upload") };
  },
};

/** Where a user's root differs from another folder. */
const ROOT_VALUES: Properties = {
  sequence_id: () => null,
  etag: () => null,
  size: ({ state, user }) =>
    childrenOf(state, user, ROOT.id)
      .filter(({ ownerId }) => ownerId === user.id)
      .reduce((sum, item) => sum + sizeOf(state, item), 0),
  path_collection: () => ({ total_count: 0, entries: [] }),
  created_at: () => null,
  modified_at: () => null,
  content_created_at: () => null,
  content_modified_at: () => null,
  created_by: () => ({ type: "user", id: "", name: "", login: "" }),
  parent: () => null,
};

/** The properties of a file or folder that a call returns: those of `fields`, else the standard ones. */
export function represent(view: View, item: BoxItem, fields?: readonly string[]): Record<string, unknown> {
  const [standard, onRequest] = item.type === "file" ? [FILE, FILE_ON_REQUEST] : [FOLDER, FOLDER_ON_REQUEST];
  const values = { ...standard, ...onRequest, ...(item.id === ROOT.id ? ROOT_VALUES : {}) };
  // Type, id and etag are in every response; a field that Box does not have is left out, as at Box.
  const names = fields === undefined ? Object.keys(standard) : ["type", "id", "etag", ...fields];
  return Object.fromEntries(
    Object.entries(select(values, names)).map(([name, value]) => [name, value(view, item)]),
  );
}

/** The properties of the names, in their order. */
export function select<Value>(
  values: Readonly<Record<string, Value>>,
  names: readonly string[],
): Record<string, Value> {
  return Object.fromEntries(
    [...new Set(names)].flatMap((name) => {
      const value = Object.hasOwn(values, name) ? values[name] : undefined;
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

/** What a list has of an item where the call names no fields. */
export function mini(item: BoxItem): object {
  const { type, id, name, sequence_id, etag } = miniItem(item);
  if (item.type === "folder") return { type, id, sequence_id, etag, name };
  const current = currentVersion(item);
  return { type, id, file_version: miniVersion(current), sequence_id, etag, sha1: current.sha1, name };
}

const pathTo = ({ state, user }: View, item: BoxItem): readonly object[] =>
  pathOf(state, user, item)
    .filter((folder) => canSee(state, user, folder))
    .map(mini);

function itemPermissions(can: ReadonlySet<string>) {
  return {
    can_delete: can.has("delete"),
    can_download: can.has("download"),
    can_invite_collaborator: can.has("invite"),
    can_rename: can.has("rename"),
    can_set_share_access: can.has("setShareAccess"),
    can_share: can.has("share"),
  };
}
