/*
 * Values in columns: the name is in the first line of a table or in the list of columns of a statement.
 */

/** Characters of a line of a table; longer lines are data of another kind. */
const LONGEST_LINE = 600;
/** Cells of a line that are split: a wider table is data, and none of its columns is a secret of Box. */
const MAX_CELLS = 40;
const SEPARATORS = ["\t", ";", "|", ","] as const;

const cleaned = (cell: string) => cell.trim().replace(/^["'`*_[]+|["'`*_\]]+$/g, "");

const cells = (line: string, separator: string): readonly string[] =>
  line
    .trim()
    .replace(separator === "|" ? /^\||\|$/g : /^$/, "")
    .split(separator)
    .slice(0, MAX_CELLS)
    .map(cleaned);

/** Which cell the end of `line` is in. */
const cellAt = (line: string, separator: string): number => {
  const text = separator === "|" ? line.trimStart().replace(/^\|/, "") : line;
  return text.split(separator).length - 1;
};

const RULER = /^\s{0,8}\|?(?:\s{0,8}:?-{1,80}:?\s{0,8}\|?){1,40}\s{0,8}$/;

/** The head of the column of a Markdown table that `before` ends in. */
function markdownHead(before: string): string | undefined {
  const lines = before.split("\n");
  const last = lines.pop() ?? "";
  if (last.length > LONGEST_LINE || !last.includes("|")) return undefined;
  for (let at = lines.length - 1; at > 0; at--) {
    const line = lines[at] ?? "";
    if (!line.includes("|") || line.length > LONGEST_LINE) return undefined;
    if (line.includes("-") && RULER.test(line)) return cells(lines[at - 1] ?? "", "|")[cellAt(last, "|")];
  }
  return undefined;
}

/** The head of the column of a file of separated values. `head` is the file's first line. */
function separatedHead(before: string, head: string): string | undefined {
  const last = before.slice(before.lastIndexOf("\n") + 1);
  if (last.length > LONGEST_LINE || last === before) return undefined;
  const separator = separatorOf(head);
  return separator && cells(head, separator)[cellAt(last, separator)];
}

/** What separates the columns of a file, if its first line is the head of a table. */
const separatorOf = (head: string) =>
  /[{}()=<>]/.test(head) ? undefined : SEPARATORS.find((one) => head.includes(one));

/** Whether a cell of the row that a value is in, in a file of separated values, is "box". */
export function rowNamesBox(before: string, after: string, head: string): boolean {
  const separator = separatorOf(head);
  const row = before.slice(before.lastIndexOf("\n") + 1) + (after.split("\n", 1)[0] ?? "");
  if (separator === undefined || row.length > 2 * LONGEST_LINE || !before.includes("\n")) return false;
  return cells(row, separator).some((cell) => cell.toLowerCase() === "box");
}

const COLUMNS = /\(([^()]{1,600})\)\s{0,20}VALUES\s{0,20}/gi;
const COPY = /\bCOPY\s[^()\n]{1,120}\(([^()\n]{1,600})\)\s{0,4}FROM\s/gi;

const lastMatch = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].pop();

/** The column of a value in an SQL statement. */
function sqlColumn(before: string): string | undefined {
  const insert = lastMatch(before, COLUMNS);
  const rows = insert && before.slice(insert.index + insert[0].length);
  if (insert && rows !== undefined && !rows.includes(";")) {
    const tuple = rows.slice(rows.lastIndexOf("(") + 1);
    return tuple.includes(")") ? undefined : cells(insert[1] ?? "", ",")[cellAt(tuple, ",")];
  }
  const copy = lastMatch(before, COPY);
  if (copy === undefined || before.slice(copy.index).includes("\\.\n")) return undefined;
  return cells(copy[1] ?? "", ",")[cellAt(before.slice(before.lastIndexOf("\n") + 1), "\t")];
}

const MAY_BE_CELL = /[|,;\t(]\s{0,20}["'`]{0,2}$|\n["']?$/;

/** The head of the column that the value after `before` is in. */
export function columnName(before: string, head: string): string | undefined {
  if (!MAY_BE_CELL.test(before.slice(-24))) return undefined;
  return /values|copy/i.test(before)
    ? (sqlColumn(before) ?? separatedHead(before, head))
    : (markdownHead(before) ?? separatedHead(before, head));
}

/** Characters that may be the first line of a table. */
export const HEAD_CHARACTERS = LONGEST_LINE;
