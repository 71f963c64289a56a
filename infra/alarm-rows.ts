import { Duration } from "aws-cdk-lib";
import type { CfnAlarm, IMetric } from "aws-cdk-lib/aws-cloudwatch";
import type { ILogGroup } from "aws-cdk-lib/aws-logs";
import type { ProblemCode } from "../schemas/protocol/problems.ts";
import type { Thresholds } from "./alarm-thresholds.ts";
import type { HealthCheck } from "./health-check.ts";
import type { ServiceMetrics } from "./metrics.ts";
import type { OAuthFunctions } from "./oauth-functions.ts";
import { oauthRows, type PublicAlarmName, webhookRows } from "./public-alarm-rows.ts";
import { HEALTH_QUERY, QUERIES, SHARED_CACHE_QUERY } from "./queries.ts";
import type { SharedCache } from "./shared-cache.ts";
import { type StateAlarmName, stateRows } from "./state-alarm-rows.ts";
import type { WebhookFunction } from "./webhook-function.ts";

/** A rate counts from so many failures on: one failure of two requests at night is no outage. */
const MIN_FAILURES = 5;
/** Of AWS's clocks, which agree to milliseconds, far more than any drift. */
const MAX_SKEW_SECONDS = 30;

type MetricQuery = CfnAlarm.MetricDataQueryProperty;

interface AlarmFacts {
  /** `page` where requests fail until the operator acts, `ticket` for what can wait until the morning. */
  readonly severity: "page" | "ticket";
  /** Periods that have to be above or below the threshold; default 1. */
  readonly periods?: number;
  /** Out of how many; default: `periods`. */
  readonly outOf?: number;
  /** What has happened, and what to do first. */
  readonly meaning: string;
  /** A heading of docs/problems.md, or another page. */
  readonly page: ProblemCode | `docs/${string}`;
  readonly query: readonly string[];
  /** Default: of the token functions. */
  readonly logGroups?: readonly { readonly logGroup: ILogGroup }[];
  /** Whether a period without data raises it. */
  readonly silenceIsBad?: true;
  /** Whether a period without data leaves the alarm as it is. */
  readonly keepsState?: true;
}

/** Either one metric, or queries that are known at the synth; raised above the threshold, or below it. */
export type AlarmRow = AlarmFacts &
  ({ readonly above: number } | { readonly below: number }) &
  ({ readonly metric: IMetric } | { readonly label: string; readonly queries: () => readonly MetricQuery[] });

/** The alarms of a service; docs/deploy.md has each with its severity. */
export type AlarmName =
  | "OperatorErrors"
  | "FailureRate"
  | "AuditFailure"
  | "HealthFailure"
  | "PolicyDenials"
  | "RateLimited"
  | "PreviousSecret"
  | "BoxCalls"
  | "ClockSkew"
  | "Throttles"
  | "SlowRequests"
  | "SharedCacheFailures"
  | StateAlarmName
  | PublicAlarmName;

/** The optional parts of a service, which are monitored where it has them. */
export interface MonitoredParts {
  readonly health?: HealthCheck | undefined;
  readonly cache?: SharedCache | undefined;
  readonly oauth?: OAuthFunctions | undefined;
  readonly webhook?: WebhookFunction | undefined;
}

/**
 * One row for each alarm: first those that page an operator. Together they read 17 metrics, with a shared cache 18, each
 * of which is billed; `state-alarm-rows.ts` has those about the state of apps at Box, `public-alarm-rows.ts` those of the
 * functions for OAuth 2.0 users and webhooks.
 */
export function alarmRows(
  metrics: ServiceMetrics,
  { health, cache, oauth, webhook }: MonitoredParts,
  thresholds: Thresholds,
): readonly (readonly [AlarmName, AlarmRow])[] {
  const rows: Readonly<
    Record<
      Exclude<AlarmName, "HealthFailure" | "SharedCacheFailures" | StateAlarmName | PublicAlarmName>,
      AlarmRow
    >
  > = {
    OperatorErrors: {
      severity: "page",
      metric: metrics.metric("OperatorErrors"),
      above: 0,
      meaning:
        "Requests fail until the operator repairs the policy, a secret, a role or the app at Box. The query shows the codes; each has its heading on the page.",
      page: "policy_unavailable",
      query: QUERIES.failed.lines,
    },
    FailureRate: {
      severity: "page",
      label: "Requests that failed, in percent",
      // A failed request writes both metrics, so that no data is missing where there is a failure. Denied requests
      // count in neither: a flood of them cannot hide an outage.
      queries: () => [
        metrics.query("failed", "Unavailable", "Sum"),
        metrics.query("requests", "Issued", "SampleCount"),
        {
          id: "rate",
          expression: `IF(failed >= ${MIN_FAILURES}, 100 * failed / requests, 0)`,
          label: "Requests that failed, in percent",
          returnData: true,
        },
      ],
      above: thresholds.failureRatePercent,
      periods: 2,
      outOf: 3,
      meaning:
        "Requests fail although nothing is wrong with them or with the configuration: Box or Secrets Manager is not available, or the way to it is not. See the codes, https://status.box.com and the AWS Health Dashboard.",
      page: "box_unavailable",
      query: QUERIES.failed.lines,
    },
    AuditFailure: {
      severity: "page",
      label: "Invocations without a request line, in percent",
      // The metric of a failure to write cannot be written either, so what is missing is counted.
      queries: () => [
        ...metrics.lambdaSum("invocations", "Invocations"),
        metrics.query("completed", "Duration", "SampleCount"),
        {
          id: "missing",
          expression: "IF(invocations > 0, 100 * (invocations - FILL(completed, 0)) / invocations, 0)",
          label: "Invocations without a request line, in percent",
          returnData: true,
        },
      ],
      above: 5,
      periods: 2,
      meaning:
        "Invocations leave no audit line, and so give no token: functions do not start, are killed, run out of time, or cannot write their log.",
      page: "audit_unavailable",
      query: QUERIES.ended.lines,
    },
    PolicyDenials: {
      severity: "ticket",
      metric: metrics.metric("PolicyDenials"),
      above: thresholds.deniedRequests,
      meaning:
        "Many requests are not allowed by the policy: a caller that it does not name, or a new version of one that requests more.",
      page: "unauthorized_client",
      query: QUERIES.refused.lines,
    },
    RateLimited: {
      severity: "ticket",
      metric: metrics.metric("RateLimited"),
      above: thresholds.rateLimitedRequests,
      meaning: "Box limits the rate of token requests. Find the caller that causes most calls to Box.",
      page: "box_rate_limited",
      query: QUERIES.minted.lines,
    },
    PreviousSecret: {
      severity: "ticket",
      metric: metrics.metric("PreviousSecretUses"),
      above: 0,
      meaning:
        "Box or KMS refuses the current version of an app's secret; tokens come from the previous one, which ends with the next rotation. Compare the stored config with the console.",
      page: "box_key_refused",
      query: QUERIES.previousSecret.lines,
    },
    BoxCalls: {
      severity: "ticket",
      metric: metrics.metric("BoxLatency", { statistic: "SampleCount", label: "Calls to Box" }),
      above: thresholds.boxCalls,
      meaning:
        "Many calls to Box: the cache does not help. Find the caller with very many subjects, or with a min_ttl near the token's life.",
      page: "box_rate_limited",
      query: QUERIES.minted.lines,
    },
    ClockSkew: {
      severity: "ticket",
      metric: metrics.metric("ClockSkew"),
      above: MAX_SKEW_SECONDS,
      meaning: `Box's clock and the functions' differ by more than ${MAX_SKEW_SECONDS} seconds. Tokens are issued by Box's clock; if it lasts, contact AWS Support.`,
      page: "box_clock_skewed",
      query: QUERIES.failed.lines,
    },
    Throttles: {
      severity: "ticket",
      label: "Throttled invocations",
      queries: () => metrics.lambdaSum("throttles", "Throttles").map(returned("throttles")),
      above: thresholds.throttledInvocations,
      meaning:
        "Lambda refused invocations: a token function has used up its reserved concurrency, or the account its own. Find a caller in a loop; if the load is meant, raise reservedConcurrency or the quota.",
      page: "docs/deploy.md#alarms",
      query: QUERIES.callers.lines,
    },
    SlowRequests: {
      severity: "ticket",
      metric: metrics.metric("Duration"),
      above: thresholds.p99Latency.toMilliseconds(),
      periods: 3,
      meaning: "The slowest requests take long. The query shows how long Box and Secrets Manager took.",
      page: "deadline_exceeded",
      query: QUERIES.slow.lines,
    },
  };
  return [
    ...(Object.entries(rows) as (readonly [AlarmName, AlarmRow])[]),
    ...stateRows(metrics, { health, cache }, thresholds),
    ...(cache === undefined ? [] : [["SharedCacheFailures", sharedCacheRow(metrics, thresholds)] as const]),
    ...(health === undefined ? [] : [["HealthFailure", healthRow(metrics, health)] as const]),
    ...(oauth === undefined ? [] : oauthRows(metrics, oauth, thresholds)),
    ...(webhook === undefined ? [] : webhookRows(metrics, webhook, thresholds)),
  ];
}

/** Tokens are issued without the table, each by a call to Box: a matter of latency and of revocations, not of an outage. */
function sharedCacheRow(metrics: ServiceMetrics, { sharedCacheFailures }: Thresholds): AlarmRow {
  return {
    severity: "ticket",
    metric: metrics.metric("SharedCacheFailures"),
    above: sharedCacheFailures,
    meaning:
      "Requests are served without the shared cache: each environment requests its tokens from Box, and revocations fail. The query shows the reasons: DynamoDB throttles or is not available, or a role, the table or the service secret is not as deployed.",
    page: "shared_cache_unavailable",
    query: SHARED_CACHE_QUERY.lines,
  };
}

/** Raised by a failed check and by silence. A check has two intervals, so that one that comes late is none that fails. */
function healthRow(metrics: ServiceMetrics, health: HealthCheck): AlarmRow {
  const period = Duration.seconds(2 * health.interval.toSeconds());
  return {
    severity: "page",
    metric: metrics.metric("HealthFailures", { period }),
    above: 0,
    silenceIsBad: true,
    meaning:
      "The policy or an app failed its health check, or the check does not run. Invoke the health function, or read its log: page and sentence name what to do.",
    page: "policy_unavailable",
    query: HEALTH_QUERY.lines,
    logGroups: [health.lambda],
  };
}

function returned(id: string): (query: MetricQuery) => MetricQuery {
  return (query) => (query.id === id ? { ...query, returnData: true } : query);
}
