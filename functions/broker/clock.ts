/** Two clocks, because neither alone survives a frozen environment and a corrected wall clock. */
export interface Clock {
  /** Milliseconds since the epoch; can jump. */
  wall(): number;
  /** Milliseconds from an arbitrary start; never goes back, may stop while the environment is frozen. */
  monotonic(): number;
  /** Schedules `callback`; returns a function that cancels it. */
  setTimer(milliseconds: number, callback: () => void): () => void;
}

/** A moment by both clocks of an environment; see `Clock` for why there are two. */
export interface Instant {
  /** Milliseconds since the epoch. */
  readonly wall: number;
  readonly monotonic: number;
}

export function now(clock: Clock): Instant {
  return { wall: clock.wall(), monotonic: clock.monotonic() };
}

/**
 * Milliseconds since a moment, by whichever clock counted more: the wall clock may have been set back, and the
 * monotonic one may have stopped while the environment was frozen.
 */
export function elapsed(clock: Clock, since: Instant): number {
  return Math.max(clock.wall() - since.wall, clock.monotonic() - since.monotonic);
}

/** Resolves after so many milliseconds. */
export function sleep(clock: Clock, milliseconds: number): Promise<void> {
  return new Promise((wake) => void clock.setTimer(milliseconds, wake));
}
