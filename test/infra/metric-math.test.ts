import { describe, expect, test } from "vitest";
import { type AlarmInput, isRaised, type Sample } from "./metric-math.ts";

const PERIOD = 60;
const NOW = 10 * PERIOD * 1_000;

/** One sample for each value that is there, the last period's last. */
const samplesOf = (name: string, periods: readonly (readonly number[])[]): Sample[] =>
  periods.flatMap((values, index) =>
    values.length === 0
      ? []
      : [
          {
            ...{ namespace: "N", name, dimensions: { D: "x" }, values },
            time: NOW - (periods.length - index) * PERIOD * 1_000,
          },
        ],
  );

const input = (samples: readonly Sample[], fillsEmpty = true): AlarmInput => ({
  ...{ samples, now: NOW, resolve: String, fillsEmpty },
});
const rules = {
  ComparisonOperator: "GreaterThanThreshold",
  TreatMissingData: "notBreaching",
  EvaluationPeriods: 3,
  Threshold: 5,
};
const metric = (name: string) => ({
  Namespace: "N",
  MetricName: name,
  Dimensions: [{ Name: "D", Value: "x" }],
});
const query = (id: string, Stat = "Sum") => ({
  Id: id,
  MetricStat: { Metric: metric(id), Period: PERIOD, Stat },
  ReturnData: false,
});
const math = (Expression: string, ...ids: string[]) => ({
  ...{ ...rules, EvaluationPeriods: 1, Threshold: 0 },
  Metrics: [...ids.map((id) => query(id)), { Id: "e", Expression }],
});

describe("an alarm on one metric", () => {
  const alarm = { ...rules, ...metric("a"), Period: PERIOD, Statistic: "Sum", DatapointsToAlarm: 2 };

  test("is raised by as many periods above the threshold as it demands", () => {
    expect(isRaised(alarm, input(samplesOf("a", [[6], [], [3, 3]])))).toBe(true);
    expect(isRaised(alarm, input(samplesOf("a", [[5], [6], [5]])))).toBe(false);
    expect(isRaised(alarm, input(samplesOf("a", [[9], [9], [0], [0], [0]])))).toBe(false);
  });

  test("treats missing data as its setting defines", () => {
    expect(isRaised({ ...alarm, TreatMissingData: "breaching" }, input([]))).toBe(true);
    expect(isRaised(alarm, input([]))).toBe(false);
  });

  test("knows the metric by all of its dimensions", () => {
    const others = samplesOf("a", [[9], [9], [9]]).map((one) => ({ ...one, dimensions: { D: "x", E: "y" } }));
    expect(isRaised(alarm, input(others))).toBe(false);
  });

  test.each([
    ["Maximum", true],
    ["SampleCount", false],
    ["p99", true],
    ["p50", false],
  ])("knows the statistic %s", (stat, raised) => {
    const name = stat.startsWith("p") ? { ExtendedStatistic: stat } : { Statistic: stat };
    const one = { ...rules, ...metric("a"), Period: PERIOD, ...name, EvaluationPeriods: 1 };
    expect(isRaised(one, input(samplesOf("a", [[1, 2, 9]])))).toBe(raised);
  });
});

describe("an expression", () => {
  test.each([
    ["1 + 2 * 3 - 7", false],
    ["(1 + 2) * 3 - 8", true],
    ["IF(a >= 2, a / 2, 0)", true],
    ["IF(a > 2, a, 0)", false],
    ["a / 0", false],
    ["a + b", false],
    ["a + FILL(b, 0)", true],
    ["IF(b > 0, 1, 1)", false],
  ])("%s has the value of its arithmetic: above 0 is %s", (expression, raised) => {
    expect(isRaised(math(expression, "a", "b"), input(samplesOf("a", [[2]])))).toBe(raised);
  });

  test("fills a series without any data in one reading, and not in the other", () => {
    const alarm = math("a + FILL(b, 0)", "a", "b");
    expect(isRaised(alarm, input(samplesOf("a", [[2]]), false))).toBe(false);
  });

  test.each(["MAX([a, b])", "SEARCH('x')", "a ^ 2", "FILL(a, REPEAT)", "c"])(
    "that the evaluator does not know fails: %s",
    (expression) => {
      expect(() => isRaised(math(expression, "a", "b"), input(samplesOf("a", [[2]])))).toThrow();
    },
  );
});
