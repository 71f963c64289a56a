import type { Clock, Randomness } from "../ports.ts";
import { TableFailure } from "./table.ts";

/** A pause that doubles up to its longest, and of which each is half as long again or half as short, at random. */
interface Growing {
  readonly firstMs: number;
  readonly longestMs: number;
}

/** Between two reads of a request that waits for another instance. */
const POLLS: Growing = { firstMs: 50, longestMs: 200 };
/** Before a call that the table has throttled is repeated. */
const THROTTLES: Growing = { firstMs: 100, longestMs: 1_600 };
/** For how long such a call is repeated where nothing else says, in milliseconds. */
const PATIENCE_MS = 2_000;

/** The pauses of one instance, at random so that instances which started at the same moment do not stay together. */
export class Pauses {
  readonly #clock: Clock;
  readonly #random: Randomness;

  constructor({ clock, random }: { readonly clock: Clock; readonly random: Randomness }) {
    this.#clock = clock;
    this.#random = random;
  }

  /** @param polls how many there were before */
  beforePoll(polls: number): Promise<void> {
    return this.#pause(polls, POLLS);
  }

  /**
   * Repeats a call that the table throttles.
   * @param until no pause begins later; in milliseconds by the monotonic clock
   */
  whileThrottled<Value>(
    call: () => Promise<Value>,
    until = this.#clock.monotonic() + PATIENCE_MS,
  ): Promise<Value> {
    return this.#repeated(call, until, ({ isThrottled }) => isThrottled);
  }

  /** Repeats a call whose failure passes by itself, for those who cannot go on without the table. */
  whileTemporary<Value>(call: () => Promise<Value>, until: number): Promise<Value> {
    return this.#repeated(call, until, ({ isTemporary }) => isTemporary);
  }

  async #repeated<Value>(
    call: () => Promise<Value>,
    until: number,
    isRepeated: (failure: TableFailure) => boolean,
  ): Promise<Value> {
    for (let pauses = 0; ; pauses++) {
      try {
        return await call();
      } catch (failure) {
        const mayRepeat = failure instanceof TableFailure && isRepeated(failure);
        if (!mayRepeat || this.#clock.monotonic() >= until) throw failure;
        await this.#pause(pauses, THROTTLES);
      }
    }
  }

  #pause(pauses: number, { firstMs, longestMs }: Growing): Promise<void> {
    const pause = Math.min(firstMs * 2 ** pauses, longestMs) * (0.5 + this.#random.fraction());
    return new Promise((wake) => void this.#clock.setTimer(pause, () => wake()));
  }
}
