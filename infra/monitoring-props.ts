import { Duration } from "aws-cdk-lib";
import { Topic } from "aws-cdk-lib/aws-sns";
import type { Construct } from "constructs";
import type { DeployConfig } from "../schemas/deploy/parse.ts";
import type { BoxTokenServiceProps } from "./props.ts";
import { SynthError } from "./synth-error.ts";

/**
 * The alarms, dashboard and health check of a `deploy.json`, as the construct's props.
 * @throws {SynthError} for an e-mail address that no topic of this stack could be subscribed with
 */
export function monitoringProps(scope: Construct, config: DeployConfig): Partial<BoxTokenServiceProps> {
  const { alarmEmail, alarmTopic, ticketTopic, alarms, alarmThresholds, dashboard, health } = config;
  if (alarmEmail !== undefined && (alarms === false || alarmTopic !== undefined)) {
    const other = alarms === false ? "alarms: false" : "alarmTopic";
    throw new SynthError(
      `alarmEmail: it subscribes to the topic that the stack makes, and with ${other} it makes none; remove one of the two.`,
    );
  }
  const { healthIntervalMinutes } = config;
  return {
    ...(alarmTopic === undefined ? {} : { alarmTopic: Topic.fromTopicArn(scope, "AlarmTopic", alarmTopic) }),
    ...(ticketTopic === undefined
      ? {}
      : { ticketTopic: Topic.fromTopicArn(scope, "TicketTopic", ticketTopic) }),
    ...(alarms === undefined ? {} : { alarms }),
    ...(alarmThresholds === undefined ? {} : { alarmThresholds: thresholds(alarmThresholds) }),
    ...(dashboard === undefined ? {} : { dashboard }),
    ...(health === undefined ? {} : { health }),
    ...(healthIntervalMinutes === undefined
      ? {}
      : { healthInterval: Duration.minutes(healthIntervalMinutes) }),
  };
}

function thresholds({ p99LatencySeconds, ...counts }: NonNullable<DeployConfig["alarmThresholds"]>) {
  if (p99LatencySeconds === undefined) return counts;
  return { ...counts, p99Latency: Duration.seconds(p99LatencySeconds) };
}
