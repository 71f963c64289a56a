import type { AuthorizationChange } from "../broker/authorization/watch.ts";
import type { Clock, RequestContext } from "../broker/ports.ts";
import type { WriteLine } from "../log/lines.ts";
import { metricProperties } from "./metrics.ts";

/** Reports changes of apps' authorization: one line for each, which is also two metrics. A lost line fails no request. */
export function authorizationLog(
  write: WriteLine,
  service: string,
  clock: Clock,
): (change: AuthorizationChange, context: RequestContext) => Promise<void> {
  return async ({ app, state, since, code, boxRequestId, appsNotAuthorized }, { requestId }) => {
    const line = {
      kind: "authorization",
      request_id: requestId,
      app,
      state,
      ...(code !== undefined && { code }),
      ...(boxRequestId !== undefined && { box_request_id: boxRequestId }),
      since: new Date(since).toISOString(),
      ...metricProperties(service, clock.wall(), {
        AuthorizationChanges: 1,
        AppsNotAuthorized: appsNotAuthorized,
      }),
    };
    await write(line).catch(() => {});
  };
}
