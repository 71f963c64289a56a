import { calculated, scalarOf } from "./evaluate.ts";
import type { Row, Value } from "./fields.ts";
import { compareNaturally } from "./order.ts";
import { AGGREGATES, type Column, type Expression, InsightsError } from "./syntax.ts";

/** One row for each combination of values; events without a field of `by` are a group of their own. */
export function statsOf(
  rows: readonly Row[],
  columns: readonly Column[],
  by: readonly Column[],
): readonly Row[] {
  const groups = new Map<string, { readonly keys: Row; readonly rows: Row[] }>();
  for (const row of rows) {
    const keys = new Map(by.flatMap(({ name, of }) => entryOf(name, scalarOf(of, row))));
    const id = JSON.stringify([...keys]);
    const group = groups.get(id) ?? { keys, rows: [] };
    groups.set(id, group);
    group.rows.push(row);
  }
  return [...groups.values()].map(({ keys, rows: members }) => {
    const values = columns.flatMap(({ name, of }) => entryOf(name, aggregated(of, members)));
    return new Map([...keys, ...values]);
  });
}

const entryOf = (name: string, value: Value | undefined): readonly (readonly [string, Value])[] =>
  value === undefined ? [] : [[name, value]];

function aggregated(expression: Expression, rows: readonly Row[]): Value | undefined {
  if (expression.kind === "number") return expression.value;
  if (expression.kind === "binary") {
    const { operator, left, right } = expression;
    return calculated(operator, aggregated(left, rows), aggregated(right, rows));
  }
  if (expression.kind !== "call" || AGGREGATES[expression.name] === undefined) {
    throw new InsightsError("stats needs aggregations.");
  }
  const { name, given } = expression;
  const [first, second] = given;
  if (first === undefined || first.kind === "every") return rows.length;
  const values = rows.flatMap((row) => scalarOf(first, row) ?? []);
  return FOLDS[name]?.(values, second?.kind === "number" ? second.value : undefined);
}

/** Missing values are left out; of no values at all there is only a count. */
const FOLDS: Readonly<Record<string, (values: readonly Value[], rank?: number) => Value | undefined>> = {
  count: (values) => values.length,
  count_distinct: (values) => new Set(values).size,
  sum: (values) => (values.length === 0 ? undefined : numbers(values).reduce((one, other) => one + other)),
  min: (values) => values.toSorted(compareNaturally).at(0),
  max: (values) => values.toSorted(compareNaturally).at(-1),
  pct: (values, rank = Number.NaN) => {
    const sorted = numbers(values).toSorted((one, other) => one - other);
    return sorted[Math.max(Math.ceil((rank / 100) * sorted.length) - 1, 0)];
  },
};

function numbers(values: readonly Value[]): readonly number[] {
  const found = values.filter((value) => typeof value === "number");
  if (found.length < values.length) throw new InsightsError("sum and pct need numbers.");
  return found;
}
