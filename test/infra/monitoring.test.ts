import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { App, type CfnElement, Duration, NestedStack, Stack } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import { ArnPrincipal } from "aws-cdk-lib/aws-iam";
import { Code, Function as LambdaFunction, Runtime } from "aws-cdk-lib/aws-lambda";
import { LogGroup } from "aws-cdk-lib/aws-logs";
import { Topic } from "aws-cdk-lib/aws-sns";
import { describe, expect, test } from "vitest";
import { BoxTokenService, type BoxTokenServiceProps } from "../../infra/index.ts";
import { ServiceMetrics, serviceName } from "../../infra/metrics.ts";
import { monitoring } from "../../infra/monitoring.ts";
import type { DeployConfig } from "../../schemas/deploy/parse.ts";
import { alarmsOf, PAGES, TICKETS } from "./alarm-names.ts";
import {
  type Deployment,
  deploy,
  mistakesOf,
  newFolder,
  ofType,
  PUBLIC,
  type TemplateResource,
} from "./deployment.ts";

const json = (value: unknown) => JSON.stringify(value);
const example = deploy();
const ENV = { account: "123456789012", region: "eu-central-1" };
const ROLE = new ArnPrincipal("arn:aws:iam::123456789012:role/nightly");

/** The construct in a deployer's stack, with one caller. */
function inStack(props: (stack: Stack) => Partial<BoxTokenServiceProps>, stack?: Stack) {
  const policy = join(newFolder(), "policy.json");
  const rights = { app: "reports", subjects: ["enterprise"], unrestricted: true };
  const statements = [{ id: "alias", caller: { alias: "nightly" }, ...rights }];
  writeFileSync(policy, json({ version: 1, statements }));
  const scope = stack ?? new Stack(new App({ outdir: newFolder() }), "Theirs", { env: ENV });
  const service = new BoxTokenService(scope, "Box", {
    apps: [{ name: "reports", createSecret: "box/reports" }],
    policy,
    ...props(scope),
  });
  service.grantInvoke(ROLE, "nightly");
  const resources = () => Template.fromStack(scope).toJSON().Resources as Deployment["resources"];
  return { stack: scope, service, resources };
}

describe("a topic of one's own", () => {
  test("keeps its policy: AWS's default one allows the account's other alarms to publish", () => {
    const { stack, resources } = inStack((scope) => ({ alarmTopic: new Topic(scope, "Ops") }));
    const made = resources();
    expect(ofType({ resources: made }, "AWS::SNS::TopicPolicy")).toEqual([]);
    const [[id]] = ofType({ resources: made }, "AWS::SNS::Topic") as [[string, TemplateResource]];
    expect(id).toBe(stack.getLogicalId(stack.node.findChild("Ops").node.defaultChild as CfnElement));
    for (const { Properties } of alarmsOf({ resources: made }).values()) {
      expect(Properties.AlarmActions).toEqual([{ Ref: id }]);
    }
  });

  test("that the construct makes allows its alarms to publish, and no others", () => {
    const [[, { Properties }]] = ofType(example, "AWS::SNS::TopicPolicy") as [[string, TemplateResource]];
    const { Statement } = Properties.PolicyDocument as { Statement: Record<string, unknown>[] };
    const allow = Statement.filter(({ Effect }) => Effect === "Allow");
    expect(allow).toHaveLength(1);
    expect(allow[0]?.Condition).toEqual({
      ArnEquals: {
        "aws:SourceArn": ofType(example, "AWS::CloudWatch::Alarm").map(([id]) => ({
          "Fn::GetAtt": [id, "Arn"],
        })),
      },
    });
  });

  test("may be another one for tickets, in a deploy.json too", () => {
    const [alarmTopic, ticketTopic] = ["on-call", "tickets"].map(
      (name) => `arn:aws:sns:eu-central-1:123456789012:${name}`,
    ) as [string, string];
    const deployment = withoutEmail({ alarmTopic, ticketTopic });
    expect(ofType(deployment, "AWS::SNS::Topic")).toEqual([]);
    for (const [name, { Properties }] of alarmsOf(deployment)) {
      const topic = PAGES.includes(name) ? alarmTopic : ticketTopic;
      expect([Properties.AlarmActions, Properties.OKActions]).toEqual([[topic], [topic]]);
    }
  });

  test.each([
    [{ alarmTopic: "arn:aws:sns:eu-central-1:123456789012:on-call" }, "alarmTopic"],
    [{ alarms: false }, "alarms: false"],
  ])("and an e-mail address are refused together: %j", (config, other) => {
    expect(() => deploy({ alarmEmail: "a@example.com", ...config })).toThrow(
      `alarmEmail: it subscribes to the topic that the stack makes, and with ${other} it makes none; remove one of the two.`,
    );
  });
});

/** The example, which has an e-mail address for alarms, without it. */
function withoutEmail(config: Partial<DeployConfig>): Deployment {
  const without: object = { ...config, alarmEmail: undefined };
  return deploy(without);
}

describe("a deployment without", () => {
  const typesOf = (deployment: Pick<Deployment, "resources">) =>
    new Set(Object.values(deployment.resources).map(({ Type }) => Type));

  test("alarms has no topic, and a dashboard without a widget of alarms", () => {
    const deployment = withoutEmail({ alarms: false });
    const types = typesOf(deployment);
    for (const type of ["AWS::CloudWatch::Alarm", "AWS::SNS::Topic", "AWS::SNS::TopicPolicy"]) {
      expect(types).not.toContain(type);
    }
    expect(json(ofType(deployment, "AWS::CloudWatch::Dashboard"))).not.toContain("What is wrong");
  });

  test("a dashboard has the saved queries all the same", () => {
    const types = typesOf(deploy({ dashboard: false }));
    expect(types).not.toContain("AWS::CloudWatch::Dashboard");
    expect(types).toContain("AWS::Logs::QueryDefinition");
  });

  test("a health check has no function, schedule, alarm and output of it", () => {
    const deployment = deploy({ health: false });
    expect(ofType(deployment, "AWS::Lambda::Function")).toHaveLength(2);
    expect(typesOf(deployment)).not.toContain("AWS::Events::Rule");
    expect([...alarmsOf(deployment).keys()]).not.toContain("HealthFailure");
    const outputs = Template.fromStack(deployment.stack).toJSON().Outputs as object;
    expect(Object.keys(outputs)).not.toContain("HealthFunction");
    expect(json(deployment.resources)).not.toContain("What the health check finds");
  });
});

describe("the construct", () => {
  const { service, stack, resources } = inStack(() => ({}));

  test("gives its metrics by name, with the usual or the requested statistic", () => {
    const dimensions = { Service: "Theirs-Box" };
    const common = { namespace: "BoxSts", dimensions, period: Duration.minutes(5) };
    expect(service.metricIssued()).toMatchObject({ ...common, metricName: "Issued", statistic: "Sum" });
    expect(service.metricDenied()).toMatchObject({ ...common, metricName: "Denied", statistic: "Sum" });
    expect(service.metricFailed()).toMatchObject({ ...common, metricName: "Failed", statistic: "Sum" });
    expect(service.metric("Duration")).toMatchObject({ metricName: "Duration", statistic: "p99" });
    expect(service.metricIssued({ statistic: "Average", period: Duration.hours(1) })).toMatchObject({
      ...{ metricName: "Issued", statistic: "Average", period: Duration.hours(1) },
    });
  });

  test("gives its alarms by name, its topic and its dashboard", () => {
    expect(Object.keys(service.alarms).toSorted()).toEqual([...PAGES, ...TICKETS].toSorted());
    expect(stack.resolve(service.alarms.FailureRate?.alarmArn)).toEqual({
      "Fn::GetAtt": [expect.stringMatching(/^BoxFailureRate/), "Arn"],
    });
    expect(service.alarmTopic).toBeInstanceOf(Topic);
    expect(service.dashboard?.node.path).toBe("Theirs/Box/Dashboard");
  });

  test("gives none of them where they are switched off", () => {
    const off = inStack(() => ({ alarms: false, dashboard: false, health: false })).service;
    expect([off.alarms, off.alarmTopic, off.dashboard, off.healthFunctionName]).toEqual([
      ...[{}, undefined, undefined, undefined],
    ]);
  });

  test("in a nested stack names its metrics by the place in the outer one", () => {
    const outer = new Stack(new App({ outdir: newFolder() }), "Outer", { env: ENV });
    const nested = new NestedStack(outer, "Nested");
    expect(serviceName(inStack(() => ({}), nested).service)).toBe("Outer-Nested-Box");
  });

  test.each([Duration.minutes(4), Duration.hours(13), Duration.seconds(301)])(
    "refuses a health check every %s",
    (healthInterval) => {
      expect(mistakesOf(inStack(() => ({ healthInterval })).stack)).toEqual([
        "healthInterval: expected whole minutes from 5 minutes to 12 hours; correct it.",
      ]);
    },
  );

  test("saves its queries under the deployment's name, on the logs of the functions", () => {
    const queries = ofType({ resources: resources() }, "AWS::Logs::QueryDefinition").map(
      ([, { Properties }]) => Properties,
    );
    expect(queries.map(({ Name }) => Name)).toContain("Theirs-Box/Who gets tokens");
    for (const { Name, QueryString, LogGroupNames } of queries) {
      expect(String(Name)).toMatch(/^Theirs-Box\//);
      expect(String(QueryString)).toMatch(/^filter /);
      expect(LogGroupNames).toHaveLength(1);
    }
  });
});

test("token functions that are made after the alarms are in all that reads them", () => {
  const stack = new Stack(new App({ outdir: newFolder() }), "Late", { env: ENV });
  const functions: LambdaFunction[] = [];
  monitoring(stack, new ServiceMetrics("late", functions), {}, {});
  for (const id of ["First", "Second"]) {
    functions.push(
      new LambdaFunction(stack, id, {
        code: Code.fromInline("exports.handler = () => {}"),
        handler: "index.handler",
        runtime: Runtime.NODEJS_24_X,
        logGroup: new LogGroup(stack, `${id}Log`),
      }),
    );
  }
  const { Resources } = Template.fromStack(stack).toJSON();
  const alarms = alarmsOf({ resources: Resources });
  for (const name of ["Throttles", "AuditFailure"]) {
    const { Metrics, AlarmDescription } = alarms.get(name)!.Properties;
    expect(json(Metrics).match(/"FunctionName"/g)).toHaveLength(2);
    expect(json(AlarmDescription).match(/FirstLog|SecondLog/g)).toHaveLength(2);
  }
  expect(json(ofType({ resources: Resources }, "AWS::CloudWatch::Dashboard"))).toContain("SecondLog");
});

test("a service without callers synthesises, with alarms and a dashboard that read no token function", () => {
  const stack = new Stack(new App({ outdir: newFolder() }), "Early", { env: ENV });
  monitoring(stack, new ServiceMetrics("early", []), {}, {});
  const { Resources } = Template.fromStack(stack).toJSON();
  expect(json(alarmsOf({ resources: Resources }).get("Throttles")?.Properties.Metrics)).toContain(
    '"Expression":"TIME_SERIES(0)"',
  );
  expect(json(ofType({ resources: Resources }, "AWS::CloudWatch::Dashboard"))).not.toContain("SOURCE");
});

test("the dashboard has one more widget with a shared cache, and more with OAuth 2.0 users and webhooks", () => {
  const widgetsOf = (deployment: Deployment) => {
    const [[, { Properties }]] = ofType(deployment, "AWS::CloudWatch::Dashboard") as [
      [string, TemplateResource],
    ];
    return (
      json(Properties.DashboardBody)
        .replaceAll("\\", "")
        .match(/"title":"[^"]*"/g) ?? []
    );
  };
  const shared = widgetsOf(deploy({ sharedCache: true }));
  const more = widgetsOf(deploy(PUBLIC)).filter((widget) => !new Set<string>(shared).has(widget));
  expect(more).toEqual(
    ["Users who connect", "Connections at each sweep", "Webhooks"].map((name) => `"title":"${name}"`),
  );
  const title = '"title":"Shared cache: requests served without it, and latency of the table"';
  expect(shared).toEqual([...widgetsOf(example), title]);
});

test("the dashboard shows what is wrong, who gets tokens and who not, the cache, Box, health", () => {
  const [[, { Properties }]] = ofType(example, "AWS::CloudWatch::Dashboard") as [[string, TemplateResource]];
  const body = json(Properties.DashboardBody);
  for (const part of [
    ...["What is wrong", "Who gets tokens", "Who is refused, and why", "What fails, and why"],
    ...["Problems by code", "Tokens from the cache in percent", "What the health check finds"],
    ...["Box latency in ms", "p99", "ConcurrentExecutions", "Requests by app"],
  ]) {
    expect(body).toContain(part);
  }
});
