import { type Issue, issueText } from "../../../schemas/json/issue.ts";
import type { IssueText } from "../../../schemas/json/issue-text.ts";
import { START } from "../../../schemas/json/position.ts";
import type { Content } from "../../scan/content.ts";
import type { Finding } from "../../scan/finding.ts";
import { inFile } from "../../scan/text.ts";
import type { MappedIssue } from "./issues.ts";

type Facts = Pick<Finding, "rule" | "kind" | "certainty">;

/** An issue of a document as a finding, named by rule, path and property. */
export const issueFinding = (content: Content, issue: Issue, facts: Facts): Finding =>
  findingOf(content, issue, issueText(issue), facts);

/** The same with the text of its reader. */
export function findingOf(
  content: Content,
  { code, pointer, position = START }: MappedIssue,
  { message, fix }: IssueText,
  facts: Facts,
): Finding {
  return {
    ...facts,
    code,
    identity: `${facts.rule}:${content.path}#${pointer}`,
    ...inFile(content, position),
    message: pointer === "" ? message : `${pointer}: ${message}`,
    fix,
  };
}
