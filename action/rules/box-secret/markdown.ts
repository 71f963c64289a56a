import type { Buffer } from "node:buffer";
import { cellsOf, type FindRow, type Head, hasSecret, headsOf, LONGEST_ROW, rowBelow } from "./cells.ts";

const [LINE_FEED, START] = [10, 0];
/** Characters before the head of a table, which say what it is about. */
const LEAD = 1500;

const RULER_CELL = /^\s*:?-+:?\s*$/;
const isRuler = (line: string) =>
  line.includes("-") && headsOf(line, "|").every((cell) => RULER_CELL.test(cell));

/** Rows of Markdown tables. */
export function markdownRows(bytes: Buffer): FindRow {
  // Each line is read once: a table goes on where the last row was.
  let [known, head]: [number, Head | undefined] = [-1, undefined];
  return (start, near) => {
    const text = near.slice(near.lastIndexOf("\n") + 1);
    const line = start - text.length;
    if (!text.includes("|") || text.length >= LONGEST_ROW || line < known) return undefined;
    if (line !== known) [known, head] = [line, headAbove(line)];
    return head && rowBelow(head, text, cellsOf(text, "|"));
  };

  function headAbove(row: number): Head | undefined {
    for (let end = row; end > START; ) {
      if (end === known) return head;
      const from = lineBefore(end);
      if (from < 0) return undefined;
      const line = bytes.toString("latin1", from, end - 1);
      if (!line.includes("|")) return undefined;
      if (isRuler(line)) return headAt(from, end);
      end = from;
    }
    return undefined;
  }

  /** Where the line begins that ends before `end`; -1 for one that is too long. */
  function lineBefore(end: number): number {
    const from = Math.max(START, end - 1 - LONGEST_ROW);
    const at = bytes.subarray(from, end - 1).lastIndexOf(LINE_FEED);
    return at < 0 && from > START ? -1 : from + at + 1;
  }

  function headAt(ruler: number, end: number): Head | undefined {
    const from = lineBefore(ruler);
    const columns = from < 0 ? [] : headsOf(bytes.toString("latin1", from, ruler), "|");
    if (!hasSecret(columns)) return undefined;
    return { columns, text: bytes.toString("latin1", Math.max(START, end - LEAD), end - 1) };
  }
}
