import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { DeployConfig } from "../../schemas/deploy/parse.ts";
import { METRICS } from "../../schemas/protocol/metrics.ts";
import { alarmMetricsOf, type Bill, billOf, hostileBill, IDLE, ITEMS, MILLION, totalOf } from "./bill.ts";
import { deploy, EXAMPLE_CONFIG, PUBLIC } from "./deployment.ts";
import { ROOT } from "./synth.ts";

const DEPLOY = readFileSync(join(ROOT, "docs/deploy.md"), "utf8");
const secretOf = (name: string) =>
  `arn:aws:secretsmanager:eu-central-1:123456789012:secret:box/${name}-AbCdEf`;

/** The example with so many apps, whose secrets exist. */
function withApps(count: number, config: Partial<DeployConfig> = {}) {
  const apps = Array.from({ length: count }, (_, index) => ({
    name: `app-${index}`,
    secret: secretOf(`app-${index}`),
  }));
  const rights = { app: "*", subjects: ["enterprise"], unrestricted: true };
  const statements = EXAMPLE_CONFIG.callers.map(({ name = "", alias }, index) => ({
    ...{ id: `statement-${index}`, ...rights },
    caller: alias === undefined ? { name } : { alias },
  }));
  return deploy({ apps, ...config }, { version: 1, statements });
}

const one = withApps(1);
const idle = await billOf(one, 1, IDLE);
const million = await billOf(one, 1, MILLION);
const tenApps = await billOf(withApps(10), 10, MILLION);
const withCache = withApps(1, { sharedCache: true });
const idleWithCache = await billOf(withCache, 1, IDLE);
const millionWithCache = await billOf(withCache, 1, MILLION);
const webhooks = { "app-0": PUBLIC.webhooks.reports };
const oauth = { apps: ["app-0"] };
const withUsers = withApps(1, { sharedCache: true, oauth });
const idleWithUsers = await billOf(withUsers, 1, IDLE);
const idleWithWebhooks = await billOf(withApps(1, { webhooks }), 1, IDLE);
const hostile = hostileBill(5);
const price = (cents: number) => `$${(cents / 100).toFixed(2)}`;

describe("the monthly bill of the template, at list prices,", () => {
  test("is at most $3 idle, beside a dashboard that is not one of the account's three free ones", () => {
    expect(totalOf(idle) - idle.dashboard).toBeLessThanOrEqual(300);
  });

  test("is at most $8 at a million tokens with everything on", () => {
    expect(totalOf(million)).toBeLessThanOrEqual(800);
  });

  test("grows with the apps by their secrets alone", () => {
    for (const item of ITEMS.filter((name) => !name.includes("secrets"))) {
      expect([item, tenApps[item]]).toEqual([item, million[item]]);
    }
  });

  const difference = (bill: Bill, other: Bill) =>
    Object.fromEntries(
      ITEMS.map((item) => [item, bill[item] - other[item]]).filter(([, cents]) => cents !== 0),
    );

  test("grows with an idle shared cache by its secret, its key, its alarm and the metric of a kept alarm", () => {
    expect(difference(idleWithCache, idle)).toEqual({
      ...{ secrets: 40, metrics: 30, alarms: 10, "key of the table": 100 },
    });
  });

  test("grows with the shared cache, at a million tokens, by a table that costs cents and by one metric", () => {
    const {
      "reads of secrets": reads,
      "key of the table": key,
      ...others
    } = difference(millionWithCache, million);
    expect(others).toEqual({
      ...{ secrets: 40, metrics: 30, alarms: 10, "table of the shared cache": expect.any(Number) },
    });
    expect(others["table of the shared cache"]).toBeLessThanOrEqual(10);
    // The service secret is read less often than an app's, which each environment reads every five minutes.
    expect(reads).toBeLessThanOrEqual(10);
    expect(key).toBeLessThanOrEqual(130);
  });

  test("grows with idle OAuth 2.0 users and webhooks by their alarms, and by metrics that a sweep writes once a day", () => {
    expect(difference(idleWithUsers, idleWithCache)).toEqual({ alarms: 70, metrics: 5 });
    expect(difference(idleWithWebhooks, idle)).toEqual({ alarms: 30 });
  });

  test("is below a dollar for a million requests that a public function refuses, and bounded for a month of them", () => {
    expect(hostile.million).toBeLessThan(100);
    expect(hostile.month).toBeLessThan(10_000);
  });

  test("has 17 alarm metrics, and four metrics in a month without incidents", () => {
    expect(alarmMetricsOf(one)).toBe(17);
    expect(million.metrics).toBe(120);
  });
});

describe("docs/deploy.md", () => {
  test("has the bill as computed", () => {
    const row = (name: string, ...cents: number[]) => `| ${[name, ...cents.map(price)].join(" | ")} |`;
    const bills: readonly Bill[] = [idle, idleWithCache, million, millionWithCache, tenApps];
    const lines = [
      "| | idle, one app | idle, one app, shared cache | a million tokens, one app | a million tokens, one app, shared cache | a million tokens, ten apps |",
      "|---|---|---|---|---|---|",
      ...ITEMS.map((item) => row(item, ...bills.map((bill) => bill[item]))),
      row("together", ...bills.map(totalOf)),
      row("together, with a free dashboard", ...bills.map((bill) => totalOf(bill) - bill.dashboard)),
    ];
    expect(tableAfter("## What it costs")).toEqual(lines);
  });

  test("has what each switch saves", async () => {
    const saved = async (config: object) => {
      const bill = await billOf(withApps(1, config), 1, MILLION);
      return totalOf(million) - totalOf(bill);
    };
    const lines = ["| switch in `deploy.json` | saves a month |", "|---|---|"];
    for (const name of ["dashboard", "alarms", "health"]) {
      const cents = await saved({ [name]: false, ...(name === "alarms" && { alarmEmail: undefined }) });
      lines.push(`| \`"${name}": false\` | ${price(cents)} |`);
    }
    expect(tableAfter("What each switch saves")).toEqual(lines);
  });

  test("has what OAuth 2.0 users and webhooks add, idle and under attack", () => {
    const more = (bill: Bill, other: Bill) => price(totalOf(bill) - totalOf(other));
    expect(tableAfter("What OAuth 2.0 users and webhooks add")).toEqual([
      "| | idle, a month | a million refused requests | refused requests all month at the limit |",
      "|---|---|---|---|",
      `| \`oauth\`, beside a shared cache | ${more(idleWithUsers, idleWithCache)} | ${price(hostile.million)} | ${price(hostile.month)} |`,
      `| \`webhooks\` | ${more(idleWithWebhooks, idle)} | ${price(hostile.million)} | ${price(hostile.month)} |`,
    ]);
  });

  test("names how much incidents can add", () => {
    const others = Object.keys(METRICS).length - million.metrics / 30;
    expect(DEPLOY).toContain(`${others} more metrics are written only when something happens`);
    expect(DEPLOY).toContain(`at most ${price(others * 30)} if all of them are written in every hour`);
  });
});

/** The lines of the first table after the text. */
function tableAfter(text: string): readonly string[] {
  const lines = DEPLOY.slice(DEPLOY.indexOf(text)).split("\n");
  const begin = lines.findIndex((line) => line.startsWith("|"));
  const end = lines.findIndex((line, index) => index > begin && !line.startsWith("|"));
  return lines.slice(begin, end);
}
