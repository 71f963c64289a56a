import { Duration, Lazy, Stack } from "aws-cdk-lib";
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
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import { type ITopic, Topic } from "aws-cdk-lib/aws-sns";
import type { Construct } from "constructs";
import { metricOf, PERIOD, type ServiceMetrics } from "./metrics.ts";

interface AlarmsProps {
  readonly metrics: ServiceMetrics;
  readonly health: IFunction;
  /** Absent: a new one. */
  readonly topic: ITopic | undefined;
  readonly denySpike: number;
  readonly mintSpike: number;
  readonly slowRequest: Duration;
}

interface AlarmRow {
  readonly metric: IMetric;
  /** Raised above this. */
  readonly above: number;
  /** What it means and where to look first. */
  readonly says: string;
  /** Periods in a row; default 1. */
  readonly periods?: number;
  /** Whether silence is a bad sign. */
  readonly silenceIsBad?: true;
}

const AUDIT = `the audit log (kind "audit")`;

/** One row for each alarm. */
function rows({
  metrics,
  health,
  denySpike,
  mintSpike,
  slowRequest,
}: AlarmsProps): Readonly<Record<string, AlarmRow>> {
  return {
    DenySpike: {
      metric: metrics.sum("Denied"),
      above: denySpike,
      says: `Many requests are denied: a caller that the policy does not name, or a new version of one that asks for more. Look in ${AUDIT} for outcome "denied", by caller.`,
    },
    MintSpike: {
      metric: metrics.sum("BoxCalls"),
      above: mintSpike,
      says: "Many calls to Box: the cache does not help. Look at the dashboard for the cache hit rate, and for a caller with very many subjects or a min_ttl near the token's life.",
    },
    BoxRefusals: {
      metric: metrics.sum("BoxRefusals"),
      above: 0,
      says: `Box answered 4xx: a key, scope or authorization at Box has changed, or its rate limit is reached. Invoke the health function and follow its sentence; ${AUDIT} has Box's words.`,
    },
    ClockSkew: {
      metric: metrics.worst("ClockSkew", "Maximum"),
      above: 30,
      says: "Box's clock and ours differ by more than 30 seconds. Tokens are still issued by Box's clock; if it lasts, ask AWS support.",
    },
    Throttles: {
      metric: metrics.counted("Throttles"),
      above: 0,
      says: "Lambda refused invocations: a token function has used up its reserved concurrency, or the account its own. Look in the audit log for a caller in a loop; if the load is meant, raise reservedConcurrency or the account's quota.",
    },
    AuditFailure: {
      // The metric of a failure to write cannot be written either, so what is missing is counted.
      metric: new MathExpression({
        expression: "IF(invocations > 0, 100 * (invocations - answered) / invocations, 0)",
        usingMetrics: { invocations: metrics.counted("Invocations"), answered: answered(metrics) },
        label: "Requests without an audit line, in percent",
        period: PERIOD,
      }),
      above: 5,
      periods: 2,
      says: "Requests leave no audit line, and so get no token: functions are killed, run out of time, or cannot write their log. Look for REPORT lines with Status in the log groups.",
    },
    HealthFailure: {
      metric: metricOf(health, "HealthFailures").with({ period: Duration.hours(2) }),
      above: 0,
      silenceIsBad: true,
      says: 'An app is ill, or the health function does not run. Invoke it, or read its log (kind "health"): page and sentence say what to do.',
    },
    SlowRequests: {
      metric: metrics.worst("Duration", "p99"),
      above: slowRequest.toMilliseconds(),
      periods: 3,
      says: "The slowest requests take long. Compare the latencies of Box and Secrets Manager on the dashboard.",
    },
  };
}

/** The alarms, each of which tells the topic when it is raised and when it is over. */
export function serviceAlarms(
  scope: Construct,
  props: AlarmsProps,
): { readonly alarms: readonly Alarm[]; readonly topic: ITopic } {
  const topic = props.topic ?? new Topic(scope, "Alarms", { enforceSSL: true });
  const alarms = alarmsFor(scope, props, new SnsAction(topic));
  // Without effect on an imported topic. A policy of a topic's own takes the place of the default one, which
  // lets CloudWatch publish.
  topic.addToResourcePolicy(
    new PolicyStatement({
      principals: [new ServicePrincipal("cloudwatch.amazonaws.com")],
      actions: ["sns:Publish"],
      resources: [topic.topicArn],
      conditions: { ArnEquals: { "aws:SourceArn": alarms.map(({ alarmArn }) => alarmArn) } },
    }),
  );
  return { alarms, topic };
}

function alarmsFor(scope: Construct, props: AlarmsProps, action: SnsAction): readonly Alarm[] {
  return Object.entries(rows(props)).map(([id, { metric, above, says, periods = 1, silenceIsBad }]) => {
    const alarm = new Alarm(scope, id, {
      metric,
      threshold: above,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: periods,
      alarmDescription: says,
      treatMissingData: silenceIsBad ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING,
    });
    const resource = alarm.node.defaultChild as CfnAlarm;
    if (resource.metrics !== undefined) {
      resource.metrics = Lazy.any({ produce: () => queriesOf(alarm, rows(props)[id]?.metric ?? metric) });
    }
    alarm.addAlarmAction(action);
    alarm.addOkAction(action);
    return alarm;
  });
}

/** The queries of a metric over the token functions that there are by now, in the form that the alarm has them in. */
function queriesOf(alarm: Alarm, metric: IMetric): CfnAlarm["metrics"] {
  const { account, region } = Stack.of(alarm);
  const draft = new Stack(undefined, "Draft", { env: { account, region } });
  const drawn = new Alarm(draft, "Alarm", { metric, threshold: 0, evaluationPeriods: 1 });
  return (drawn.node.defaultChild as CfnAlarm).metrics;
}

function answered(metrics: ServiceMetrics): IMetric {
  const usingMetrics = {
    issued: metrics.sum("Issued"),
    denied: metrics.sum("Denied"),
    failed: metrics.sum("Failed"),
  };
  return new MathExpression({ expression: "issued + denied + failed", usingMetrics, period: PERIOD });
}
