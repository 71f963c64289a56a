import { Duration } from "aws-cdk-lib";
import { type IMetric, MathExpression, Metric } from "aws-cdk-lib/aws-cloudwatch";
import type { IFunction, Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";

export const PERIOD = Duration.minutes(5);

/** One metric of one function, as `functions/adapters/request-log.ts` writes it. */
export function metricOf({ functionName }: IFunction, metricName: string, statistic = "Sum"): Metric {
  const dimensionsMap = { FunctionName: functionName };
  return new Metric({ namespace: "BoxSts", metricName, dimensionsMap, statistic, period: PERIOD });
}

/** The metrics of the token functions together; docs/architecture.md says what they mean. */
export class ServiceMetrics {
  /** There may be more until the synth: to be read in a `Lazy`. */
  readonly functions: readonly LambdaFunction[];

  constructor(functions: readonly LambdaFunction[]) {
    this.functions = functions;
  }

  /** A count within five minutes; a function that wrote none counts 0. */
  sum(name: string, label = name): MathExpression {
    return this.#math(name, "Sum", label, (ids) => ids.map((id) => `FILL(${id}, 0)`).join(" + "));
  }

  /** The larger one of the functions' values. */
  worst(name: string, statistic: string, label = `${name} ${statistic}`): MathExpression {
    return this.#math(name, statistic, label, (ids) => `MAX([${ids.join(", ")}])`);
  }

  /** What AWS counts, whether or not a function could write anything. */
  counted(name: "Invocations" | "Throttles"): MathExpression {
    const metrics = this.#each(name, (each) => each.metric(name, { statistic: "Sum", period: PERIOD }));
    const expression = Object.keys(metrics).map((id) => `FILL(${id}, 0)`);
    return new MathExpression({
      expression: expression.join(" + "),
      usingMetrics: metrics,
      label: name,
      period: PERIOD,
    });
  }

  #math(
    name: string,
    statistic: string,
    label: string,
    expression: (ids: readonly string[]) => string,
  ): MathExpression {
    const usingMetrics = this.#each(`${name}${statistic}`, (each) => metricOf(each, name, statistic));
    const text = expression(Object.keys(usingMetrics));
    return new MathExpression({ expression: text, usingMetrics, label, period: PERIOD });
  }

  /** Ids are unique within a graph and begin with a small letter, as CloudWatch wants them. */
  #each(name: string, metric: (each: IFunction) => IMetric): Record<string, IMetric> {
    const id = name.charAt(0).toLowerCase() + name.slice(1).replaceAll(/[^A-Za-z0-9]/g, "");
    return Object.fromEntries(this.functions.map((each, index) => [`${id}${index}`, metric(each)]));
  }
}
