import { comparePositions } from "../../schemas/json/position.ts";
import type { Finding, LocatedFinding, RuleId } from "../scan/finding.ts";
import { groupBy } from "../scan/group-by.ts";
import type { ScanProblem } from "../scan/problem.ts";
import type { Skipped } from "../scan/skipped.ts";

/** A finding as reports show it. */
export interface ReportedFinding extends LocatedFinding {
  /** False: the newest commit no longer has it there, only the history. Default: true. */
  readonly atHead?: boolean | undefined;
}

/** A finding that was suppressed, and why. */
export interface SuppressedFinding extends ReportedFinding {
  readonly suppression: {
    /** The glob, where the entry is for a path; otherwise it is for the fingerprint of the finding. */
    readonly path?: string;
    readonly reason: string;
    /** `YYYY-MM-DD`. */
    readonly expires: string;
  };
}

/** All that a scan reports. Whatever comes from a repository is as hostile as its authors: see `escape.ts`. */
export interface Report {
  /** As `sorted` and `distinct` leave them. */
  readonly findings: readonly ReportedFinding[];
  readonly scanned: { readonly blobs: number; readonly bytes: number; readonly archives: number };
  /** What the file of suppressions took out, as `sorted` and `distinct` leave it. */
  readonly suppressed: readonly SuppressedFinding[];
  /** What no rule has read, one for each kind. */
  readonly skipped: readonly Skipped[];
  /** Sentences that fail nothing, such as those about expired and unused suppressions. */
  readonly notices: readonly string[];
  /** What could not be scanned. Default: none. */
  readonly problems?: readonly ScanProblem[] | undefined;
  /** What was scanned, in words: `3 commits of the pull request`. */
  readonly range: string;
}

/** Whether everything in the range was read: only then is a report without findings a clean one. */
export const isComplete = ({ problems = [], skipped }: Pick<Report, "problems" | "skipped">): boolean =>
  problems.length === 0 && skipped.length === 0;

/** The least certainty that makes a scan fail. */
export type FailOn = "partial" | "certain" | "never";

const FAILING: Readonly<Record<FailOn, readonly Finding["certainty"][]>> = {
  partial: ["partial", "certain"],
  certain: ["certain"],
  never: [],
};

/** Whether the findings make the scan fail. */
export const failsOn = ({ findings }: Pick<Report, "findings">, failOn: FailOn): boolean =>
  findings.some(({ certainty }) => FAILING[failOn].includes(certainty));

/** What others can use comes first: limits cut from the end. */
const RULE_ORDER: Readonly<Record<RuleId, number>> = {
  "private-key": 0,
  "box-secret": 1,
  "box-config": 2,
  policy: 2,
  schema: 2,
};

export const byText = (one: string, other: string) => (one < other ? -1 : Number(one > other));

/** By severity (certainty, then rule), path, line and column; a new array. */
export const sorted = <F extends LocatedFinding>(findings: readonly F[]): readonly F[] =>
  findings.toSorted(
    (one, other) =>
      byText(one.certainty, other.certainty) ||
      RULE_ORDER[one.rule] - RULE_ORDER[other.rule] ||
      byText(one.path, other.path) ||
      comparePositions(one, other),
  );

/**
 * Merges what several versions of a file contain, even on different lines: keeps the place at the head, else the
 * first one given. Two places in one version stay two.
 */
export function distinct<F extends ReportedFinding>(findings: readonly F[]): readonly F[] {
  const times = new Map<string, number>();
  const groups = grouped(findings, (finding) => {
    const { rule, identity, secretHash, path, part, message, commit, tag, atHead } = finding;
    // Each message is a place of its own, not a version of another.
    const source = part === undefined ? [path] : [path, part, commit, tag];
    const subject = JSON.stringify([rule, identity, secretHash, ...source, message]);
    const version = JSON.stringify([subject, commit, atHead]);
    const time = times.get(version) ?? 0;
    times.set(version, time + 1);
    return `${time} ${subject}`;
  });
  return groups.flatMap((group) => group.find(isAtHead) ?? group.slice(0, 1));
}

export const isAtHead = ({ atHead }: ReportedFinding): boolean => atHead ?? true;

/** The findings with the same key together, in the order of their first. */
export const grouped = <F>(
  findings: readonly F[],
  key: (finding: F) => string,
): readonly (readonly F[])[] => [...groupBy(findings, key).values()];

/**
 * The findings as people count them, each with all its places: a key or secret is one finding, however many places
 * have it. In the order of their first places.
 */
export const secretsOf = (findings: readonly ReportedFinding[]): readonly (readonly ReportedFinding[])[] =>
  grouped(findings, (finding) => {
    const { rule, certainty, identity, sameSecret, kind, path, line, column, message } = finding;
    if (rule === "private-key") return JSON.stringify([rule, certainty, identity]);
    if (rule === "box-secret") return JSON.stringify([rule, certainty, kind, sameSecret ?? [identity]]);
    return JSON.stringify([rule, identity, path, line, column, message]);
  });
