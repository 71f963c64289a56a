import { Duration } from "aws-cdk-lib";
import {
  type Alarm,
  AlarmStatusWidget,
  ConcreteWidget,
  Dashboard,
  GraphWidget,
  type IMetric,
  type IWidget,
  LogQueryVisualizationType,
  LogQueryWidget,
  Spacer,
} from "aws-cdk-lib/aws-cloudwatch";
import type { Construct } from "constructs";
import type { MetricName } from "../schemas/protocol/metrics.ts";
import type { MonitoredParts } from "./alarm-rows.ts";
import { PERIOD, type ServiceMetrics } from "./metrics.ts";
import { HEALTH_QUERY, QUERIES } from "./queries.ts";
import type { SharedCache } from "./shared-cache.ts";

interface DashboardProps {
  readonly metrics: ServiceMetrics;
  readonly parts: MonitoredParts;
  /** None: there is no widget of alarms. */
  readonly alarms: readonly Alarm[];
}

/** A widget that is made at the synth, when all token functions are there. */
class LateWidget extends ConcreteWidget {
  readonly #make: () => IWidget;

  constructor(width: number, height: number, make: () => IWidget) {
    super(width, height);
    this.#make = make;
  }

  toJson(): unknown[] {
    const widget = this.#make();
    widget.position(this.x ?? 0, this.y ?? 0);
    return widget.toJson();
  }
}

/** At a glance: what is wrong, what fails and why, who gets tokens, what the cache saves, how Box responds. */
export function serviceDashboard(scope: Construct, { metrics, parts, alarms }: DashboardProps): Dashboard {
  const { health, cache, oauth, webhook } = parts;
  const dashboard = new Dashboard(scope, "Dashboard", { defaultInterval: Duration.hours(24) });
  const metric = metrics.metric.bind(metrics);
  const logs = () => metrics.functions.map(({ logGroup }) => logGroup.logGroupName);
  const table = (title: string, lines: readonly string[], names = logs) =>
    queryWidget(title, lines, names, LogQueryVisualizationType.TABLE, 12);
  if (alarms.length > 0) {
    dashboard.addWidgets(
      new AlarmStatusWidget({ title: "What is wrong", alarms: [...alarms], width: 24, height: 3 }),
    );
  }
  dashboard.addWidgets(
    graph("Requests", [metric("Issued"), metric("Denied"), metric("Failed")]),
    queryWidget(QUERIES.codes.title, QUERIES.codes.lines, logs, LogQueryVisualizationType.BAR, 8),
    queryWidget(QUERIES.hitRate.title, QUERIES.hitRate.lines, logs, LogQueryVisualizationType.LINE, 8),
  );
  dashboard.addWidgets(
    graph("Box latency in ms", percentiles(metrics, "BoxLatency")),
    graph("Duration of requests in ms", percentiles(metrics, "Duration")),
    graph("Calls to Box, and requests it limited", [
      metric("BoxLatency", { statistic: "SampleCount", label: "Calls" }),
      metric("RateLimited"),
    ]),
  );
  dashboard.addWidgets(
    new LateWidget(12, 6, () => lambdaGraph(metrics)),
    ...(health === undefined
      ? []
      : [table(HEALTH_QUERY.title, HEALTH_QUERY.lines, () => [health.lambda.logGroup.logGroupName])]),
  );
  dashboard.addWidgets(table(QUERIES.failed.title, QUERIES.failed.lines), tableOf("refused"));
  dashboard.addWidgets(tableOf("issued"), tableOf("apps"));
  if (cache !== undefined) dashboard.addWidgets(sharedCacheGraph(metrics, cache));
  const counts = (title: string, ...names: MetricName[]) =>
    graph(
      title,
      names.map((name) => metric(name)),
      12,
    );
  if (oauth !== undefined) {
    dashboard.addWidgets(
      counts("Users who connect", "ConnectionsMade", "ConnectionsFailed", "ConnectRequestsRefused"),
      counts("Connections at each sweep", "Connections", "ConnectionsToReconnect", "ConnectionsUnreadable"),
    );
  }
  if (webhook !== undefined) {
    dashboard.addWidgets(
      counts("Webhooks", "WebhooksHandedOn", "WebhookDuplicates", "WebhooksFailed", "WebhooksRefused"),
    );
  }
  return dashboard;

  function tableOf(name: "refused" | "issued" | "apps"): IWidget {
    return table(QUERIES[name].title, QUERIES[name].lines);
  }
}

function graph(title: string, left: IMetric[], width = 8): GraphWidget {
  return new GraphWidget({ title, left, width, height: 6, leftYAxis: { min: 0 } });
}

function queryWidget(
  title: string,
  lines: readonly string[],
  logs: () => string[],
  view: LogQueryVisualizationType,
  width: number,
): IWidget {
  const size = { width, height: 6 };
  return new LateWidget(size.width, size.height, () => {
    const logGroupNames = logs();
    // A service without callers may have no token function, and so no log to query.
    if (logGroupNames.length === 0) return new Spacer(size);
    return new LogQueryWidget({ title, logGroupNames, queryLines: [...lines], view, ...size });
  });
}

/** What AWS counts of each token function; it costs nothing. */
function lambdaGraph({ functions }: ServiceMetrics): GraphWidget {
  const kinds = [
    ["Invocations", "Sum"],
    ["Errors", "Sum"],
    ["Throttles", "Sum"],
    ["ConcurrentExecutions", "Maximum"],
  ] as const;
  const metrics = functions.flatMap((each) =>
    kinds.map(([name, statistic]) =>
      each.metric(name, { statistic, period: PERIOD, label: `${each.node.id} ${name}` }),
    ),
  );
  return graph("Invocations of the token functions", metrics, 12);
}

/** What the functions count, beside what AWS measures of the table, which costs nothing. */
function sharedCacheGraph(metrics: ServiceMetrics, { table }: SharedCache): GraphWidget {
  const latencies = ["GetItem", "PutItem"].map((operation) =>
    table.metricSuccessfulRequestLatency({
      dimensionsMap: { TableName: table.tableName, Operation: operation },
      statistic: "p99",
      period: PERIOD,
      label: `${operation} p99 in ms`,
    }),
  );
  return new GraphWidget({
    title: "Shared cache: requests served without it, and latency of the table",
    left: [metrics.metric("SharedCacheFailures")],
    right: latencies,
    width: 12,
    height: 6,
    leftYAxis: { min: 0 },
    rightYAxis: { min: 0 },
  });
}

function percentiles(metrics: ServiceMetrics, name: "BoxLatency" | "Duration"): IMetric[] {
  return ["p50", "p90", "p99"].map((statistic) => metrics.metric(name, { statistic, label: statistic }));
}
