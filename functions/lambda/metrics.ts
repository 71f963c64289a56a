import {
  METRIC_DIMENSION,
  METRIC_NAMESPACE,
  METRICS,
  type MetricName,
} from "../../schemas/protocol/metrics.ts";

/** What one line counts or measures; a list holds at most 100 values, which is CloudWatch's limit for a line. */
export type MetricValues = Partial<Readonly<Record<MetricName, number | readonly number[]>>>;

/**
 * The properties by which a log line also reports metrics, in CloudWatch's Embedded Metric Format.
 * @param service the deployment's name, which is their dimension
 * @param now milliseconds since the epoch
 */
export function metricProperties(service: string, now: number, values: MetricValues): object {
  const names = Object.keys(values) as readonly MetricName[];
  return {
    _aws: {
      Timestamp: now,
      CloudWatchMetrics: [
        {
          Namespace: METRIC_NAMESPACE,
          Dimensions: [[METRIC_DIMENSION]],
          Metrics: names.map((Name) => ({ Name, Unit: METRICS[Name].unit })),
        },
      ],
    },
    [METRIC_DIMENSION]: service,
    ...values,
  };
}
