import type { RefresherPorts } from "../broker/oauth/refresh.ts";
import { logWarning, type WriteLine } from "../log/lines.ts";

/** Logs what becomes of a user's pair of tokens that is not in the table. */
export function pairWarnings(write: WriteLine): Pick<RefresherPorts, "onUnstored" | "onUnended"> {
  return {
    onUnstored({ app, userId }) {
      const message = "a user's new refresh token is in memory alone: the table cannot be written";
      logWarning(write, message, { app, user: userId });
    },
    onUnended(app) {
      logWarning(write, "Box did not confirm the end of a pair of tokens that is stored nowhere", { app });
    },
  };
}
