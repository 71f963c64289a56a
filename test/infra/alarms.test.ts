import { describe, expect, test } from "vitest";
import type { DeployConfig } from "../../schemas/deploy/parse.ts";
import { METRICS } from "../../schemas/protocol/metrics.ts";
import { PROBLEMS } from "../../schemas/protocol/problems.ts";
import { alarmsOf, PAGES, SHARED_CACHE_TICKET, TICKETS } from "./alarm-names.ts";
import { deploy, ofType, type TemplateResource } from "./deployment.ts";

const json = (value: unknown) => JSON.stringify(value);
const example = deploy();
const shared = deploy({ sharedCache: true });

/** As the e-mail shows it, with the longest names that a log group of the stack can have. */
function textOf({ Properties }: TemplateResource): string {
  const { "Fn::Join": join } = Properties.AlarmDescription as { "Fn::Join": [string, unknown[]] };
  return join[1].map((part) => (typeof part === "string" ? part : "box-sts-".padEnd(80, "x"))).join(join[0]);
}

describe("the alarms", () => {
  const alarms = alarmsOf(example);

  test("are these, with the deployment and the severity in their names", () => {
    const names = ofType(example, "AWS::CloudWatch::Alarm").map(([, { Properties }]) => Properties.AlarmName);
    expect(names.toSorted()).toEqual(
      [
        ...PAGES.map((name) => `box-sts-Service-${name}-page`),
        ...TICKETS.map((name) => `box-sts-Service-${name}-ticket`),
      ].toSorted(),
    );
  });

  test("are one more with a shared cache, whose requests without it are a ticket", () => {
    const more = [...alarmsOf(shared)].filter(([name]) => !alarms.has(name));
    expect(more.map(([, { Properties }]) => Properties)).toEqual([
      expect.objectContaining({
        AlarmName: `box-sts-Service-${SHARED_CACHE_TICKET}-ticket`,
        MetricName: "SharedCacheFailures",
        TreatMissingData: "notBreaching",
      }),
    ]);
  });

  test.each([...PAGES, ...TICKETS, SHARED_CACHE_TICKET])(
    "have a text that names the problem's page, the log groups and a query (%s), within AWS's 1,024 characters",
    (name) => {
      const text = textOf(alarmsOf(shared).get(name)!);
      const [headline = "", page, logs, query, ...others] = text.split("\n");
      expect(headline).toMatch(PAGES.includes(name) ? /^PAGE: [A-Z].{60,}\.$/ : /^TICKET: [A-Z].{60,}\.$/);
      const [, code = ""] = /^Problem: docs\/(?:problems\.md#([a-z_]+)|deploy\.md#alarms)$/.exec(page!) ?? [];
      if (name !== "Throttles") expect(PROBLEMS).toHaveProperty(code);
      expect(logs).toMatch(/^Log groups: \S+(?:, \S+)?$/);
      expect(query).toMatch(/^Query: filter .+ \| /);
      expect(others).toEqual([]);
      expect(text.length).toBeLessThanOrEqual(1_024);
    },
  );

  test("link to the published page where the operator has named one", () => {
    const published = deploy({ helpUrl: "https://wiki.example/problems" });
    expect(textOf(alarmsOf(published).get("FailureRate")!)).toContain(
      "Problem: https://wiki.example/problems#box_unavailable\n",
    );
  });

  test("notify the one topic when they are raised and when they are over", () => {
    const [[topic] = []] = ofType(example, "AWS::SNS::Topic");
    for (const { Properties } of alarms.values()) {
      expect(Properties.AlarmActions).toEqual([{ Ref: topic }]);
      expect(Properties.OKActions).toEqual(Properties.AlarmActions);
    }
  });

  test("treat missing data as healthy, but for the health check's", () => {
    for (const [name, { Properties }] of alarms) {
      expect(Properties.TreatMissingData).toBe(name === "HealthFailure" ? "breaching" : "notBreaching");
    }
  });

  test("keep the state of an app's authorization where the health check and a shared cache report each change", () => {
    const propertiesOf = (config: Partial<DeployConfig>) =>
      alarmsOf(deploy(config)).get("AppsNotAuthorized")?.Properties;
    expect(propertiesOf({ sharedCache: true })).toMatchObject({ TreatMissingData: "ignore", Period: 300 });
    expect(propertiesOf({})).toMatchObject({ TreatMissingData: "notBreaching", Period: 7_200 });
    const noHealth = { TreatMissingData: "notBreaching", Period: 300 };
    expect(propertiesOf({ sharedCache: true, health: false })).toMatchObject(noHealth);
    expect(propertiesOf({ health: false })).toMatchObject(noHealth);
  });

  test("watch the age of App Tokens where there is a threshold for it, and a health check that measures it", () => {
    const alarmThresholds = { appTokenAgeDays: 365 };
    const age = alarmsOf(deploy({ alarmThresholds })).get("AppTokenAge");
    expect(age?.Properties).toMatchObject({
      ...{ AlarmName: "box-sts-Service-AppTokenAge-ticket", MetricName: "AppTokenAge", Statistic: "Maximum" },
      ...{ Threshold: 365, Period: 7_200, TreatMissingData: "notBreaching" },
    });
    expect(textOf(age!).length).toBeLessThanOrEqual(1_024);
    expect(alarms.has("AppTokenAge")).toBe(false);
    expect(alarmsOf(deploy({ alarmThresholds, health: false })).has("AppTokenAge")).toBe(false);
  });

  test("and the dashboard use only metrics that the functions write", () => {
    const used = (type: string, pattern: RegExp) =>
      [...json(ofType(example, type)).replaceAll("\\", "").matchAll(pattern)].map(([, name]) => name);
    const names = [
      ...used("AWS::CloudWatch::Alarm", /"MetricName":"(\w+)","Namespace":"BoxSts"/g),
      ...used("AWS::CloudWatch::Dashboard", /"BoxSts","(\w+)"/g),
    ];
    expect(names.length).toBeGreaterThan(15);
    for (const name of names) expect(METRICS).toHaveProperty(name!);
  });

  test("and the functions give their metrics the same name of the deployment", () => {
    const [[, { Properties }]] = ofType(example, "AWS::Lambda::Function") as [[string, TemplateResource]];
    const { Variables } = Properties.Environment as { Variables: Record<string, string> };
    expect(Variables.BOX_STS_SERVICE).toBe("box-sts-Service");
    const dimensions = json([...alarms.values()]).matchAll(/"Name":"Service","Value":"([^"]+)"/g);
    expect(new Set([...dimensions].map(([, value]) => value))).toEqual(new Set(["box-sts-Service"]));
  });
});

describe("the health alarm", () => {
  test.each([
    [{}, "rate(1 hour)", 7_200],
    [{ healthIntervalMinutes: 5 }, "rate(5 minutes)", 600],
    [{ healthIntervalMinutes: 720 }, "rate(12 hours)", 86_400],
  ])("covers two intervals of the schedule: %j", (config, schedule, period) => {
    const deployment = deploy(config);
    const [[, { Properties }]] = ofType(deployment, "AWS::Events::Rule") as [[string, TemplateResource]];
    expect(Properties.ScheduleExpression).toBe(schedule);
    expect(alarmsOf(deployment).get("HealthFailure")?.Properties).toMatchObject({
      Period: period,
      EvaluationPeriods: 1,
    });
  });

  test.each([1, 4, 721, 1_440, 7.5])("refuses a deploy.json with an interval of %d minutes", (minutes) => {
    expect(() => deploy({ healthIntervalMinutes: minutes })).toThrow(
      /^\/healthIntervalMinutes: .*whole number from 5 to 720/,
    );
  });
});

describe("the thresholds", () => {
  test("of a deploy.json are the alarms', the others keep their defaults", () => {
    const thresholdsOf = (config: Partial<DeployConfig>) =>
      Object.fromEntries(
        [...alarmsOf(deploy(config))].map(([name, { Properties }]) => [name, Properties.Threshold]),
      );
    const defaults = {
      ...{ OperatorErrors: 0, FailureRate: 5, AuditFailure: 5, HealthFailure: 0, PolicyDenials: 20 },
      ...{ RateLimited: 0, PreviousSecret: 0, BoxCalls: 300, ClockSkew: 30, Throttles: 0 },
      ...{ SlowRequests: 3_000, AppsNotAuthorized: 0, AppTokenFallbacks: 0 },
    };
    expect(thresholdsOf({})).toEqual(defaults);
    expect(thresholdsOf({ sharedCache: true })).toEqual({ ...defaults, SharedCacheFailures: 0 });
    const sharedCacheFailures = { sharedCache: true, alarmThresholds: { sharedCacheFailures: 7 } } as const;
    expect(thresholdsOf(sharedCacheFailures)).toEqual({ ...defaults, SharedCacheFailures: 7 });
    expect(thresholdsOf({ alarmThresholds: { deniedRequests: 100 } })).toEqual({
      ...defaults,
      PolicyDenials: 100,
    });
    const alarmThresholds = {
      ...{ deniedRequests: 1, boxCalls: 2, rateLimitedRequests: 3, throttledInvocations: 4 },
      ...{ failureRatePercent: 0.5, p99LatencySeconds: 6 },
    };
    expect(thresholdsOf({ alarmThresholds })).toEqual({
      ...defaults,
      ...{
        PolicyDenials: 1,
        BoxCalls: 2,
        RateLimited: 3,
        Throttles: 4,
        FailureRate: 0.5,
        SlowRequests: 6_000,
      },
    });
  });

  test.each([
    [{ denySpike: 7 }, "/alarmThresholds/denySpike"],
    [{ deniedRequests: -1 }, "/alarmThresholds/deniedRequests"],
    [{ failureRatePercent: 100 }, "/alarmThresholds/failureRatePercent"],
  ])("that are not these are refused with their place: %j", (alarmThresholds, place) => {
    expect(() => deploy({ alarmThresholds } as Partial<DeployConfig>)).toThrow(place);
  });
});
