import type { RuntimeError } from "./messages.ts";

/** An environment's process ended. */
export function exitError(requestId: string, code: number | null, signal: string | null): RuntimeError {
  const how = signal === null ? `exit status ${code}` : `signal: ${signal === "SIGKILL" ? "killed" : signal}`;
  const reason =
    code === 0 ? "Runtime exited without providing a reason" : `Runtime exited with error: ${how}`;
  return { errorType: "Runtime.ExitError", errorMessage: `RequestId: ${requestId} Error: ${reason}` };
}

/** Each caller gets the error of an exit during initialisation, with its own request id. */
export function exitErrorOf(requestId: string, { errorType, errorMessage }: RuntimeError): RuntimeError {
  return {
    errorType,
    errorMessage: errorMessage.replace("RequestId: initialisation", `RequestId: ${requestId}`),
  };
}

export function timeoutError(requestId: string, timeoutMs: number): RuntimeError {
  const seconds = (timeoutMs / 1_000).toFixed(2);
  return {
    errorType: "Sandbox.Timedout",
    errorMessage: `RequestId: ${requestId} Error: Task timed out after ${seconds} seconds`,
  };
}
