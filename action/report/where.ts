import { MESSAGE_PATH } from "../sources/source.ts";
import { markdownCode } from "./escape.ts";
import { type ReportedFinding, standsAtHead } from "./report.ts";
import { placeOf, shortCommit } from "./words.ts";

/** `` `config/box.json:5:20`, commit `0123456789ab` ``, escaped for Markdown. */
export function where(finding: ReportedFinding): string {
  const { path, commit } = finding;
  const at = commit === null ? "" : markdownCode(shortCommit(commit));
  if (path === MESSAGE_PATH) return `the message of ${at}`;
  const gone = standsAtHead(finding) ? "" : ", no longer in the newest commit";
  return `${markdownCode(placeOf(finding))}${at === "" ? "" : `, commit ${at}`}${gone}`;
}
