import { createHash } from "node:crypto";
import type { Role } from "./roles.ts";

/** One content of a file. Times are by Box's clock, in milliseconds since 1970. */
export interface FileVersion {
  readonly id: string;
  /** Name of the file when it was uploaded. */
  readonly name: string;
  readonly content: Buffer;
  /** Lower-case hex. */
  readonly sha1: string;
  /** 1 for the first one. */
  readonly number: number;
  readonly createdAt: number;
  readonly createdById: string;
  /** Absent while it is not in the trash. */
  trashed?: ActionStamp;
  restored?: ActionStamp;
}

/** When something was done, and by which user. */
export interface ActionStamp {
  readonly at: number;
  readonly byId: string;
}

export type SharedLinkAccess = "open" | "company" | "collaborators";

export interface SharedLink {
  readonly url: string;
  readonly access: SharedLinkAccess;
  readonly canDownload: boolean;
  readonly password?: string;
  readonly vanityName?: string;
  /** When it ends; absent where it does not. */
  readonly unsharedAt?: number;
  downloadCount: number;
  previewCount: number;
}

/** A lock on a file, which keeps every other user from changing it. */
export interface FileLock {
  readonly id: string;
  readonly made: ActionStamp;
  /** When it ends; absent where it does not. */
  readonly expiresAt?: number;
  /** Whether every other user is kept from the content as well. */
  readonly isDownloadPrevented: boolean;
}

/** Settings of a folder that the sandbox keeps and returns, and does not act by. */
export interface FolderSettings {
  canNonOwnersInvite: boolean;
  canNonOwnersViewCollaborators: boolean;
  isCollaborationRestrictedToEnterprise: boolean;
  syncState: "synced" | "not_synced" | "partially_synced";
}

/** A file or folder. Times are by Box's clock, in milliseconds since 1970. */
export interface BoxItem {
  readonly id: string;
  readonly type: "file" | "folder";
  name: string;
  /** Folder that holds it; `0` is the owner's root. Changed by `ItemMap.move` alone. */
  readonly parentId: string;
  ownerId: string;
  /** Roles of the users invited to it and to all below it. */
  readonly collaborators: Map<string, Role>;
  description: string;
  tags: readonly string[];
  /** How often it was changed: `etag` and `sequence_id`. */
  revision: number;
  readonly createdAt: number;
  readonly createdById: string;
  modifiedAt: number;
  modifiedById: string;
  contentCreatedAt: number;
  contentModifiedAt: number;
  /** Of a file: the current one first, the others from the newest to the oldest. Empty for a folder. */
  readonly versions: FileVersion[];
  readonly settings: FolderSettings;
  sharedLink?: SharedLink;
  lock?: FileLock;
  /** Present while it is in the trash by itself, not with a folder above it. */
  trashed?: ActionStamp;
}

/** What a new item is made of. */
export interface NewItem {
  readonly id: string;
  readonly type: BoxItem["type"];
  readonly name: string;
  readonly parentId: string;
  readonly ownerId: string;
  /** Default: the owner. */
  readonly createdById?: string;
  /** Of a file; default: empty. */
  readonly content?: Buffer;
  readonly description?: string;
  readonly tags?: readonly string[];
  /** Default: 1 January 2026. */
  readonly at?: number;
  readonly contentCreatedAt?: number | undefined;
  readonly contentModifiedAt?: number | undefined;
}

/** When the items of the sample were made. */
const SAMPLE_TIME = Date.UTC(2026, 0, 1);

export function newItem(facts: NewItem): BoxItem {
  const { id, type, name, parentId, ownerId, at = SAMPLE_TIME } = facts;
  const { createdById = ownerId, content = Buffer.alloc(0), description = "", tags = [] } = facts;
  const item: BoxItem = {
    ...{ id, type, name, parentId, ownerId, description, tags, createdById },
    collaborators: new Map(),
    revision: 0,
    createdAt: at,
    modifiedAt: at,
    modifiedById: createdById,
    contentCreatedAt: facts.contentCreatedAt ?? at,
    contentModifiedAt: facts.contentModifiedAt ?? at,
    versions: [],
    settings: {
      canNonOwnersInvite: true,
      canNonOwnersViewCollaborators: true,
      isCollaborationRestrictedToEnterprise: false,
      syncState: "not_synced",
    },
  };
  if (type === "file") addVersion(item, content, { at, byId: createdById });
  return item;
}

/** Makes `content` the current version of the file. */
export function addVersion(file: BoxItem, content: Buffer, { at, byId }: ActionStamp): FileVersion {
  const number = Math.max(0, ...file.versions.map((version) => version.number)) + 1;
  const version: FileVersion = {
    id: number === 1 ? `5${file.id}` : `5${file.id}${number}`,
    ...{ name: file.name, content, number, createdAt: at, createdById: byId },
    sha1: createHash("sha1").update(content).digest("hex"),
  };
  file.versions.unshift(version);
  return version;
}

/** The version that a download of the file has. @throws Error for a folder */
export function currentVersion({ id, versions }: BoxItem): FileVersion {
  const [current] = versions;
  if (current === undefined) throw new Error(`Item ${id} has no content: it is a folder.`);
  return current;
}

/** Marks the item as changed. */
export function touch(item: BoxItem, { at, byId }: ActionStamp): void {
  item.revision += 1;
  item.modifiedAt = at;
  item.modifiedById = byId;
}
