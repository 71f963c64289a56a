import { type Query, queryText } from "../../infra/audit-queries.ts";
import type { LogEvent, Nulls, Value } from "../support/insights/fields.ts";
import { runQuery, type TimeRange } from "../support/insights/run.ts";

export type ResultRow = Readonly<Record<string, Value>>;

const NULLS: readonly Nulls[] = ["absent", "empty", "text"];

/**
 * The rows of a saved query, with its places filled in. They must not depend on what AWS makes of a JSON null: the query
 * runs on each possibility, and a null, an empty text and `null` are then all left out of the rows.
 */
export function rowsOf(
  query: Query,
  log: readonly LogEvent[],
  {
    range,
    places = {},
  }: { readonly range?: TimeRange; readonly places?: Readonly<Record<string, string>> } = {},
): readonly ResultRow[] {
  const text = filledIn(query, places);
  const [rows = [], ...others] = NULLS.map((nulls) =>
    runQuery(text, log, { nulls, ...(range && { range }) }).map(withoutNulls),
  );
  for (const other of others) {
    if (JSON.stringify(other) !== JSON.stringify(rows)) {
      throw new Error(`The rows of "${query.title}" depend on what AWS makes of null.`);
    }
  }
  return rows;
}

function filledIn(query: Query, places: Readonly<Record<string, string>>): string {
  const needed = Object.keys(query.places ?? {});
  if (needed.join() !== Object.keys(places).join()) throw new Error(`Places to fill in: ${needed.join()}`);
  return Object.entries(places).reduce((text, [place, value]) => {
    if (text.split(place).length !== 2) throw new Error(`${place} is not exactly once in: ${text}`);
    return text.replace(place, value);
  }, queryText(query));
}

function withoutNulls(row: ResultRow): ResultRow {
  const entries = Object.entries(row).filter(([, value]) => value !== "" && value !== "null");
  return Object.fromEntries(entries.toSorted(([one], [other]) => (one < other ? -1 : 1)));
}

/** Half-open in days, as auditors speak of it: from the first moment of one to the last one before the other. */
export const rangeOf = (from: string, to: string): TimeRange => ({
  start: Date.parse(from),
  end: Date.parse(to) - 1,
});
