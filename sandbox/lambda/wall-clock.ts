let ahead = 0;

/**
 * Replaces this process's wall clock by one that can be set ahead, as Lambda's is after an environment was frozen:
 * its monotonic clock and its timers stop meanwhile.
 * @returns the unchanged clock, in milliseconds since the epoch
 */
export function replaceWallClock(): () => number {
  const Real = Date;
  globalThis.Date = class extends Real {
    constructor(...given: readonly unknown[]) {
      if (given.length === 0) super(Real.now() + ahead);
      else super(...(given as [number]));
    }

    static override now(): number {
      return Real.now() + ahead;
    }
  } as DateConstructor;
  return () => Real.now();
}

/** The environment was frozen for so long. */
export function freeze(milliseconds: number): void {
  ahead += milliseconds;
}
