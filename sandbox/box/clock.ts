/** Box's clock: it follows the machine's until it is set, and keeps running from there unless it is frozen. */
export interface Clock {
  /** In whole milliseconds since 1970. */
  now(): number;
  /** @throws RangeError unless it is a time from 1970 to the year 9999 */
  set(milliseconds: number): void;
  /** Sets it ahead, or back where negative. @throws RangeError as `set()` */
  advance(milliseconds: number): void;
  /** Stops it: from now on only `set()` and `advance()` move it. */
  freeze(): void;
  /** Lets it run again from where it stopped. */
  resume(): void;
  /** Follows the machine's clock again. */
  reset(): void;
  readonly frozen: boolean;
  /** How far it is ahead of the machine's clock, in seconds; a value that is set here is taken from the machine's. */
  skewSeconds: number;
}

/** The times that a clock can be set to: those that ISO 8601 writes with four digits for the year. */
const CLOCK_RANGE = { min: 0, max: Date.UTC(9999, 11, 31) } as const;

/** @param machine the machine's clock, in milliseconds since 1970. */
export function boxClock(machine: () => number = Date.now): Clock {
  let ahead = 0;
  let stoppedAt: number | undefined;
  const setAt = (milliseconds: number, at: number): void => {
    const time = Math.round(milliseconds);
    if (!(time >= CLOCK_RANGE.min && time <= CLOCK_RANGE.max))
      throw new RangeError("Box's clock can be set to any time from 1970 to 9999.");
    if (stoppedAt === undefined) ahead = time - at;
    else stoppedAt = time;
  };
  const clock: Clock = {
    now: () => stoppedAt ?? machine() + ahead,
    set: (milliseconds) => setAt(milliseconds, machine()),
    advance(milliseconds) {
      const at = machine();
      setAt((stoppedAt ?? at + ahead) + milliseconds, at);
    },
    freeze() {
      stoppedAt ??= clock.now();
    },
    resume() {
      if (stoppedAt === undefined) return;
      ahead = stoppedAt - machine();
      stoppedAt = undefined;
    },
    reset() {
      ahead = 0;
      stoppedAt = undefined;
    },
    get frozen() {
      return stoppedAt !== undefined;
    },
    get skewSeconds() {
      return (stoppedAt === undefined ? ahead : stoppedAt - machine()) / 1_000;
    },
    set skewSeconds(seconds) {
      const at = machine();
      setAt(at + seconds * 1_000, at);
    },
  };
  return clock;
}
