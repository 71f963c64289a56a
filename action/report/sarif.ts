import { jsonText, pathUri, sarifText } from "./escape.ts";
import { grouped, type Report, type ReportedFinding } from "./report.ts";
import { ruleIndex, SARIF_RULES } from "./sarif-rules.ts";
import { counted, sentence } from "./words.ts";

/** GitHub refuses a run of more than 25,000 results and keeps 5,000 of them. */
const MAX_RESULTS = 5000;
const MAX_LOCATIONS = 1000;
const MAX_NOTIFICATIONS = 1000;

const LEVELS = { certain: "error", partial: "warning" } as const;

/**
 * The report as SARIF 2.1.0 for GitHub's code scanning: one result for what a file has, without snippets, as the
 * text at a finding is what must not be shown. `primaryLocationLineHash` is left to the uploader, which warns
 * where it is set.
 */
export function sarifReport(report: Report): string {
  const all = grouped(report.findings, ({ rule, identity, path, message }) =>
    JSON.stringify([rule, identity, path, message]),
  );
  const log = {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "box-config-lint", rules: SARIF_RULES } },
        invocations: [
          {
            executionSuccessful: (report.problems ?? []).length === 0,
            toolExecutionNotifications: notifications(report, all.length - MAX_RESULTS),
          },
        ],
        columnKind: "utf16CodeUnits",
        results: all.slice(0, MAX_RESULTS).flatMap(result),
      },
    ],
  };
  return `${jsonText(log)}\n`;
}

const result = (places: readonly ReportedFinding[]) =>
  places.slice(0, 1).map(({ rule, certainty, kind, identity, message, fix, commit }) => ({
    ruleId: rule,
    ruleIndex: ruleIndex(rule),
    level: LEVELS[certainty],
    message: { text: sarifText(`${sentence(message)} ${sentence(fix)}`) },
    locations: places.slice(0, MAX_LOCATIONS).map(location),
    partialFingerprints: { "keyFingerprint/v1": identity },
    properties: { certainty, kind, commit },
  }));

const location = ({ path, line, column }: ReportedFinding) => ({
  physicalLocation: {
    artifactLocation: { uri: pathUri(path), ...(!path.startsWith("/") && { uriBaseId: "%SRCROOT%" }) },
    region: { startLine: line, startColumn: column },
  },
});

function notifications({ problems = [], notices }: Report, left: number) {
  const all = [
    ...(left > 0
      ? [notification("warning", `Left out, because GitHub keeps no more: ${counted(left, "result")}.`)]
      : []),
    ...problems.map((text) => notification("error", text)),
    ...notices.map((text) => notification("note", text)),
  ];
  const more = all.length - MAX_NOTIFICATIONS;
  return [
    ...all.slice(0, MAX_NOTIFICATIONS),
    ...(more > 0 ? [notification("note", `Left out: ${counted(more, "more notice")}.`)] : []),
  ];
}

const notification = (level: "error" | "warning" | "note", text: string) => ({
  level,
  message: { text: sarifText(sentence(text)) },
});
