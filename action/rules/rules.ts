import { boxConfigRule } from "./box-config.ts";
import { boxSecretRule } from "./box-secret.ts";
import { policyRule } from "./policy.ts";
import type { Rule } from "./rule.ts";

/** Every rule that needs no configuration. `schema` is made of the users' mappings: `schema.ts`. */
export const RULES: readonly Rule[] = [boxConfigRule, boxSecretRule, policyRule];
