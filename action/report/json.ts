import { jsonText } from "./escape.ts";
import type { Report } from "./report.ts";

/** The report for programs, on one line: exactly the promised members, none of which holds a byte of a key. */
export const jsonReport = ({ findings, scanned: { blobs, bytes } }: Report): string =>
  `${jsonText({
    findings: findings.map(
      ({ rule, path, line, column, commit, certainty, kind, identity, message, fix }) => ({
        rule,
        path,
        line,
        column,
        commit,
        certainty,
        kind,
        identity,
        message,
        fix,
      }),
    ),
    scanned: { blobs, bytes },
  })}\n`;
