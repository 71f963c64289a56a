/** What of time and chance decides when a token is asked for again. */
export interface Clock {
  /** Milliseconds since 1970; may be set forward and back. */
  wall(): number;
  /** Milliseconds from any beginning; never goes back, stands still while a Lambda environment is frozen. */
  monotonic(): number;
  sleep(milliseconds: number): Promise<void>;
  /** A number from 0 to 1 that keeps retries of many callers apart. */
  fraction(): number;
}

export const systemClock: Clock = {
  wall: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
  fraction: () => Math.random(),
};
