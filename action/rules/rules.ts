import { createHmac } from "node:crypto";
import type { BindSecret, Rule } from "../scan/rule.ts";
import { boxConfigRule } from "./box-config.ts";
import { boxSecretRule, boxSecretRuleWith } from "./box-secret/box-secret.ts";
import { policyRule } from "./policy.ts";
import { privateKeyRule } from "./private-key/private-key.ts";

/** Every rule that needs no configuration. `schema` is made of the users' mappings: `schema.ts`. */
export const RULES: readonly Rule[] = [privateKeyRule, boxConfigRule, boxSecretRule, policyRule];

/**
 * The same, where suppressions name Box secrets. With the random key of a run, findings of one value have the same
 * `sameSecret`, and without the key no reader can compare a guess with it.
 */
export const rulesWith = (bind: BindSecret, runKey?: Uint8Array): readonly Rule[] =>
  RULES.map((rule) => {
    if (rule !== boxSecretRule) return rule;
    return runKey === undefined ? boxSecretRuleWith(bind) : comparable(bind, runKey);
  });

const comparable = (bind: BindSecret, runKey: Uint8Array): Rule => ({
  ...boxSecretRule,
  find(content, onSkipped, budget) {
    const digests = new Map<string, Set<string>>();
    const noting: BindSecret = (identity, secret, onSkipped) => {
      const digest = createHmac("sha256", runKey).update(secret).digest("base64");
      digests.set(identity, (digests.get(identity) ?? new Set()).add(digest));
      return bind(identity, secret, onSkipped);
    };
    return boxSecretRuleWith(noting)
      .find(content, onSkipped, budget)
      .map((finding) => {
        const [sameSecret, ...others] = digests.get(finding.identity) ?? [];
        // Two values at one place: which is which is not known here.
        return sameSecret === undefined || others.length > 0 ? finding : { ...finding, sameSecret };
      });
  },
});
