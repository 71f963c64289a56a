import { Failure, type ProblemCode } from "../../schemas/protocol/problems.ts";
import { originOf } from "../broker/box-origin.ts";
import { sleep } from "../broker/clock.ts";
import type { Call, Clock, Randomness, RequestContext } from "../broker/ports.ts";

/** How often one kind of failure is tried again within a request, and how long the first pause is on average. */
interface Recovery {
  readonly retries: number;
  /** Doubles with each retry; 0 for failures that need no pause. */
  readonly pauseMs: number;
  /** It is the reason why the time of a request did not suffice: a longer one would have been of no use. */
  readonly isOutage?: true;
}

/** Failures that another attempt can resolve; all others are final. */
const RECOVERIES: Partial<Record<ProblemCode, Recovery>> = {
  box_unavailable: { retries: 3, pauseMs: 200, isOutage: true },
  box_rate_limited: { retries: 3, pauseMs: 200, isOutage: true },
  box_unexpected_answer: { retries: 3, pauseMs: 200, isOutage: true },
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
/** An attempt after an outage ends this long before the deadline, so that its callers still learn of that outage. */
const REPORT_RESERVE_MS = 100;

/**
 * The call, repeated until it succeeds, fails for good, or the request's deadline passes. Waits for the seconds of the
 * upstream's `Retry-After` and up to half as long again, so that throttled callers do not all retry at the same moment;
 * without it exponentially with jitter. Does not begin a wait that would exceed the deadline, or the time for which the
 * request may wait for an upstream: the failure then reports to the caller how long to wait.
 * @throws what the last attempt threw; what the one before threw, where that was an outage and then the time ran out
 */
export function withRetry<Request, Value>(
  { clock, random }: { readonly clock: Clock; readonly random: Randomness },
  call: Call<Request, Value>,
): Call<Request, Value> {
  return async (request, context) => {
    const retries = new Map<ProblemCode, number>();
    let outage: Failure | undefined;
    for (;;) {
      try {
        return await call(request, reporting(outage, context));
      } catch (thrown) {
        const failure = reasonOf(thrown, outage, context.deadline - clock.monotonic());
        if (!(failure instanceof Failure)) throw failure;
        const pause = pauseBeforeRetry(failure, retries, random);
        if (pause + MIN_ATTEMPT_MS > endOfPause(failure, context) - clock.monotonic()) throw failure;
        outage = outageOf(failure);
        if (pause > 0) await sleep(clock, pause);
      }
    }
  };
}

/** The request; where there is an outage to report, with an earlier deadline, which moves as its own does. */
function reporting(outage: Failure | undefined, context: RequestContext): RequestContext {
  if (outage === undefined) return context;
  return {
    ...context,
    get deadline() {
      return context.deadline - REPORT_RESERVE_MS;
    },
  };
}

/** The outage that a failure shows, without its `Retry-After`, which has passed before the next attempt. */
function outageOf({ code, message, boxRequestId }: Failure): Failure | undefined {
  return RECOVERIES[code]?.isOutage && new Failure(code, message, originOf({ boxRequestId }));
}

/** What to report: where no time is left, the outage before. If the deadline has moved, requests that have time call again. */
function reasonOf(thrown: unknown, outage: Failure | undefined, millisecondsLeft: number): unknown {
  const ranOut = thrown instanceof Failure && thrown.code === "deadline_exceeded";
  return ranOut && millisecondsLeft < MIN_ATTEMPT_MS ? (outage ?? thrown) : thrown;
}

/** When a pause after this failure must have ended, with time for an attempt: in milliseconds by the monotonic clock. */
function endOfPause({ retryAfter }: Failure, { deadline, waitsUntil = deadline }: RequestContext): number {
  return retryAfter !== undefined ? Math.min(deadline, waitsUntil) : deadline;
}

/** Milliseconds to wait before the next attempt, which is then counted; infinitely many if there should be none. */
function pauseBeforeRetry(
  { code, retryAfter, staleConnection }: Failure,
  retries: Map<ProblemCode, number>,
  random: Randomness,
): number {
  const recovery = RECOVERIES[code];
  const done = retries.get(code) ?? 0;
  if (recovery === undefined || done >= recovery.retries) return Number.POSITIVE_INFINITY;
  retries.set(code, done + 1);
  if (staleConnection || recovery.pauseMs === 0) return 0;
  if (retryAfter === undefined) return recovery.pauseMs * 2 ** done * (0.5 + random.fraction());
  return Math.max(retryAfter * 1000 * (1 + random.fraction() / 2), MIN_PAUSE_MS);
}
