import { FILES } from "./files.ts";
import { FOLDERS } from "./folders.ts";
import type { Route } from "./route.ts";
import { USERS } from "./users.ts";

/** Every endpoint of the API. */
export const ROUTES: readonly Route[] = [...USERS, ...FOLDERS, ...FILES];
