import { Duration } from "aws-cdk-lib";
import type { Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import type { AlarmRow } from "./alarm-rows.ts";
import type { Thresholds } from "./alarm-thresholds.ts";
import { PERIOD, type ServiceMetrics } from "./metrics.ts";
import type { OAuthFunctions } from "./oauth-functions.ts";
import {
  CONNECT_QUERY,
  CONNECT_REFUSALS_QUERY,
  CONNECTIONS_QUERY,
  WEBHOOK_QUERY,
  WEBHOOK_REFUSALS_QUERY,
} from "./queries.ts";
import type { WebhookFunction } from "./webhook-function.ts";

type OAuthAlarmName =
  | "ConnectionsFailed"
  | "ConnectRequestsRefused"
  | "ConnectThrottles"
  | "ConnectionsToReconnect"
  | "ConnectionDaysLeft"
  | "ConnectionSweeps";
type WebhookAlarmName = "WebhooksFailed" | "WebhooksRefused" | "WebhookThrottles";

/** Of a service that has `oauth` or `webhooks`. */
export type PublicAlarmName = OAuthAlarmName | WebhookAlarmName;

type Rows<Name extends PublicAlarmName> = readonly (readonly [Name, AlarmRow])[];

const DAY = Duration.days(1);

/** 7 metrics. The last three are of the daily sweep. */
export function oauthRows(
  metrics: ServiceMetrics,
  { authorize, connections }: OAuthFunctions,
  thresholds: Thresholds,
): Rows<OAuthAlarmName> {
  const rows: Readonly<Record<OAuthAlarmName, AlarmRow>> = {
    ConnectionsFailed: {
      severity: "ticket",
      metric: metrics.metric("ConnectionsFailed"),
      above: 0,
      meaning:
        "Users could not connect for no fault of theirs: Box, the table, the service secret or the app's config. The query shows the codes.",
      page: "docs/oauth.md",
      query: CONNECT_QUERY.lines,
      logGroups: [authorize],
    },
    ConnectRequestsRefused: {
      severity: "ticket",
      metric: metrics.metric("ConnectRequestsRefused"),
      above: thresholds.publicRefusals,
      meaning:
        "Many requests to the authorize function prove no invitation: a scanner probes it. They cost no call to Box, Secrets Manager or the table; the query shows the reasons.",
      page: "docs/deploy.md#public-functions",
      query: CONNECT_REFUSALS_QUERY.lines,
      logGroups: [authorize],
    },
    ConnectThrottles: throttles(
      authorize,
      "oauth.reservedConcurrency",
      CONNECT_REFUSALS_QUERY.lines,
      thresholds,
    ),
    ConnectionsToReconnect: {
      severity: "ticket",
      label: "Connections that only their users can restore",
      queries: () => [
        metrics.query("ended", "ConnectionsToReconnect", "Maximum", DAY),
        metrics.query("unreadable", "ConnectionsUnreadable", "Maximum", DAY),
        { id: "sum", expression: "ended + unreadable", label: "Connections", returnData: true },
      ],
      above: 0,
      meaning:
        "Box has ended connections, the app's secret has another client ID than they are for, or no version of the service secret opens them. List them with the connections function; restore the secret, send each user a link, or disconnect.",
      page: "docs/oauth.md",
      query: CONNECTIONS_QUERY.lines,
      logGroups: [connections],
    },
    ConnectionDaysLeft: {
      severity: "ticket",
      metric: metrics.metric("ConnectionDaysLeft", { period: DAY }),
      below: thresholds.connectionDaysLeft,
      meaning:
        "A connection is near the end of its refresh token's 60 days although the sweep refreshes it after 40 at the latest: the sweep fails for it. The query shows the codes.",
      page: "docs/oauth.md",
      query: CONNECTIONS_QUERY.lines,
      logGroups: [connections],
    },
    ConnectionSweeps: {
      severity: "ticket",
      metric: metrics.metric("Connections", { period: DAY, statistic: "SampleCount" }),
      below: 1,
      periods: 2,
      silenceIsBad: true,
      meaning:
        "No sweep of connections has ended in two days; connections that are not used die after 60. After a first deployment, invoke the connections function with the action sweep.",
      page: "docs/oauth.md",
      query: CONNECTIONS_QUERY.lines,
      logGroups: [connections],
    },
  };
  return Object.entries(rows) as unknown as Rows<OAuthAlarmName>;
}

/** 3 metrics. */
export function webhookRows(
  metrics: ServiceMetrics,
  { lambda }: WebhookFunction,
  thresholds: Thresholds,
): Rows<WebhookAlarmName> {
  const rows: Readonly<Record<WebhookAlarmName, AlarmRow>> = {
    WebhooksFailed: {
      severity: "page",
      metric: metrics.metric("WebhooksFailed"),
      above: thresholds.undeliveredWebhooks,
      meaning:
        "Webhooks of Box could not be handed to their target. Box repeats them for two hours, then they are lost. The query shows app, target and code.",
      page: "docs/webhooks.md",
      query: WEBHOOK_QUERY.lines,
      logGroups: [lambda],
    },
    WebhooksRefused: {
      severity: "ticket",
      metric: metrics.metric("WebhooksRefused"),
      above: thresholds.publicRefusals,
      meaning:
        "Many requests to the webhook function are no signed delivery of Box: a scanner probes it, or a signature key is wrong. They cost no call; the query shows the reasons by app.",
      page: "docs/deploy.md#public-functions",
      query: WEBHOOK_REFUSALS_QUERY.lines,
      logGroups: [lambda],
    },
    WebhookThrottles: throttles(
      lambda,
      "webhookReservedConcurrency",
      WEBHOOK_REFUSALS_QUERY.lines,
      thresholds,
    ),
  };
  return Object.entries(rows) as unknown as Rows<WebhookAlarmName>;
}

function throttles(
  lambda: LambdaFunction,
  prop: string,
  query: readonly string[],
  { publicThrottles }: Thresholds,
): AlarmRow {
  return {
    severity: "ticket",
    metric: lambda.metricThrottles({ period: PERIOD }),
    above: publicThrottles,
    meaning: `Lambda refused requests of the internet because the function has used up its reserved concurrency, which bounds what it costs. If the load is meant, raise ${prop}; if not, users wait.`,
    page: "docs/deploy.md#public-functions",
    query,
    logGroups: [lambda],
  };
}
