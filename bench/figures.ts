/** One row of a bench: what was measured, against what, and the bar it is held to. */
export interface Figure {
  readonly figure: string;
  readonly value: string;
  /** The yardstick that it is compared with, measured in the same run. */
  readonly against: string;
  readonly ratio?: number;
  readonly bar: string;
  readonly passed: boolean;
}

export interface Spread {
  readonly median: number;
  readonly low: number;
  readonly high: number;
  readonly p99: number;
}

export function spreadOf(samples: readonly number[]): Spread {
  const sorted = [...samples].sort((a, b) => a - b);
  const at = (fraction: number) =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * fraction))] ?? 0;
  return { median: at(0.5), low: at(0), high: at(1), p99: at(0.99) };
}

/** The same without the milliseconds that something else takes. */
export function over(base: number, { median, low, high, p99 }: Spread): Spread {
  return { median: median - base, low: low - base, high: high - base, p99: p99 - base };
}

/** Milliseconds with the range they were seen in. */
export function shown({ median, low, high }: Spread): string {
  return `${median.toFixed(2)} ms (${low.toFixed(2)} to ${high.toFixed(2)})`;
}

/** Prints one table, or with `--json` one line. */
export function print(figures: readonly Figure[]): void {
  if (process.argv.includes("--json")) console.log(JSON.stringify(figures));
  else console.table(Object.fromEntries(figures.map(({ figure, ...rest }) => [figure, rest])));
}
