import { jsonText, visible } from "../../action/report/escape.ts";
import { formatCount } from "../../action/report/phrases.ts";
import { wrapLines } from "../../action/report/wrap-lines.ts";
import type { Paint, Terminal } from "../terminal.ts";
import { type CheckResult, type CheckStatus, STATUSES } from "./check.ts";

/** Version of the JSON that `box-sts doctor --json` prints. A new property does not change it. */
const REPORT_VERSION = 1;

const STYLES = { ok: "green", warning: "yellow", failed: "red", skipped: "dim" } as const;
const WORDS: Readonly<Record<CheckStatus, string>> = {
  ok: "ok",
  warning: "warning",
  failed: "FAILED",
  skipped: "skipped",
};

export const isHealthy = (results: readonly CheckResult[]): boolean =>
  results.every(({ status }) => status !== "failed");

/** One check: its line, and a line with what to do next. */
export function checkText(
  { status, check, app, summary, next, code }: CheckResult,
  paint: Paint,
  terminal: Terminal,
): string {
  const name = (app === undefined ? check : `${check} (${app})`).padEnd(15);
  const line = `${WORDS[status].padEnd(7)}  ${visible(name)}  ${visible(summary)}${code ? ` [${visible(code)}]` : ""}`;
  const lines = [wrapLines(line, terminal)];
  if (next !== undefined) lines.push(wrapLines(`${" ".repeat(26)}Next: ${visible(next)}`, terminal));
  const text = lines.join("\n");
  const word = WORDS[status];
  return `${paint(STYLES[status], word)}${text.slice(word.length)}\n`;
}

/** `9 checks: 7 ok, 1 warning, 1 failed` */
export function totalText(results: readonly CheckResult[]): string {
  const parts = STATUSES.flatMap((status) => {
    const count = results.filter((result) => result.status === status).length;
    return count === 0 ? [] : [`${count} ${status}`];
  });
  return `${formatCount(results.length, "check")}: ${parts.join(", ")}\n`;
}

export const reportJson = (source: string, results: readonly CheckResult[]): string =>
  `${jsonText({ version: REPORT_VERSION, source, healthy: isHealthy(results), checks: results })}\n`;
