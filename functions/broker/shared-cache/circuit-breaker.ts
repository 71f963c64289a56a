import { elapsed, type Instant, now } from "../clock.ts";
import type { Clock, Randomness } from "../ports.ts";

/** As many failures in a row open the circuit. */
const MAX_FAILURES = 3;
/** How long it stays open; half as long again at random, so that environments do not all try at the same moment. */
const OPEN_MS = 10_000;

/** Stops calls to a system that keeps failing; after a pause it lets one call through, whose result decides. */
export class CircuitBreaker {
  readonly #clock: Clock;
  readonly #random: Randomness;
  #failures = 0;
  #paused: { readonly at: Instant; readonly forMs: number } | undefined;

  constructor(clock: Clock, random: Randomness) {
    this.#clock = clock;
    this.#random = random;
  }

  /** Whether a call may be made now. The first one after the pause is the probe; others wait for another pause. */
  allows(): boolean {
    if (this.#failures < MAX_FAILURES) return true;
    const paused = this.#paused;
    if (paused !== undefined && elapsed(this.#clock, paused.at) < paused.forMs) return false;
    this.#pause();
    return true;
  }

  succeeded(): void {
    this.#failures = 0;
  }

  failed(): void {
    this.#failures++;
    if (this.#failures >= MAX_FAILURES) this.#pause();
  }

  #pause(): void {
    this.#paused = { at: now(this.#clock), forMs: OPEN_MS * (1 + this.#random.fraction() / 2) };
  }
}
