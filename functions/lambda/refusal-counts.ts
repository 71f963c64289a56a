import { elapsed, type Instant, now } from "../broker/clock.ts";
import type { Clock } from "../broker/ports.ts";
import { metricMembers } from "./metrics.ts";

/** Between two lines about refused requests. */
const PAUSE_MS = 60_000;

/**
 * Counts the refused requests of a public function by their reason. A line for each would be a bill that an attacker
 * writes: an environment writes one for the first, and then at most one a minute, with the counts since the last. The
 * counts since the last line are lost with the environment.
 */
export class RefusalCounts<Reason extends string> {
  readonly #service: string;
  readonly #clock: Clock;
  #wroteAt: Instant | undefined;
  /** Reasons come from a closed list, so that they need no bound. */
  readonly #counts = new Map<Reason, number>();

  /** @param service name of the deployment, which its metrics have */
  constructor(service: string, clock: Clock) {
    this.#service = service;
    this.#clock = clock;
  }

  /** Counts one; returns the line that is now due, if one is. */
  add(reason: Reason): object | undefined {
    this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + 1);
    if (this.#wroteAt !== undefined && elapsed(this.#clock, this.#wroteAt) < PAUSE_MS) return undefined;
    this.#wroteAt = now(this.#clock);
    const refused = [...this.#counts.values()].reduce((sum, count) => sum + count, 0);
    const reasons = Object.fromEntries(this.#counts);
    this.#counts.clear();
    const metrics = metricMembers(this.#service, this.#wroteAt.wall, { ConnectRequestsRefused: refused });
    return { kind: "connect-refusals", reasons, ...metrics };
  }
}
