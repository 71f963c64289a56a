import { groupBy } from "../scan/group-by.ts";
import { markdownCode, markdownText } from "./escape.ts";
import { linesWithinBytes } from "./lines-within-bytes.ts";
import { markdownLocation } from "./markdown-location.ts";
import { nextSteps } from "./next-steps.ts";
import { findingsText, formatCount, outcomeText, scannedText, sentence, suppressedTexts } from "./phrases.ts";
import { problemText } from "./problems.ts";
import { isComplete, type Report, type ReportedFinding, secretsOf } from "./report.ts";
import { SKIPPED_FIX, skippedSentence } from "./skipped.ts";

/**
 * GitHub shows nothing of a step's summary over 1 MiB, and no reader needs a hundredth of that: the report has
 * the rest.
 */
const MAX_TABLE_BYTES = 60 * 1024;
const MAX_LIST_BYTES = 80 * 1024;

/**
 * The job summary in Markdown: what to do now, the findings, what was scanned; under 1 MiB. `base` is the commit
 * that the branch goes into, where it is known.
 */
export const summary = (report: Report, base: string | null = null): string =>
  [
    `## box-config-lint: ${outcomeText(report)}`,
    ...(report.findings.length === 0 && !isComplete(report)
      ? ["", "Not everything was read: see below what is left."]
      : nextSteps(report.findings, base)),
    ...list("Not everything could be scanned", (report.problems ?? []).map(problemText)),
    ...skipped(report),
    ...table(report.findings),
    ...scanned(report),
    ...list("Notices", report.notices),
    "",
  ].join("\n");

const text = (words: string) => markdownText(sentence(words));

function table(findings: readonly ReportedFinding[]): readonly string[] {
  if (findings.length === 0) return [];
  const all = secretsOf(findings);
  const { lines, left } = linesWithinBytes(MAX_TABLE_BYTES, all.map(row));
  return [
    "",
    "### Findings",
    "",
    "| Certainty | Rule | Where | What | Identity |",
    "|---|---|---|---|---|",
    ...lines,
    ...(left === 0
      ? []
      : [
          "",
          `Left out here: ${findingsText(all.slice(-left).flat())}. The input \`report\` writes a file with all of them.`,
        ]),
    "",
    "Harmless after all? Suppress it by its identity in `.box-config-lint.json` on the base branch, with a reason and a day; `box-config-lint baseline PATH` writes the entry. A change cannot excuse itself.",
  ];
}

/** Places of a finding that its row names. */
const PLACES = 5;

function row(places: readonly ReportedFinding[]): string {
  const [first] = places;
  if (first === undefined) return "";
  const { certainty, rule, message, fix, identity } = first;
  const more = places.length - PLACES;
  const at = places.slice(0, PLACES).map(markdownLocation).join("<br>");
  // What to do about a key or secret is above.
  const what =
    rule === "private-key" || rule === "box-secret" ? text(message) : `${text(message)} ${text(fix)}`;
  const cells = [
    certainty,
    rule,
    more > 0 ? `${at}<br>and ${formatCount(more, "more place")}` : at,
    what,
    markdownCode(sentence(identity)),
  ];
  return `| ${cells.join(" | ")} |`;
}

const scanned = (report: Report): readonly string[] => [
  "",
  "### What was scanned",
  "",
  `- Range: ${text(report.range)}`,
  `- Read: ${scannedText(report)}`,
  `- Suppressed: ${suppressedTexts(report).join(", ") || "nothing"}`,
  ...byPath(report),
];

/** Globs that are named with what they took out; the JSON has all findings. */
const MAX_GLOBS = 20;

/** What each entry for a path took out: a reviewer sees that there is such an entry. */
function byPath({ suppressed }: Report): readonly string[] {
  const globs = groupBy(
    suppressed.filter(({ suppression }) => suppression.path !== undefined),
    ({ suppression }) => suppression,
  );
  const lines = [...globs].map(
    ([{ path = "", reason, expires }, found]) =>
      `  - ${markdownCode(sentence(path))}: ${formatCount(found.length, "finding")}, until ${expires}. ${text(reason)}`,
  );
  const more = lines.length - MAX_GLOBS;
  return [
    ...lines.slice(0, MAX_GLOBS),
    ...(more > 0 ? [`  - and ${formatCount(more, "more entry", "more entries")}`] : []),
  ];
}

const skipped = ({ skipped }: Report): readonly string[] => [
  ...list("Not read, which fails this run", sentencesOf(skipped, true)),
  ...(skipped.some(({ fails }) => fails) ? ["", SKIPPED_FIX] : []),
  ...list("Not read", sentencesOf(skipped, false)),
];

const sentencesOf = (skipped: Report["skipped"], failing: boolean): readonly string[] =>
  skipped.filter(({ fails }) => fails === failing).map(skippedSentence);

function list(title: string, all: readonly string[]): readonly string[] {
  if (all.length === 0) return [];
  const { lines, left } = linesWithinBytes(
    MAX_LIST_BYTES,
    all.map((one) => `- ${text(one)}`),
  );
  return ["", `### ${title}`, "", ...lines, ...(left === 0 ? [] : [`- Left out: ${left} more`])];
}
