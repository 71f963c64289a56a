import { CONTENT } from "./content.ts";
import { COPY } from "./copy.ts";
import { EMAIL_ALIASES } from "./email-aliases.ts";
import { FILES } from "./files.ts";
import { FOLDER_CHANGES } from "./folder-changes.ts";
import { FOLDERS } from "./folders.ts";
import type { Route } from "./route.ts";
import { SHARED_ITEMS } from "./shared-items.ts";
import { TRASH } from "./trash.ts";
import { USERS } from "./users.ts";

/** Every endpoint of the API. */
export const ROUTES: readonly Route[] = [
  ...USERS,
  ...EMAIL_ALIASES,
  ...FOLDERS,
  ...FOLDER_CHANGES,
  ...FILES,
  ...CONTENT,
  ...COPY,
  ...SHARED_ITEMS,
  ...TRASH,
];
