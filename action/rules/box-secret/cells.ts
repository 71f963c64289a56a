import { kindCalled } from "./kinds.ts";

/** The row of a table that a value is in. */
export interface Row {
  /** The head of the value's column. */
  readonly column: string;
  /** The row up to the value. */
  readonly text: string;
  /** What is before the table, its head and this row, as if it were the first one. */
  readonly before: string;
  /** Whether a cell of the row is "box", in a file of separated values. */
  readonly namesBox: boolean;
}

/** The head of a table that has a column for secrets. */
export interface Head {
  readonly columns: readonly string[];
  /** The text that ends with the head. */
  readonly text: string;
}

/** The row of a value, of which `near` ends where the value begins. Offsets only grow. */
export type FindRow = (start: number, near: string) => Row | undefined;

/** Characters of a line of a table, of its heads and of a row before a value; longer lines are data of another kind. */
export const [LONGEST_HEAD, LONGEST_ROW] = [600, 1500];
/** Cells of a line that are split: a wider table is data, and none of its columns is a secret of Box. */
const MAX_CELLS = 40;

/** The text of a cell without its quotation marks or Markdown. */
export const cleaned = (cell: string): string => cell.trim().replace(/^["'`*_[]+|["'`*_\]]+$/g, "");

/** The cells of a line. What separates them is a part of a cell in quotation marks, or behind a backslash in Markdown. */
export function cellsOf(line: string, separator: string): readonly string[] {
  const text = separator === "|" ? line.trimStart().replace(/^\|/, "") : line;
  const cells: string[] = [];
  let [from, quotes, isBlank] = [0, 0, true];
  for (let at = 0; at < text.length && cells.length < MAX_CELLS; at++) {
    const character = text[at];
    if (character === separator && quotes % 2 === 0) {
      cells.push(text.slice(from, at));
      [from, quotes, isBlank] = [at + 1, 0, true];
      continue;
    }
    if (separator === "|") at += character === "\\" ? 1 : 0;
    else if (character === '"' && (isBlank || quotes > 0)) quotes++;
    isBlank &&= character === " ";
  }
  return [...cells, text.slice(from)];
}

/** The names of columns. */
export const headsOf = (line: string, separator: string): readonly string[] =>
  cellsOf(separator === "|" ? line.trimEnd().replace(/\|$/, "") : line, separator).map(cleaned);

export const hasSecret = (columns: readonly string[]): boolean =>
  columns.some((column) => kindCalled(column) !== undefined);

/** A value begins its cell, in quotation marks or not, which may be typographic. */
const BEGINNING = /^\s*(?:[NE](?='))?["'`*\x80-\xff]{0,6}$/;

/** The row of which `cells` are those up to the value, if the value begins the last of them. */
export function rowBelow(head: Head, text: string, cells: readonly string[]): Row | undefined {
  const column = BEGINNING.test(cells.at(-1) ?? "") ? head.columns[cells.length - 1] : undefined;
  return column === undefined
    ? undefined
    : { column, text, before: `${head.text}\n${text}`, namesBox: false };
}
