/**
 * One thing that is wrong with a document. It has no property that could hold a value of the document,
 * so a list of issues can be printed anywhere.
 */
export interface Issue {
  /** RFC 6901 JSON pointer of the offending property; `""` is the whole document. */
  readonly pointer: string;
  /** What is wrong and what is allowed, as one sentence without any value of the document. */
  readonly message: string;
  /** What to do about it, as one sentence or command. */
  readonly fix: string;
  /** What is wrong with the property itself, where something is decided by it: sentences are for people alone. */
  readonly property?: PropertyMistake;
  /** 1-based position of the offending value, where the document was given as text. */
  readonly line?: number;
  readonly column?: number;
}

/** A property that is required and missing, or one that the schema does not have. */
export type PropertyMistake =
  | { readonly is: "missing" }
  /** `meant` is the name that was probably meant, in the same object. */
  | { readonly is: "misspelt"; readonly meant: string }
  /** The schema has it in another object. */
  | { readonly is: "misplaced" }
  /** Nothing suggests that it is a mistake. */
  | { readonly is: "unknown" };

/** Issues beyond these are counted: a log line must stay readable. */
const MAX_FORMATTED = 3;

/** The first issues of a document as one text, and how many more there are. */
export function formatIssues(issues: readonly Issue[]): string {
  const shown = issues.slice(0, MAX_FORMATTED).map(formatIssue).join(" ");
  const more = issues.length - MAX_FORMATTED;
  return more > 0 ? `${shown} (and ${more} more)` : shown;
}

/** `/a/b: message. fix`, with line and column where they are known. */
export function formatIssue(issue: Issue): string {
  const place = issue.pointer === "" ? "(document)" : issue.pointer;
  const position = issue.line === undefined ? "" : ` (line ${issue.line}, column ${issue.column})`;
  return `${place}${position}: ${issue.message} ${issue.fix}`.trimEnd();
}
