import { randomUUID } from "node:crypto";
import type { Context } from "aws-lambda";
import type { Clock, Randomness, RequestContext } from "../broker/ports.ts";
import { jsonLines, standardOutput, type WriteLine } from "../log/lines.ts";

export const systemClock: Clock = {
  wall: () => Date.now(),
  monotonic() {
    // `performance` has Node load ten modules when it is first touched, of which a cold start needs none.
    const [seconds, nanoseconds] = process.hrtime();
    return seconds * 1_000 + nanoseconds / 1e6;
  },
  setTimer(milliseconds, callback) {
    const timer = setTimeout(callback, milliseconds);
    return () => clearTimeout(timer);
  },
};

export const systemRandomness: Randomness = {
  // Without the cache of random bytes, which a restored snapshot would share with others.
  jti: () => randomUUID({ disableEntropyCache: true }),
  fraction: () => Math.random(),
};

/** Time, chance and the log. */
export interface RuntimeDependencies {
  readonly clock: Clock;
  readonly random: Randomness;
  readonly write: WriteLine;
}

/** Lambda's own, unless a test brings others. */
export const lambdaRuntimeDependencies = (): RuntimeDependencies => ({
  clock: systemClock,
  random: systemRandomness,
  write: jsonLines(standardOutput()),
});

/** A request that has to end `reserveMs` before Lambda ends the invocation. */
export function requestContext(
  lambda: Pick<Context, "awsRequestId" | "getRemainingTimeInMillis">,
  clock: Clock,
  reserveMs: number,
): RequestContext {
  const deadline = clock.monotonic() + Math.max(lambda.getRemainingTimeInMillis() - reserveMs, 0);
  return { requestId: lambda.awsRequestId, deadline, trace: { steps: [] } };
}
