/** Widest line that the live log prints, in columns. */
export const COLUMNS = 100;

const CODES = { green: 32, red: 31, yellow: 33, dim: 2 } as const;
export type Colour = keyof typeof CODES;

/** Colours a text, or leaves it as it is. */
export type Paint = (colour: Colour, text: string) => string;

/** For a terminal that supports colours: a TTY, without `NO_COLOR` (https://no-color.org). */
export function paintFor(stream: { readonly isTTY?: boolean }, env: NodeJS.ProcessEnv = process.env): Paint {
  if (stream.isTTY !== true || env.NO_COLOR) return (_, text) => text;
  return (colour, text) => `\u001B[${CODES[colour]}m${text}\u001B[0m`;
}

/** Breaks a text at its spaces, and a word where it alone is too long, into lines that fit behind the indent. */
export function wrapped(text: string, indent: string): readonly string[] {
  const width = COLUMNS - indent.length;
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
