import type { Clock, RequestContext } from "../broker/ports.ts";
import type { Step } from "../broker/trace.ts";
import { TargetFailure } from "../broker/webhooks/target.ts";
import { printableAws } from "../log/printable.ts";
import { errorName, metadataOf } from "./error-name.ts";
import { sdkHttpHandler } from "./http-handler.ts";
import { sdkCall } from "./sdk-call.ts";
import { isThrottling } from "./throttling.ts";

/** Box waits 30 s for the response: enough for three attempts at a target, of which one hangs. In milliseconds. */
const LIMITS = { attempt: 4_000, call: 10_000 };

/** What every target of AWS takes: 1 MiB, since January 2026 for asynchronous invocations and EventBridge too. */
const MAX_MESSAGE_BYTES = 1_048_576;

/** Errors with a 4xx status that are temporary, besides throttling. */
const TEMPORARY: ReadonlySet<string> = new Set([
  "AbortError",
  "RequestTimeout",
  "RequestTimeoutException",
  "ResourceNotReadyException",
  "ServiceUnavailable",
  "TimeoutError",
]);

/** Statuses of requests that can succeed later: a timeout, a function that is just being updated, too many requests. */
const PASSING: ReadonlySet<number> = new Set([408, 409, 429]);

/** What each client of a target is made with; the SDK repeats what is worth repeating. */
export function targetClientConfig(region: string | undefined) {
  return {
    maxAttempts: 3,
    requestHandler: sdkHttpHandler({ connectMs: 1_000, attemptMs: LIMITS.attempt }),
    ...(region !== undefined && { region }),
  };
}

/** One call of the AWS SDK to a target, as a step of the trace. @throws {TargetFailure} */
export function targetCall<Output>(
  step: Extract<Step["step"], "sqs.send" | "lambda.invoke" | "eventbridge.put">,
  clock: Clock,
  context: RequestContext,
  send: (options: { readonly abortSignal: AbortSignal }) => Promise<Output>,
): Promise<Output> {
  return sdkCall({ step, clock, limitMs: LIMITS.call }, context, send, failureOf);
}

/** Throws where the target would refuse the message for its size. @param bytes as the target counts them */
export function checkSize(bytes: number): void {
  if (bytes > MAX_MESSAGE_BYTES) {
    throw new TargetFailure("event_too_large", `${bytes} bytes; the target takes ${MAX_MESSAGE_BYTES}`);
  }
}

/** A failure by a code in a response of AWS. @param words AWS's own, which name the role, the action and the resource */
export function targetFailure(name: string, isTemporary: boolean, words = ""): TargetFailure {
  const printed = /^[A-Z][A-Za-z.]{2,80}$/.test(name) ? name : "an error without a name";
  return reported(printed, isTemporary, words);
}

function reported(printed: string, isTemporary: boolean, words: string): TargetFailure {
  if (isTemporary) return new TargetFailure("target_unavailable", printed);
  return new TargetFailure(
    "target_misconfigured",
    words === "" ? printed : `${printed}: ${printableAws(words)}`,
  );
}

function failureOf(error: unknown): TargetFailure {
  if (error instanceof TargetFailure) return error;
  const { name, message } = error instanceof Error ? error : { name: "", message: "" };
  if (name === "RequestTooLargeException") return new TargetFailure("event_too_large", name);
  const { httpStatusCode: status = 0 } = metadataOf(error);
  const isRefused = (status >= 400 && status < 500) || name === "CredentialsProviderError";
  return reported(
    errorName(error),
    isThrottling(name) || TEMPORARY.has(name) || PASSING.has(status) || !isRefused,
    message,
  );
}
