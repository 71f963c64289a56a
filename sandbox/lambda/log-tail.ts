/** How much of an invocation's log Lambda returns to any caller that may invoke. */
const TAIL_BYTES = 4 * 1024;

/** One invocation, for the lines that the Lambda service itself writes. */
export interface LoggedInvocation {
  readonly requestId: string;
  readonly version: string;
  readonly durationMs: number;
  readonly memoryMb: string;
}

/**
 * The value of `X-Amz-Log-Result`: the last 4 KB of the invocation's log, base64-encoded.
 * @param lines what the environment wrote during the invocation, and before it since the last one
 */
export function logTail(lines: readonly string[], invocation: LoggedInvocation): string {
  const { requestId, version, durationMs, memoryMb } = invocation;
  const report = [
    `REPORT RequestId: ${requestId}`,
    `Duration: ${durationMs.toFixed(2)} ms`,
    `Billed Duration: ${Math.ceil(durationMs)} ms`,
    `Memory Size: ${memoryMb} MB`,
  ];
  const log = [
    `START RequestId: ${requestId} Version: ${version}`,
    ...lines,
    `END RequestId: ${requestId}`,
    report.join("\t"),
    "",
  ].join("\n");
  return Buffer.from(log).subarray(-TAIL_BYTES).toString("base64");
}
