import type { Change } from "../changes.ts";

type Target = "file" | "folder";

const BOTH: readonly Target[] = ["file", "folder"];
const FOLDER: readonly Target[] = ["folder"];

/** The triggers that a webhook of version 2 can have, with what they can be on, from Box's guide. */
export const TRIGGERS: Readonly<Record<string, readonly Target[]>> = {
  ...Object.fromEntries(
    ["CREATED", "ACCEPTED", "REJECTED", "REMOVED", "UPDATED"].map((did) => [`COLLABORATION.${did}`, FOLDER]),
  ),
  ...Object.fromEntries(["CREATED", "UPDATED", "DELETED"].map((did) => [`COMMENT.${did}`, BOTH])),
  "FILE.UPLOADED": FOLDER,
  ...Object.fromEntries(
    [
      ...["PREVIEWED", "DOWNLOADED", "TRASHED", "DELETED", "RESTORED"],
      ...["COPIED", "MOVED", "LOCKED", "UNLOCKED", "RENAMED"],
    ].map((did) => [`FILE.${did}`, BOTH]),
  ),
  ...Object.fromEntries(
    ["CREATED", "RENAMED", "DOWNLOADED", "RESTORED", "DELETED", "COPIED", "MOVED", "TRASHED"].map((did) => [
      `FOLDER.${did}`,
      FOLDER,
    ]),
  ),
  ...Object.fromEntries(["CREATED", "UPDATED", "DELETED"].map((did) => [`METADATA_INSTANCE.${did}`, BOTH])),
  ...Object.fromEntries(["CREATED", "UPDATED", "DELETED"].map((did) => [`SHARED_LINK.${did}`, BOTH])),
  ...Object.fromEntries(["CREATED", "UPDATED"].map((did) => [`TASK_ASSIGNMENT.${did}`, BOTH])),
  ...Object.fromEntries(
    ["COMPLETED", "DECLINED", "EXPIRED", "SIGNER_EMAIL_BOUNCED"].map((did) => [`SIGN_REQUEST.${did}`, BOTH]),
  ),
};

/** What a change of an item triggers: for files and folders alike, the second half of the trigger's name. */
const BY_CHANGE: Readonly<Record<string, string>> = {
  ITEM_DOWNLOAD: "DOWNLOADED",
  ITEM_PREVIEW: "PREVIEWED",
  ITEM_TRASH: "TRASHED",
  DELETE: "DELETED",
  ITEM_UNDELETE_VIA_TRASH: "RESTORED",
  ITEM_COPY: "COPIED",
  ITEM_MOVE: "MOVED",
  ITEM_RENAME: "RENAMED",
  LOCK_CREATE: "LOCKED",
  LOCK_DESTROY: "UNLOCKED",
};

const OTHERS: Readonly<Record<string, string>> = {
  ITEM_SHARED_CREATE: "SHARED_LINK.CREATED",
  ITEM_SHARED_UPDATE: "SHARED_LINK.UPDATED",
  ITEM_SHARED_UNSHARE: "SHARED_LINK.DELETED",
  COLLAB_INVITE_COLLABORATOR: "COLLABORATION.CREATED",
  COLLAB_ADD_COLLABORATOR: "COLLABORATION.ACCEPTED",
  COLLAB_REJECT: "COLLABORATION.REJECTED",
  COLLAB_REMOVE_COLLABORATOR: "COLLABORATION.REMOVED",
  COLLAB_ROLE_CHANGE: "COLLABORATION.UPDATED",
};

/** The triggers of a change; none where no webhook is about it. A file that is moved is uploaded to its new folder. */
export function triggersOf({ type, item }: Change): readonly string[] {
  if (item === undefined) return [];
  const other = OTHERS[type];
  if (other !== undefined) return [other];
  const kind = item.type === "file" ? "FILE" : "FOLDER";
  if (["ITEM_UPLOAD", "ITEM_CREATE"].includes(type)) {
    return [item.type === "file" ? "FILE.UPLOADED" : "FOLDER.CREATED"];
  }
  const did = BY_CHANGE[type];
  const triggers = did === undefined ? [] : [`${kind}.${did}`];
  return type === "ITEM_MOVE" && item.type === "file" ? [...triggers, "FILE.UPLOADED"] : triggers;
}
