import { CONFIG_ISSUES } from "../box-config/issues.ts";
import { DEPLOY_ISSUES } from "../deploy/issues.ts";
import { POLICY_ISSUES } from "../policy/issues.ts";
import { type FactualIssue, type IssueText, type PlainCode, textIn } from "./issue-text.ts";
import { JSON_ISSUES } from "./json-issues.ts";
import { comparePositions, type Position } from "./position.ts";
import { SCHEMA_ISSUES, type SchemaCode, type SchemaFacts } from "./schema-issues.ts";

const DOCUMENT_ISSUES = { ...JSON_ISSUES, ...CONFIG_ISSUES, ...POLICY_ISSUES, ...DEPLOY_ISSUES } as const;

/**
 * Everything that can be wrong with a document of ours, once. `docs/codes.md` has a heading for each code; the JSON report
 * of `box-config-lint` names it, so renaming one breaks programs that read it.
 */
export const ISSUES = { ...DOCUMENT_ISSUES, ...SCHEMA_ISSUES } as const;

/** A row of `ISSUES`. */
export type IssueCode = keyof typeof ISSUES;

/** The codes whose text depends on the code alone. */
export type PlainIssueCode = PlainCode<typeof DOCUMENT_ISSUES>;

/** Where an issue is, whatever it is. */
export interface IssuePlace {
  /** RFC 6901 JSON pointer of the offending property; `""` is the whole document. */
  readonly pointer: string;
  /** Of the offending value, where the document was given as text. */
  readonly position?: Position;
  /** The name or value of ours that was probably meant. */
  readonly suggestion?: string;
}

/**
 * One thing that is wrong with a document: a code, and the facts that its text needs. No property could hold a value of
 * the document, so a list of issues can be printed anywhere. What is decided by an issue is decided by its code.
 */
export type Issue = IssuePlace &
  (
    | { readonly code: PlainIssueCode; readonly facts?: never }
    | FactualIssue<typeof DOCUMENT_ISSUES>
    | { readonly code: SchemaCode; readonly facts: SchemaFacts }
  );

/** What the author of one of our own documents reads. */
export const issueText = (issue: Issue): IssueText => textIn(ISSUES, issue);

/** What concerns no place in particular comes first. */
const NOWHERE: Position = { line: 0, column: 0 };

/** In the order of the document. */
export const inOrder = <Placed extends IssuePlace>(issues: readonly Placed[]): Placed[] =>
  issues.toSorted((one, two) => comparePositions(one.position ?? NOWHERE, two.position ?? NOWHERE));

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
  const { message, fix } = issueText(issue);
  const place = issue.pointer === "" ? "(document)" : issue.pointer;
  const { position } = issue;
  const at = position === undefined ? "" : ` (line ${position.line}, column ${position.column})`;
  return `${place}${at}: ${message} ${fix}`.trimEnd();
}
