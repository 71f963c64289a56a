import { CONTENT } from "./content.ts";
import { COPY } from "./copy.ts";
import { EMAIL_ALIASES } from "./email-aliases.ts";
import { FILES } from "./files.ts";
import { FOLDER_CHANGES } from "./folder-changes.ts";
import { FOLDERS } from "./folders.ts";
import type { Route } from "./route.ts";
import { SHARED_ITEMS } from "./shared-items.ts";
import { TRASH } from "./trash.ts";
import { UPLOADS } from "./upload.ts";
import { UPLOAD_SESSIONS } from "./upload-sessions.ts";
import { USERS } from "./users.ts";
import { VERSIONS } from "./versions.ts";

/** Every endpoint of the API. */
export const ROUTES: readonly Route[] = [
  ...USERS,
  ...EMAIL_ALIASES,
  ...FOLDERS,
  ...FOLDER_CHANGES,
  ...FILES,
  ...CONTENT,
  ...UPLOADS,
  ...UPLOAD_SESSIONS,
  ...VERSIONS,
  ...COPY,
  ...SHARED_ITEMS,
  ...TRASH,
];
