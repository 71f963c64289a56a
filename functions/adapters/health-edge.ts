import type { Context } from "aws-lambda";
import type { AppHealth } from "../broker/check-health.ts";
import type { Clock, RequestContext } from "../broker/ports.ts";
import type { WriteLine } from "./log.ts";

/** What the function answers, on a schedule or on demand. */
export interface HealthReport {
  readonly healthy: boolean;
  readonly apps: readonly AppHealth[];
}

interface HealthService {
  readonly functionName: string;
  readonly apps: readonly string[];
  readonly check: (app: string, context: RequestContext) => Promise<AppHealth>;
  readonly clock: Clock;
  readonly write: WriteLine;
}

/** Time kept back for writing the log and answering. */
const RESERVE_MS = 500;

/** Checks every app at once, or the one that the event `{"app": "…"}` names; what is ill is answered, not thrown. */
export function healthHandler({ functionName, apps, check, clock, write }: HealthService) {
  return async (event: unknown, lambda: Context): Promise<HealthReport> => {
    const deadline = clock.monotonic() + lambda.getRemainingTimeInMillis() - RESERVE_MS;
    const results = await Promise.all(
      chosen(event, apps).map(async (app) => {
        const health = await check(app, {
          requestId: lambda.awsRequestId,
          deadline,
          trace: { app, steps: [] },
        });
        await write(healthLine(functionName, health, lambda.awsRequestId, clock.wall()));
        return health;
      }),
    );
    return { healthy: results.every(({ healthy }) => healthy), apps: results };
  };
}

function chosen(event: unknown, apps: readonly string[]): readonly string[] {
  const app = (event as { readonly app?: unknown } | null)?.app;
  if (app === undefined) return apps;
  if (typeof app === "string" && apps.includes(app)) return [app];
  throw new UnknownApp(apps);
}

/** Told to the operator who invoked the function, hence without a stack. */
class UnknownApp extends Error {
  override readonly name = "UnknownApp";

  constructor(apps: readonly string[]) {
    super(`app must be one of: ${apps.join(", ")}; without it all are checked.`);
    this.stack = "";
  }
}

/** The log line of one app, which is also the metric `HealthFailures`, by function and by app. */
function healthLine(functionName: string, health: AppHealth, requestId: string, now: number): object {
  const { app, ...result } = health;
  const metric = { Name: "HealthFailures", Unit: "Count" };
  const dimensions = [["FunctionName"], ["FunctionName", "App"]];
  return {
    _aws: {
      Timestamp: now,
      CloudWatchMetrics: [{ Namespace: "BoxSts", Dimensions: dimensions, Metrics: [metric] }],
    },
    kind: "health",
    request_id: requestId,
    ...result,
    FunctionName: functionName,
    App: app,
    HealthFailures: Number(!health.healthy),
  };
}
