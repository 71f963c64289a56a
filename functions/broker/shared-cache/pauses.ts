import { sleep } from "../clock.ts";
import type { Clock, Randomness, RequestContext } from "../ports.ts";
import { TableFailure } from "./table.ts";

/** A pause that doubles up to its longest, and of which each is half as long again or half as short, at random. */
interface Growing {
  readonly firstMs: number;
  readonly longestMs: number;
}

/** Between two reads of a request that waits for another environment. */
const POLLS: Growing = { firstMs: 50, longestMs: 200 };
/** Before a call that the table has throttled is repeated. */
const THROTTLES: Growing = { firstMs: 100, longestMs: 1_600 };
/** For how long such a call is repeated where nothing else says, in milliseconds. */
const PATIENCE_MS = 2_000;

/** A request, whose deadline can move while others join it. */
type Limited = Pick<RequestContext, "deadline">;

/**
 * The pauses of one environment, at random so that environments which started at the same moment do not stay together.
 * None ends after the deadline of its request.
 */
export class Pauses {
  readonly #clock: Clock;
  readonly #random: Randomness;

  constructor({ clock, random }: { readonly clock: Clock; readonly random: Randomness }) {
    this.#clock = clock;
    this.#random = random;
  }

  /** Shorter where the request has less time. @param polls how many there were before */
  beforePoll(context: Limited, polls: number): Promise<void> {
    const left = Math.max(context.deadline - this.#clock.monotonic(), 0);
    return sleep(this.#clock, Math.min(this.#lengthOf(polls, POLLS), left));
  }

  /**
   * Repeats a call that the table throttles.
   * @param until no pause begins later; in milliseconds by the monotonic clock
   */
  whileThrottled<Value>(
    context: Limited,
    call: () => Promise<Value>,
    until = this.#clock.monotonic() + PATIENCE_MS,
  ): Promise<Value> {
    return this.#repeated(context, call, until, ({ isThrottled }) => isThrottled);
  }

  /** Repeats a call whose failure is temporary, for those who cannot continue without the table. */
  whileTemporary<Value>(context: Limited, call: () => Promise<Value>, until: number): Promise<Value> {
    return this.#repeated(context, call, until, ({ isTemporary }) => isTemporary);
  }

  async #repeated<Value>(
    context: Limited,
    call: () => Promise<Value>,
    until: number,
    isRepeated: (failure: TableFailure) => boolean,
  ): Promise<Value> {
    for (let pauses = 0; ; pauses++) {
      try {
        return await call();
      } catch (failure) {
        const mayRepeat = failure instanceof TableFailure && isRepeated(failure);
        const now = this.#clock.monotonic();
        const pause = this.#lengthOf(pauses, THROTTLES);
        if (!mayRepeat || now >= until || now + pause >= context.deadline) throw failure;
        await sleep(this.#clock, pause);
      }
    }
  }

  #lengthOf(pauses: number, { firstMs, longestMs }: Growing): number {
    return Math.min(firstMs * 2 ** pauses, longestMs) * (0.5 + this.#random.fraction());
  }
}
