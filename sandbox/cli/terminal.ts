import { wrapLines } from "../../action/report/wrap-lines.ts";

/** Widest line that is printed for people, in columns, where the terminal is not narrower. */
export const COLUMNS = 100;
/** Narrower than this, no line can be kept whole. */
const MIN_COLUMNS = 20;

interface Screen {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** Width for a text for people: that of the terminal, at most `COLUMNS`; the latter too where a program reads it. */
export function columnsOf({ isTTY, columns = COLUMNS }: Screen): number {
  return isTTY === true && columns >= MIN_COLUMNS ? Math.min(columns, COLUMNS) : COLUMNS;
}

/** A block that is pasted into a shell, or an address: a line break would change it. */
const COMMAND = /^(?:export|curl|echo|node|https?:)/;

/**
 * A start-up text with its paragraphs and tables broken for so many columns. Blocks are separated by empty lines; those
 * that are pasted stay as they are.
 */
export function fittedBlocks(text: string, columns: number): string {
  if (columns >= COLUMNS) return text;
  return text
    .split("\n\n")
    .map((block) => {
      if (COMMAND.test(block)) return block;
      const isParagraph = !/^\s/m.test(block);
      return wrapLines(isParagraph ? block.replaceAll("\n", " ") : block, { columns });
    })
    .join("\n\n");
}

const CODES = { green: 32, red: 31, yellow: 33, dim: 2 } as const;
export type Colour = keyof typeof CODES;

/** Colours a text, or leaves it as it is. */
export type Paint = (colour: Colour, text: string) => string;

/** For a terminal that supports colours: a TTY, without `NO_COLOR` (https://no-color.org). */
export function paintFor(stream: Screen, env: NodeJS.ProcessEnv = process.env): Paint {
  if (stream.isTTY !== true || env.NO_COLOR || env.TERM === "dumb") return (_, text) => text;
  return (colour, text) => `\u001B[${CODES[colour]}m${text}\u001B[0m`;
}

/** Breaks a text at its spaces, and a word where it alone is too long, into lines that fit behind the indent. */
export function wrapped(text: string, indent: string, columns = COLUMNS): readonly string[] {
  const width = columns - indent.length;
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ").flatMap((one) => pieces(one, width))) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line].map((one) => `${indent}${one}`);
}

function pieces(word: string, width: number): readonly string[] {
  if (word.length <= width) return [word];
  return [word.slice(0, width), ...pieces(word.slice(width), width)];
}
