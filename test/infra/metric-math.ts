/**
 * CloudWatch's evaluation of alarms, as far as the template uses it: one metric or metric math over metrics, M of N
 * periods, missing data. What it does not know fails the test, rather than being taken for something else.
 */

/** What was measured at one time. */
export interface Sample {
  readonly namespace: string;
  readonly name: string;
  /** Exactly these: a metric with other dimensions is another metric. */
  readonly dimensions: Readonly<Record<string, string>>;
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly values: readonly number[];
}

export interface AlarmInput {
  readonly samples: readonly Sample[];
  /** Milliseconds since the epoch; the last period ends here. */
  readonly now: number;
  /** A value of the template as it is once deployed. */
  readonly resolve: (value: unknown) => string;
  /**
   * Whether `FILL` fills a series that has no data in the evaluated time at all. AWS's documentation does not state it
   * in words, hence what must not depend on it is evaluated in both ways.
   */
  readonly fillsEmpty: boolean;
}

type Properties = Readonly<Record<string, unknown>>;
/** A value for each period, the oldest first; `undefined` where data is missing. */
type Series = readonly (number | undefined)[];

interface MetricFacts {
  readonly Namespace: string;
  readonly MetricName: string;
  readonly Dimensions?: readonly { readonly Name: string; readonly Value: unknown }[];
}

interface Query {
  readonly Id: string;
  readonly Expression?: string;
  readonly MetricStat?: { readonly Metric: MetricFacts; readonly Period: number; readonly Stat: string };
  readonly ReturnData?: boolean;
}

const TREATMENTS = ["breaching", "notBreaching", "ignore"];
const COMPARISONS: Readonly<Record<string, (value: number, threshold: number) => boolean>> = {
  GreaterThanThreshold: (value, threshold) => value > threshold,
  LessThanThreshold: (value, threshold) => value < threshold,
};

/** Whether the alarm is raised at `input.now`, if it was not raised before the periods that it evaluates. */
export function isRaised(alarm: Properties, input: AlarmInput): boolean {
  const { EvaluationPeriods, DatapointsToAlarm = EvaluationPeriods, Threshold, TreatMissingData } = alarm;
  const isBeyond = COMPARISONS[String(alarm.ComparisonOperator)];
  if (isBeyond === undefined) throw new Error(`The evaluator does not know ${alarm.ComparisonOperator}.`);
  if (!TREATMENTS.includes(String(TreatMissingData))) {
    throw new Error(`The evaluator does not know ${TreatMissingData}.`);
  }
  const breaching = seriesOf(alarm, Number(EvaluationPeriods), input).filter((value) =>
    value === undefined ? TreatMissingData === "breaching" : isBeyond(value, Number(Threshold)),
  );
  return breaching.length >= Number(DatapointsToAlarm);
}

function seriesOf(alarm: Properties, periods: number, input: AlarmInput): Series {
  if (alarm.Metrics === undefined) {
    const stat = String(alarm.Statistic ?? alarm.ExtendedStatistic);
    return measured(alarm as unknown as MetricFacts, Number(alarm.Period), stat, periods, input);
  }
  const queries = alarm.Metrics as readonly Query[];
  const returned = queries.filter(({ ReturnData = true }) => ReturnData);
  if (returned.length !== 1) throw new Error("An alarm returns exactly one series.");
  const value = evaluated(returned[0]!, queries, periods, input);
  return typeof value === "number" ? Array<number>(periods).fill(value) : value;
}

function measured(
  { Namespace, MetricName, Dimensions = [] }: MetricFacts,
  period: number,
  stat: string,
  periods: number,
  { samples, now, resolve }: AlarmInput,
): Series {
  const wanted = JSON.stringify(
    Dimensions.map(({ Name, Value }) => [Name, resolve(Value)]).toSorted(byFirst),
  );
  const own = samples.filter(
    ({ namespace, name, dimensions }) =>
      namespace === Namespace &&
      name === MetricName &&
      JSON.stringify(Object.entries(dimensions).toSorted(byFirst)) === wanted,
  );
  return Array.from({ length: periods }, (_, index) => {
    const end = now - (periods - 1 - index) * period * 1_000;
    const within = own.filter(({ time }) => time >= end - period * 1_000 && time < end);
    return statistic(
      stat,
      within.flatMap(({ values }) => values),
    );
  });
}

const byFirst = ([a]: readonly string[], [b]: readonly string[]) => String(a).localeCompare(String(b));

function statistic(stat: string, values: readonly number[]): number | undefined {
  if (values.length === 0) return undefined;
  const sum = values.reduce((total, value) => total + value, 0);
  const percentile = /^p(\d+)$/.exec(stat)?.[1];
  if (percentile !== undefined) {
    const rank = Math.ceil((Number(percentile) / 100) * values.length);
    return values.toSorted((a, b) => a - b)[rank - 1];
  }
  switch (stat) {
    case "Sum":
      return sum;
    case "SampleCount":
      return values.length;
    case "Maximum":
      return Math.max(...values);
    case "Minimum":
      return Math.min(...values);
    default:
      throw new Error(`The evaluator does not know the statistic ${stat}.`);
  }
}

type Value = number | Series;

function evaluated(query: Query, queries: readonly Query[], periods: number, input: AlarmInput): Value {
  const { Expression, MetricStat } = query;
  if (MetricStat !== undefined) {
    return measured(MetricStat.Metric, MetricStat.Period, MetricStat.Stat, periods, input);
  }
  const variable = (id: string): Value => {
    const found = queries.find(({ Id }) => Id === id);
    if (found === undefined) throw new Error(`The expression names ${id}, which is no query of the alarm.`);
    return evaluated(found, queries, periods, input);
  };
  return new Expressions(Expression ?? "", variable, input.fillsEmpty).value();
}

/** `IF`, `FILL` with a number, `+ - * /`, comparisons, parentheses; left to right, with the usual precedence. */
class Expressions {
  readonly #tokens: string[];
  readonly #variable: (id: string) => Value;
  readonly #fillsEmpty: boolean;

  constructor(text: string, variable: (id: string) => Value, fillsEmpty: boolean) {
    this.#tokens = text.match(/\d+(?:\.\d+)?|[A-Za-z_]\w*|>=|<=|==|\S/g) ?? [];
    this.#variable = variable;
    this.#fillsEmpty = fillsEmpty;
  }

  value(): Value {
    const value = this.#comparison();
    if (this.#tokens.length > 0) throw new Error(`The evaluator does not know ${this.#tokens.join(" ")}.`);
    return value;
  }

  #comparison(): Value {
    return this.#left(() => this.#sum(), [">", ">=", "<", "<=", "=="]);
  }

  #sum(): Value {
    return this.#left(() => this.#product(), ["+", "-"]);
  }

  #product(): Value {
    return this.#left(() => this.#operand(), ["*", "/"]);
  }

  #left(next: () => Value, operators: readonly string[]): Value {
    let value = next();
    while (operators.includes(this.#tokens[0] ?? "")) {
      const calculate = OPERATORS[this.#tokens.shift() ?? ""]!;
      value = combined(value, next(), calculate);
    }
    return value;
  }

  #operand(): Value {
    const token = this.#tokens.shift() ?? "";
    if (/^\d/.test(token)) return Number(token);
    if (token === "(") {
      const value = this.#comparison();
      this.#expect(")");
      return value;
    }
    if (!/^[A-Za-z_]/.test(token)) throw new Error(`The evaluator does not know "${token}".`);
    return this.#tokens[0] === "(" ? this.#call(token) : this.#variable(token);
  }

  #call(name: string): Value {
    this.#expect("(");
    const given: Value[] = [this.#comparison()];
    while (this.#tokens[0] === ",") {
      this.#tokens.shift();
      given.push(this.#comparison());
    }
    this.#expect(")");
    const [first, second, third] = given;
    if (name === "IF" && given.length === 3) return chosen(first!, second!, third!);
    if (name === "FILL" && typeof second === "number") return this.#filled(first!, second);
    throw new Error(`The evaluator does not know ${name} with ${given.length} arguments.`);
  }

  #filled(value: Value, filler: number): Value {
    if (typeof value === "number") return value;
    const isEmpty = value.every((one) => one === undefined);
    return isEmpty && !this.#fillsEmpty ? value : value.map((one) => one ?? filler);
  }

  #expect(token: string): void {
    const found = this.#tokens.shift();
    if (found !== token) throw new Error(`Expected ${token}, found ${found}.`);
  }
}

const OPERATORS: Readonly<Record<string, (a: number, b: number) => number>> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
  ">": (a, b) => Number(a > b),
  ">=": (a, b) => Number(a >= b),
  "<": (a, b) => Number(a < b),
  "<=": (a, b) => Number(a <= b),
  "==": (a, b) => Number(a === b),
};

/** Data is missing where it is on one side, and where the result is no number. */
function combined(a: Value, b: Value, calculate: (a: number, b: number) => number): Value {
  if (typeof a === "number" && typeof b === "number") return calculate(a, b);
  const length = typeof a === "number" ? (b as Series).length : a.length;
  return Array.from({ length }, (_, index) => {
    const [left, right] = [at(a, index), at(b, index)];
    if (left === undefined || right === undefined) return undefined;
    const result = calculate(left, right);
    return Number.isFinite(result) ? result : undefined;
  });
}

function chosen(condition: Value, yes: Value, no: Value): Value {
  if (typeof condition === "number") return condition === 0 ? no : yes;
  return condition.map((one, index) => (one === undefined ? undefined : at(one === 0 ? no : yes, index)));
}

function at(value: Value, index: number): number | undefined {
  return typeof value === "number" ? value : value[index];
}
