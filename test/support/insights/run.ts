import { statsOf } from "./aggregate.ts";
import { keeps, scalarOf } from "./evaluate.ts";
import { type LogEvent, type Nulls, type Row, rowOf, type Value } from "./fields.ts";
import { compareNaturally } from "./order.ts";
import { parseQuery } from "./parse.ts";
import { type Column, type Command, type Expression, InsightsError } from "./syntax.ts";

/** Milliseconds since the epoch; both ends belong to the range. */
export interface TimeRange {
  readonly start: number;
  readonly end: number;
}

const MAX_ROWS = 10_000;
const OWN_FIELDS = ["@timestamp", "@message"];

/** What AWS would return: rows of the columns that the query displays, without those that a row does not have. */
export function runQuery(
  query: string,
  log: readonly LogEvent[],
  { range, nulls = "absent" }: { readonly range?: TimeRange; readonly nulls?: Nulls } = {},
): readonly Readonly<Record<string, Value>>[] {
  const commands = parseQuery(query);
  const known = new Set(log.flatMap((event) => [...rowOf(event, "text").keys()]));
  let rows: readonly Row[] = log
    .filter(({ timestamp }) => range === undefined || (timestamp >= range.start && timestamp <= range.end))
    .map((event) => rowOf(event, nulls))
    .reverse();
  let shown: readonly string[] = OWN_FIELDS;
  for (const command of commands) {
    rejectUnknown(command, known);
    rows = applied(command, rows);
    if (command.kind === "stats") known.clear();
    for (const name of columnsOf(command)) known.add(name);
    shown = shownAfter(command, shown);
  }
  return rows
    .slice(0, MAX_ROWS)
    .map((row) => Object.fromEntries([...row].filter(([name]) => shown.includes(name))));
}

function applied(command: Command, rows: readonly Row[]): readonly Row[] {
  switch (command.kind) {
    case "filter":
      return rows.filter((row) => keeps(command.where, row));
    case "stats":
      return statsOf(rows, command.columns, command.by);
    case "limit":
      return rows.slice(0, command.count);
    case "sort":
      return sorted(rows, command.by, command.descending);
    case "fields":
    case "display":
      return rows.map((row) => withColumns(row, command.columns));
  }
}

function withColumns(row: Row, columns: readonly Column[]): Row {
  const values = columns.flatMap(({ name, of }) => {
    const value = scalarOf(of, row);
    return value === undefined ? [] : [[name, value] as const];
  });
  return new Map([...row, ...values]);
}

/** AWS does not document where rows without the value go. */
function sorted(rows: readonly Row[], by: Expression, descending: boolean): readonly Row[] {
  const keyed = rows.map((row) => ({ row, key: scalarOf(by, row) }));
  const direction = descending ? -1 : 1;
  return keyed
    .toSorted((one, other) => {
      if (one.key === undefined || other.key === undefined) {
        throw new InsightsError("sort needs a value that each row has.");
      }
      return direction * compareNaturally(one.key, other.key);
    })
    .map(({ row }) => row);
}

const columnsOf = (command: Command): readonly string[] => {
  if (command.kind === "stats") return [...command.by, ...command.columns].map(({ name }) => name);
  return "columns" in command ? command.columns.map(({ name }) => name) : [];
};

function shownAfter(command: Command, shown: readonly string[]): readonly string[] {
  const names = columnsOf(command);
  if (command.kind === "fields") return shown === OWN_FIELDS ? names : [...shown, ...names];
  return names.length > 0 ? names : shown;
}

/** AWS takes a name that no event has for a field without values: here it is a mistake. */
function rejectUnknown(command: Command, known: ReadonlySet<string>): void {
  const expressions = "where" in command ? [command.where] : [];
  if (command.kind === "sort") expressions.push(command.by);
  if ("columns" in command) expressions.push(...command.columns.map(({ of }) => of));
  if (command.kind === "stats") expressions.push(...command.by.map(({ of }) => of));
  const unknown = expressions.flatMap(namesIn).filter((name) => !known.has(name));
  if (unknown.length > 0) throw new InsightsError(`No event has the field ${unknown.join(", ")}.`);
}

function namesIn(expression: Expression): readonly string[] {
  switch (expression.kind) {
    case "field":
      return [expression.name];
    case "call":
      return expression.given.flatMap(namesIn);
    case "list":
      return expression.items.flatMap(namesIn);
    case "not":
      return namesIn(expression.of);
    case "binary":
      return [expression.left, expression.right].flatMap(namesIn);
    default:
      return [];
  }
}
