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

const EVERYTHING: readonly Ability[] = [
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
];

/**
 * What each role allows with the item of the collaboration and all below it, by Box's page "Understanding Collaborator
 * Permission Levels". `upload` is into a folder, `edit` a new version of a file, `rename` a move as well.
 */
export const ROLES = {
  "co-owner": EVERYTHING,
  editor: EVERYTHING,
  "viewer uploader": ["list", "preview", "download", "upload", "share"],
  "previewer uploader": ["list", "preview", "upload"],
  viewer: ["list", "preview", "download", "share"],
  previewer: ["list", "preview"],
  uploader: ["list", "upload"],
} as const satisfies Record<string, readonly Ability[]>;

/** A role of a collaboration; the owner has no collaboration. */
export type Role = keyof typeof ROLES;

export const ROLE_NAMES = Object.keys(ROLES) as readonly Role[];

/** What a user with these roles may do; an item's owner may do everything. */
export function abilitiesOf(isOwner: boolean, roles: readonly Role[]): ReadonlySet<Ability> {
  return new Set(isOwner ? EVERYTHING : roles.flatMap((role): readonly Ability[] => ROLES[role]));
}
