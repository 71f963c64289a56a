import { describe, expect, test } from "vitest";
import type { MetricName } from "../../schemas/protocol/metrics.ts";
import { alarmsOf } from "./alarm-names.ts";
import { deploy, PUBLIC } from "./deployment.ts";
import { isRaised, type Sample } from "./metric-math.ts";

const HOUR_MS = 3_600_000;
const NOW = Date.UTC(2026, 0, 10);
const deployment = deploy(PUBLIC);
const shared = alarmsOf(deploy({ sharedCache: true }));
const alarms = [...alarmsOf(deployment)].filter(([name]) => !shared.has(name));

/** What the functions have written. @param hoursAgo when; default: within the last five minutes */
function wrote(name: MetricName, values: readonly number[], hoursAgo = 0.05): Sample {
  const dimensions = { Service: "box-sts-Service" };
  return { namespace: "BoxSts", name, dimensions, time: NOW - hoursAgo * HOUR_MS, values };
}

/** Invocations that Lambda has refused. */
function throttled(id: string, count: number): Sample {
  const dimensions = { FunctionName: id };
  const values = Array.from({ length: count }, () => 1);
  return { namespace: "AWS/Lambda", name: "Throttles", dimensions, time: NOW - 60_000, values };
}

/** A sweep that finds two connections, of which one has 55 days left. */
const sweep = (hoursAgo: number, left = 25, toReconnect = 0, unreadable = 0): readonly Sample[] => [
  wrote("Connections", [2], hoursAgo),
  wrote("ConnectionDaysLeft", [55, left], hoursAgo),
  wrote("ConnectionsToReconnect", [toReconnect], hoursAgo),
  wrote("ConnectionsUnreadable", [unreadable], hoursAgo),
];
const SWEEPS = [...sweep(5), ...sweep(29)];

/** References are functions, by the name that the template's logical id begins with. */
const resolve = (value: unknown) =>
  typeof value === "string"
    ? value
    : String(Object.values(value as object)[0]).replace(/^Service|[0-9A-F]{8}$/g, "");

const raised = (samples: readonly Sample[]) =>
  alarms
    .filter(([, { Properties }]) => isRaised(Properties, { samples, now: NOW, resolve, fillsEmpty: false }))
    .map(([name]) => name);

describe("of the alarms about OAuth 2.0 users and webhooks, exactly these are raised where", () => {
  test.each<[string, readonly Sample[], readonly string[]]>([
    ["nothing is wrong", SWEEPS, []],
    ["no user is connected", [wrote("Connections", [0], 5), wrote("Connections", [0], 29)], []],
    ["the last sweep is late, but not two days", sweep(29), []],
    ["no sweep has ended in two days", sweep(49), ["ConnectionSweeps"]],
    ["a connection has 14 days left", [...sweep(5, 14), ...sweep(29)], []],
    ["a connection has 13 days left", [...sweep(5, 13), ...sweep(29)], ["ConnectionDaysLeft"]],
    ["Box has ended a connection", [...sweep(5, 25, 1), ...sweep(29)], ["ConnectionsToReconnect"]],
    ["a connection cannot be decrypted", [...sweep(5, 25, 0, 1), ...sweep(29)], ["ConnectionsToReconnect"]],
    ["a user could not connect", [...SWEEPS, wrote("ConnectionsFailed", [1])], ["ConnectionsFailed"]],
    ["users connect", [...SWEEPS, wrote("ConnectionsMade", [1, 1])], []],
    ["1,000 requests prove no invitation", [...SWEEPS, wrote("ConnectRequestsRefused", [400, 600])], []],
    [
      "1,001 requests prove none",
      [...SWEEPS, wrote("ConnectRequestsRefused", [400, 601])],
      ["ConnectRequestsRefused"],
    ],
    [
      "Lambda refuses 101 requests to authorize",
      [...SWEEPS, throttled("Authorize", 101)],
      ["ConnectThrottles"],
    ],
    [
      "webhooks arrive, some of them twice",
      [...SWEEPS, wrote("WebhooksHandedOn", [9]), wrote("WebhookDuplicates", [9])],
      [],
    ],
    ["one webhook cannot be handed on", [...SWEEPS, wrote("WebhooksFailed", [1])], ["WebhooksFailed"]],
    [
      "1,001 requests are no signed delivery",
      [...SWEEPS, wrote("WebhooksRefused", [1_001])],
      ["WebhooksRefused"],
    ],
    ["Lambda refuses 101 webhooks", [...SWEEPS, throttled("Webhook", 101)], ["WebhookThrottles"]],
  ])("%s", (_, samples, expected) => {
    expect(raised(samples)).toEqual(expected);
  });
});

test("each has a text that names a page, its own log group and a query, within AWS's 1,024 characters", () => {
  const [logGroups, pages] = [new Set<string>(), new Set<string>()];
  for (const [name, { Properties }] of alarms) {
    const { "Fn::Join": join } = Properties.AlarmDescription as { "Fn::Join": [string, unknown[]] };
    const text = join[1].map(resolve).join("");
    const [headline = "", page = "", logs = "", query, ...others] = text.split("\n");
    expect(headline).toMatch(name === "WebhooksFailed" ? /^PAGE: [A-Z].{60,}\.$/ : /^TICKET: [A-Z].{60,}\.$/);
    expect(query).toMatch(/^Query: filter kind = .+ \| /);
    expect(others).toEqual([]);
    expect(text.length + 80).toBeLessThanOrEqual(1_024);
    logGroups.add(logs);
    pages.add(page);
  }
  expect([...logGroups].toSorted()).toEqual([
    "Log groups: AuthorizeLog",
    "Log groups: ConnectionsLog",
    "Log groups: WebhookLog",
  ]);
  expect([...pages].toSorted()).toEqual([
    "Problem: docs/deploy.md#public-functions",
    "Problem: docs/oauth.md",
    "Problem: docs/webhooks.md",
  ]);
});

test("the alarm about users who have to connect again names each cause that it counts", () => {
  const text = JSON.stringify(new Map(alarms).get("ConnectionsToReconnect"));
  expect(text).toContain("Box has ended connections");
  expect(text).toContain("another client ID");
  expect(text).toContain("no version of the service secret opens them");
});
