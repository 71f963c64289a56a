import type { Issue } from "../../../schemas/json/issue.ts";
import type { Content } from "../../scan/content.ts";
import type { Finding } from "../../scan/finding.ts";
import { inFile } from "../../scan/text.ts";

/** An issue of a document as a finding, named by rule, path and property. */
export function issueFinding(
  content: Content,
  { pointer, message, fix, line = 1, column = 1 }: Issue,
  facts: Pick<Finding, "rule" | "kind" | "certainty">,
): Finding {
  return {
    ...facts,
    identity: `${facts.rule}:${content.path}#${pointer}`,
    ...inFile(content, { line, column }),
    message: pointer === "" ? message : `${pointer}: ${message}`,
    fix,
  };
}
