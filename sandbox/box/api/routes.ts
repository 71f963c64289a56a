import { COLLABORATION_LISTS } from "./collaboration-lists.ts";
import { COLLABORATIONS } from "./collaborations.ts";
import { CONTENT } from "./content.ts";
import { COPY } from "./copy.ts";
import { EMAIL_ALIASES } from "./email-aliases.ts";
import { EVENTS } from "./events.ts";
import { FILES } from "./files.ts";
import { FOLDER_CHANGES } from "./folder-changes.ts";
import { FOLDERS } from "./folders.ts";
import { GROUPS } from "./groups.ts";
import { MEMBERSHIPS } from "./memberships.ts";
import type { Route } from "./route.ts";
import { SEARCH } from "./search.ts";
import { SHARED_ITEMS } from "./shared-items.ts";
import { TRANSFER } from "./transfer.ts";
import { TRASH } from "./trash.ts";
import { UPLOADS } from "./upload.ts";
import { UPLOAD_SESSIONS } from "./upload-sessions.ts";
import { USERS } from "./users.ts";
import { VERSIONS } from "./versions.ts";
import { WEBHOOKS } from "./webhooks.ts";

/** Every endpoint of the API. */
export const ROUTES: readonly Route[] = [
  ...USERS,
  ...EMAIL_ALIASES,
  ...TRANSFER,
  ...GROUPS,
  ...MEMBERSHIPS,
  ...COLLABORATIONS,
  ...COLLABORATION_LISTS,
  ...SEARCH,
  ...WEBHOOKS,
  ...EVENTS,
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
