import type { Clock } from "./clock.ts";
import { BoxStsError, clientError } from "./errors.ts";

const MAX_ATTEMPTS = 4;
const FIRST_PAUSE_MS = 200;

/**
 * Tries until it succeeds, fails for good, or the time is up. Asking for a token twice is harmless, so whatever
 * is retryable is retried: after the seconds that the answer named, else after 0.2, 0.4 and 0.8 s, each shortened
 * by chance to as little as half. A pause that would outlast the time is not begun.
 * @throws BoxStsError the last attempt's
 */
export async function attempts<Value>(
  once: (millisecondsLeft: number) => Promise<Value>,
  timeoutMs: number,
  clock: Clock,
): Promise<Value> {
  const deadline = clock.monotonic() + timeoutMs;
  for (let attempt = 1; ; attempt++) {
    try {
      return await inTime(once, deadline - clock.monotonic());
    } catch (error) {
      if (!(error instanceof BoxStsError) || !error.retryable || attempt === MAX_ATTEMPTS) throw error;
      const pause = pauseAfter(error, attempt, clock.fraction());
      if (clock.monotonic() + pause >= deadline) throw error;
      await clock.sleep(pause);
    }
  }
}

async function inTime<Value>(
  once: (millisecondsLeft: number) => Promise<Value>,
  left: number,
): Promise<Value> {
  if (left <= 0) throw clientError("timed_out");
  return once(left);
}

function pauseAfter({ retryAfterSeconds }: BoxStsError, attempt: number, fraction: number): number {
  if (retryAfterSeconds !== undefined) return retryAfterSeconds * 1_000;
  return FIRST_PAUSE_MS * 2 ** (attempt - 1) * (1 - fraction / 2);
}
