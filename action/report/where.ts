import { markdownCode } from "./escape.ts";
import { type ReportedFinding, standsAtHead } from "./report.ts";
import { lineOfHeaders, type Names, partOfCommit, placeOf, shortCommit } from "./words.ts";

const IN_MARKDOWN: Names = { tag: (name) => `tag ${markdownCode(name)}`, commit: markdownCode };

/** `` `config/box.json:5:20`, commit `0123456789ab` ``, escaped for Markdown. */
export function where(finding: ReportedFinding): string {
  const part = partOfCommit(finding, IN_MARKDOWN);
  if (part !== undefined) return `${part}${lineOfHeaders(finding)}`;
  const { commit } = finding;
  const at = commit === null ? "" : markdownCode(shortCommit(commit));
  const gone = standsAtHead(finding) ? "" : ", no longer in the newest commit";
  return `${markdownCode(placeOf(finding))}${at === "" ? "" : `, commit ${at}`}${gone}`;
}
