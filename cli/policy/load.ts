import { formatIssues } from "../../schemas/json/issue.ts";
import { type Policy, parsePolicy } from "../../schemas/policy/parse.ts";
import { ok, type Result, refused } from "../../schemas/result.ts";
import { documentName, readDocument } from "../documents.ts";

/** The valid policy of a file; otherwise a sentence that names the file and its first issues. */
export async function loadPolicy(path: string): Promise<Result<Policy, string>> {
  const document = await readDocument(path);
  if (!document.ok) return document;
  const parsed = parsePolicy(document.value);
  if (parsed.ok) return ok(parsed.value);
  return refused(
    `${documentName(path)} is no valid policy, so that every request is refused. ${formatIssues(parsed.error)}`,
  );
}
