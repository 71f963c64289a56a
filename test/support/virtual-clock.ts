import type { Clock } from "../../functions/broker/ports.ts";

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

/** A clock that only a test advances, as in an environment that can be frozen and set wrong. */
export class VirtualClock implements Clock {
  #wall = Date.parse("2026-06-01T12:00:00Z");
  #monotonic = 5_000;
  #sleepers: Sleeper[] = [];
  /** Every requested wait, in milliseconds, in order. */
  readonly sleeps: number[] = [];

  wall(): number {
    return this.#wall;
  }

  monotonic(): number {
    return this.#monotonic;
  }

  setTimer(milliseconds: number, callback: () => void): () => void {
    this.sleeps.push(milliseconds);
    const sleeper = { at: this.#monotonic + Math.max(milliseconds, 0), wake: callback };
    this.#sleepers.push(sleeper);
    return () => {
      this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
    };
  }

  /** What a slow upstream of a test does. */
  sleep(milliseconds: number): Promise<void> {
    return new Promise((wake) => {
      this.setTimer(milliseconds, wake);
    });
  }

  /** How many wait: none is left behind once a request is over. */
  get waiting(): number {
    return this.#sleepers.length;
  }

  /** Advances the time; each sleeper wakes at its moment, in order. */
  async advance(milliseconds: number): Promise<void> {
    const until = this.#monotonic + milliseconds;
    await turn();
    for (let next = this.#next(until); next !== undefined; next = this.#next(until)) await this.#wake(next);
    this.#moveTo(until);
    await turn();
  }

  /** Time passes as far as `work` needs it to. */
  async finish<Value>(work: Promise<Value>): Promise<Value> {
    let settled = false;
    const done = () => {
      settled = true;
    };
    work.then(done, done);
    for (;;) {
      await turn();
      if (settled) return work;
      const next = this.#next(Number.POSITIVE_INFINITY);
      if (next === undefined) throw new Error("The work waits for something that no clock brings about.");
      await this.#wake(next);
    }
  }

  /** The wall clock is set forward or, with a negative number, back. */
  setWall(by: number): void {
    this.#wall += by;
  }

  /** The environment is frozen for so long: its monotonic clock stops. */
  freeze(milliseconds: number): void {
    this.#wall += milliseconds;
  }

  #next(until: number): Sleeper | undefined {
    return this.#sleepers
      .filter(({ at }) => at <= until)
      .sort((one, other) => one.at - other.at)
      .at(0);
  }

  async #wake(sleeper: Sleeper): Promise<void> {
    this.#moveTo(sleeper.at);
    this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
    sleeper.wake();
    await turn();
  }

  #moveTo(monotonic: number): void {
    const by = Math.max(monotonic - this.#monotonic, 0);
    this.#wall += by;
    this.#monotonic += by;
  }
}

/** Waits until every promise that can settle without the clock has settled. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
