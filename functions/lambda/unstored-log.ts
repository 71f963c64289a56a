import type { ConnectionId } from "../broker/oauth/connection.ts";
import { logWarning, type WriteLine } from "../log/lines.ts";

/** Logs that the only copy of a user's refresh token is in an instance's memory. */
export function warnOfUnstored(write: WriteLine) {
  return ({ app, userId }: ConnectionId): void => {
    const message = "a user's new refresh token is in memory alone: the table cannot be written";
    logWarning(write, message, { app, user: userId });
  };
}
