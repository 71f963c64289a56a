import type { Metric, MetricOptions } from "aws-cdk-lib/aws-cloudwatch";
import { Construct } from "constructs";
import type { MetricName } from "../schemas/protocol/metrics.ts";
import type { ServiceMetrics } from "./metrics.ts";

/** A service whose functions write metrics together. */
export abstract class MeasuredService extends Construct {
  protected abstract readonly metrics: ServiceMetrics;

  /**
   * One of the service's metrics, of all its functions together, over five minutes.
   * @param options what differs, such as `{ statistic: "Average" }`
   * @example
   * ```ts
   * import { Duration } from "aws-cdk-lib";
   * import { ComparisonOperator } from "aws-cdk-lib/aws-cloudwatch";
   * import type { BoxTokenService } from "box-sts/infra";
   *
   * // Raised when more than a quarter of the requests of an hour fail.
   * export const successRateAlarm = (service: BoxTokenService) =>
   *   service
   *     .metricIssued({ statistic: "Average", period: Duration.hours(1) })
   *     .createAlarm(service, "SuccessRate", {
   *       threshold: 0.75,
   *       evaluationPeriods: 1,
   *       comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
   *     });
   * ```
   */
  metric(name: MetricName, options?: MetricOptions): Metric {
    return this.metrics.metric(name, options);
  }

  /** Tokens issued. With the statistic `Average` the share of requests, of those not denied, that got one. */
  metricIssued(options?: MetricOptions): Metric {
    return this.metric("Issued", options);
  }

  /** Requests that the caller has to change: malformed, not allowed by the policy, or refused by Box. */
  metricDenied(options?: MetricOptions): Metric {
    return this.metric("Denied", options);
  }

  /** Requests that failed for no fault of the caller. */
  metricFailed(options?: MetricOptions): Metric {
    return this.metric("Failed", options);
  }
}
