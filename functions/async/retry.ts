import { Failure, type ProblemCode } from "../../schemas/protocol/problems.ts";
import type { Call, Clock, Randomness, RequestContext } from "../broker/ports.ts";

/** How often one kind of failure is tried again within a request, and how long the first pause is on average. */
interface Recovery {
  readonly retries: number;
  /** Doubles with each retry; 0 for failures that need no patience. */
  readonly pauseMs: number;
}

/** Failures that another attempt can resolve; all others are final. */
const RECOVERIES: Partial<Record<ProblemCode, Recovery>> = {
  box_unavailable: { retries: 3, pauseMs: 200 },
  box_rate_limited: { retries: 3, pauseMs: 200 },
  box_unexpected_answer: { retries: 3, pauseMs: 200 },
  // A new token is sometimes not yet known to all of Box's servers.
  box_token_refused: { retries: 1, pauseMs: 400 },
  // The response that rejected the assertion's time also carries Box's time, so the next assertion is valid.
  box_clock_skewed: { retries: 2, pauseMs: 0 },
  // A request whose response was lost has consumed its jti; the next assertion has a new one.
  box_assertion_replayed: { retries: 2, pauseMs: 0 },
};

/** The pause for `Retry-After: 0`. */
const MIN_PAUSE_MS = 100;
/** No attempt begins with less time than this. */
export const MIN_ATTEMPT_MS = 250;

/**
 * The call, repeated until it succeeds, fails for good, or the request's deadline passes. Waits for the seconds of the
 * upstream's `Retry-After` and up to half as long again, so that throttled callers do not all retry at the same moment;
 * without it exponentially with jitter. Does not begin a wait that would exceed the deadline, or the time for which the
 * request may wait for an upstream: the failure then reports to the caller how long to wait.
 */
export function withRetry<Request, Value>(
  { clock, random }: { readonly clock: Clock; readonly random: Randomness },
  call: Call<Request, Value>,
): Call<Request, Value> {
  return async (request, context) => {
    const retries = new Map<ProblemCode, number>();
    for (;;) {
      try {
        return await call(request, context);
      } catch (failure) {
        const pause = failure instanceof Failure ? pauseBeforeRetry(failure, retries, random) : undefined;
        const timeLeft = endOfPause(failure, context) - clock.monotonic();
        if (pause === undefined || pause + MIN_ATTEMPT_MS > timeLeft) throw failure;
        if (pause > 0) await new Promise<void>((wake) => clock.setTimer(pause, wake));
      }
    }
  };
}

/** When a pause after this failure must have ended, with time for an attempt: in milliseconds by the monotonic clock. */
function endOfPause(failure: unknown, { deadline, waitsUntil = deadline }: RequestContext): number {
  const isRequested = failure instanceof Failure && failure.retryAfter !== undefined;
  return isRequested ? Math.min(deadline, waitsUntil) : deadline;
}

/** Milliseconds to wait before the next attempt, which is then counted; undefined if there should be none. */
function pauseBeforeRetry(
  { code, retryAfter, staleConnection }: Failure,
  retries: Map<ProblemCode, number>,
  random: Randomness,
): number | undefined {
  const recovery = RECOVERIES[code];
  const done = retries.get(code) ?? 0;
  if (recovery === undefined || done >= recovery.retries) return undefined;
  retries.set(code, done + 1);
  if (staleConnection || recovery.pauseMs === 0) return 0;
  if (retryAfter === undefined) return recovery.pauseMs * 2 ** done * (0.5 + random.fraction());
  return Math.max(retryAfter * 1000 * (1 + random.fraction() / 2), MIN_PAUSE_MS);
}
