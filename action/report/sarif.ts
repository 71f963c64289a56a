import type { ArtifactLocation, Location, Log, Notification, ReportingDescriptor, Result } from "sarif";
import type { ProblemCode, ScanProblem } from "../scan/problem.ts";
import { SKIPPED_KIND_NAMES, SKIPPED_KINDS, type Skipped } from "../scan/skipped.ts";
import { VERSION } from "../scan/version.ts";
import { jsonText, pathUri, sarifText } from "./escape.ts";
import { formatCount, sentence } from "./phrases.ts";
import { PROBLEM_TEXTS, problemText } from "./problems.ts";
import { grouped, type Report, type ReportedFinding, type SuppressedFinding } from "./report.ts";
import { ruleIndex, sarifRules } from "./sarif-rules.ts";
import { skippedSentence } from "./skipped.ts";

/** GitHub refuses a run of more than 25,000 results and keeps 5,000 of them. */
const MAX_RESULTS = 5000;
const MAX_LOCATIONS = 1000;
const MAX_NOTIFICATIONS = 1000;

const LEVELS = { certain: "error", partial: "warning" } as const;

export interface SarifOptions {
  /** Where docs/rules.md is published; without it no address is given. */
  readonly helpUrl?: string | undefined;
  /** Whether suppressed findings are results too. GitHub's code scanning shows them as open alerts. Default: true. */
  readonly suppressed?: boolean;
}

/**
 * The report as SARIF 2.1.0 for GitHub's code scanning: one result for what a file has, without snippets, as the
 * text at a finding is what must not be shown. `primaryLocationLineHash` is left to the uploader, which warns
 * where it is set. Suppressed findings come last, with their suppression.
 */
export function sarifReport(report: Report, { helpUrl, suppressed = true }: SarifOptions = {}): string {
  const all = grouped(report.findings, subjectOf);
  const results = all.slice(0, MAX_RESULTS).flatMap(result);
  const room = suppressed ? MAX_RESULTS - results.length : 0;
  const log = {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: {
            name: "box-config-lint",
            version: VERSION,
            semanticVersion: VERSION,
            ...(helpUrl !== undefined && { informationUri: helpUrl }),
            rules: sarifRules(helpUrl),
            notifications: [...SKIPPED_DESCRIPTORS, ...PROBLEM_DESCRIPTORS],
          },
        },
        invocations: [
          {
            executionSuccessful:
              (report.problems ?? []).length === 0 && !report.skipped.some(({ fails }) => fails),
            toolExecutionNotifications: notifications(report, all.length - MAX_RESULTS),
          },
        ],
        columnKind: "utf16CodeUnits",
        results: [
          ...results,
          ...grouped(report.suppressed, suppressedSubjectOf).slice(0, room).flatMap(suppressedResult),
        ],
      },
    ],
  } satisfies Log;
  return `${jsonText(log)}\n`;
}

const result = (places: readonly ReportedFinding[]): Result[] =>
  places.slice(0, 1).map(({ rule, certainty, kind, code, identity, message, fix, commit }) => ({
    ruleId: rule,
    ruleIndex: ruleIndex(rule),
    level: LEVELS[certainty],
    message: { text: sarifText(`${sentence(message)} ${sentence(fix)}`) },
    locations: places.slice(0, MAX_LOCATIONS).map(location),
    partialFingerprints: { "keyFingerprint/v1": identity },
    properties: { certainty, kind, ...(code !== undefined && { code }), commit },
  }));

const subjectOf = ({ rule, identity, path, message }: ReportedFinding) =>
  JSON.stringify([rule, identity, path, message]);

const suppressedSubjectOf = (finding: SuppressedFinding) =>
  JSON.stringify([subjectOf(finding), finding.suppression]);

/** SARIF 2.1.0 §3.35. The suppression is in a file of its own, and a reviewer has accepted it there. */
const suppressedResult = (places: readonly SuppressedFinding[]): Result[] =>
  places.slice(0, 1).flatMap(({ suppression: { path, reason, expires } }) =>
    result(places).map((one) => ({
      ...one,
      suppressions: [
        {
          kind: "external",
          status: "accepted",
          justification: sarifText(sentence(reason)),
          properties: { ...(path !== undefined && { path }), expires },
        },
      ],
    })),
  );

const artifact = (path: string): ArtifactLocation => ({
  uri: pathUri(path),
  ...(!path.startsWith("/") && { uriBaseId: "%SRCROOT%" }),
});

const location = ({ path, line, column }: ReportedFinding): Location => ({
  physicalLocation: {
    artifactLocation: artifact(path),
    region: { startLine: line, startColumn: column },
  },
});

/** What a notification can be about: the kinds of skipped content, then the codes of problems. */
const SKIPPED_DESCRIPTORS = SKIPPED_KIND_NAMES.map(
  (id): ReportingDescriptor => ({
    id: `skipped/${id}`,
    shortDescription: { text: `A ${SKIPPED_KINDS[id].noun} ${SKIPPED_KINDS[id].what}.` },
    defaultConfiguration: { level: SKIPPED_KINDS[id].fails ? "error" : "warning" },
  }),
);

const PROBLEM_CODES = Object.keys(PROBLEM_TEXTS) as readonly ProblemCode[];

const PROBLEM_DESCRIPTORS = PROBLEM_CODES.map(
  (code): ReportingDescriptor => ({ id: `problem/${code}`, defaultConfiguration: { level: "error" } }),
);

const problemNotification = (problem: ScanProblem): Notification => ({
  ...notification("error", problemText(problem)),
  descriptor: {
    id: `problem/${problem.code}`,
    index: SKIPPED_DESCRIPTORS.length + PROBLEM_CODES.indexOf(problem.code),
  },
});

const skippedNotification = (skipped: Skipped): Notification => ({
  ...notification(skipped.fails ? "error" : "warning", skippedSentence(skipped)),
  descriptor: { id: `skipped/${skipped.kind}`, index: SKIPPED_KIND_NAMES.indexOf(skipped.kind) },
  locations: skipped.places
    .slice(0, MAX_LOCATIONS)
    .map(({ path }) => ({ physicalLocation: { artifactLocation: artifact(path) } })),
  properties: { count: skipped.count },
});

function notifications({ problems = [], skipped, notices }: Report, left: number): Notification[] {
  const all: readonly Notification[] = [
    ...(left > 0
      ? [notification("warning", `Left out, because GitHub keeps no more: ${formatCount(left, "result")}.`)]
      : []),
    ...skipped.map(skippedNotification),
    ...problems.map(problemNotification),
    ...notices.map((text) => notification("note", text)),
  ];
  const more = all.length - MAX_NOTIFICATIONS;
  return [
    ...all.slice(0, MAX_NOTIFICATIONS),
    ...(more > 0 ? [notification("note", `Left out: ${formatCount(more, "more notice")}.`)] : []),
  ];
}

const notification = (level: "error" | "warning" | "note", text: string): Notification => ({
  level,
  message: { text: sarifText(sentence(text)) },
});
