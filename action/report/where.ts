import { MESSAGE_PATH } from "../scan/finding.ts";
import { markdownCode } from "./escape.ts";
import { type ReportedFinding, standsAtHead } from "./report.ts";
import { placeOf, shortCommit, shownPath } from "./words.ts";

/** `` `config/box.json:5:20`, commit `0123456789ab` ``, escaped for Markdown. */
export function where(finding: ReportedFinding): string {
  const { path, commit, tag } = finding;
  if (tag !== undefined) return `the message of tag ${markdownCode(shownPath(tag))}`;
  const at = commit === null ? "" : markdownCode(shortCommit(commit));
  if (path === MESSAGE_PATH && commit !== null) return `the message of ${at}`;
  const gone = standsAtHead(finding) ? "" : ", no longer in the newest commit";
  return `${markdownCode(placeOf(finding))}${at === "" ? "" : `, commit ${at}`}${gone}`;
}
