import type { BoxItem, FileVersion } from "./item.ts";

/** What every mention of a file or folder has. */
export const miniItem = ({ id, type, name, revision }: BoxItem) =>
  ({ id, type, name, sequence_id: String(revision), etag: String(revision) }) as const;

export const miniVersion = ({ id, sha1 }: FileVersion) => ({ type: "file_version", id, sha1 }) as const;
