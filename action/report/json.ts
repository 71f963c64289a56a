import { jsonText } from "./escape.ts";
import { problemText } from "./problems.ts";
import {
  isAtHead,
  isComplete,
  type Report,
  type ReportedFinding,
  type SuppressedFinding,
  secretsOf,
} from "./report.ts";
import { skippedSentence } from "./skipped.ts";

/** The shape: `docs/lint-report.schema.json` describes it; a property that changes or goes makes it 2. */
const VERSION = 1;

/** The report for programs, on one line: exactly the promised properties, none of which holds a byte of a key. */
export const jsonReport = (report: Report): string => {
  const { problems = [] } = report;
  return `${jsonText({
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
    problems: problems.map(problemText),
    problemDetails: problems.map((problem) => ({ code: problem.code, message: problemText(problem) })),
    notices: report.notices,
    scanned: { blobs: report.scanned.blobs, bytes: report.scanned.bytes },
  })}\n`;
};

const reported = (places: readonly ReportedFinding[]) => (first: ReportedFinding) => {
  const { rule, certainty, kind, keyFormat = null, code = null, message, fix } = first;
  const { atHead, ...place } = placed(first);
  return { rule, ...place, certainty, kind, keyFormat, code, message, fix, places: places.map(placed) };
};

const suppressed = (finding: SuppressedFinding) => {
  const { rule, certainty, kind, keyFormat = null, code = null, suppression } = finding;
  const { path = null, reason, expires } = suppression;
  return {
    rule,
    ...placed(finding),
    certainty,
    kind,
    keyFormat,
    code,
    suppression: { path, reason, expires },
  };
};

const placed = (finding: ReportedFinding) => {
  const { path, line, column, commit, tag = null, identity } = finding;
  return { path, line, column, commit, tag, atHead: isAtHead(finding), identity };
};
