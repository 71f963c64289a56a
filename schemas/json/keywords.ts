import { nearest } from "./nearest.ts";
import type { SchemaCode, SchemaFacts } from "./schema-issues.ts";

/** The annotations of a schema that become text. */
export type SchemaNode = { readonly description?: string; readonly examples?: readonly unknown[] } & object;

/** One violation of a schema, as the validator reports it. */
export interface Violation {
  readonly params: Readonly<Record<string, unknown>>;
  /** The schema that was violated. */
  readonly node: SchemaNode;
  /** The value that violates it: for inspection, never for output. */
  readonly given: unknown;
}

/** What a violated keyword of a schema means. */
export interface Keyword<Code extends string = SchemaCode> {
  readonly code: Code | ((violation: Violation) => Code);
  readonly facts?: (violation: Violation) => SchemaFacts;
  /** The name or value that was probably meant. */
  readonly suggestion?: (violation: Violation) => string | undefined;
  /** Where the issue belongs, below the value that violates the schema. */
  readonly below?: (params: Violation["params"]) => string | number;
}

const namesIn = (node: SchemaNode) => Object.keys("properties" in node ? (node.properties as object) : {});

const meant = (given: unknown, allowed: readonly unknown[]) =>
  typeof given === "string" ? nearest(given, allowed.map(String)) : undefined;

const limit = ({ params }: Violation): SchemaFacts => ({ limit: Number(params.limit) });

/** Of alternatives, the description beside them is the rule; that of a place above them is not. */
const rule = ({ node }: Violation): SchemaFacts => ({ expected: node.description });

/** One row for each keyword that our schemas use. */
export const KEYWORDS: Readonly<Record<string, Keyword>> = {
  type: { code: "wrong_type", facts: ({ params }) => ({ allowed: [params.type].flat() }) },
  required: { code: "property_missing", below: (params) => String(params.missingProperty) },
  additionalProperties: {
    code: "property_not_allowed",
    facts: ({ node }) => ({ allowed: namesIn(node) }),
    suggestion: ({ params, node }) => meant(params.additionalProperty, namesIn(node)),
    below: (params) => String(params.additionalProperty),
  },
  dependentRequired: {
    code: "property_alone",
    facts: ({ params }) => ({ allowed: [params.missingProperty] }),
    below: (params) => String(params.property),
  },
  uniqueItems: {
    code: "element_repeated",
    below: (params) => Math.max(Number(params.i), Number(params.j)),
  },
  enum: {
    code: "value_not_listed",
    facts: ({ params }) => ({ allowed: params.allowedValues as readonly unknown[] }),
    suggestion: ({ params, given }) => meant(given, params.allowedValues as readonly unknown[]),
  },
  pattern: { code: ({ given }) => (given === "" ? "value_empty" : "wrong_form") },
  const: { code: "wrong_constant" },
  minimum: { code: "number_too_small", facts: limit },
  maximum: { code: "number_too_large", facts: limit },
  minLength: { code: "string_too_short", facts: limit },
  maxLength: { code: "string_too_long", facts: limit },
  minItems: { code: "array_too_short", facts: limit },
  maxItems: { code: "array_too_long", facts: limit },
  minProperties: { code: "object_too_small", facts: limit },
  maxProperties: { code: "object_too_large", facts: limit },
  anyOf: { code: "alternatives_unmet", facts: rule },
  oneOf: {
    code: ({ params }) => (params.passingSchemas ? "alternatives_several" : "alternatives_unmet"),
    facts: rule,
  },
};
