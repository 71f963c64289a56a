import { Duration } from "aws-cdk-lib";
import {
  type Alarm,
  AlarmStatusWidget,
  Column,
  Dashboard,
  GraphWidget,
  type IMetric,
  type IWidget,
  LogQueryVisualizationType,
  LogQueryWidget,
  MathExpression,
  Row,
} from "aws-cdk-lib/aws-cloudwatch";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import type { Construct } from "constructs";
import { metricOf, PERIOD, type ServiceMetrics } from "./metrics.ts";

interface DashboardProps {
  readonly metrics: ServiceMetrics;
  readonly health: IFunction;
  readonly alarms: readonly Alarm[];
}

/** Questions to the audit log, newest answers first. */
const QUESTIONS = [
  {
    title: "Who gets tokens",
    query: [
      `filter kind = "audit" and outcome = "issued"`,
      "stats count(*) as tokens, max(time) as latest by caller, app, subject, statement",
      "sort tokens desc",
      "limit 50",
    ],
  },
  {
    title: "Who is refused, and why",
    query: [
      `filter kind = "audit" and outcome != "issued"`,
      "stats count(*) as requests, max(time) as latest by caller, app, code, reason",
      "sort requests desc",
      "limit 50",
    ],
  },
] as const;

/** At a look: what is wrong, who gets tokens, what the cache saves, how Box answers, which errors there are. */
export function serviceDashboard(scope: Construct, props: DashboardProps): Dashboard {
  const dashboard = new Dashboard(scope, "Dashboard", { defaultInterval: Duration.hours(24) });
  dashboard.addWidgets(drawnAtSynth(() => new Column(...rowsOf(props).map((row) => new Row(...row)))));
  return dashboard;
}

/** A widget about functions of which there may be more until the synth. */
function drawnAtSynth(draw: () => IWidget): IWidget {
  let place: readonly [number, number] = [0, 0];
  return {
    ...{ width: 24, height: 24 },
    position: (x, y) => {
      place = [x, y];
    },
    toJson() {
      const drawn = draw();
      drawn.position(...place);
      return drawn.toJson();
    },
  };
}

function rowsOf({ metrics, health, alarms }: DashboardProps): readonly (readonly IWidget[])[] {
  const logGroupNames = metrics.functions.map(({ logGroup }) => logGroup.logGroupName);
  return [
    [new AlarmStatusWidget({ title: "What is wrong", alarms: [...alarms], width: 24, height: 3 })],
    [
      graph("Requests", [metrics.sum("Issued"), metrics.sum("Denied"), metrics.sum("Failed")]),
      graph("Cache hit rate in percent", [hitRate(metrics)], { max: 100 }),
      graph("Errors by code", [errorsByCode(metrics.functions)]),
    ],
    [
      graph("Box latency in ms", percentiles(metrics, "BoxLatency")),
      graph("Duration of requests in ms", percentiles(metrics, "Duration")),
      graph("Calls and refusals of Box, unhealthy apps", [
        metrics.sum("BoxCalls"),
        metrics.sum("BoxRefusals"),
        metrics.sum("SecretsManagerCalls"),
        metricOf(health, "HealthFailures").with({ label: "Unhealthy apps" }),
      ]),
    ],
    QUESTIONS.map(
      ({ title, query }) =>
        new LogQueryWidget({
          title,
          logGroupNames,
          queryLines: [...query],
          view: LogQueryVisualizationType.TABLE,
          width: 12,
          height: 9,
        }),
    ),
  ];
}

function graph(title: string, left: IMetric[], leftYAxis: { readonly max?: number } = {}): GraphWidget {
  return new GraphWidget({ title, left, width: 8, height: 6, leftYAxis: { min: 0, ...leftYAxis } });
}

function hitRate(metrics: ServiceMetrics): IMetric {
  return new MathExpression({
    expression: "100 * hits / issued",
    usingMetrics: { hits: metrics.sum("CacheHits"), issued: metrics.sum("Issued") },
    label: "served without a call to Box",
    period: PERIOD,
  });
}

function percentiles(metrics: ServiceMetrics, name: string): IMetric[] {
  return ["p50", "p90", "p99"].map((statistic) => metrics.worst(name, statistic, statistic));
}

/** Codes are found by search: a row appears with the first error of its kind. */
function errorsByCode(functions: readonly IFunction[]): IMetric {
  const names = functions.map(({ functionName }) => `"${functionName}"`).join(" OR ");
  const search = `{BoxSts,FunctionName,Code} MetricName="Errors" FunctionName=(${names})`;
  return new MathExpression({
    expression: `SEARCH('${search}', 'Sum', 300)`,
    label: "",
    usingMetrics: {},
    period: PERIOD,
  });
}
