import { describe, expect, test } from "vitest";
import { readWebhookSettings } from "../../../../functions/lambda/webhook-settings.ts";

const BOX_STS_APPS = JSON.stringify({ reports: "box/reports", skills: "box/skills", other: "box/other" });
const settings = (webhooks: unknown, more: object = {}) =>
  readWebhookSettings({
    BOX_STS_APPS,
    BOX_STS_WEBHOOKS: typeof webhooks === "string" ? webhooks : JSON.stringify(webhooks),
    ...more,
  });
const QUEUE = "https://sqs.eu-west-1.amazonaws.com/123456789012/box-events";

describe("BOX_STS_WEBHOOKS", () => {
  test.each([
    [{ queue: QUEUE }, "queue", "eu-west-1"],
    [{ queue: `${QUEUE}.fifo` }, "queue", "eu-west-1"],
    [{ queue: "https://sqs-fips.us-gov-west-1.amazonaws.com/123456789012/q" }, "queue", "us-gov-west-1"],
    [{ queue: "https://sqs.cn-north-1.amazonaws.com.cn/123456789012/q" }, "queue", "cn-north-1"],
    [{ queue: "https://sqs.eu-west-1.api.aws/123456789012/q" }, "queue", "eu-west-1"],
    [{ queue: "https://vpce-0a1b2c.sqs.eu-west-1.vpce.amazonaws.com/123456789012/q" }, "queue", "eu-west-1"],
    [{ queue: "http://127.0.0.1:4100/123456789012/q" }, "queue", undefined],
    [{ function: "arn:aws:lambda:eu-west-1:123456789012:function:consume" }, "function", "eu-west-1"],
    [{ function: "arn:aws:lambda:eu-west-1:123456789012:function:consume:live" }, "function", "eu-west-1"],
    [{ bus: "arn:aws:events:eu-west-1:123456789012:event-bus/box" }, "bus", "eu-west-1"],
    [{ bus: "box" }, "bus", undefined],
  ] as const)("takes %j", (target, kind, region) => {
    const { apps, targets } = settings({ reports: target });
    const [address] = Object.values(target);
    expect([...targets]).toEqual([["reports", { kind, address, region, takesSkills: false }]]);
    expect([...apps]).toEqual([["reports", "box/reports"]]);
  });

  test("marks a target for Skills only where it says so", () => {
    const { targets } = settings({ skills: { bus: "b", skill: true }, reports: { bus: "b", skill: false } });
    expect([...targets].map(([app, { takesSkills }]) => [app, takesSkills])).toEqual([
      ["skills", true],
      ["reports", false],
    ]);
  });

  test.each([
    ["{", "is not JSON with each app once"],
    ['{"reports":{"bus":"a"},"reports":{"bus":"b"}}', "is not JSON with each app once"],
    ["", "is missing"],
    [{}, "must be a JSON object"],
    [[], "must be a JSON object"],
    [{ reports: "arn:aws:lambda:eu-west-1:123456789012:function:f" }, "must be a JSON object"],
    [{ reports: {} }, "must be a JSON object"],
    [{ reports: { skill: true } }, "must be a JSON object"],
    [{ reports: { queue: QUEUE, bus: "b" } }, "must be a JSON object"],
    [{ reports: { bus: "b", skill: "true" } }, "must be a JSON object"],
    [{ reports: { topic: "t" } }, "must be a JSON object"],
    [{ reports: { constructor: "t" } }, "must be a JSON object"],
    [{ reports: { queue: "http://sqs.eu-west-1.amazonaws.com/123456789012/q" } }, "must be a JSON object"],
    [{ reports: { queue: "https://sqs.eu-west-1.amazonaws.com.evil.example/123456789012/q" } }, "must be"],
    [{ reports: { queue: "https://evil.example/123456789012/q" } }, "must be a JSON object"],
    [{ reports: { queue: `${QUEUE}?x=1` } }, "must be a JSON object"],
    [{ reports: { queue: "arn:aws:sqs:eu-west-1:123456789012:q" } }, "must be a JSON object"],
    [{ reports: { function: "consume" } }, "must be a JSON object"],
    [{ reports: { bus: "a bus" } }, "must be a JSON object"],
    [{ unknown: { bus: "b" } }, "has an app that BOX_STS_APPS does not have"],
  ])("ends the start where it is %j, in a sentence without the value", (webhooks, sentence) => {
    const start = () => settings(webhooks);
    expect(start).toThrow(`BOX_STS_WEBHOOKS ${sentence}`);
    expect(start).toThrow(expect.objectContaining({ name: "SettingsError", stack: "" }));
    expect(start).not.toThrow(/evil/);
  });
});

test("the table and the name of the deployment are those of the token functions", () => {
  const { table, service } = settings(
    { reports: { bus: "b" } },
    { BOX_STS_TABLE: "box-sts-tokens", BOX_STS_SERVICE: "sts" },
  );
  expect({ table, service }).toEqual({ table: "box-sts-tokens", service: "sts" });
  expect(settings({ reports: { bus: "b" } }).table).toBeUndefined();
  expect(() => settings({ reports: { bus: "b" } }, { BOX_STS_TABLE: "a b" })).toThrow("BOX_STS_TABLE");
});
