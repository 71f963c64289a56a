import type { Clock, RequestContext } from "../broker/ports.ts";
import type { Step } from "../broker/trace.ts";
import { errorName } from "./error-name.ts";

interface SdkCall {
  readonly step: Step["step"];
  readonly clock: Clock;
  /** How much of the request's time it may take, in milliseconds; absent: all of it. */
  readonly limitMs?: number;
}

/**
 * One call of the AWS SDK for a request, as a step of its trace. It is aborted when its time has run out.
 * @param failureOf what is thrown instead of an error; its `code` is in the trace, or else AWS's name of the error
 */
export async function sdkCall<Output>(
  { step, clock, limitMs = Number.POSITIVE_INFINITY }: SdkCall,
  context: RequestContext,
  send: (options: { readonly abortSignal: AbortSignal }) => Promise<Output>,
  failureOf: (error: unknown, timedOut: boolean) => Error & { readonly code?: string },
): Promise<Output> {
  const started = clock.monotonic();
  const timeLeft = Math.max(Math.min(context.deadline - started, limitMs), 0);
  const abortSignal = AbortSignal.timeout(Math.floor(timeLeft));
  let status: number | string = 200;
  try {
    return await send({ abortSignal });
  } catch (error) {
    const failure = failureOf(error, abortSignal.aborted);
    status = failure.code ?? errorName(error);
    throw failure;
  } finally {
    context.trace.steps.push({ step, ms: clock.monotonic() - started, status });
  }
}
