import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { deliveryLine } from "../../functions/lambda/webhook-log.ts";
import { REFUSAL_REASONS, WEBHOOK_PROBLEMS } from "../../schemas/protocol/webhook-problems.ts";

const PAGE = readFileSync(new URL("../../docs/webhooks.md", import.meta.url), "utf8");

/** The rows of the table with this head. */
function tableOf(...head: readonly string[]): readonly string[] {
  const [, body = ""] = PAGE.split(`| ${head.join(" | ")} |\n`);
  const [, ...rows] = body.split("\n");
  const end = rows.findIndex((row) => !row.startsWith("|"));
  expect(end, `a table ${head[0]}`).toBeGreaterThan(0);
  return rows.slice(0, end);
}

test("docs/webhooks.md has every problem code with its status and metric, and no other", () => {
  const rows = Object.entries(WEBHOOK_PROBLEMS).map(
    ([code, { status, metric, title }]) => `| \`${code}\` | ${status} | \`${metric}\` | ${title} |`,
  );
  expect(tableOf("code", "status", "metric", "when")).toEqual(rows);
});

test("docs/webhooks.md has every reason of a refusal, and no other", () => {
  const rows = Object.entries(REFUSAL_REASONS).map(([reason, when]) => `| \`${reason}\` | ${when} |`);
  expect(tableOf("reason", "when")).toEqual(rows);
});

test("docs/webhooks.md has every property of a delivery's line, in its order, and no other", () => {
  const line = deliveryLine({
    service: "box-sts",
    context: { requestId: "r", deadline: 0, trace: { steps: [] } },
    outcome: { kind: "handed_on", app: "reports", target: "bus", deliveryId: undefined },
    now: 0,
    durationMs: 0,
  });
  const metrics = ["_aws", "Service", "WebhooksHandedOn"];
  const properties = Object.keys(line).filter((name) => !metrics.includes(name));
  const documented = tableOf("property", "meaning").map((row) => /^\| `(\w+)` \|/.exec(row)?.[1]);
  expect(documented).toEqual(properties);
});
