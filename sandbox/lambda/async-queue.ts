import type { Outcome } from "./pending-invocations.ts";

/** What Lambda's event invoke config holds; the delays are AWS's unless a test shortens them. */
export interface AsyncSettings {
  /** How often an event is run again after the function failed: 0 to 2, default 2. */
  readonly maximumRetryAttempts?: number;
  /** Before the first and the second retry; default one and two minutes. */
  readonly retryDelaysMs?: readonly [number, number];
}

const RETRY_DELAYS_MS = [60_000, 120_000] as const;
const MAX_EVENT_AGE_MS = 6 * 60 * 60 * 1_000;
const FIRST_THROTTLE_DELAY_MS = 1_000;
const MAX_THROTTLE_DELAY_MS = 5 * 60 * 1_000;

/**
 * Lambda's queue of asynchronous invocations: one that the function failed is run again, one that was throttled waits
 * and is tried for six hours.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
 */
export class AsyncQueue {
  readonly #attempts: number;
  readonly #delays: readonly number[];
  readonly #timers = new Set<NodeJS.Timeout>();

  constructor({ maximumRetryAttempts = 2, retryDelaysMs = RETRY_DELAYS_MS }: AsyncSettings = {}) {
    this.#attempts = maximumRetryAttempts;
    this.#delays = retryDelaysMs;
  }

  /** @param run one attempt at the event; never rejects */
  accept(run: () => Promise<Outcome>): void {
    void this.#attempt(run, { failures: 0, throttles: 0, accepted: Date.now() });
  }

  /** Drops what waits. */
  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }

  async #attempt(
    run: () => Promise<Outcome>,
    past: { readonly failures: number; readonly throttles: number; readonly accepted: number },
  ): Promise<void> {
    const outcome = await run();
    if (outcome.ok) return;
    const { failures, throttles, accepted } = past;
    if (outcome.throttled === true) {
      const delay = Math.min(FIRST_THROTTLE_DELAY_MS * 2 ** throttles, MAX_THROTTLE_DELAY_MS);
      if (Date.now() + delay > accepted + MAX_EVENT_AGE_MS) return;
      this.#later(delay, () => this.#attempt(run, { ...past, throttles: throttles + 1 }));
    } else if (failures < this.#attempts) {
      this.#later(this.#delays[failures] ?? 0, () => this.#attempt(run, { ...past, failures: failures + 1 }));
    }
  }

  #later(delay: number, action: () => Promise<void>): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      void action();
    }, delay);
    this.#timers.add(timer.unref());
  }
}
