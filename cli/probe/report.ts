import { jsonText, visible } from "../../action/report/escape.ts";
import { formatCount } from "../../action/report/phrases.ts";
import { wrapLines } from "../../action/report/wrap-lines.ts";
import type { Paint, Terminal } from "../terminal.ts";
import { VERDICTS, type Verdict } from "./judge.ts";
import type { ProbeResult } from "./run.ts";

/** Version of the JSON that `box-sts probe --json` prints. A new property does not change it. */
const REPORT_VERSION = 1;

const STYLES = { ok: "green", failed: "red", "no proof": "yellow" } as const;
const WORDS: Readonly<Record<Verdict, string>> = { ok: "ok", failed: "FAILED", "no proof": "no proof" };

/** Whether all that could be proved is as it must be, and something was. @param isStrict whether everything must be */
export function isPassed(results: readonly ProbeResult[], isStrict: boolean): boolean {
  const count = (verdict: Verdict) => results.filter((one) => one.verdict === verdict).length;
  return count("failed") === 0 && count("ok") > 0 && (!isStrict || count("no proof") === 0);
}

/** One probe: what was expected, and what came back. */
export function probeText(
  { target, probe, verdict, expected, seen, next }: ProbeResult,
  paint: Paint,
  terminal: Terminal,
): string {
  const word = WORDS[verdict];
  const line = `${word.padEnd(8)}  ${target.padEnd(6)}  ${visible(`${probe}: expected ${expected}; seen: ${seen}`)}`;
  const lines = [wrapLines(line, terminal)];
  if (next !== undefined) lines.push(wrapLines(`${" ".repeat(18)}Next: ${visible(next)}`, terminal));
  const text = lines.join("\n");
  return `${paint(STYLES[verdict], word)}${text.slice(word.length)}\n`;
}

const requestsOf = (results: readonly ProbeResult[]): number =>
  results.reduce((sum, { requests }) => sum + requests, 0);

/** `14 probes with 12 requests: 11 ok, 1 failed, 2 no proof` */
export function totalText(results: readonly ProbeResult[]): string {
  const parts = VERDICTS.flatMap((verdict) => {
    const count = results.filter((one) => one.verdict === verdict).length;
    return count === 0 ? [] : [`${count} ${verdict}`];
  });
  return `${formatCount(results.length, "probe")} with ${formatCount(requestsOf(results), "request")}: ${parts.join(", ")}\n`;
}

export const reportJson = (results: readonly ProbeResult[], passed: boolean): string =>
  `${jsonText({
    ...{ version: REPORT_VERSION, passed, requests: requestsOf(results) },
    probes: results.map(({ requests: _, ...one }) => one),
  })}\n`;
