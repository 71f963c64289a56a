import { SENTENCES, type Sentence } from "../../../schemas/json/schema-sentences.ts";
import { shortened } from "../../report/escape.ts";

/** Plural where it must be. */
const count = (limit: unknown, what: string) => `${limit} ${what}${limit === 1 ? "" : "s"}`;

const comparison: Sentence = {
  wrong: ({ params }) => `The number must be ${params.comparison} ${params.limit}`,
};

const tooManyItems: Sentence = {
  wrong: () => "There are more elements than the schema allows.",
  complete: true,
  fix: () => "Remove this element and those after it.",
  below: (params) => Number(params.limit ?? params.len ?? 0),
};

/** The user's schema may allow anything: it is quoted as JSON and not at length. */
const quoted = (value: unknown) => {
  const text = JSON.stringify(value) ?? "";
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
};

/** So many values of an enum are named. */
const MOST_VALUES = 20;

function listed(values: readonly unknown[]): string {
  const more = values.length - MOST_VALUES;
  return `${values.slice(0, MOST_VALUES).map(quoted).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

/** What the keywords say that our own schemas do not use, or use otherwise than any schema may. */
export const ANY_SENTENCES: Readonly<Record<string, Sentence>> = {
  ...SENTENCES,
  type: { wrong: ({ params }) => `The value must be of type ${[params.type].flat().join(" or ")}` },
  enum: {
    wrong: ({ params }) =>
      `The value is not one of those allowed (${listed(params.allowedValues as readonly unknown[])})`,
    fix: ({ params, given }) => {
      const allowed = (params.allowedValues as readonly unknown[]).slice(0, 20);
      const names = allowed.filter((one) => typeof one === "string");
      const meant = SENTENCES.enum?.fix?.({ params: { allowedValues: names }, node: {}, given });
      return meant?.startsWith("Did you mean") ? meant : `Use one of: ${allowed.map(quoted).join(", ")}.`;
    },
  },
  pattern: {
    wrong: ({ params, node }) =>
      node.description === undefined
        ? `The string does not fit the pattern ${shortened(String(params.pattern), 200)}`
        : "The string is not of the allowed form",
    fix: ({ params, node }) =>
      node.description === undefined || node.examples !== undefined
        ? undefined
        : `Write a string that fits the pattern ${shortened(String(params.pattern), 200)}`,
    otherwise: "Write a string that fits it, or correct the schema.",
  },
  const: {
    wrong: ({ params }) => `The value is not the only one allowed (${quoted(params.allowedValue)})`,
    fix: ({ params }) => `Write ${quoted(params.allowedValue)}.`,
  },
  minimum: comparison,
  maximum: comparison,
  exclusiveMinimum: comparison,
  exclusiveMaximum: comparison,
  multipleOf: { wrong: ({ params }) => `The number must be a multiple of ${params.multipleOf}` },
  minLength: { wrong: ({ params }) => `The string is shorter than ${count(params.limit, "character")}` },
  maxLength: { wrong: ({ params }) => `The string is longer than ${count(params.limit, "character")}` },
  minItems: { wrong: ({ params }) => `The array has fewer than ${count(params.limit, "element")}` },
  maxItems: { wrong: ({ params }) => `The array has more than ${count(params.limit, "element")}` },
  items: tooManyItems,
  unevaluatedItems: tooManyItems,
  additionalItems: tooManyItems,
  minProperties: { wrong: ({ params }) => `The object has fewer than ${count(params.limit, "member")}` },
  maxProperties: { wrong: ({ params }) => `The object has more than ${count(params.limit, "member")}` },
  contains: { wrong: () => "The array lacks an element that the schema requires" },
  propertyNames: {
    wrong: () => "This member's name is not allowed.",
    complete: true,
    below: (params) => String(params.propertyName),
  },
  unevaluatedProperties: {
    wrong: () => "There is no member of this name.",
    complete: true,
    fix: () => "Remove it, or correct its name.",
    below: (params) => String(params.unevaluatedProperty),
  },
  dependencies: {
    wrong: ({ params }) => `This member needs others beside it: ${params.deps}.`,
    complete: true,
    below: (params) => String(params.property),
  },
  not: { wrong: () => "The value is one that the schema forbids" },
  anyOf: { wrong: () => "The value fits none of the alternatives" },
  oneOf: {
    wrong: ({ params }) =>
      params.passingSchemas
        ? "The value fits several alternatives of which one is allowed"
        : "The value fits none of the alternatives",
  },
  "false schema": { wrong: () => "No value is allowed here.", complete: true, fix: () => "Remove it." },
};
