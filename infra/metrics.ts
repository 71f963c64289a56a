import { Duration, Stack } from "aws-cdk-lib";
import { type CfnAlarm, Metric, type MetricOptions } from "aws-cdk-lib/aws-cloudwatch";
import type { Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import type { Construct } from "constructs";
import { METRIC_DIMENSION, METRIC_NAMESPACE, METRICS, type MetricName } from "../schemas/protocol/metrics.ts";

/** Of every metric and alarm: what CloudWatch sums up into one point. */
export const PERIOD = Duration.minutes(5);

/** The deployment's name in metrics, alarms and saved queries: of the stack, and of the construct in it. */
export function serviceName(scope: Construct): string {
  const stack = Stack.of(scope);
  const { nestedStackParent } = stack;
  // The name of a nested stack is made up at deploy: its place in the parent is known before.
  const outer =
    nestedStackParent === undefined
      ? stack.stackName
      : `${serviceName(stack.node.scope as Construct)}-${stack.node.id}`;
  const within = scope.node.scopes.slice(stack.node.scopes.length).map(({ node }) => node.id);
  return [outer, ...within].join("-");
}

type MetricQuery = CfnAlarm.MetricDataQueryProperty;

/** The metrics of one deployment, which its functions write together. */
export class ServiceMetrics {
  readonly service: string;
  /** The token functions, of which there may be more until the synth: to be read in a `Lazy`. */
  readonly functions: readonly LambdaFunction[];

  constructor(service: string, functions: readonly LambdaFunction[]) {
    this.service = service;
    this.functions = functions;
  }

  /** One metric over five minutes, with its usual statistic. */
  metric(metricName: MetricName, options: MetricOptions = {}): Metric {
    return new Metric({
      namespace: METRIC_NAMESPACE,
      metricName,
      dimensionsMap: { [METRIC_DIMENSION]: this.service },
      statistic: METRICS[metricName].statistic,
      period: PERIOD,
      ...options,
    });
  }

  /** The same as an alarm's query that others calculate with. */
  query(id: string, metricName: MetricName, stat: string, period = PERIOD): MetricQuery {
    const dimensions = [{ name: METRIC_DIMENSION, value: this.service }];
    return queryOf(id, { namespace: METRIC_NAMESPACE, metricName, dimensions }, stat, period);
  }

  /**
   * What AWS counts of each token function, whether or not it could write anything, and their sum `id`. A function
   * without callers has no data: this rests on `FILL` filling a series without any, which AWS's documentation implies and
   * only a real account can prove. No other alarm rests on it.
   */
  lambdaSum(id: string, metricName: "Invocations" | "Throttles"): readonly MetricQuery[] {
    const queries = this.functions.map(({ functionName: value }, index) => {
      const dimensions = [{ name: "FunctionName", value }];
      return queryOf(`${id}${index}`, { namespace: "AWS/Lambda", metricName, dimensions }, "Sum");
    });
    const expression = queries.map((query) => `FILL(${query.id}, 0)`).join(" + ") || "TIME_SERIES(0)";
    return [...queries, { id, expression, label: metricName, returnData: false }];
  }
}

function queryOf(
  id: string,
  metric: CfnAlarm.MetricProperty,
  stat: string,
  period: Duration = PERIOD,
): MetricQuery {
  return { id, metricStat: { metric, period: period.toSeconds(), stat }, returnData: false };
}
