import { groupBy } from "../scan/group-by.ts";
import { commandData, commandProperty, shortened, visible } from "./escape.ts";
import { formatCount, locationText, sentence, shortCommit } from "./phrases.ts";
import { problemText } from "./problems.ts";
import { type FailOn, grouped, isAtHead, type Report, type ReportedFinding } from "./report.ts";
import { SKIPPED_FIX, skippedSentence } from "./skipped.ts";

type Level = "error" | "warning" | "notice";

/** An error is what makes the step fail. */
const LEVELS: Readonly<Record<FailOn, Readonly<Record<ReportedFinding["certainty"], Level>>>> = {
  partial: { certain: "error", partial: "error" },
  certain: { certain: "error", partial: "warning" },
  never: { certain: "warning", partial: "notice" },
};

/** GitHub shows 10 of each level for a step and drops the others silently. Three notices are kept for our own. */
const SLOTS: Readonly<Record<Level, number>> = { error: 10, warning: 10, notice: 7 };

/** Findings of a file, or sentences, that one annotation reports. */
const LINES = 10;
/** GitHub refuses longer titles. */
const MAX_TITLE = 255;

/**
 * Workflow commands, one an item, for the runner's log. Where a level has more findings than GitHub shows, those
 * of a file share one annotation; what still does not fit is counted in a notice. What no file of the head holds
 * is reported without a file: the lines of its annotation would point at something else.
 */
export function annotations(report: Report, failOn: FailOn): readonly string[] {
  const failing = report.skipped.filter(({ fails }) => fails).map(skippedSentence);
  const problems = [
    ...sentences("error", "Could not scan", (report.problems ?? []).map(problemText)),
    ...sentences("error", "Not read", failing.length === 0 ? [] : [...failing, SKIPPED_FIX]),
  ];
  const levels = groupBy(report.findings, ({ certainty }) => LEVELS[failOn][certainty]);
  const reported = [...levels].map(([level, findings]) =>
    levelled(level, findings, SLOTS[level] - (level === "error" ? problems.length : 0)),
  );
  const left = reported.reduce((sum, { left }) => sum + left, 0);
  return [
    ...problems,
    ...reported.flatMap(({ commands }) => commands),
    ...sentences("notice", "Not read", report.skipped.filter(({ fails }) => !fails).map(skippedSentence)),
    ...sentences("notice", "box-config-lint", report.notices),
    ...sentences("notice", "Left out", left === 0 ? [] : [leftOut(left)]),
  ];
}

const leftOut = (left: number) =>
  `${formatCount(left, "more finding")} in the job summary: GitHub shows 10 annotations here.`;

function levelled(level: Level, findings: readonly ReportedFinding[], slots: number) {
  const groups =
    findings.length <= slots
      ? findings.map((finding) => [finding])
      : grouped(findings, (finding) => `${finding.path}\0${hasLine(finding)}`);
  return {
    commands: groups.slice(0, slots).flatMap((group) => annotation(level, group)),
    left: groups.slice(slots).flat().length,
  };
}

/** Whether there is a line at the head to put it on. */
const hasLine = (finding: ReportedFinding) => isAtHead(finding) && finding.part === undefined;

const annotation = (level: Level, findings: readonly ReportedFinding[]): readonly string[] =>
  findings.slice(0, 1).map((first) => {
    const { path, line, column, rule, kind } = first;
    const title = findings.length === 1 ? `${rule}: ${kind}` : formatCount(findings.length, "finding");
    const place = hasLine(first) ? { file: path, line, col: column } : {};
    return command(level, { ...place, title: shortened(title, MAX_TITLE) }, findings.map(sentenceOf));
  });

function sentenceOf(finding: ReportedFinding): string {
  const { message, fix, identity, commit, part } = finding;
  const text = `${sentence(message)} ${sentence(fix)} (${sentence(identity)})`;
  if (hasLine(finding)) return text;
  const of = commit === null || part !== undefined ? "" : `In commit ${shortCommit(commit)}, `;
  return `${of}${locationText(finding)}: ${text}`;
}

const sentences = (level: Level, title: string, all: readonly string[]): readonly string[] =>
  all.length === 0 ? [] : [command(level, { title }, all.map(sentence))];

/** `::error file=…,line=…,col=…,title=…::message`, with the first of the lines and a count of the others. */
function command(
  level: Level,
  properties: Readonly<Record<string, string | number>>,
  lines: readonly string[],
): string {
  const more = lines.length - LINES;
  const shown = [...lines.slice(0, LINES), ...(more > 0 ? [`and ${more} more`] : [])];
  const named = Object.entries(properties).map(
    ([name, value]) => `${name}=${commandProperty(visible(String(value)))}`,
  );
  return `::${level} ${named.join(",")}::${commandData(shown.map(visible).join("\n"))}`;
}
