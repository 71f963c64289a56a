import { SeededRandom } from "../../test/support/seeded-random.ts";
import type { Latency } from "./assumptions.ts";
import { EventClock } from "./event-clock.ts";

/** The time and the chance of one simulation, which a seed repeats. */
export class Nature {
  readonly clock = new EventClock();
  readonly random: SeededRandom;

  constructor(seed: number) {
    this.random = new SeededRandom(seed);
  }

  /** A time drawn from the distribution. */
  draw({ median, sigma }: Latency): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.random.fraction()));
    const normal = radius * Math.cos(2 * Math.PI * this.random.fraction());
    return median * Math.exp(sigma * normal);
  }

  /** Lets a time from the distribution pass. */
  pass(latency: Latency): Promise<void> {
    return this.clock.sleep(this.draw(latency));
  }

  /** Milliseconds until the next of events that come at random, so many in a millisecond on average. */
  untilNext(rate: number): number {
    return -Math.log(1 - this.random.fraction()) / rate;
  }
}

/** What a system bears: as many units as it gains in a second, and no more than it gains in one. */
export class Capacity {
  #left: number;
  #at = 0;
  readonly #perSecond: number;

  constructor(perSecond: number) {
    this.#perSecond = perSecond;
    this.#left = perSecond;
  }

  /**
   * Whether the system bears the call.
   * @param now milliseconds
   * @param share of the capacity that there is at present
   */
  take(units: number, now: number, share = 1): boolean {
    const limit = this.#perSecond * share;
    this.#left = Math.min(limit, this.#left + ((now - this.#at) / 1_000) * limit);
    this.#at = now;
    if (this.#left < units) return false;
    this.#left -= units;
    return true;
  }
}
