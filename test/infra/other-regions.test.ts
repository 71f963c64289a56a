import { App, Stack } from "aws-cdk-lib";
import { Key } from "aws-cdk-lib/aws-kms";
import { Secret } from "aws-cdk-lib/aws-secretsmanager";
import { Topic } from "aws-cdk-lib/aws-sns";
import { Queue, QueueEncryption } from "aws-cdk-lib/aws-sqs";
import { describe, expect, test } from "vitest";
import type { BoxTokenServiceProps } from "../../infra/index.ts";
import { inStack } from "./deployed-values.ts";
import { deploy, EXAMPLE_CONFIG, mistakesOf, newFolder } from "./deployment.ts";
import { ENV } from "./service.ts";

const apps = [{ name: "reports", createSecret: "box/reports" }];
const topicIn = (region: string, account = ENV.account) => `arn:aws:sns:${region}:${account}:on-call`;
const keyIn = (region: string) =>
  `arn:aws:kms:${region}:${ENV.account}:key/aaaaaaaa-12ab-34cd-56ef-1234567890ab`;
const queueIn = (region: string) => `arn:aws:sqs:${region}:${ENV.account}:box-events`;
const mistakesFor = (props: (stack: Stack) => Partial<BoxTokenServiceProps>, env?: object) =>
  mistakesOf(inStack((stack) => ({ apps, ...props(stack) }), env).stack);
const { alarmEmail: _, ...withoutEmail } = EXAMPLE_CONFIG;

describe.each(["alarmTopic", "ticketTopic"])("a topic of another region as %s", (property) => {
  const sentence = new RegExp(
    `^${property}: the topic is in the region us-east-1, the stack in eu-central-1; CloudWatch notifies .*give a topic of that region`,
  );
  const imported = (arn: string) => (stack: Stack) => ({ [property]: Topic.fromTopicArn(stack, "Ops", arn) });

  test("is reported by the construct, and is the only mistake", () => {
    expect(mistakesFor(imported(topicIn("us-east-1")))).toEqual([expect.stringMatching(sentence)]);
  });

  test("fails a deploy.json", () => {
    const config: object = { ...withoutEmail, alarmEmail: undefined, [property]: topicIn("us-east-1") };
    expect(() => deploy(config)).toThrow(sentence);
  });

  test("is reported also where another stack of the app makes it", () => {
    const there = new Stack(new App({ outdir: newFolder() }), "There", {
      env: { ...ENV, region: "us-east-1" },
    });
    const topic = new Topic(there, "Ops");
    expect(mistakesFor(() => ({ [property]: topic }))).toEqual([expect.stringMatching(sentence)]);
  });

  test("passes where only the deployment knows the stack's region", () => {
    expect(mistakesFor(imported(topicIn("us-east-1")), {})).toEqual([]);
  });

  test("may be of another account in the stack's region, whose topics CloudWatch notifies", () => {
    expect(mistakesFor(imported(topicIn("eu-central-1", "999999999999")))).toEqual([]);
  });
});

describe("the key of a webhook's queue", () => {
  const sentence =
    /^webhooks\.reports\.encryptionKey: the key is in the region us-east-1, the queue in eu-central-1; a key encrypts queues of its own region alone; give a key of that region/;
  const imported = (queue: string, key: string) => (stack: Stack) => ({
    webhooks: {
      reports: { queue: Queue.fromQueueAttributes(stack, "Events", { queueArn: queue, keyArn: key }) },
    },
  });

  test("of another region than the queue's is reported by the construct", () => {
    expect(mistakesFor(imported(queueIn("eu-central-1"), keyIn("us-east-1")))).toEqual([
      expect.stringMatching(sentence),
    ]);
  });

  test("of another region than the queue's fails a deploy.json", () => {
    const target = { queue: queueIn("eu-central-1"), encryptionKey: keyIn("us-east-1") };
    expect(() => deploy({ webhooks: { reports: target } })).toThrow(sentence);
  });

  test("is of the queue's region, not of the stack's", () => {
    expect(mistakesFor(imported(queueIn("us-east-1"), keyIn("us-east-1")))).toEqual([]);
    expect(mistakesFor(imported(queueIn("us-east-1"), keyIn("eu-central-1")))).toEqual([
      expect.stringMatching(/the key is in the region eu-central-1, the queue in us-east-1/),
    ]);
  });

  test("passes where only the deployment knows the region", () => {
    const made = (stack: Stack) => ({
      webhooks: {
        reports: {
          queue: new Queue(stack, "Events", {
            encryption: QueueEncryption.KMS,
            encryptionMasterKey: new Key(stack, "Key"),
          }),
        },
      },
    });
    expect([mistakesFor(made, {}), mistakesFor(made)]).toEqual([[], []]);
  });
});

test("a secret or a key whose ARN names the partition of another region is reported", () => {
  const env = { ...ENV, region: "eusc-de-east-1" };
  const secretArn = `arn:aws:secretsmanager:${env.region}:${ENV.account}:secret:box/reports-AbCdEf`;
  const mistakes = mistakesFor(
    (stack) => ({
      apps: [
        { name: "a", secret: Secret.fromSecretCompleteArn(stack, "Secret", secretArn) },
        { name: "b", createSecret: "box/b", encryptionKey: Key.fromKeyArn(stack, "Key", keyIn(env.region)) },
      ],
    }),
    env,
  );
  expect(mistakes).toEqual([
    expect.stringMatching(
      /^apps\[0\]\.secret: the secret is of the partition aws, .* begins with arn:aws-eusc\.$/,
    ),
    expect.stringMatching(/^apps\[1\]\.encryptionKey: the key is of the partition aws, /),
  ]);
});
