import { KEYWORDS, type Keyword, type Violation } from "../../../schemas/json/keywords.ts";
import type { SchemaCode, SchemaFacts } from "../../../schemas/json/schema-issues.ts";
import type { AnySchemaCode } from "./schema-issues.ts";

/** So many of the schema's values are compared with a wrong one, and named. */
const MAX_VALUES = 20;

const compared = (code: SchemaCode): Keyword => ({
  code,
  facts: ({ params }) => ({ comparison: String(params.comparison), limit: Number(params.limit) }),
});

const elementsNotAllowed: Keyword<AnySchemaCode> = {
  code: "elements_not_allowed",
  below: (params) => Number(params.limit ?? params.len ?? 0),
};

const values = ({ params }: Violation) => params.allowedValues as readonly unknown[];

/** Rows for the keywords that our own schemas do not use, or use otherwise than any schema may. */
export const ANY_KEYWORDS: Readonly<Record<string, Keyword<AnySchemaCode | SchemaCode>>> = {
  ...KEYWORDS,
  enum: {
    code: "value_not_listed",
    facts: (violation) => ({ allowed: values(violation) }),
    suggestion: (violation) =>
      KEYWORDS.enum?.suggestion?.({
        ...violation,
        params: {
          allowedValues: values(violation)
            .slice(0, MAX_VALUES)
            .filter((one) => typeof one === "string"),
        },
      }),
  },
  pattern: {
    code: "wrong_form",
    facts: ({ params }): SchemaFacts => ({ limit: String(params.pattern) }),
  },
  const: { code: "wrong_constant", facts: ({ params }) => ({ allowed: [params.allowedValue] }) },
  minimum: compared("number_too_small"),
  maximum: compared("number_too_large"),
  exclusiveMinimum: compared("number_too_small"),
  exclusiveMaximum: compared("number_too_large"),
  multipleOf: { code: "number_not_multiple", facts: ({ params }) => ({ limit: Number(params.multipleOf) }) },
  items: elementsNotAllowed,
  unevaluatedItems: elementsNotAllowed,
  additionalItems: elementsNotAllowed,
  contains: { code: "element_missing" },
  propertyNames: { code: "property_name_not_allowed", below: (params) => String(params.propertyName) },
  unevaluatedProperties: {
    code: "property_not_evaluated",
    below: (params) => String(params.unevaluatedProperty),
  },
  dependencies: {
    code: "property_dependencies",
    facts: ({ params }) => ({ allowed: [params.deps] }),
    below: (params) => String(params.property),
  },
  not: { code: "value_forbidden" },
  anyOf: { code: "alternatives_unmet" },
  oneOf: {
    code: ({ params }) => (params.passingSchemas ? "alternatives_several" : "alternatives_unmet"),
  },
  "false schema": { code: "nothing_allowed" },
};
