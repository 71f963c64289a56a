/** What goes wrong in a simulation, as of a moment in milliseconds. */
export interface Faults {
  /** Seconds of `Retry-After` while Box refuses token requests with 429. */
  retryAfter(now: number): number | undefined;
  /** The share of its capacity that the table has. */
  tableShare(now: number): number;
  /** The probability that a call takes place and its response is lost. */
  readonly lost: number;
}

export const NO_FAULTS: Faults = { retryAfter: () => undefined, tableShare: () => 1, lost: 0 };
