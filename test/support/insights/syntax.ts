/**
 * The part of the CloudWatch Logs Insights query language that our queries use. Whatever is not here is refused by the
 * parser, and so is whatever AWS does not document: a query that passes here must mean the same at AWS.
 */
export type Expression =
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "regex"; readonly value: RegExp }
  | { readonly kind: "field"; readonly name: string }
  | { readonly kind: "period"; readonly milliseconds: number }
  | { readonly kind: "list"; readonly items: readonly Expression[] }
  | { readonly kind: "call"; readonly name: string; readonly given: readonly Expression[] }
  | { readonly kind: "every" }
  | { readonly kind: "not"; readonly of: Expression }
  | {
      readonly kind: "binary";
      readonly operator: string;
      readonly left: Expression;
      readonly right: Expression;
    };

/** An expression and the name of its column. */
export interface Column {
  readonly name: string;
  readonly of: Expression;
}

export type Command =
  | { readonly kind: "fields"; readonly columns: readonly Column[] }
  | { readonly kind: "filter"; readonly where: Expression }
  | { readonly kind: "stats"; readonly columns: readonly Column[]; readonly by: readonly Column[] }
  | { readonly kind: "sort"; readonly by: Expression; readonly descending: boolean }
  | { readonly kind: "limit"; readonly count: number }
  | { readonly kind: "display"; readonly columns: readonly Column[] };

/** A query that AWS would refuse, or whose meaning AWS does not document. */
export class InsightsError extends Error {}

/** How many arguments each function takes. */
export const FUNCTIONS: Readonly<Record<string, number>> = {
  ...{ ispresent: 1, isempty: 1, strcontains: 2, bin: 1 },
};

/** Functions of `stats`, which take many rows. */
export const AGGREGATES: Readonly<Record<string, number>> = {
  ...{ count: 1, count_distinct: 1, sum: 1, min: 1, max: 1, pct: 2 },
};
