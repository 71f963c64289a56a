import type { Clock } from "./clock.ts";
import { BoxStsError, clientError, isRepeatedByClient } from "./errors.ts";

const MAX_ATTEMPTS = 4;
const FIRST_PAUSE_MS = 200;
const MIN_PAUSE_MS = 100;

/**
 * Calls `once` until it succeeds, fails for good, or the time is up. Retries only failures of Lambda and of the
 * network: the function has already retried its own upstream calls, and retries on both sides would multiply. A
 * repeated request is harmless, because the function caches its tokens.
 *
 * The pauses are 0.2, 0.4 and 0.8 s, each shortened at random to as little as half; or the response's `Retry-After`,
 * lengthened at random by up to half, so that throttled callers do not all retry at the same moment. No pause is
 * shorter than 0.1 s, and none begins that would end after the deadline.
 * @throws BoxStsError that of the last attempt
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
      const repeated = error instanceof BoxStsError && isRepeatedByClient(error.code);
      if (!repeated || attempt === MAX_ATTEMPTS) throw error;
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

/** @param fraction random, from 0 to 1 */
function pauseAfter({ retryAfterSeconds }: BoxStsError, attempt: number, fraction: number): number {
  const pause =
    retryAfterSeconds === undefined
      ? FIRST_PAUSE_MS * 2 ** (attempt - 1) * (1 - fraction / 2)
      : retryAfterSeconds * 1_000 * (1 + fraction / 2);
  return Math.max(pause, MIN_PAUSE_MS);
}
