/** What goes wrong in a simulation, as of a moment in milliseconds. */
export interface Faults {
  /** Seconds of `Retry-After` while Box refuses token requests with 429. */
  retryAfter(now: number): number | undefined;
  /** The share of its capacity that the table has. */
  tableShare(now: number): number;
  /**
   * Of so many token requests, and of so many writes to the table, the first one takes place and its response is lost;
   * undefined: none is.
   */
  readonly lostEvery?: number;
}

/** Whether the response of the call with this number, counted from 1, is lost. */
export const isLost = ({ lostEvery }: Faults, call: number): boolean =>
  lostEvery !== undefined && (call - 1) % lostEvery === 0;

export const NO_FAULTS: Faults = { retryAfter: () => undefined, tableShare: () => 1 };
