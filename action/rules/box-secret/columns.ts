import type { Buffer } from "node:buffer";
import {
  cellsOf,
  cleaned,
  type FindRow,
  hasSecret,
  headsOf,
  LONGEST_HEAD,
  LONGEST_ROW,
  type Row,
  rowBelow,
} from "./cells.ts";
import { markdownRows } from "./markdown.ts";
import { statementRows } from "./sql.ts";

/*
 * Values in columns: the name is in the first line of a file, above the ruler of a Markdown table or in the list of
 * columns of a statement, however many rows are between.
 */

/** Characters that may be the first line of a table. */
export const HEAD_CHARACTERS = LONGEST_HEAD;

const MAY_BE_CELL = /[|,;\t(\n]\s{0,16}[NE]?["'`*\x80-\xff]{0,6}$/;
/** What `MAY_BE_CELL` matches at most is 24. */
const CELL_CHARACTERS = 24;

/** The row of the value at an offset, in a table with a column for secrets. `head` is the first line of the file. */
export function rowsIn(path: string, bytes: Buffer, head: string): (start: number) => Row | undefined {
  let finders: readonly FindRow[] | undefined;
  return (start) => {
    const beginning = bytes.toString("latin1", Math.max(0, start - CELL_CHARACTERS), start);
    if (!MAY_BE_CELL.test(beginning)) return undefined;
    finders ??= [statementRows(bytes), markdownRows(bytes), separatedRows(path, bytes, head)];
    const near = bytes.toString("latin1", Math.max(0, start - LONGEST_ROW), start);
    for (const find of finders) {
      const row = find(start, near);
      if (row !== undefined) return row;
    }
    return undefined;
  };
}

const SEPARATORS = ["\t", ";", "|", ","] as const;

/** What separates the columns of a file, if its first line is the head of a table: it has no code, no value and no border. */
const separatorOf = (head: string) =>
  /^\s*\||[{}()=<>]|[A-Za-z0-9]{32}/.test(head) ? undefined : SEPARATORS.find((one) => head.includes(one));

const IS_TABLE = /\.(?:csv|tsv|psv|tab)$/i;

/** Rows of a file of separated values. In one that is not called so they have as many cells as the first line. */
function separatedRows(path: string, bytes: Buffer, head: string): FindRow {
  const separator = separatorOf(head);
  const columns = separator === undefined ? [] : headsOf(head, separator);
  if (separator === undefined || !hasSecret(columns)) return () => undefined;
  return (start, near) => {
    const text = near.slice(near.lastIndexOf("\n") + 1);
    if (text === near) return undefined;
    const rest = bytes.toString("latin1", start, start + LONGEST_ROW).split("\n", 1)[0] ?? "";
    const cells = headsOf(text + rest, separator);
    if (!IS_TABLE.test(path) && cells.length !== columns.length) return undefined;
    const row = rowBelow({ columns, text: head }, text, cellsOf(text, separator));
    return row && { ...row, namesBox: cells.some((cell) => cleaned(cell).toLowerCase() === "box") };
  };
}
