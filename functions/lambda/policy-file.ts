import { readFileSync } from "node:fs";
import { formatIssues } from "../../schemas/json/issue.ts";
import { policyDigest } from "../../schemas/policy/digest.ts";
import { parsePolicy } from "../../schemas/policy/parse.ts";
import type { PolicySource } from "../broker/ports.ts";

/** The policy as deployed beside the function. A missing or invalid one refuses all requests. */
export function policyFromFile(path: string | undefined): PolicySource {
  if (path === undefined) return unavailable("BOX_STS_POLICY is not set");
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return unavailable(`the file that BOX_STS_POLICY names cannot be read (${code})`);
  }
  const parsed = parsePolicy(text);
  if (!parsed.ok) return unavailable(formatIssues(parsed.error));
  return { available: true, policy: parsed.value, digest: policyDigest(text) };
}

function unavailable(reason: string): PolicySource {
  return { available: false, reason };
}
