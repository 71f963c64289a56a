import type { ReportingDescriptor } from "sarif";
import type { RuleId } from "../scan/finding.ts";

interface RuleText {
  readonly name: string;
  readonly short: string;
  readonly full: string;
  readonly help: string;
  /** What code scanning can be filtered by. */
  readonly tags: readonly string[];
  /** GitHub's "security-severity": from 9.0 critical, from 7.0 high. Only security findings have one. */
  readonly severity?: string;
}

/** What code scanning shows of each rule; `docs/rules.md` has the details. */
const RULE_TEXTS: Readonly<Record<RuleId, RuleText>> = {
  "private-key": {
    name: "PrivateKey",
    short: "A private key is in the repository.",
    full: "A private key in any format and wrapping, recognised by its structure and named by the SHA-256 of its public key or ciphertext.",
    help: "Remove the key where it is registered (Box: Developer Console > the app > Configuration > Add and Manage Public Keys), make a new one outside of the repository, then clean the branch. Deleting the file is not enough.",
    tags: ["security", "secret", "external/cwe/cwe-321", "external/cwe/cwe-312"],
    severity: "9.8",
  },
  "box-secret": {
    name: "BoxSecret",
    short: "A secret of a Box app is in the open.",
    full: "A client secret, passphrase, webhook key or token of a Box app in a file or message.",
    help: "Reset or revoke it first, then keep the new one in a secret store and write a reference in its place.",
    tags: ["security", "secret", "external/cwe/cwe-798", "external/cwe/cwe-312"],
    severity: "8.8",
  },
  "box-config": {
    name: "BoxConfig",
    short: "A Box config does not fit what may be committed.",
    full: "A property of a Box config is missing, unknown, misspelt, repeated, misplaced or of another type than Box's SDKs read.",
    help: "Correct the property as the message says. Secrets must be absent, empty, a reference or a placeholder.",
    tags: ["configuration", "box"],
  },
  policy: {
    name: "Policy",
    short: "A policy of box-sts would not be accepted.",
    full: "With a policy that cannot be read, every request for a token is refused.",
    help: "Correct the property as the message says. A policy is strict JSON: no comments, no property twice.",
    tags: ["configuration", "policy"],
  },
  schema: {
    name: "Schema",
    short: "A file does not fit the JSON Schema mapped to it.",
    full: "The workflow maps this file to a JSON Schema with the input `schemas`.",
    help: "Correct the value as the message says, or the schema.",
    tags: ["configuration", "schema"],
  },
};

/** What docs/rules.md has of a rule, as a link where its address is known. */
const markdownHelp = (id: RuleId, helpUrl: string | undefined) =>
  helpUrl === undefined ? `See \`${id}\` in docs/rules.md.` : `See [${id}](${helpUrl}#${id}).`;

const IDS = Object.keys(RULE_TEXTS) as readonly RuleId[];

export const ruleIndex = (id: RuleId): number => IDS.indexOf(id);

/** The rules as SARIF's `tool.driver.rules`; `helpUrl` is where docs/rules.md is, in which each rule has a heading. */
export const sarifRules = (helpUrl: string | undefined): ReportingDescriptor[] =>
  IDS.map((id) => {
    const { name, short, full, help, tags, severity } = RULE_TEXTS[id];
    return {
      id,
      name,
      shortDescription: { text: short },
      fullDescription: { text: full },
      help: { text: help, markdown: `${help} ${markdownHelp(id, helpUrl)}` },
      ...(helpUrl !== undefined && { helpUri: `${helpUrl}#${id}` }),
      defaultConfiguration: { level: "error" },
      properties: {
        precision: "very-high",
        tags: [...tags],
        ...(severity !== undefined && { "security-severity": severity }),
      },
    };
  });
