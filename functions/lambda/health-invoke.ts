import type { Context } from "aws-lambda";
import { didYouMean } from "../../schemas/json/nearest.ts";
import type { AppHealth, PolicyHealth, TableHealth } from "../broker/check-health.ts";
import type { Clock, RequestContext } from "../broker/ports.ts";
import type { WriteLine } from "../log/lines.ts";
import { type MetricValues, metricProperties } from "./metrics.ts";
import { requestContext } from "./system.ts";

/** The function's response, on a schedule or on demand. */
export interface HealthReport {
  readonly healthy: boolean;
  readonly policy: PolicyHealth;
  /** Absent without a shared cache. */
  readonly table?: TableHealth;
  readonly apps: readonly AppHealth[];
}

interface HealthService {
  /** Name of the deployment. */
  readonly service: string;
  readonly apps: readonly string[];
  readonly checkPolicy: () => PolicyHealth;
  /** Absent without a shared cache. */
  readonly checkTable?: ((context: RequestContext) => Promise<TableHealth>) | undefined;
  readonly check: (app: string, context: RequestContext) => Promise<AppHealth>;
  readonly clock: Clock;
  readonly write: WriteLine;
}

/** Time reserved for writing the log and responding. */
const RESERVE_MS = 500;

/**
 * Checks the policy, the table of the shared cache and every app, or the app that the event `{"app": "…"}` names; a failed
 * check is reported, not thrown.
 */
export function healthHandler(healthService: HealthService) {
  const { service, apps, checkPolicy, checkTable, check, clock, write } = healthService;
  return async (event: unknown, lambda: Context): Promise<HealthReport> => {
    const { requestId, deadline } = requestContext(lambda, clock, RESERVE_MS);
    const line = (result: object, values?: MetricValues) =>
      write({
        ...{ kind: "health", request_id: requestId, ...result },
        ...(values && metricProperties(service, clock.wall(), values)),
      });
    const checked = chosen(event, apps);
    const policy = checkPolicy();
    await line(policy, { HealthFailures: Number(!policy.healthy) });
    const tableChecked = checkTable?.({ requestId, deadline, trace: { steps: [] } });
    const results = await Promise.all(
      checked.map(async (app) => {
        const health = await check(app, { requestId, deadline, trace: { app, steps: [] } });
        await line(health, metricsOf(health));
        return health;
      }),
    );
    const table = await tableChecked;
    // Without a metric: tokens are issued without the table, and the requests that do so have one of their own.
    if (table?.healthy === false) await line(table);
    const healthy = policy.healthy && table?.healthy !== false && results.every((result) => result.healthy);
    const notAuthorized = results.filter(
      ({ authorization }) => authorization?.state === "not_authorized",
    ).length;
    // A metric costs by the hour in which it is written; that there are none ends the alarm that keeps its state.
    const areNone = checkTable !== undefined && checked === apps && results.every(isNotRefused);
    if (notAuthorized > 0 || areNone) {
      await line({ healthy, apps: results.length }, { AppsNotAuthorized: notAuthorized });
    }
    return { healthy, policy, ...(table !== undefined && { table }), apps: results };
  };
}

function chosen(event: unknown, apps: readonly string[]): readonly string[] {
  const app = (event as { readonly app?: unknown } | null)?.app;
  if (app === undefined) return apps;
  if (typeof app === "string" && apps.includes(app)) return [app];
  throw new UnknownApp(app, apps);
}

/** Returned to the operator who invoked the function, hence without a stack. */
class UnknownApp extends Error {
  override readonly name = "UnknownApp";

  constructor(app: unknown, apps: readonly string[]) {
    const meant = typeof app === "string" ? didYouMean(app, apps) : "";
    super(`The app must be one of: ${apps.join(", ")}; without it all are checked.${meant}`);
    this.stack = "";
  }
}

/** Whether the app is known to be authorized, or is of a kind whose tokens need no admin's authorization. */
const isNotRefused = ({ authorization, grant }: AppHealth) =>
  authorization?.state === "authorized" || grant === "oauth2" || grant === "app_token";

/** Each line of an app is also its metrics. */
function metricsOf({ healthy, app_tokens = [] }: AppHealth): MetricValues {
  const ages = app_tokens.flatMap(({ age_days }) => age_days ?? []);
  return {
    HealthFailures: Number(!healthy),
    ...(ages.length > 0 && { AppTokenAge: Math.max(...ages) }),
  };
}
