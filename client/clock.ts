/** Time and randomness, which decide when a token is requested again. */
export interface Clock {
  /** Milliseconds since 1970; may be set forward and back. */
  wall(): number;
  /** Milliseconds from any beginning; never goes back, and stops while a Lambda environment is frozen. */
  monotonic(): number;
  sleep(milliseconds: number): Promise<void>;
  /** A random number from 0 to 1 that spreads the retries of many callers. */
  fraction(): number;
}

/** The wall clock and the monotonic clock of this process. */
export const systemClock: Clock = {
  wall: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
  fraction: () => Math.random(),
};
