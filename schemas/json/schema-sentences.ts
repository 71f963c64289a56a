import type { PropertyMistake } from "./issue.ts";
import { nearest } from "./nearest.ts";

/** The annotations of a schema that become text. */
export type SchemaNode = { readonly description?: string; readonly examples?: readonly unknown[] } & object;

interface Violation {
  readonly params: Readonly<Record<string, unknown>>;
  /** The schema that was violated. */
  readonly node: SchemaNode;
  /** The value that violates it: for inspection, never for output. */
  readonly given: unknown;
}

export interface Sentence {
  /** What is wrong; "; expected: " and the schema's description follow, unless it is `complete`. */
  readonly wrong: (violation: Violation) => string;
  readonly complete?: true;
  /** What to do; without it, or if it is undefined, the schema's examples, then `otherwise`. */
  readonly fix?: (violation: Violation) => string | undefined;
  readonly otherwise?: string;
  /** What is wrong with a property itself. */
  readonly property?: (violation: Violation) => PropertyMistake | undefined;
  /** Where the issue belongs, below the value that violates the schema. */
  readonly below?: (params: Violation["params"]) => string | number;
}

/** Of alternatives that are all unmet, the description beside them is the rule. */
const rule = ({ node }: Violation) => node.description ?? "The members do not go together.";

const names = (node: SchemaNode) => Object.keys("properties" in node ? (node.properties as object) : {});
const meant = (given: unknown, allowed: readonly unknown[]) =>
  typeof given === "string" ? nearest(given, allowed.map(String)) : undefined;
const didYouMean = (name: string | undefined) => (name === undefined ? undefined : `Did you mean ${name}?`);

/** One row for each keyword that our schemas use. */
export const SENTENCES: Readonly<Record<string, Sentence>> = {
  type: { wrong: ({ params }) => `The value must be of type ${params.type}` },
  required: {
    wrong: () => "The member is missing",
    otherwise: "Add it.",
    property: () => ({ is: "missing" }),
    below: (params) => String(params.missingProperty),
  },
  additionalProperties: {
    wrong: () => "There is no member of this name.",
    complete: true,
    fix: ({ params, node }) =>
      didYouMean(meant(params.additionalProperty, names(node))) ?? `Use one of: ${names(node).join(", ")}.`,
    property: ({ params, node }) => {
      const name = meant(params.additionalProperty, names(node));
      return name === undefined ? { is: "unknown" } : { is: "misspelt", meant: name };
    },
    below: (params) => String(params.additionalProperty),
  },
  dependentRequired: {
    wrong: ({ params }) => `This member needs the member ${params.missingProperty} beside it.`,
    complete: true,
    fix: ({ params }) => `Add ${params.missingProperty}, or remove this member.`,
    below: (params) => String(params.property),
  },
  uniqueItems: {
    wrong: () => "This element repeats an earlier one.",
    complete: true,
    fix: () => "Remove one of the two.",
    below: (params) => Math.max(Number(params.i), Number(params.j)),
  },
  enum: {
    wrong: ({ params }) =>
      `The value is not one of those allowed (${(params.allowedValues as readonly unknown[]).join(", ")})`,
    fix: ({ params, given }) => {
      const allowed = params.allowedValues as readonly unknown[];
      return didYouMean(meant(given, allowed)) ?? `Use one of: ${allowed.join(", ")}.`;
    },
  },
  pattern: {
    wrong: ({ given }) => (given === "" ? "The value is empty" : "The value is not of the allowed form"),
  },
  const: { wrong: () => "The value is not the allowed one" },
  minimum: { wrong: ({ params }) => `The number is less than ${params.limit}` },
  maximum: { wrong: ({ params }) => `The number is more than ${params.limit}` },
  minLength: { wrong: () => "The value is empty" },
  maxLength: { wrong: ({ params }) => `The value is longer than ${params.limit} characters` },
  minItems: { wrong: () => "The array is empty" },
  maxItems: { wrong: ({ params }) => `The array has more than ${params.limit} elements` },
  minProperties: { wrong: () => "The object is empty" },
  maxProperties: {
    wrong: ({ params }) => `The object has more than ${params.limit} member${params.limit === 1 ? "" : "s"}`,
  },
  anyOf: { wrong: rule, complete: true },
  oneOf: { wrong: rule, complete: true },
};
