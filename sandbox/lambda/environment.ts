import { type ChildProcess, fork } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { END_MARK, type Frozen, type Invocation, type Report, type RuntimeError } from "./messages.ts";

/** What became of an invocation. */
export type Outcome =
  | { readonly ok: true; readonly payload: string }
  | {
      readonly ok: false;
      readonly error: RuntimeError;
      /** Lambda had no environment for it: the function did not run. */
      readonly throttled?: true;
    };

export interface Environment {
  /**
   * Runs one invocation; many may run at once. Never rejects.
   * @param onLine takes what the environment has written since the invocation before, and writes until this one's
   * end; with several at once a line belongs to the one that began last
   */
  invoke(invocation: Invocation, timeoutMs: number, onLine?: OutputLine): Promise<Outcome>;
  /** Resolves when initialisation has ended, one way or the other; `undefined` if it succeeded. */
  readonly initialised: Promise<RuntimeError | undefined>;
  /** Whether it can take another invocation. */
  readonly alive: boolean;
  /** Was frozen for so long since the last invocation: its wall clock jumps ahead. */
  freeze(milliseconds: number): void;
  stop(): Promise<void>;
}

export type OutputLine = (line: string) => void;

interface Pending {
  readonly settle: (outcome: Outcome) => void;
  outcome?: Outcome;
  /** End marks that have arrived, and that will. */
  marks: number;
  expectedMarks: number;
}

const KEPT_EARLY_LINES = 1_000;
const RUNNER = fileURLToPath(new URL("runner.ts", import.meta.url));

/** Node's own cache of what it compiled, where this process has one. The runner takes it out before the bundle loads. */
const { NODE_COMPILE_CACHE } = process.env;
const COMPILE_CACHE: Readonly<Record<string, string>> =
  NODE_COMPILE_CACHE === undefined ? {} : { NODE_COMPILE_CACHE };

/** Starts a process of its own for the bundle at `entry`, with `env` and nothing else in its environment. */
export function startEnvironment(
  entry: string,
  env: Readonly<Record<string, string>>,
  onLine: OutputLine,
): Environment {
  const child = fork(RUNNER, [entry], {
    env: { ...COMPILE_CACHE, ...env },
    execArgv: [],
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  const pending = new Map<string, Pending>();
  const initialisation = Promise.withResolvers<RuntimeError | undefined>();
  const gone = Promise.withResolvers<void>();
  let alive = true;
  let last: RuntimeError | undefined;
  /** Lines that no invocation has taken yet. */
  const early: string[] = [];
  let onInvocationLine: OutputLine | undefined;

  const settle = (requestId: string): void => {
    const found = pending.get(requestId);
    if (found?.outcome === undefined || found.marks < found.expectedMarks) return;
    pending.delete(requestId);
    if (pending.size === 0) onInvocationLine = undefined;
    found.settle(found.outcome);
  };
  const endMark = (requestId: string): void => {
    const found = pending.get(requestId);
    if (found !== undefined) found.marks += 1;
    settle(requestId);
  };
  const fail = (error: (requestId: string) => RuntimeError): void => {
    alive = false;
    for (const [requestId, { settle }] of pending) settle({ ok: false, error: error(requestId) });
    pending.clear();
  };

  const takeLine = (line: string): void => {
    onLine(line);
    if (onInvocationLine !== undefined) onInvocationLine(line);
    else if (early.push(line) > KEPT_EARLY_LINES) early.shift();
  };

  readOutput(child, takeLine, endMark);
  child.on("message", (report: Report) => {
    if (report.kind === "ready") return initialisation.resolve(undefined);
    if (report.kind !== "finished") {
      last = report.error;
      alive = false;
      return initialisation.resolve(report.error);
    }
    const found = pending.get(report.requestId);
    if (found === undefined) return;
    const { payload = "null", error, marks } = report;
    found.outcome = error === undefined ? { ok: true, payload } : { ok: false, error };
    found.expectedMarks = marks;
    settle(report.requestId);
  });
  child.on("exit", (code, signal) => {
    const error = (requestId: string) => last ?? exitError(requestId, code, signal);
    initialisation.resolve(error("initialisation"));
    fail(error);
    gone.resolve();
  });

  return {
    initialised: initialisation.promise,
    get alive() {
      return alive;
    },
    async invoke(invocation, timeoutMs, onOwnLine = () => {}) {
      const requestId = invocation.context.awsRequestId;
      const broken = await initialisation.promise;
      for (const line of early.splice(0)) onOwnLine(line);
      if (broken !== undefined) return { ok: false, error: last ?? exitErrorOf(requestId, broken) };
      if (!alive) return { ok: false, error: last ?? exitError(requestId, null, "killed") };
      const { promise, resolve } = Promise.withResolvers<Outcome>();
      pending.set(requestId, { settle: resolve, marks: 0, expectedMarks: 0 });
      onInvocationLine = onOwnLine;
      const timer = setTimeout(() => {
        pending.delete(requestId);
        resolve({ ok: false, error: timeoutError(requestId, timeoutMs) });
        alive = false;
        child.kill("SIGKILL");
      }, timeoutMs);
      child.send(invocation);
      return promise.finally(() => clearTimeout(timer));
    },
    freeze(milliseconds) {
      if (alive) child.send({ frozenMs: milliseconds } satisfies Frozen);
    },
    stop() {
      alive = false;
      child.kill("SIGKILL");
      return gone.promise;
    },
  };
}

/** Passes each line of both outputs on; both also carry the end marks. */
function readOutput(child: ChildProcess, onLine: OutputLine, endMark: (requestId: string) => void): void {
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) continue;
    createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }).on("line", (line) => {
      const at = line.indexOf(END_MARK);
      const text = at < 0 ? line : line.slice(0, at);
      if (text !== "") onLine(text);
      if (at >= 0) endMark(line.slice(at + END_MARK.length));
    });
  }
}

function exitError(requestId: string, code: number | null, signal: string | null): RuntimeError {
  const how = signal === null ? `exit status ${code}` : `signal: ${signal === "SIGKILL" ? "killed" : signal}`;
  const reason =
    code === 0 ? "Runtime exited without providing a reason" : `Runtime exited with error: ${how}`;
  return { errorType: "Runtime.ExitError", errorMessage: `RequestId: ${requestId} Error: ${reason}` };
}

/** Each caller gets the error of an exit during initialisation, with its own request id. */
function exitErrorOf(requestId: string, { errorType, errorMessage }: RuntimeError): RuntimeError {
  return {
    errorType,
    errorMessage: errorMessage.replace("RequestId: initialisation", `RequestId: ${requestId}`),
  };
}

function timeoutError(requestId: string, timeoutMs: number): RuntimeError {
  const seconds = (timeoutMs / 1_000).toFixed(2);
  return {
    errorType: "Sandbox.Timedout",
    errorMessage: `RequestId: ${requestId} Error: Task timed out after ${seconds} seconds`,
  };
}
