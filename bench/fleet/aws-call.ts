import type { RequestContext } from "../../functions/broker/ports.ts";
import type { Step } from "../../functions/broker/trace.ts";
import type { Latency, Retries } from "./assumptions.ts";
import type { Nature } from "./nature.ts";

/** One call by the AWS SDK, with its retries. */
interface AwsCall<Value> {
  readonly step: Step["step"];
  readonly latency: Latency;
  readonly retries: Retries;
  /** After so many milliseconds no attempt begins. */
  readonly limitMs: number;
  /** Whether the system bears the attempt. */
  readonly isBorne: () => boolean;
  /** Makes the attempt; undefined where its response is lost. */
  readonly attempt: () => { readonly value: Value } | undefined;
}

/** The call was throttled, or its responses lost, until the SDK gave up. */
export class AwsCallFailed extends Error {
  readonly isThrottled: boolean;

  constructor(name: string, isThrottled = false) {
    super(name);
    this.isThrottled = isThrottled;
  }
}

export async function awsCall<Value>(
  nature: Nature,
  { trace }: RequestContext,
  { step, latency, retries, limitMs, isBorne, attempt }: AwsCall<Value>,
): Promise<Value> {
  const { clock, random } = nature;
  const started = clock.monotonic();
  const elapsed = () => clock.monotonic() - started;
  let status: number | string = 200;
  try {
    for (let attempts = 0; ; attempts++) {
      await nature.pass(latency);
      const isThrottled = !isBorne();
      const done = isThrottled ? undefined : attempt();
      if (done !== undefined) return done.value;
      status = isThrottled ? "ThrottlingException" : "TimeoutError";
      const pause = isThrottled ? retries.throttledMs : retries.lostMs;
      if (attempts + 1 >= retries.attempts || pause === undefined)
        throw new AwsCallFailed(status, isThrottled);
      await clock.sleep(random.fraction() * pause * 2 ** attempts);
      status = "AbortError";
      if (elapsed() > limitMs) throw new AwsCallFailed(status);
      status = 200;
    }
  } finally {
    trace.steps.push({ step, ms: elapsed(), status });
  }
}
