import { elapsed, type Instant, now } from "../broker/clock.ts";
import type { Clock } from "../broker/ports.ts";

/** Between two lines about refused requests. */
const PAUSE_MS = 60_000;

/** The requests that were refused since the last line. */
export interface Refusals<Reason extends string> {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly total: number;
  readonly reasons: Readonly<Partial<Record<Reason, number>>>;
  /** The same for each app that was named with the reason. */
  readonly apps: Readonly<Record<string, Readonly<Partial<Record<Reason, number>>>>>;
}

/**
 * Counts the refused requests of a public function by their reason. A line for each would be a bill that an attacker
 * writes: an environment writes one for the first, and then at most one a minute, with the counts since the last. The
 * counts since the last line are lost with the environment.
 */
export class RefusalCounts<Reason extends string> {
  readonly #clock: Clock;
  readonly #lineOf: (refusals: Refusals<Reason>) => object;
  #wroteAt: Instant | undefined;
  /** Reasons come from a closed list, so that they need no bound. */
  #reasons = new Map<Reason, number>();
  #apps = new Map<string, Map<Reason, number>>();

  constructor(clock: Clock, lineOf: (refusals: Refusals<Reason>) => object) {
    this.#clock = clock;
    this.#lineOf = lineOf;
  }

  /**
   * Counts one; returns the line that is now due, if one is.
   * @param app only one that is configured: an attacker can send any name
   */
  add(reason: Reason, app?: string): object | undefined {
    count(this.#reasons, reason);
    if (app !== undefined) {
      const reasons = this.#apps.get(app) ?? new Map<Reason, number>();
      this.#apps.set(app, reasons);
      count(reasons, reason);
    }
    if (this.#wroteAt !== undefined && elapsed(this.#clock, this.#wroteAt) < PAUSE_MS) return undefined;
    this.#wroteAt = now(this.#clock);
    const [reasons, apps] = [this.#reasons, this.#apps];
    this.#reasons = new Map();
    this.#apps = new Map();
    return this.#lineOf({
      at: this.#wroteAt.wall,
      total: [...reasons.values()].reduce((sum, some) => sum + some, 0),
      reasons: recordOf(reasons),
      apps: Object.fromEntries([...apps].map(([app, ofApp]) => [app, recordOf(ofApp)])),
    });
  }
}

function count<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

const recordOf = <Reason extends string>(counts: ReadonlyMap<Reason, number>) =>
  Object.fromEntries(counts) as Partial<Record<Reason, number>>;
