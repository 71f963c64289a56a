/** What a user may do with an item. `list`: see its name and what is in it. */
export type Ability =
  | "list"
  | "preview"
  | "download"
  | "upload"
  | "edit"
  | "rename"
  | "delete"
  | "share"
  | "setShareAccess"
  | "invite";

/**
 * What each role allows with the item of the collaboration and all below it, by Box's page "Understanding Collaborator
 * Permission Levels". `upload` is into a folder, `edit` a new version of a file, `rename` a move as well.
 */
export const ROLES = {
  "co-owner": [
    "list",
    "preview",
    "download",
    "upload",
    "edit",
    "rename",
    "delete",
    "share",
    "setShareAccess",
    "invite",
  ],
  editor: [
    "list",
    "preview",
    "download",
    "upload",
    "edit",
    "rename",
    "delete",
    "share",
    "setShareAccess",
    "invite",
  ],
  "viewer uploader": ["list", "preview", "download", "upload", "share"],
  "previewer uploader": ["list", "preview", "upload"],
  viewer: ["list", "preview", "download", "share"],
  previewer: ["list", "preview"],
  uploader: ["list", "upload"],
} as const satisfies Record<string, readonly Ability[]>;

/** A role of a collaboration; the owner has no collaboration. */
export type Role = keyof typeof ROLES;

export const ROLE_NAMES = Object.keys(ROLES) as readonly Role[];

const OWNER: readonly Ability[] = ROLES["co-owner"];

/** What a user with these roles may do; an item's owner may do everything. */
export function abilitiesOf(isOwner: boolean, roles: readonly Role[]): ReadonlySet<Ability> {
  return new Set(isOwner ? OWNER : roles.flatMap((role): readonly Ability[] => ROLES[role]));
}
