import { markdownCode } from "./escape.ts";
import { lineOfHeaders, locationText, type Names, partOfCommit, shortCommit } from "./phrases.ts";
import { isAtHead, type ReportedFinding } from "./report.ts";

const IN_MARKDOWN: Names = { tag: (name) => `tag ${markdownCode(name)}`, commit: markdownCode };

/** `` `config/box.json:5:20`, commit `0123456789ab` ``, escaped for Markdown. */
export function markdownLocation(finding: ReportedFinding): string {
  const part = partOfCommit(finding, IN_MARKDOWN);
  if (part !== undefined) return `${part}${lineOfHeaders(finding)}`;
  const { commit } = finding;
  const at = commit === null ? "" : markdownCode(shortCommit(commit));
  const gone = isAtHead(finding) ? "" : ", no longer in the newest commit";
  return `${markdownCode(locationText(finding))}${at === "" ? "" : `, commit ${at}`}${gone}`;
}
