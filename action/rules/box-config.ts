import { examine } from "../../keys/inspect.ts";
import { checkCommittedConfig, type OpenSecret } from "../../schemas/box-config/committed.ts";
import type { Issue } from "../../schemas/json/issue.ts";
import type { Finding } from "../scan/finding.ts";
import type { Rule } from "../scan/rule.ts";
import { boxConfigIn, configRole, isOversizedConfig } from "./box-config-document.ts";
import { issueFinding } from "./schema/issue-finding.ts";

const REFERENCE = "Remove the member, or write a reference to the place where the private key is kept.";

const NO_KEY: Pick<Issue, "message" | "fix"> = {
  message: "This is neither a private key nor a reference to one.",
  fix: REFERENCE,
};

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
      const sure = certain && !MAYBE_NEW.test(issue.fix) && !issue.message.startsWith(NO_KEY.message);
      return issueFinding(content, issue, {
        rule: "box-config",
        kind: "Box config",
        certainty: sure ? "certain" : "partial",
      });
    });
  },
};

/** A property that resembles none of ours may be one that Box has added. */
const MAYBE_NEW = /^Remove it, unless Box/;

function keyIssue({ pointer, value, line, column }: OpenSecret): readonly Issue[] {
  if (pointer !== "/boxAppSettings/appAuth/privateKey") return [];
  const wrong = noPrivateKey(value);
  return wrong === undefined ? [] : [{ pointer, ...wrong, line, column }];
}

/** What is wrong with a value that is no private key, not even a damaged one. */
function noPrivateKey(value: string): Pick<Issue, "message" | "fix"> | undefined {
  if (SSH_PUBLIC.test(value))
    return { message: "This is a public key (OpenSSH), not a private key.", fix: REFERENCE };
  const examined = examine(value);
  if (examined.ok) return undefined;
  const { code, message } = examined.error;
  if (code === "not_private") return { message, fix: REFERENCE };
  return code === "no_pem" && !LOOKS_LIKE_PATH.test(value) ? NO_KEY : undefined;
}
