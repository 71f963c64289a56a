import type { Stack } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import { EventBus } from "aws-cdk-lib/aws-events";
import { Key } from "aws-cdk-lib/aws-kms";
import { Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import { Queue, QueueEncryption } from "aws-cdk-lib/aws-sqs";
import { describe, expect, test } from "vitest";
import type { BoxTokenServiceProps, WebhookTarget } from "../../infra/index.ts";
import type { DeployConfig } from "../../schemas/deploy/parse.ts";
import { inStack } from "./deployed-values.ts";
import { deploy, mistakesOf, ofType } from "./deployment.ts";
import { permissionsOf } from "./permissions.ts";
import { ENV } from "./service.ts";

const arn = (service: string, name: string) => `arn:aws:${service}:eu-central-1:123456789012:${name}`;
const QUEUE = arn("sqs", "box-events");
const FUNCTION = arn("lambda", "function:box-events:live");
const BUS = arn("events", "event-bus/box");
const KEY = arn("kms", "key/aaaaaaaa-12ab-34cd-56ef-1234567890ab");
const webhooks = {
  reports: { queue: QUEUE, encryptionKey: KEY },
  archive: { function: FUNCTION, skill: true },
} as const;

const json = (value: unknown) => JSON.stringify(value);

/** The construct with these webhooks, with the app `reports`. */
const reports = (
  webhooksOf: (stack: Stack) => Readonly<Record<string, WebhookTarget>>,
  props: Partial<BoxTokenServiceProps> = {},
  env?: object,
) =>
  inStack(
    (stack) => ({
      ...{ apps: [{ name: "reports", createSecret: "box/reports" }], webhooks: webhooksOf(stack) },
      ...props,
    }),
    env,
  );

describe("the construct", () => {
  test("names the address of an app's webhooks, or throws for an app without a target", () => {
    const { service, stack } = reports((scope) => ({ reports: { queue: new Queue(scope, "Events") } }));
    expect(json(stack.resolve(service.webhookUrl("reports")))).toMatch(/FunctionUrl.*"reports"/);
    expect(() => service.webhookUrl("archive")).toThrow('webhookUrl: the app "archive" has no target; ');
  });

  test("takes targets that the same app makes, with the key of a queue", () => {
    const { stack } = reports((scope) => ({
      reports: {
        queue: new Queue(scope, "Events", {
          ...{ encryption: QueueEncryption.KMS, encryptionMasterKey: new Key(scope, "Key") },
        }),
      },
    }));
    expect(mistakesOf(stack)).toEqual([]);
    const { Resources } = Template.fromStack(stack).toJSON();
    const policies = ofType({ resources: Resources }, "AWS::IAM::Policy");
    const actions = permissionsOf({ resources: Object.fromEntries(policies) }).filter(
      ({ principal, resource }) => principal === "<WebhookRole>" && /^<(?:Key|Events)>$/.test(resource),
    );
    expect(actions.map(({ action }) => action).toSorted()).toEqual([
      ...["kms:Decrypt", "kms:GenerateDataKey", "sqs:SendMessage"],
    ]);
  });

  test("makes nothing where the app, the target or the number is wrong, and reports it", () => {
    const queue = (stack: Stack) => Queue.fromQueueArn(stack, "Events", QUEUE);
    const two = (stack: Stack) =>
      ({ queue: queue(stack), bus: EventBus.fromEventBusArn(stack, "Bus", BUS) }) as unknown as WebhookTarget;
    const mistakes = [
      reports((stack) => ({ report: { queue: queue(stack) } })),
      reports((stack) => ({ reports: two(stack) })),
      reports(() => ({})),
      reports((stack) => ({ reports: { queue: queue(stack) } }), { webhookReservedConcurrency: 1.5 }),
      reports((stack) => ({ reports: { queue: queue(stack) } }), {}, { ...ENV, region: "il-central-1" }),
    ].map(({ stack }) => {
      Template.fromStack(stack).resourceCountIs("AWS::Lambda::Url", 0);
      return mistakesOf(stack);
    });
    expect(mistakes).toEqual([
      ['webhooks: "report" is no app of apps; add it there, or remove it here. Did you mean reports?'],
      ["webhooks.reports: expected one of queue, function and bus; correct it."],
      ["webhooks: there is no app; name at least one of apps."],
      ["webhookReservedConcurrency: expected a whole number from 0; correct it."],
      [
        expect.stringMatching(
          /^webhooks: Lambda has no Function URLs in il-central-1; remove webhooks, or deploy /,
        ),
      ],
    ]);
  });

  test("counts the addresses of targets that the same app makes in the size of the environment", () => {
    const reported = (count: number) => {
      const apps = Array.from({ length: count }, (_, index) => ({
        name: `a${index}`,
        createSecret: `box/a${index}`,
      }));
      const targets = (stack: Stack) =>
        Object.fromEntries(apps.map(({ name }) => [name, { queue: new Queue(stack, `Events-${name}`) }]));
      return mistakesOf(reports(targets, { apps }).stack).map((one) => one.replace(/ would have.*/, ""));
    };
    // Each takes some 270 bytes: the ARN of its secret and the URL of its queue.
    expect([13, 17].map(reported)).toEqual([[], ["The environment of webhook"]]);
  });

  test("takes the ARN of an imported function with its alias as it is", () => {
    const { stack } = reports((scope) => ({
      reports: { function: LambdaFunction.fromFunctionArn(scope, "Events", FUNCTION) },
    }));
    Template.fromStack(stack).hasResourceProperties("AWS::Lambda::Function", {
      Environment: { Variables: { BOX_STS_WEBHOOKS: json({ reports: { function: FUNCTION } }) } },
    });
  });
});

describe("deploy.json is refused with", () => {
  test.each<[string, Partial<Record<keyof DeployConfig, unknown>>, RegExp]>([
    [
      "no app",
      { webhooks: {} },
      /^\/webhooks: The object is empty; expected: Object with the target of each app/,
    ],
    [
      "no target",
      { webhooks: { reports: {} } },
      /^\/webhooks\/reports: A target must have one of queue, function and bus/,
    ],
    [
      "two targets",
      { webhooks: { reports: { queue: QUEUE, bus: BUS } } },
      /^\/webhooks\/reports: A target must have one/,
    ],
    [
      "a URL",
      { webhooks: { reports: { queue: "https://sqs.example" } } },
      /^\/webhooks\/reports\/queue: .*ARN of an SQS queue/,
    ],
    [
      "a key of a bus",
      { webhooks: { reports: { bus: BUS, encryptionKey: KEY } } },
      /^\/webhooks\/reports\/encryptionKey: .*Add queue, or remove/,
    ],
    [
      "skill: false",
      { webhooks: { reports: { bus: BUS, skill: false } } },
      /^\/webhooks\/reports\/skill: .*expected: The value true/,
    ],
    [
      "an app that is not configured",
      { webhooks: { report: { bus: BUS } } },
      /^webhooks: "report" is no app of apps/,
    ],
    [
      "half an invocation",
      { webhooks, webhookReservedConcurrency: 0.5 },
      /^\/webhookReservedConcurrency: .*whole number/,
    ],
  ])("%s", (_, config, sentence) => {
    expect(() => deploy(config as Partial<DeployConfig>)).toThrow(sentence);
  });
});
