import type { Dashboard } from "aws-cdk-lib/aws-cloudwatch";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import type { Construct } from "constructs";
import type { MonitoredParts } from "./alarm-rows.ts";
import { DEFAULT_THRESHOLDS } from "./alarm-thresholds.ts";
import { type Alarms, serviceAlarms } from "./alarms.ts";
import { thresholdsWithinBounds } from "./bounds.ts";
import { serviceDashboard } from "./dashboard.ts";
import type { ServiceMetrics } from "./metrics.ts";
import type { BoxTokenServiceProps } from "./props.ts";
import { savedQueries } from "./queries.ts";
import { orReport } from "./report-errors.ts";
import { checkTopicLocation } from "./resource-location.ts";

/** What an operator learns of the service by. */
interface Monitoring {
  readonly alarms: Alarms;
  readonly alarmTopic: ITopic | undefined;
  readonly dashboard: Dashboard | undefined;
}

type MonitoringProps = Pick<
  BoxTokenServiceProps,
  "alarms" | "alarmTopic" | "ticketTopic" | "alarmThresholds" | "dashboard" | "helpUrl"
>;

/** Alarms, a dashboard and saved queries, each where the props have it; all read the token functions at the synth. */
export function monitoring(
  scope: Construct,
  metrics: ServiceMetrics,
  parts: MonitoredParts,
  props: MonitoringProps,
): Monitoring {
  const thresholds = orReport(
    scope,
    () => thresholdsWithinBounds(props.alarmThresholds ?? {}),
    () => ({}),
  );
  const { alarms, topic } =
    props.alarms === false
      ? { alarms: {}, topic: undefined }
      : serviceAlarms(scope, {
          metrics,
          parts,
          topic: topicOf(scope, props, "alarmTopic"),
          ticketTopic: topicOf(scope, props, "ticketTopic"),
          thresholds: { ...DEFAULT_THRESHOLDS, ...thresholds },
          problemsUrl: props.helpUrl ?? "docs/problems.md",
        });
  const dashboard =
    props.dashboard === false
      ? undefined
      : serviceDashboard(scope, { metrics, parts, alarms: Object.values(alarms) });
  savedQueries(scope, metrics, parts);
  return { alarms, alarmTopic: topic, dashboard };
}

/** The topic as given; one that the alarms cannot notify is reported, and left out. */
function topicOf(
  scope: Construct,
  props: MonitoringProps,
  property: "alarmTopic" | "ticketTopic",
): ITopic | undefined {
  const topic = props[property];
  return orReport(
    scope,
    () => {
      if (topic !== undefined) checkTopicLocation(scope, topic, property);
      return topic;
    },
    () => undefined,
  );
}
