import { COLLABORATION_LISTS } from "./collaborations/collaboration-lists.ts";
import { COLLABORATIONS } from "./collaborations/collaborations.ts";
import { EVENTS } from "./events/events.ts";
import { WEBHOOKS } from "./events/webhooks.ts";
import { CONTENT } from "./items/content.ts";
import { COPY } from "./items/copy.ts";
import { FILES } from "./items/files.ts";
import { FOLDER_CHANGES } from "./items/folder-changes.ts";
import { FOLDERS } from "./items/folders.ts";
import { SHARED_ITEMS } from "./items/shared-items.ts";
import { TRASH } from "./items/trash.ts";
import { VERSIONS } from "./items/versions.ts";
import { EMAIL_ALIASES } from "./people/email-aliases.ts";
import { GROUPS } from "./people/groups.ts";
import { MEMBERSHIPS } from "./people/memberships.ts";
import { TRANSFER } from "./people/transfer.ts";
import { USERS } from "./people/users.ts";
import type { Route } from "./route.ts";
import { SEARCH } from "./search/search.ts";
import { UPLOADS } from "./uploads/upload.ts";
import { UPLOAD_SESSIONS } from "./uploads/upload-sessions.ts";

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
