/** Narrower than this, no line can be kept whole. */
const MIN_COLUMNS = 20;

/**
 * The text with its lines broken between words where the terminal is too narrow for them; the continuation is indented as
 * the last column of the line is. Unchanged where a program reads it.
 */
export function wrapLines(text: string, { columns }: { readonly columns?: number | undefined }): string {
  if (columns === undefined || columns < MIN_COLUMNS) return text;
  return text
    .split("\n")
    .map((line) => wrapLine(line, columns))
    .join("\n");
}

/** What separates columns, or indents. */
const SPACES = / {2,}(?=\S)/g;

function wrapLine(line: string, columns: number): string {
  if (line.length <= columns) return line;
  const last = [...line.matchAll(SPACES)].at(-1);
  const before = last === undefined ? 0 : last.index + last[0].length;
  const indent = " ".repeat(before > columns / 2 ? 4 : before);
  const lines: string[] = [];
  let current = line.slice(0, before);
  let isEmpty = true;
  for (const word of line.slice(before).split(" ")) {
    if (!isEmpty && current.length + 1 + word.length > columns) {
      lines.push(current);
      current = indent + word;
    } else {
      current += isEmpty ? word : ` ${word}`;
    }
    isEmpty = false;
  }
  return [...lines, current].join("\n");
}
