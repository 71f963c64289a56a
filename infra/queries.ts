import { Lazy } from "aws-cdk-lib";
import type { Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import { CfnQueryDefinition } from "aws-cdk-lib/aws-logs";
import type { Construct } from "constructs";
import type { MonitoredParts } from "./alarm-rows.ts";
import { AUDIT_QUERIES, CONNECTIONS_AUDIT_QUERY, type Query, queryText } from "./audit-queries.ts";
import type { ServiceMetrics } from "./metrics.ts";

/**
 * Queries of the token functions' logs for CloudWatch Logs Insights. They replace metrics by app, caller,
 * code or function, which would cost by the month what a query costs only when it is run.
 */
export const QUERIES = {
  issued: {
    title: "Who gets tokens",
    lines: [
      'filter kind = "audit" and outcome = "issued"',
      "stats count(*) as tokens, max(time) as latest by caller, app, subject, statement",
      "sort tokens desc",
      "limit 50",
    ],
  },
  refused: {
    title: "Who is refused, and why",
    lines: [
      'filter kind = "audit" and outcome = "denied"',
      "stats count(*) as requests, max(time) as latest by caller, app, code, reason",
      "sort requests desc",
      "limit 50",
    ],
  },
  failed: {
    title: "What fails, and why",
    lines: [
      'filter kind = "audit" and outcome = "failed"',
      "stats count(*) as requests, min(time) as first, max(time) as latest by code, reason, app",
      "sort requests desc",
      "limit 50",
    ],
  },
  codes: {
    title: "Problems by code",
    lines: [
      'filter kind = "request" and outcome in ["denied", "failed"]',
      "stats count(*) as requests by code",
      "sort requests desc",
    ],
  },
  hitRate: {
    title: "Tokens from the cache in percent",
    lines: [
      'filter kind = "request" and outcome = "issued"',
      'stats 100 * (1 - sum(strcontains(cache, "miss")) / count(*)) as hits by bin(1h)',
    ],
  },
  minted: {
    title: "Who causes calls to Box",
    lines: [
      'filter kind = "audit" and cache = "miss"',
      "stats count(*) as tokens, count_distinct(subject) as subjects by caller, app",
      "sort tokens desc",
      "limit 50",
    ],
  },
  apps: {
    title: "Requests by app",
    lines: [
      'filter kind = "request" and ispresent(app)',
      "stats count(*) as requests, sum(Failed) as failed, pct(duration_ms, 99) as p99_ms by app",
      "sort requests desc",
    ],
  },
  callers: {
    title: "Requests by caller",
    lines: [
      'filter kind = "audit"',
      "stats count(*) as requests, max(time) as latest by caller",
      "sort requests desc",
      "limit 50",
    ],
  },
  slow: {
    title: "The slowest requests",
    lines: [
      'filter kind = "request"',
      "sort duration_ms desc",
      "limit 50",
      "display @timestamp, duration_ms, app, cache, steps.0.step, steps.0.ms, steps.1.step, steps.1.ms",
    ],
  },
  previousSecret: {
    title: "Apps whose current secret Box refuses",
    lines: [
      'filter kind = "audit" and secret_stage = "AWSPREVIOUS"',
      "stats count(*) as requests, max(time) as latest by app, client_id, secret_version",
    ],
  },
  ended: {
    title: "Invocations without an audit line",
    lines: [
      "filter @message like /Status: (?:error|timeout)|Task timed out|Runtime exited|BOX_STS_/",
      "sort @timestamp desc",
      "limit 50",
      "display @timestamp, @message",
    ],
  },
} as const satisfies Readonly<Record<string, Query>>;

/** Of the health function's log. */
export const HEALTH_QUERY: Query = {
  title: "What the health check finds",
  lines: [
    'filter kind = "health" and HealthFailures > 0',
    "sort @timestamp desc",
    "limit 20",
    "display @timestamp, app, failure.check, failure.code, failure.page, failure.sentence, failure.detail",
  ],
};

/** Of the token functions' logs, where they share a cache. */
export const SHARED_CACHE_QUERY: Query = {
  title: "Why the shared cache was not used",
  lines: [
    'filter kind = "request" and ispresent(shared_cache_failure)',
    "stats count(*) as requests, min(@timestamp) as first, max(@timestamp) as latest by shared_cache_failure",
    "sort requests desc",
  ],
};

/** Of the token functions' logs, and of the health function's. */
export const AUTHORIZATION_QUERY: Query = {
  title: "Which apps admins have to authorize, and since when",
  lines: [
    'filter kind = "authorization"',
    "sort @timestamp desc",
    "limit 50",
    "display @timestamp, app, state, since, code, box_request_id",
  ],
};

/** Of the token functions' logs. */
export const APP_TOKEN_QUERY: Query = {
  title: "Apps whose primary App Token Box refuses",
  lines: [
    'filter kind = "request" and AppTokenFallbacks > 0',
    "stats count(*) as requests, min(@timestamp) as first, max(@timestamp) as latest by app",
    "sort requests desc",
  ],
};

/** Of the health function's log. */
export const APP_TOKEN_AGE_QUERY: Query = {
  title: "How old App Tokens are, in days",
  lines: [
    'filter kind = "health" and ispresent(AppTokenAge)',
    "stats max(AppTokenAge) as days by app",
    "sort days desc",
  ],
};

/** Of the authorize function's log. */
export const CONNECT_QUERY: Query = {
  title: "Which attempts to connect fail, and why",
  lines: [
    'filter kind = "connect" and outcome = "refused"',
    "stats count(*) as attempts, max(@timestamp) as latest by code, reason, app",
    "sort attempts desc",
  ],
};

/** Of the same log: an environment writes one line a minute about requests that prove nothing. */
export const CONNECT_REFUSALS_QUERY: Query = {
  title: "What the authorize function refuses",
  lines: [
    'filter kind = "connect-refusals"',
    "sort @timestamp desc",
    "limit 50",
    "display @timestamp, @message",
  ],
};

/** Of the connections function's log. */
export const CONNECTIONS_QUERY: Query = {
  title: "What the sweeps of connections find",
  lines: [
    'filter kind = "connections" and action = "sweep"',
    "sort @timestamp desc",
    "limit 20",
    "display @timestamp, @message",
  ],
};

/** Of the webhook function's log. */
export const WEBHOOK_QUERY: Query = {
  title: "Which webhooks are not handed on, and why",
  lines: [
    'filter kind = "webhook" and outcome = "rejected"',
    "stats count(*) as deliveries, max(@timestamp) as latest by app, target, code, reason",
    "sort deliveries desc",
  ],
};

/** Of the same log: an environment writes one line a minute about requests that are no signed delivery. */
export const WEBHOOK_REFUSALS_QUERY: Query = {
  title: "What the webhook function refuses",
  lines: [
    'filter kind = "webhook-refusals"',
    "sort @timestamp desc",
    "limit 50",
    "display @timestamp, @message",
  ],
};

/** Folder of the queries for auditors, inside the deployment's. */
const AUDIT_FOLDER = "Audit";

/**
 * Saves the queries in the console under the deployment's name, which costs nothing. A query with places to fill in has
 * them in its name.
 */
export function savedQueries(
  scope: Construct,
  { service, functions }: ServiceMetrics,
  { health, cache, oauth, webhook }: MonitoredParts,
): void {
  const save = (id: string, query: Query, logGroupNames: string[], folder: readonly string[] = [service]) => {
    const places = Object.keys(query.places ?? {});
    const title = [query.title, ...places.map((place) => ` (set ${place})`)].join("");
    new CfnQueryDefinition(scope, `Query-${id}`, {
      name: [...folder, title].join("/"),
      queryString: queryText(query),
      logGroupNames,
    });
  };
  const logs = Lazy.list({ produce: () => functions.map(({ logGroup }) => logGroup.logGroupName) });
  for (const [id, query] of Object.entries(QUERIES)) save(id, query, logs);
  save("authorization", AUTHORIZATION_QUERY, logs);
  save("appTokens", APP_TOKEN_QUERY, logs);
  if (cache !== undefined) save("sharedCache", SHARED_CACHE_QUERY, logs);
  for (const [id, query] of Object.entries(AUDIT_QUERIES)) {
    save(`audit-${id}`, query, logs, [service, AUDIT_FOLDER]);
  }
  const saveOf = (lambda: LambdaFunction | undefined, queries: Readonly<Record<string, Query>>) => {
    if (lambda === undefined) return;
    for (const [id, query] of Object.entries(queries)) save(id, query, [lambda.logGroup.logGroupName]);
  };
  saveOf(health?.lambda, { health: HEALTH_QUERY, appTokenAge: APP_TOKEN_AGE_QUERY });
  saveOf(oauth?.authorize, { connect: CONNECT_QUERY, "connect-refusals": CONNECT_REFUSALS_QUERY });
  saveOf(oauth?.connections, { connections: CONNECTIONS_QUERY });
  if (oauth !== undefined) {
    const both = [oauth.authorize, oauth.connections].map(({ logGroup }) => logGroup.logGroupName);
    save("audit-connections", CONNECTIONS_AUDIT_QUERY, both, [service, AUDIT_FOLDER]);
  }
  saveOf(webhook?.lambda, { webhook: WEBHOOK_QUERY, "webhook-refusals": WEBHOOK_REFUSALS_QUERY });
}
