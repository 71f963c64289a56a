import { Annotations, Match, Template } from "aws-cdk-lib/assertions";
import { describe, expect, test } from "vitest";
import { readWebhookSettings } from "../../functions/lambda/webhook-settings.ts";
import { alarmsOf } from "./alarm-names.ts";
import { functionOf, textOf, variablesOf } from "./deployed-values.ts";
import { type Deployment, deploy, ofType } from "./deployment.ts";
import { lineOf, permissionsOf } from "./permissions.ts";

const arn = (service: string, name: string) => `arn:aws:${service}:eu-central-1:123456789012:${name}`;
const QUEUE = arn("sqs", "box-events");
const FUNCTION = arn("lambda", "function:box-events:live");
const BUS = arn("events", "event-bus/box");
const KEY = arn("kms", "key/aaaaaaaa-12ab-34cd-56ef-1234567890ab");
const webhooks = {
  reports: { queue: QUEUE, encryptionKey: KEY },
  archive: { function: FUNCTION, skill: true },
} as const;

const without = deploy();
const withWebhooks = deploy({ webhooks });
const withTable = deploy({ webhooks, sharedCache: true });
const json = (value: unknown) => JSON.stringify(value);

const FUNCTION_ID = "ServiceWebhook";
/** Each reference as its logical id, which is what a deployment would put a value for. */
const deployed = (argument: unknown) => (argument === "AWS::URLSuffix" ? "amazonaws.com" : String(argument));
const added = (deployment: Deployment, before: Deployment) => {
  const known = new Set(permissionsOf(before).map(lineOf));
  return permissionsOf(deployment).filter((one) => !known.has(lineOf(one)));
};
const ofRole = (deployment: Deployment, before = without) =>
  added(deployment, before)
    .filter(({ principal }) => principal === "<WebhookRole>")
    .map(({ action, resource, condition }) => `${action} ${resource} ${condition}`);

describe("the webhook function", () => {
  test("gets variables that it starts with: its apps, their targets, and the table where there is one", () => {
    const { apps, targets, table, service } = readWebhookSettings(
      variablesOf(withTable, FUNCTION_ID, deployed),
    );
    expect([...apps.keys()]).toEqual(["reports", "archive"]);
    expect(Object.fromEntries(targets)).toMatchObject({
      reports: { kind: "queue", address: "https://sqs.eu-central-1.amazonaws.com/123456789012/box-events" },
      archive: { kind: "function", address: FUNCTION, takesSkills: true },
    });
    expect([table, service]).toEqual([expect.stringMatching(/^ServiceSharedCacheTable/), "box-sts-Service"]);
    expect(readWebhookSettings(variablesOf(withWebhooks, FUNCTION_ID, deployed)).table).toBeUndefined();
  });

  test("gets the secrets of the apps that have a target, and no other", () => {
    const one = deploy({ webhooks: { archive: { bus: BUS } } });
    expect(Object.keys(JSON.parse(variablesOf(one, FUNCTION_ID, deployed).BOX_STS_APPS ?? ""))).toEqual([
      "archive",
    ]);
    const reads = ofRole(one).filter((line) => line.startsWith("secretsmanager:"));
    expect(reads).toEqual([
      "secretsmanager:GetSecretValue <AppSecretboxarchive> StringEquals secretsmanager:VersionStage AWSCURRENT",
    ]);
  });

  test("reserves five invocations, ends within Box's 30 seconds, is not traced, and keeps its log as the others", () => {
    const { Properties } = functionOf(deploy({ webhooks, tracing: true }), FUNCTION_ID);
    expect(Properties).toMatchObject({ ReservedConcurrentExecutions: 5 });
    expect(Properties.Timeout).toBeLessThan(30);
    expect(Properties).not.toHaveProperty("TracingConfig");
    const reserved = { webhooks, webhookReservedConcurrency: 40 };
    expect(functionOf(deploy(reserved), FUNCTION_ID).Properties.ReservedConcurrentExecutions).toBe(40);
  });

  test("reserves nothing where the account cannot, which is a warning unless the deployment names a number", () => {
    const unreserved = { webhooks, reservedConcurrency: "unreserved" } as const;
    const warnings = (deployment: Deployment) =>
      Annotations.fromStack(deployment.stack)
        .findWarning("*", Match.stringLikeRegexp("the account's whole concurrency"))
        .map(({ entry }) => entry.data);
    const deployment = deploy(unreserved);
    expect(functionOf(deployment, FUNCTION_ID).Properties).not.toHaveProperty("ReservedConcurrentExecutions");
    expect(warnings(deployment)).toEqual([
      expect.stringMatching(/^webhookReservedConcurrency: .*give a number/),
    ]);
    const bounded = deploy({ ...unreserved, webhookReservedConcurrency: 3 });
    expect(functionOf(bounded, FUNCTION_ID).Properties.ReservedConcurrentExecutions).toBe(3);
    expect([...warnings(bounded), ...warnings(withWebhooks)]).toEqual([]);
  });

  test("writes no line of Lambda's own for each request, and all of its own", () => {
    expect(functionOf(withWebhooks, FUNCTION_ID).Properties.LoggingConfig).toMatchObject({
      ...{ LogFormat: "JSON", SystemLogLevel: "WARN", ApplicationLogLevel: "TRACE" },
    });
  });

  test("is reached through a Function URL without authentication, and directly by no principal", () => {
    const onFunction = added(withWebhooks, without).filter(({ resource }) => resource === "<Webhook>");
    expect(onFunction.map(lineOf).toSorted()).toEqual([
      "ALLOW | * | lambda:InvokeFunction | <Webhook> | Bool lambda:InvokedViaFunctionUrl true",
      "ALLOW | * | lambda:InvokeFunctionUrl | <Webhook> | StringEquals lambda:FunctionUrlAuthType NONE",
      "DENY | * | lambda:InvokeAsync | <Webhook> | BoolIfExists lambda:InvokedViaFunctionUrl false",
      "DENY | * | lambda:InvokeFunction | <Webhook> | BoolIfExists lambda:InvokedViaFunctionUrl false",
    ]);
    const urls = ofType(withWebhooks, "AWS::Lambda::Url").map(([, { Properties }]) => Properties.AuthType);
    expect(urls.toSorted()).toEqual(["AWS_IAM", "NONE"]);
  });

  test("reads no secret and sends nothing before its resource policy denies direct invocations", () => {
    const [policy] = ofType(withWebhooks, "AWS::IAM::Policy").filter(([id]) =>
      id.startsWith("ServiceWebhookSecrets"),
    );
    const [resourcePolicy] = ofType(withWebhooks, "AWS::Lambda::ResourcePolicy").filter(([id]) =>
      /Webhook/.test(id),
    );
    const [url] = ofType(withWebhooks, "AWS::Lambda::Url").filter(([id]) => /Webhook/.test(id));
    expect(policy?.[1].DependsOn).toContain(resourcePolicy?.[0]);
    expect(url?.[1].DependsOn).toEqual(expect.arrayContaining([resourcePolicy?.[0], policy?.[0]]));
  });

  test("sends to its targets alone, and uses the key of a queue through SQS alone", () => {
    const sends = ofRole(withWebhooks).filter(
      (line) => /^(?:sqs|lambda|events|kms):/.test(line) && !line.includes("SecretARN"),
    );
    expect(sends.toSorted()).toEqual([
      `kms:Decrypt ${KEY} StringEquals kms:ViaService sqs.eu-central-1.<AWS::URLSuffix>`,
      `kms:GenerateDataKey ${KEY} StringEquals kms:ViaService sqs.eu-central-1.<AWS::URLSuffix>`,
      `lambda:InvokeFunction ${FUNCTION} always`,
      `sqs:SendMessage ${QUEUE} always`,
    ]);
    expect(ofRole(deploy({ webhooks: { reports: { bus: BUS } } }))).toContain(
      `events:PutEvents ${BUS} always`,
    );
  });

  test("uses the items of its own prefix in the table, and never the service secret", () => {
    const lines = ofRole(withTable, deploy({ sharedCache: true }));
    const condition =
      "ForAllValues:StringLike dynamodb:LeadingKeys webhook#* and Null dynamodb:LeadingKeys false";
    expect(lines.filter((line) => line.startsWith("dynamodb:"))).toEqual([
      `dynamodb:GetItem <SharedCacheTable> ${condition}`,
      `dynamodb:PutItem <SharedCacheTable> ${condition}`,
    ]);
    expect(json(lines)).not.toContain("ServiceSecret");
    expect(variablesOf(withTable, FUNCTION_ID, deployed)).not.toHaveProperty("BOX_STS_SERVICE_SECRET");
  });
});

describe("a deployment without webhooks", () => {
  test("has nothing of them", () => {
    expect(json(Template.fromStack(without.stack).toJSON()).match(/webhook/gi)).toBeNull();
  });

  test("keeps every resource as it is when webhooks are added, but for the topic's policy and the dashboard", () => {
    const changed = Object.entries(without.resources).filter(
      ([id, resource]) => json(withWebhooks.resources[id]) !== json(resource),
    );
    expect(changed.map(([, { Type }]) => Type).toSorted()).toEqual([
      "AWS::CloudWatch::Dashboard",
      "AWS::SNS::TopicPolicy",
    ]);
  });
});

describe("the address of an app's webhooks", () => {
  test("is in an output, and in an SSM parameter for each app, with the app's name at its end", () => {
    const { WebhookUrls } = Template.fromStack(withWebhooks.stack).toJSON().Outputs;
    const url = /"reports":"(.*FunctionUrl)reports","archive":"(.*FunctionUrl)archive"/;
    expect(textOf(WebhookUrls.Value, deployed)).toMatch(url);
    const parameters = ofType(withWebhooks, "AWS::SSM::Parameter").map(([, { Properties }]) => [
      Properties.Name,
      textOf(Properties.Value, deployed),
    ]);
    expect(parameters.filter(([name]) => String(name).includes("webhook"))).toEqual(
      ["reports", "archive"].map((app) => [
        `/box-sts/box-sts/webhook-url/${app}`,
        expect.stringMatching(new RegExp(`FunctionUrl${app}$`)),
      ]),
    );
  });
});

test("the alarms are three more, about what is lost, what is refused and what is throttled", () => {
  const more = [...alarmsOf(withWebhooks)].filter(([name]) => !alarmsOf(without).has(name));
  const facts = more.map(([name, { Properties }]) => [name, Properties.MetricName, Properties.Threshold]);
  expect(facts).toEqual([
    ["WebhooksFailed", "WebhooksFailed", 0],
    ["WebhooksRefused", "WebhooksRefused", 1_000],
    ["WebhookThrottles", "Throttles", 100],
  ]);
  const alarmThresholds = { undeliveredWebhooks: 3, publicRefusals: 4, publicThrottles: 5 };
  const changed = alarmsOf(deploy({ webhooks, alarmThresholds }));
  expect(more.map(([name]) => changed.get(name)?.Properties.Threshold)).toEqual([3, 4, 5]);
});
