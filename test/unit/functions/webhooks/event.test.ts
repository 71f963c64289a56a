import { expect, test } from "vitest";
import { parseEvent } from "../../../../functions/broker/webhooks/event.ts";
import { skillEvent, webhookEvent } from "../../../support/webhooks.ts";

const parse = (body: unknown) => parseEvent(Buffer.from(JSON.stringify(body)));

test("an event names its webhook or its Skill as its sender", () => {
  expect(parse(webhookEvent())?.sender).toBe("4165");
  expect(parse(skillEvent("r", "w"))?.sender).toBe("185");
});

test.each([
  ["absent", undefined],
  ["a text", "4165"],
  ["without an id", { type: "webhook" }],
  ["with a number as its id", { id: 4165 }],
])("an event whose webhook is %s has an empty sender", (_, webhook) => {
  expect(parse(webhookEvent({ webhook }))?.sender).toBe("");
});

test("a trigger that is no text is left out", () => {
  expect(parse(webhookEvent({ trigger: 7 }))?.trigger).toBeUndefined();
});

test.each(["", "e".repeat(257), 7, null])("an event whose id is %j is none", (id) => {
  expect(parse(webhookEvent({ id }))).toBeUndefined();
});

test("an event's id may have 256 characters", () => {
  expect(parse(webhookEvent({ id: "e".repeat(256) }))?.id).toHaveLength(256);
});

test.each([["webhook_event"], { toString: "webhook_event" }, "toString", null])(
  "a body of the type %j is no event",
  (type) => {
    expect(parse(webhookEvent({ type }))).toBeUndefined();
  },
);

test("a body whose bytes are no UTF-8 is no event, because a target would receive another text", () => {
  const [head = "", tail = ""] = JSON.stringify(webhookEvent({ id: "XX" })).split("XX");
  expect(
    parseEvent(Buffer.concat([Buffer.from(head), Buffer.from([0xff]), Buffer.from(tail)])),
  ).toBeUndefined();
});

test.each([
  [62, true],
  [63, false],
])("a body with %i lists in each other below its own two levels: %s", (lists, isEvent) => {
  const nested = Array.from({ length: lists }).reduce<unknown>((inner) => [inner], 1);
  expect(parse(webhookEvent({ source: { nested } })) !== undefined).toBe(isEvent);
});
