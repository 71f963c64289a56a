import { Duration } from "aws-cdk-lib";
import type { AlarmRow, MonitoredParts } from "./alarm-rows.ts";
import type { Thresholds } from "./alarm-thresholds.ts";
import type { HealthCheck } from "./health-check.ts";
import type { ServiceMetrics } from "./metrics.ts";
import { APP_TOKEN_AGE_QUERY, APP_TOKEN_QUERY, AUTHORIZATION_QUERY } from "./queries.ts";

/** Alarms about the state of an app at Box. */
export type StateAlarmName = "AppsNotAuthorized" | "AppTokenFallbacks" | "AppTokenAge";

/** Two more metrics, and a third one where there is a health check and a threshold for the age of App Tokens. */
export function stateRows(
  metrics: ServiceMetrics,
  { health, cache }: MonitoredParts,
  { appTokenAgeDays }: Thresholds,
): readonly (readonly [StateAlarmName, AlarmRow])[] {
  const age = health && appTokenAgeDays !== undefined && appTokenAgeRow(metrics, health, appTokenAgeDays);
  return [
    ["AppsNotAuthorized", authorizationRow(metrics, health, cache !== undefined)],
    ["AppTokenFallbacks", appTokenRow(metrics)],
    ...(age ? [["AppTokenAge", age] as const] : []),
  ];
}

/**
 * Written at each change. With a shared cache every health check writes it, too, so that the alarm keeps its state between
 * them; without both it ends by itself, with a health check after two intervals of that.
 */
function authorizationRow(
  metrics: ServiceMetrics,
  health: HealthCheck | undefined,
  hasSharedCache: boolean,
): AlarmRow {
  const keepsState = health !== undefined && hasSharedCache;
  const period = health === undefined || keepsState ? undefined : twoIntervals(health);
  return {
    severity: "page",
    metric: metrics.metric("AppsNotAuthorized", period && { period }),
    above: 0,
    ...(keepsState && { keepsState }),
    meaning:
      "Box refuses an app that its admin has not authorized, not re-authorized after a change, or disabled. The query shows which one and since when. It gets tokens again by itself, 30 seconds at the latest after the admin has acted.",
    page: "box_app_not_authorized",
    query: AUTHORIZATION_QUERY.lines,
  };
}

/** Tokens are issued all the same: with the next refusal they end. */
function appTokenRow(metrics: ServiceMetrics): AlarmRow {
  return {
    severity: "ticket",
    metric: metrics.metric("AppTokenFallbacks"),
    above: 0,
    meaning:
      "Box refuses the primary App Token of an app, and the secondary one is in use. Generate another primary one in the Developer Console and store it in the app's secret.",
    page: "app_tokens_refused",
    query: APP_TOKEN_QUERY.lines,
  };
}

function appTokenAgeRow(metrics: ServiceMetrics, health: HealthCheck, days: number): AlarmRow {
  return {
    severity: "ticket",
    metric: metrics.metric("AppTokenAge", { period: twoIntervals(health) }),
    above: days,
    meaning: `An App Token is older than ${days} days. Replace the secondary one, store it, then the primary one, so that one of them works all the time.`,
    page: "app_tokens_refused",
    query: APP_TOKEN_AGE_QUERY.lines,
    logGroups: [health.lambda],
  };
}

const twoIntervals = ({ interval }: HealthCheck) => Duration.seconds(2 * interval.toSeconds());
