import type { Buffer } from "node:buffer";
import { cellsOf, cleaned, type FindRow, type Head, hasSecret, rowBelow } from "./cells.ts";

/** Characters before the rows of a statement: its beginning, and what is before it. */
const LEAD = 1500;
/** Characters of a list of columns with the words around it. */
const LONGEST_LIST = 800;

/** A statement whose rows may go on to the end of the file. */
interface Statement extends Head {
  /** Where its rows begin. */
  readonly end: number;
  /** Of cells, in the data of `COPY`; in `INSERT` each row is in parentheses. */
  readonly separator?: string;
}

const COLUMNS = /\(([^()]{1,600})\)\s{0,20}$/;
const COPY = /^COPY\s[^()\n]{1,120}\(([^()\n]{1,600})\)\s{0,4}FROM\s([^\n]{0,200})/i;

/** What separates rows of `INSERT` from what is before them. */
const TUPLE = /(?:^|\)\s{0,20},|\n)\s{0,20}\(/g;

/** Rows of `INSERT … VALUES` and `COPY … FROM stdin`. */
export function statementRows(bytes: Buffer): FindRow {
  const inserts = lastBefore(bytes, ["VALUES", "values", "Values"], (at) => insertAt(bytes, at));
  const copies = lastBefore(bytes, ["COPY", "copy"], (at) => copyAt(bytes, at));
  const insertEnds = lastBefore(bytes, [";\n", ";\r"], (end) => ({ end }));
  const copyEnds = lastBefore(bytes, ["\n\\."], (end) => ({ end }));
  return (start, near) => {
    const [insert, copy] = [inserts(start), copies(start)];
    if (copy !== undefined && copy.end > Math.max(insert?.end ?? 0, copyEnds(start)?.end ?? 0))
      return copyRow(copy, near);
    const isOpen = insert !== undefined && insert.end > (insertEnds(start)?.end ?? 0);
    return isOpen ? insertRow(insert, near.slice(-Math.max(1, start - insert.end))) : undefined;
  };
}

const copyRow = (copy: Statement, near: string) => {
  const text = near.slice(near.lastIndexOf("\n") + 1);
  return hasSecret(copy.columns) ? rowBelow(copy, text, cellsOf(text, copy.separator ?? "\t")) : undefined;
};

function insertRow(insert: Statement, near: string) {
  const tuple = hasSecret(insert.columns) ? [...near.matchAll(TUPLE)].at(-1) : undefined;
  if (tuple === undefined) return undefined;
  const text = near.slice(tuple.index + tuple[0].length);
  return rowBelow(insert, text, valuesOf(text));
}

/** A string, a bracket or a comma of a row. The last string may be open: the value is the rest of it. */
const PARTS = /'(?:[^'\\]|\\[\s\S])*(?:'|\\?$)|"(?:[^"\\]|\\[\s\S])*(?:"|\\?$)|[(),]/g;

/** The values of a row in parentheses, of which strings and calls are a part; none of a row that is closed. */
function valuesOf(text: string): readonly string[] {
  const values: string[] = [];
  let [from, depth] = [0, 0];
  for (const { 0: part, index } of text.matchAll(PARTS)) {
    if (part === "(") depth++;
    if (part === ")" && --depth < 0) return [];
    if (part !== "," || depth > 0) continue;
    values.push(text.slice(from, index));
    from = index + 1;
  }
  return [...values, text.slice(from)];
}

/** The last of some places before an offset that is one of these words and has a meaning. */
function lastBefore<Found>(
  bytes: Buffer,
  words: readonly string[],
  meaning: (at: number) => Found | undefined,
): (start: number) => Found | undefined {
  const cursors = words.map((word) => ({ word, next: bytes.indexOf(word) }));
  let [at, last]: [number, Found | undefined] = [-1, undefined];
  return (start) => {
    for (const cursor of cursors)
      for (
        ;
        cursor.next !== -1 && cursor.next < start;
        cursor.next = bytes.indexOf(cursor.word, cursor.next + 1)
      ) {
        const found = cursor.next > at ? meaning(cursor.next) : undefined;
        if (found !== undefined) [at, last] = [cursor.next, found];
      }
    return last;
  };
}

const namesIn = (list: string) => cellsOf(list, ",").map(cleaned);

/** A list of columns may have a line for each; the rows are next to what the statement begins with. */
const lead = (bytes: Buffer, at: number, list: string) =>
  `${bytes.toString("latin1", Math.max(0, at - LEAD), at)}${list.replace(/\s+/g, " ")}`;

function insertAt(bytes: Buffer, at: number): Statement | undefined {
  const found = COLUMNS.exec(bytes.toString("latin1", Math.max(0, at - LONGEST_LIST), at));
  if (found === null) return undefined;
  const text = lead(bytes, at - found[0].length, `${found[0]}VALUES`);
  return { columns: namesIn(found[1] ?? ""), text, end: at + "VALUES".length };
}

function copyAt(bytes: Buffer, at: number): Statement | undefined {
  const found = COPY.exec(bytes.toString("latin1", at, at + LONGEST_LIST + LEAD));
  if (found === null) return undefined;
  const [whole, list = "", options = ""] = found;
  const columns = namesIn(list);
  const text = `${lead(bytes, at, whole)}`;
  return { columns, text, end: at + whole.length, separator: /\bcsv\b/i.test(options) ? "," : "\t" };
}
