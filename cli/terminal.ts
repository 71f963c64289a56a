/** Where a command writes, and what it knows of its terminal. */
export interface Terminal {
  /** What the command was run for; programs read it. */
  out(text: string): void;
  /** Complaints and advice; never part of the result. */
  err(text: string): void;
  /** Whether a person sees what `out` prints. */
  readonly isOutTty: boolean;
  /** Whether a person sees what `err` prints: progress is for people alone. */
  readonly isErrTty?: boolean;
  /** Width of the terminal; undefined where `out` is none. */
  readonly columns?: number | undefined;
  /** The same of `err`. */
  readonly errColumns?: number | undefined;
  readonly env: NodeJS.ProcessEnv;
}

export const systemTerminal = (): Terminal => ({
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  isOutTty: process.stdout.isTTY === true,
  isErrTty: process.stderr.isTTY === true,
  columns: process.stdout.columns,
  errColumns: process.stderr.columns,
  env: process.env,
});

const CODES = { bold: 1, red: 31, green: 32, yellow: 33, dim: 2 } as const;

export type Paint = (style: keyof typeof CODES, text: string) => string;

/** Colours a text where a person sees it, without `NO_COLOR` (https://no-color.org); otherwise returns it as it is. */
export function painter({ isOutTty, env }: Terminal): Paint {
  if (!isOutTty || env.NO_COLOR || env.TERM === "dumb") return (_, text) => text;
  return (style, text) => `\u001B[${CODES[style]}m${text}\u001B[0m`;
}
