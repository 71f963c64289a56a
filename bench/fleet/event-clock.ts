import type { Clock } from "../../functions/broker/ports.ts";

interface Timer {
  readonly at: number;
  /** Timers of the same moment fire in the order in which they were set. */
  readonly order: number;
  readonly callback: () => void;
  cancelled: boolean;
}

const EPOCH = Date.parse("2026-06-01T12:00:00Z");

/**
 * A virtual clock for millions of timers, which are in a binary heap. Time advances from one timer to the next, after
 * everything that the one before caused has come to rest.
 */
export class EventClock implements Clock {
  #now = 0;
  #set = 0;
  readonly #heap: Timer[] = [];

  /** Milliseconds since the start. */
  monotonic(): number {
    return this.#now;
  }

  wall(): number {
    return EPOCH + this.#now;
  }

  setTimer(milliseconds: number, callback: () => void): () => void {
    const at = this.#now + Math.max(milliseconds, 0);
    const timer = { at, order: this.#set++, callback, cancelled: false };
    this.#push(timer);
    return () => {
      timer.cancelled = true;
    };
  }

  sleep(milliseconds: number): Promise<void> {
    return new Promise((wake) => void this.setTimer(milliseconds, wake));
  }

  /** Fires timers until none is left. */
  async run(): Promise<void> {
    await settled();
    for (let timer = this.#pop(); timer !== undefined; timer = this.#pop()) {
      if (timer.cancelled) continue;
      this.#now = timer.at;
      timer.callback();
      await settled();
    }
  }

  #push(timer: Timer): void {
    const heap = this.#heap;
    let at = heap.push(timer) - 1;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = heap[above] as Timer;
      if (isBefore(parent, timer)) break;
      heap[at] = parent;
      at = above;
    }
    heap[at] = timer;
  }

  #pop(): Timer | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= heap.length) break;
      if (below + 1 < heap.length && isBefore(heap[below + 1] as Timer, heap[below] as Timer)) below++;
      const child = heap[below] as Timer;
      if (isBefore(last, child)) break;
      heap[at] = child;
      at = below;
    }
    heap[at] = last;
    return first;
  }
}

const isBefore = (one: Timer, other: Timer): boolean =>
  one.at < other.at || (one.at === other.at && one.order < other.order);

/** Every promise that can settle without the clock has settled. */
const settled = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));
