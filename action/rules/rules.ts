import { boxConfigRule } from "./box-config.ts";
import { boxSecretRule, boxSecretRuleWith } from "./box-secret.ts";
import { policyRule } from "./policy.ts";
import { privateKeyRule } from "./private-key.ts";
import type { BindSecret, Rule } from "./rule.ts";

/** Every rule that needs no configuration. `schema` is made of the users' mappings: `schema.ts`. */
export const RULES: readonly Rule[] = [privateKeyRule, boxConfigRule, boxSecretRule, policyRule];

/** The same, where suppressions name Box secrets. */
export const rulesWith = (bind: BindSecret): readonly Rule[] =>
  RULES.map((rule) => (rule === boxSecretRule ? boxSecretRuleWith(bind) : rule));
