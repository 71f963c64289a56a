import { keyRefusal } from "../../keys/errors.ts";
import { examine } from "../../keys/inspect.ts";
import { checkCommittedConfig, type OpenSecret } from "../../schemas/box-config/committed.ts";
import type { Issue, IssueCode } from "../../schemas/json/issue.ts";
import type { Finding } from "../scan/finding.ts";
import type { Rule } from "../scan/rule.ts";
import { boxConfigIn, configRole, isOversizedConfig } from "./box-config-document.ts";
import { issueFinding } from "./schema/issue-finding.ts";

/** A line of `authorized_keys` or of a `.pub` file. */
const SSH_PUBLIC = /^\s*(?:ssh-(?:rsa|dss|ed25519)|ecdsa-sha2-\S{1,40}) AAAA/;

/** A path to the key is as good as a reference. */
const LOOKS_LIKE_PATH = /[/\\]|\.(?:pem|key|der|p8|pk8|p12|pfx|txt)$/i;

/**
 * Box configs that do not fit what may be committed. The secrets in them are handled by `box-secret` and
 * `private-key`.
 */
export const boxConfigRule: Rule = {
  id: "box-config",
  ofDocuments: true,
  role: configRole,
  nameHint: /\.json/i,
  find(content, onSkipped) {
    if (isOversizedConfig(content)) onSkipped?.("oversized");
    const config = boxConfigIn(content);
    if (config === undefined) return [];
    const { document, syntax, certain } = config;
    const { issues, open } = document ? checkCommittedConfig(document) : { issues: [], open: [] };
    const all = [...syntax, ...issues, ...open.flatMap(keyIssue)];
    return all.map((issue): Finding => {
      return issueFinding(content, issue, {
        rule: "box-config",
        kind: "Box config",
        certainty: certain && !UNCERTAIN.has(issue.code) ? "certain" : "partial",
      });
    });
  },
};

/** A property that resembles none of ours may be one that Box has added, and a word a placeholder that we do not know. */
const UNCERTAIN: ReadonlySet<IssueCode> = new Set(["property_unknown", "private_key_absent"]);

/** What is wrong with a value that is no private key, not even a damaged one. */
function keyIssue({ pointer, value, position }: OpenSecret): readonly Issue[] {
  if (pointer !== "/boxAppSettings/appAuth/privateKey") return [];
  if (SSH_PUBLIC.test(value)) {
    const facts = keyRefusal("not_private", "public key (OpenSSH)");
    return [{ code: "private_key_is_public", facts, pointer, position }];
  }
  const examined = examine(value);
  if (examined.ok) return [];
  const { code } = examined.error;
  if (code === "not_private")
    return [{ code: "private_key_is_public", facts: examined.error, pointer, position }];
  return code === "no_pem" && !LOOKS_LIKE_PATH.test(value)
    ? [{ code: "private_key_absent", pointer, position }]
    : [];
}
