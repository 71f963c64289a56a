import { Lazy } from "aws-cdk-lib";
import {
  Alarm,
  type CfnAlarm,
  ComparisonOperator,
  type IMetric,
  MathExpression,
  TreatMissingData,
} from "aws-cdk-lib/aws-cloudwatch";
import { SnsAction } from "aws-cdk-lib/aws-cloudwatch-actions";
import { PolicyStatement, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { type ITopic, Topic } from "aws-cdk-lib/aws-sns";
import type { Construct } from "constructs";
import { type AlarmName, type AlarmRow, alarmRows, type MonitoredParts } from "./alarm-rows.ts";
import type { Thresholds } from "./alarm-thresholds.ts";
import { PERIOD, type ServiceMetrics } from "./metrics.ts";

interface AlarmsProps {
  readonly metrics: ServiceMetrics;
  readonly parts: MonitoredParts;
  /** Absent: a new one. */
  readonly topic: ITopic | undefined;
  /** Absent: the other one. */
  readonly ticketTopic: ITopic | undefined;
  readonly thresholds: Thresholds;
  /** Where the pages about problem codes are, without a fragment. */
  readonly problemsUrl: string;
}

/** The alarms by name; without a health check there is no `HealthFailure`, without a shared cache no `SharedCacheFailures`. */
export type Alarms = Partial<Readonly<Record<AlarmName, Alarm>>>;

/** The alarms, each of which notifies the topic of its severity when it is raised and when it is over. */
export function serviceAlarms(
  scope: Construct,
  props: AlarmsProps,
): { readonly alarms: Alarms; readonly topic: ITopic } {
  const own = props.topic === undefined ? new Topic(scope, "Alarms", { enforceSSL: true }) : undefined;
  const topic = (props.topic ?? own) as ITopic;
  const actions = { page: new SnsAction(topic), ticket: new SnsAction(props.ticketTopic ?? topic) };
  const alarms: Partial<Record<AlarmName, Alarm>> = {};
  for (const [name, row] of alarmRows(props.metrics, props.parts, props.thresholds)) {
    const alarm = alarmOf(scope, name, row, props);
    alarm.addAlarmAction(actions[row.severity]);
    alarm.addOkAction(actions[row.severity]);
    alarms[name] = alarm;
  }
  // An imported topic keeps its policy: a first statement replaces AWS's default one, by which the
  // account's other alarms publish.
  own?.addToResourcePolicy(
    new PolicyStatement({
      principals: [new ServicePrincipal("cloudwatch.amazonaws.com")],
      actions: ["sns:Publish"],
      resources: [own.topicArn],
      conditions: { ArnEquals: { "aws:SourceArn": Object.values(alarms).map(({ alarmArn }) => alarmArn) } },
    }),
  );
  return { alarms, topic };
}

function alarmOf(
  scope: Construct,
  name: AlarmName,
  row: AlarmRow,
  { metrics, problemsUrl }: AlarmsProps,
): Alarm {
  const { severity, periods = 1, outOf = periods, meaning, page, query, silenceIsBad, keepsState } = row;
  const logs = row.logGroups ?? metrics.functions;
  const names = () => logs.map(({ logGroup }) => logGroup.logGroupName).join(", ");
  const alarm = new Alarm(scope, name, {
    alarmName: `${metrics.service}-${name}-${severity}`,
    metric: "metric" in row ? row.metric : placeholder(row.label),
    ...("above" in row
      ? { threshold: row.above, comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD }
      : { threshold: row.below, comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD }),
    evaluationPeriods: outOf,
    datapointsToAlarm: periods,
    alarmDescription: Lazy.string({
      produce: () =>
        [
          `${severity.toUpperCase()}: ${meaning}`,
          `Problem: ${page.startsWith("docs/") ? page : `${problemsUrl}#${page}`}`,
          `Log groups: ${names()}`,
          `Query: ${query.join(" | ")}`,
        ].join("\n"),
    }),
    treatMissingData: silenceIsBad
      ? TreatMissingData.BREACHING
      : keepsState
        ? TreatMissingData.IGNORE
        : TreatMissingData.NOT_BREACHING,
  });
  if ("queries" in row) {
    const { queries } = row;
    (alarm.node.defaultChild as CfnAlarm).metrics = Lazy.any({ produce: queries });
  }
  return alarm;
}

/** What the L2 alarm is made with where the queries are known only at the synth; they then take its place. */
function placeholder(label: string): IMetric {
  return new MathExpression({ expression: "TIME_SERIES(0)", usingMetrics: {}, label, period: PERIOD });
}
