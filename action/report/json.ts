import { jsonText } from "./escape.ts";
import {
  isComplete,
  type Report,
  type ReportedFinding,
  type SuppressedFinding,
  secretsOf,
  standsAtHead,
} from "./report.ts";
import { skippedSentence } from "./skipped.ts";

/** The shape: `docs/lint-report.schema.json` describes it; a property that changes or goes makes it 2. */
const VERSION = 1;

/** The report for programs, on one line: exactly the promised properties, none of which holds a byte of a key. */
export const jsonReport = (report: Report): string =>
  `${jsonText({
    version: VERSION,
    complete: isComplete(report),
    findings: secretsOf(report.findings).flatMap((places) => places.slice(0, 1).map(reported(places))),
    suppressed: report.suppressed.length,
    suppressedFindings: report.suppressed.map(suppressed),
    skipped: report.skipped.map((skipped) => ({
      kind: skipped.kind,
      fails: skipped.fails,
      count: skipped.count,
      message: skippedSentence(skipped),
      places: skipped.places.map(({ path, commit }) => ({ path, commit })),
    })),
    problems: report.problems ?? [],
    notices: report.notices,
    scanned: { blobs: report.scanned.blobs, bytes: report.scanned.bytes },
  })}\n`;

const reported = (places: readonly ReportedFinding[]) => (first: ReportedFinding) => {
  const { rule, certainty, kind, keyFormat = null, message, fix } = first;
  const { atHead, ...place } = placed(first);
  return { rule, ...place, certainty, kind, keyFormat, message, fix, places: places.map(placed) };
};

const suppressed = (finding: SuppressedFinding) => {
  const { rule, certainty, kind, keyFormat = null, suppression } = finding;
  const { path = null, reason, expires } = suppression;
  return { rule, ...placed(finding), certainty, kind, keyFormat, suppression: { path, reason, expires } };
};

const placed = (finding: ReportedFinding) => {
  const { path, line, column, commit, tag = null, identity } = finding;
  return { path, line, column, commit, tag, atHead: standsAtHead(finding), identity };
};
