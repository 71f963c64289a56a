import { connectionsHandler } from "./lambda/connections-invoke.ts";
import { connectionsService } from "./lambda/connections-service.ts";
import { readConnectionsSettings } from "./lambda/connections-settings.ts";

/** On a schedule and on demand: keeps the connections of OAuth 2.0 users alive, lists them, invites users, ends connections. */
export const handler = connectionsHandler(connectionsService(readConnectionsSettings(process.env)));
