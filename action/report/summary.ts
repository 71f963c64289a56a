import { markdownCode, markdownText } from "./escape.ts";
import { nextSteps } from "./next-steps.ts";
import { isComplete, type Report, type ReportedFinding } from "./report.ts";
import { SKIPPED_FIX, skippedSentence } from "./skipped.ts";
import { where } from "./where.ts";
import { within } from "./within.ts";
import { foundWords, outcomeWords, scannedWords, sentence } from "./words.ts";

/**
 * GitHub shows nothing at all of a step's summary over 1 MiB. The parts that grow with the findings share it;
 * what remains is more than the fixed text takes.
 */
const MAX_TABLE_BYTES = 550 * 1024;
const MAX_LIST_BYTES = 80 * 1024;

/**
 * The job summary in Markdown: what to do now, the findings, what was looked at; under 1 MiB. `base` is the commit
 * that the branch goes into, where it is known.
 */
export const summary = (report: Report, base: string | null = null): string =>
  [
    `## box-config-lint: ${outcomeWords(report)}`,
    ...(report.findings.length === 0 && !isComplete(report)
      ? ["", "Not everything was read: see below what is left."]
      : nextSteps(report.findings, base)),
    ...list("Not everything could be looked at", report.problems ?? []),
    ...skipped(report),
    ...table(report.findings),
    ...looked(report),
    ...list("Notices", report.notices),
    "",
  ].join("\n");

const text = (words: string) => markdownText(sentence(words));

function table(findings: readonly ReportedFinding[]): readonly string[] {
  if (findings.length === 0) return [];
  const { lines, left } = within(MAX_TABLE_BYTES, findings.map(row));
  return [
    "",
    "### Findings",
    "",
    "| Certainty | Rule | Where | What | Fix | Identity |",
    "|---|---|---|---|---|---|",
    ...lines,
    ...(left === 0
      ? []
      : ["", `Left out, because GitHub shows no more: ${foundWords(findings.slice(-left))}.`]),
    "",
    "Harmless after all? Suppress it by its identity in `.box-config-lint.json` on the base branch, with a reason and a day; `box-config-lint baseline PATH` writes the entry. A change cannot excuse itself.",
  ];
}

function row(finding: ReportedFinding): string {
  const { certainty, rule, message, fix, identity } = finding;
  const cells = [certainty, rule, where(finding), text(message), text(fix), markdownCode(sentence(identity))];
  return `| ${cells.join(" | ")} |`;
}

const looked = (report: Report): readonly string[] => [
  "",
  "### What was looked at",
  "",
  `- Range: ${text(report.range)}`,
  `- Read: ${scannedWords(report)}`,
  `- Findings that exceptions took out: ${report.suppressed.toLocaleString("en")}`,
];

const skipped = ({ skipped }: Report): readonly string[] => [
  ...list("Not read, which fails this run", sentencesOf(skipped, true)),
  ...(skipped.some(({ fails }) => fails) ? ["", SKIPPED_FIX] : []),
  ...list("Not read", sentencesOf(skipped, false)),
];

const sentencesOf = (skipped: Report["skipped"], failing: boolean): readonly string[] =>
  skipped.filter(({ fails }) => fails === failing).map(skippedSentence);

function list(title: string, all: readonly string[]): readonly string[] {
  if (all.length === 0) return [];
  const { lines, left } = within(
    MAX_LIST_BYTES,
    all.map((one) => `- ${text(one)}`),
  );
  return ["", `### ${title}`, "", ...lines, ...(left === 0 ? [] : [`- Left out: ${left} more`])];
}
