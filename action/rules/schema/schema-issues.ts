import type { IssueTable } from "../../../schemas/json/issue-text.ts";
import {
  didYouMeanText,
  expecting,
  likeThis,
  type SchemaCode,
  type SchemaText,
} from "../../../schemas/json/schema-issues.ts";
import { shortened } from "../../report/escape.ts";

/** Plural where it must be. */
const count = (limit: unknown, what: string) => `${limit} ${what}${limit === 1 ? "" : "s"}`;

const comparison = expecting((facts) => `The number must be ${facts.comparison} ${facts.limit}`);

/** The user's schema may allow anything: it is quoted as JSON and not at length. */
const quoted = (value: unknown) => shortened(JSON.stringify(value) ?? "", 80);

/** So many values of an enum are named. */
const MAX_VALUES = 20;

function listed(values: readonly unknown[] = []): string {
  const more = values.length - MAX_VALUES;
  return `${values.slice(0, MAX_VALUES).map(quoted).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

const pattern = (limit: unknown) => `fit the pattern ${shortened(String(limit), 200)}`;

/** Its reader can change the schema too. */
const wrongForm: SchemaText = (facts, suggestion) => {
  const { expected, examples, limit } = facts;
  const own =
    expected !== undefined && examples === undefined
      ? `Write a string that fits the pattern ${shortened(String(limit), 200)}`
      : "Write a string that fits it, or correct the schema.";
  const wrong =
    expected === undefined
      ? `The string does not ${pattern(limit)}`
      : "The string is not of the allowed form";
  return expecting(wrong, own)(facts, suggestion);
};

/** What authors read of a code of our own schemas where the schema is theirs. */
const REWORDED = {
  wrong_type: expecting(({ allowed = [] }) => `The value must be of type ${allowed.join(" or ")}`),
  value_not_listed: expecting(
    ({ allowed }) => `The value is not one of those allowed (${listed(allowed)})`,
    ({ allowed = [] }, suggestion) =>
      suggestion === undefined
        ? `Use one of: ${allowed.slice(0, MAX_VALUES).map(quoted).join(", ")}.`
        : didYouMeanText(suggestion),
  ),
  wrong_form: wrongForm,
  wrong_constant: expecting(
    ({ allowed = [] }) => `The value is not the only one allowed (${allowed.map(quoted).join()})`,
    ({ allowed = [] }) => `Write ${allowed.map(quoted).join()}.`,
  ),
  number_too_small: comparison,
  number_too_large: comparison,
  string_too_short: expecting(({ limit }) =>
    limit === 1 ? "The string is empty" : `The string is shorter than ${count(limit, "character")}`,
  ),
  string_too_long: expecting(({ limit }) => `The string is longer than ${count(limit, "character")}`),
  array_too_short: expecting(({ limit }) =>
    limit === 1 ? "The array is empty" : `The array has fewer than ${count(limit, "element")}`,
  ),
  array_too_long: expecting(({ limit }) => `The array has more than ${count(limit, "element")}`),
  object_too_small: expecting(({ limit }) =>
    limit === 1 ? "The object is empty" : `The object has fewer than ${limit} properties`,
  ),
  alternatives_unmet: expecting("The value fits none of the alternatives"),
  alternatives_several: expecting("The value fits several alternatives of which one is allowed"),
} as const satisfies Partial<Record<SchemaCode, SchemaText>>;

/** What only keywords that our own schemas do not use can report. */
const ADDED = {
  number_not_multiple: expecting(({ limit }) => `The number must be a multiple of ${limit}`),
  elements_not_allowed: (() => ({
    message: "There are more elements than the schema allows.",
    fix: "Remove this element and those after it.",
  })) as SchemaText,
  element_missing: expecting("The array lacks an element that the schema requires"),
  property_name_not_allowed: (({ examples }) => ({
    message: "This property's name is not allowed.",
    fix: examples === undefined ? "Correct it." : likeThis(examples),
  })) as SchemaText,
  property_not_evaluated: (() => ({
    message: "There is no property of this name.",
    fix: "Remove it, or correct its name.",
  })) as SchemaText,
  property_dependencies: (({ allowed = [], examples }) => ({
    message: `This property needs others beside it: ${allowed.join(", ")}.`,
    fix: examples === undefined ? "Correct it." : likeThis(examples),
  })) as SchemaText,
  value_forbidden: expecting("The value is one that the schema forbids"),
  nothing_allowed: (() => ({
    message: "No value is allowed here.",
    fix: "Remove it.",
  })) as SchemaText,
} as const satisfies IssueTable;

export type AnySchemaCode = keyof typeof ADDED;

export const ANY_SCHEMA_ISSUES = { ...REWORDED, ...ADDED } as const;
