import { visible } from "./escape.ts";
import {
  findingsText,
  formatCount,
  locationText,
  partOfCommit,
  scannedText,
  sentence,
  shortCommit,
  shownPath,
  suppressedTexts,
} from "./phrases.ts";
import { problemText } from "./problems.ts";
import { grouped, isAtHead, isComplete, type Report, type ReportedFinding, secretsOf } from "./report.ts";
import { SKIPPED_FIX, skippedSentence } from "./skipped.ts";

/** Parameters of ANSI's "select graphic rendition". */
const STYLES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33 } as const;

type Paint = (style: keyof typeof STYLES, text: string) => string;

const COLOURS = { certain: "red", partial: "yellow" } as const;

const shown = (text: string) => visible(sentence(text));

/** The report for people: by file, what is wrong, what to do and its fingerprint; the counts last. */
export function terminalReport(report: Report, { colours }: { readonly colours: boolean }): string {
  const paint: Paint = (style, text) => (colours ? `\u001b[${STYLES[style]}m${text}\u001b[0m` : text);
  const files = grouped(secretsOf(report.findings), ([first]) => (first ? headingOf(first) : ""));
  const places = grouped(report.findings, headingOf).length;
  const { problems = [], skipped, notices } = report;
  return [
    ...files.flatMap((findings) => [...fileLines(findings, paint), ""]),
    ...problems.map((problem) => `${paint("red", "Could not scan:")} ${shown(problemText(problem))}`),
    ...skipped.map(
      (one) => `${paint(one.fails ? "red" : "yellow", "Not read:")} ${shown(skippedSentence(one))}`,
    ),
    ...(skipped.some(({ fails }) => fails) ? [`${paint("bold", "Fix:")} ${SKIPPED_FIX}`] : []),
    ...notices.map((notice) => `${paint("yellow", "Note:")} ${shown(notice)}`),
    ...closing(report, places, paint),
    "",
  ].join("\n");
}

/** The file; or the message or headers, each of which are a text of their own. */
const headingOf = (finding: ReportedFinding) => partOfCommit(finding) ?? shownPath(finding.path);

/** Findings with all their places, which have the same first file. */
const fileLines = (secrets: readonly (readonly ReportedFinding[])[], paint: Paint): readonly string[] => [
  ...secrets.slice(0, 1).flatMap(([first]) => (first ? [paint("bold", visible(headingOf(first)))] : [])),
  ...secrets.flatMap(([first, ...others]) => (first ? findingLines(first, others, paint) : [])),
];

/** Further places of a finding that are named. */
const PLACES = 20;

function findingLines(
  finding: ReportedFinding,
  others: readonly ReportedFinding[],
  paint: Paint,
): readonly string[] {
  const { certainty, rule, identity, message, fix, line, column } = finding;
  const more = others.length - PLACES;
  return [
    `  ${line}:${column}  ${paint(COLOURS[certainty], certainty)}  ${rule}  ${shown(message)}`,
    `    ${paint("bold", "Fix:")} ${shown(fix)}`,
    `    ${paint("dim", [shown(identity), ...stateOf(finding)].join(", "))}`,
    ...(others.length === 0 ? [] : [`    ${paint("bold", "Also at:")}`]),
    ...others
      .slice(0, PLACES)
      .map((other) => `      ${visible([locationText(other), ...stateOf(other)].join(", "))}`),
    ...(more > 0 ? [`      and ${formatCount(more, "more place")}`] : []),
  ];
}

const stateOf = (finding: ReportedFinding): readonly string[] => [
  ...(finding.commit === null || finding.part !== undefined
    ? []
    : [`commit ${visible(shortCommit(finding.commit))}`]),
  ...(isAtHead(finding) ? [] : ["no longer in the newest commit"]),
];

function closing(report: Report, files: number, paint: Paint): readonly string[] {
  const { findings, range } = report;
  const clean = isComplete(report);
  const found =
    findings.length > 0
      ? `${findingsText(findings)} in ${formatCount(files, "file")}`
      : clean
        ? "No findings"
        : "Nothing was found in what was read, which is not everything";
  return [
    paint(
      findings.length > 0 ? "red" : clean ? "green" : "yellow",
      `${[found, ...suppressedTexts(report)].join(", ")}.`,
    ),
    `Scanned ${shown(range)}: ${scannedText(report)}.`,
  ];
}
