/** An error as the Lambda Node runtime reports it. */
export interface RuntimeError {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace?: readonly string[];
}

/** The plain-data part of the context object; the runner adds the methods. */
export interface InvocationContext {
  readonly awsRequestId: string;
  readonly invokedFunctionArn: string;
  readonly functionName: string;
  readonly functionVersion: string;
  readonly memoryLimitInMB: string;
  readonly logGroupName: string;
  readonly logStreamName: string;
}

/** What the host sends to an environment. */
export interface Invocation {
  /** JSON of the event. As a value, an event that is nested too deep for `JSON.stringify` could not be sent. */
  readonly payload: string;
  readonly context: InvocationContext;
  /** Milliseconds since 1970. */
  readonly deadline: number;
}

/** Sent to an environment: it was frozen between two invocations. */
export interface Frozen {
  readonly frozenMs: number;
}

/** An invocation has an outcome. */
export interface Finished {
  readonly kind: "finished";
  readonly requestId: string;
  /** JSON of what the handler returned. */
  readonly payload?: string;
  readonly error?: RuntimeError;
  /** On how many outputs the end mark follows. */
  readonly marks: number;
}

/** What an environment sends to the host. */
export type Report =
  | { readonly kind: "ready" }
  | { readonly kind: "init-failed"; readonly error: RuntimeError }
  | { readonly kind: "crashed"; readonly error: RuntimeError }
  | Finished;

/** Precedes the request id in the line that ends an invocation's output, on standard output and standard error. */
export const END_MARK = "\u001eEND ";

/** Argument of an environment that is frozen from its response to the next invocation. */
export const FROZEN_BETWEEN = "frozen-between";
/** File descriptor in such an environment: a byte precedes each invocation. */
export const THAW_DESCRIPTOR = 4;
