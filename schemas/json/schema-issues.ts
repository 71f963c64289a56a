import type { IssueTable, IssueText } from "./issue-text.ts";

/** What a text can say of a violated schema. Everything comes from the schema, nothing from the document. */
export interface SchemaFacts {
  /** The schema's description of what is allowed. */
  readonly expected?: string | undefined;
  /** The schema's examples, as JSON. */
  readonly examples?: readonly string[] | undefined;
  /** Names or values that the schema allows or requires. */
  readonly allowed?: readonly unknown[];
  /** The keyword's number, or its pattern. */
  readonly limit?: string | number;
  /** `>=` and the like, where a number is compared with `limit`. */
  readonly comparison?: string;
}

/** Makes the text of an issue from what the schema says about the violated property. */
export type SchemaText = (facts: SchemaFacts, suggestion: string | undefined) => IssueText;

const CORRECT = "Correct it.";

export const likeThis = (examples: readonly string[]): string => `For example: ${examples.join(" or ")}.`;

/** The sentence with the schema's description behind it; fixed by the schema's examples where it has some. */
export const expecting =
  (
    wrong: string | ((facts: SchemaFacts) => string),
    advice: string | ((...given: Parameters<SchemaText>) => string | undefined) = CORRECT,
  ): SchemaText =>
  (facts, suggestion) => {
    const { expected, examples } = facts;
    const sentence = typeof wrong === "string" ? wrong : wrong(facts);
    const [own, otherwise] =
      typeof advice === "string" ? [undefined, advice] : [advice(facts, suggestion), CORRECT];
    return {
      message: expected === undefined ? `${sentence}.` : `${sentence}; expected: ${expected}`,
      fix: own ?? (examples === undefined ? otherwise : likeThis(examples)),
    };
  };

/** Of alternatives that are all unmet, the description beside them is the rule. */
const alternatives: SchemaText = ({ expected, examples }) => ({
  message: expected ?? "The properties do not go together.",
  fix: examples === undefined ? CORRECT : likeThis(examples),
});

/** The fix for a misspelt name. */
export const didYouMeanText = (name: string): string => `Did you mean ${name}?`;

const list = (allowed: readonly unknown[] = []) => allowed.join(", ");

/** What can be wrong with a document that one of our own schemas describes. */
export const SCHEMA_ISSUES = {
  wrong_type: expecting(({ allowed }) => `The value must be of type ${list(allowed)}`),
  property_missing: expecting("The property is missing", "Add it."),
  property_not_allowed: (({ allowed }, suggestion) => ({
    message: "There is no property of this name.",
    fix: suggestion === undefined ? `Use one of: ${list(allowed)}.` : didYouMeanText(suggestion),
  })) as SchemaText,
  property_alone: (({ allowed }) => ({
    message: `This property needs the property ${list(allowed)} beside it.`,
    fix: `Add ${list(allowed)}, or remove this property.`,
  })) as SchemaText,
  element_repeated: (() => ({
    message: "This element repeats an earlier one.",
    fix: "Remove one of the two.",
  })) as SchemaText,
  value_not_listed: expecting(
    ({ allowed }) => `The value is not one of those allowed (${list(allowed)})`,
    ({ allowed }, suggestion) =>
      suggestion === undefined ? `Use one of: ${list(allowed)}.` : didYouMeanText(suggestion),
  ),
  value_empty: expecting("The value is empty"),
  wrong_form: expecting("The value is not of the allowed form"),
  wrong_constant: expecting("The value is not the allowed one"),
  number_too_small: expecting(({ limit }) => `The number is less than ${limit}`),
  number_too_large: expecting(({ limit }) => `The number is more than ${limit}`),
  string_too_short: expecting("The value is empty"),
  string_too_long: expecting(({ limit }) => `The value is longer than ${limit} characters`),
  array_too_short: expecting("The array is empty"),
  array_too_long: expecting(({ limit }) => `The array has more than ${limit} elements`),
  object_too_small: expecting("The object is empty"),
  object_too_large: expecting(
    ({ limit }) => `The object has more than ${limit} propert${limit === 1 ? "y" : "ies"}`,
  ),
  alternatives_unmet: alternatives,
  alternatives_several: alternatives,
  /** For a keyword without a row; a test keeps our schemas from needing it. */
  value_not_allowed: expecting("The value is not allowed"),
} as const satisfies IssueTable;

/** A row of `SCHEMA_ISSUES`. */
export type SchemaCode = keyof typeof SCHEMA_ISSUES;
