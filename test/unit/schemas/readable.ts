import { type Issue, issueText } from "../../../schemas/json/issue.ts";
import type { IssueText } from "../../../schemas/json/issue-text.ts";
import type { Position } from "../../../schemas/json/position.ts";

/** An issue with what its reader sees: the text, and line and column. */
export type ReadIssue = Issue & IssueText & Partial<Position>;

export const readable = (issue: Issue): ReadIssue => ({ ...issue, ...issueText(issue), ...issue.position });

/** What is expected of an issue with a position, as `readable` leaves it. */
export const readAt = <Rest extends object>(position: Position, rest: Rest) => ({
  ...rest,
  position,
  ...position,
});
