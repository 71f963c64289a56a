import { shortened } from "./escape.ts";
import { isComplete, type Report, type ReportedFinding, secretsOf } from "./report.ts";

/** Longest path and sentence that are shown, in UTF-16 code units. */
export const shownPath = (path: string): string => shortened(path, 300);
export const sentence = (text: string): string => shortened(text, 1000);

/** As many of a commit's digits as people read. */
export const shortCommit = (commit: string): string => commit.slice(0, 12);

/** `1 finding`, `2,000 findings`; a noun whose plural has another ending than `s` brings it. */
export const formatCount = (count: number, one: string, others = `${one}s`): string =>
  `${grouped(count)} ${count === 1 ? one : others}`;

/** As `Intl` writes it in English, which takes 0.02 s to load: a tenth of a scan before a commit. */
const grouped = (count: number): string => String(count).replace(/\B(?=(?:\d{3})+$)/g, ",");

const UNITS = ["bytes", "kB", "MB", "GB", "TB"] as const;
const DIGITS = 3;

/** `1 byte`, `999 bytes`, `1.5 MB`: of whole bytes, with three digits, the last one rounded. */
export function formatBytes(bytes: number): string {
  const digits = String(bytes).length;
  const power = Math.min(Math.floor((digits - 1) / 3), UNITS.length - 1);
  const last = 10 ** Math.max(digits - DIGITS, 0);
  // In whole numbers, of which every one is exact.
  const rounded = Math.floor((bytes + last / 2) / last) * last;
  return `${rounded / 1000 ** power} ${bytes === 1 ? "byte" : UNITS[power]}`;
}

/** `no findings`, `3 findings (2 certain, 1 partial)`, and ` at 12 places` where there are more places. */
export function findingsText(findings: readonly ReportedFinding[]): string {
  if (findings.length === 0) return "no findings";
  const all = secretsOf(findings);
  const certain = all.filter(([first]) => first?.certainty === "certain").length;
  const places = all.length === findings.length ? "" : ` at ${formatCount(findings.length, "place")}`;
  return `${formatCount(all.length, "finding")} (${certain} certain, ${all.length - certain} partial)${places}`;
}

/** The same of a whole report, which says so where a part of the range is unread. */
export const outcomeText = (report: Report): string =>
  report.findings.length === 0 && !isComplete(report)
    ? "no findings in what was read, which is not everything"
    : findingsText(report.findings);

/** `2 findings suppressed by fingerprint, 3 findings suppressed by path`; nothing where none were. */
export function suppressedTexts({ suppressed }: Pick<Report, "suppressed">): readonly string[] {
  const byPath = suppressed.filter(({ suppression }) => suppression.path !== undefined).length;
  const byFingerprint = suppressed.length - byPath;
  return [
    ...(byFingerprint > 0 ? [`${formatCount(byFingerprint, "finding")} suppressed by fingerprint`] : []),
    ...(byPath > 0 ? [`${formatCount(byPath, "finding")} suppressed by path`] : []),
  ];
}

/** `12 blobs, 3.4 MB, 2 archives`. */
export const scannedText = ({ scanned: { blobs, bytes, archives } }: Report): string =>
  [
    formatCount(blobs, "blob"),
    formatBytes(bytes),
    ...(archives > 0 ? [formatCount(archives, "archive")] : []),
  ].join(", ");

/** `config/box.json:12:5`, `the message of tag v1`, `the headers of commit 0123456789ab, line 5`; not escaped. */
export function locationText(finding: ReportedFinding): string {
  const { path, line, column } = finding;
  return `${partOfCommit(finding) ?? `${shownPath(path)}:${line}:${column}`}${lineOfHeaders(finding)}`;
}

/** How a text names a tag and a commit. */
export interface Names {
  readonly tag: (name: string) => string;
  readonly commit: (name: string) => string;
}

const IN_WORDS: Names = { tag: (name) => `tag ${name}`, commit: (name) => `commit ${name}` };

/** `the message of tag v1`; undefined in a file. */
export function partOfCommit({ part, commit, tag }: ReportedFinding, names = IN_WORDS): string | undefined {
  if (part === undefined) return undefined;
  if (tag !== undefined) return `the ${part} of ${names.tag(shownPath(tag))}`;
  return commit === null ? undefined : `the ${part} of ${names.commit(shortCommit(commit))}`;
}

/** Of the commit or tag as `git cat-file -p` prints it; a message is found without. */
export const lineOfHeaders = ({ part, line }: ReportedFinding): string =>
  part === "headers" ? `, line ${line}` : "";
