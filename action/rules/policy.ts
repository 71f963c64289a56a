import type { Issue } from "../../schemas/json/issue.ts";
import { parsePolicy } from "../../schemas/policy/parse.ts";
import type { Rule } from "../scan/rule.ts";
import { baseName } from "../scan/text.ts";
import { issueFinding } from "./schema/issue-finding.ts";

/** `parsePolicy` refuses more characters. */
const MAX_POLICY_BYTES = 4 * 1_048_576;

const POLICY_NAME = "box-sts.policy.json";

/** The schema's id, or the file in the package, on a CDN or in a checkout. */
const OURS =
  /"\$schema"\s*:\s*"(?:urn:box-sts:schema:policy|[^"\s]{0,300}\bbox-sts\b[^"\s]{0,200}\/policy\.schema\.json)#?"/;

/** A document names its schema among its first properties. */
const HEAD_BYTES = 4096;

/** Policies of box-sts that would not be accepted when the token function starts. */
export const policyRule: Rule = {
  id: "policy",
  ofDocuments: true,
  nameHint: /\.json/,
  role: (path) => (baseName(path) === POLICY_NAME ? "named" : path.endsWith(".json") ? "json" : ""),
  find(content, onSkipped) {
    const { path, bytes, whole } = content;
    if (!whole || bytes.length > MAX_POLICY_BYTES) {
      if (baseName(path) === POLICY_NAME) onSkipped?.("oversized");
      return [];
    }
    if (baseName(path) !== POLICY_NAME && !(path.endsWith(".json") && namesOurSchema(bytes))) return [];
    const parsed = parsePolicy(bytes.toString("utf8"));
    const issues: readonly Issue[] = parsed.ok ? [] : parsed.error;
    return issues.map((issue) =>
      issueFinding(content, issue, { rule: "policy", kind: "box-sts policy", certainty: "certain" }),
    );
  },
};

const namesOurSchema = (bytes: Buffer) =>
  bytes.includes("box-sts") && OURS.test(bytes.toString("latin1", 0, HEAD_BYTES));
