import { type ChildProcess, fork } from "node:child_process";
import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { RUNNER } from "../process/paths.ts";
import {
  END_MARK,
  FROZEN_BETWEEN,
  type Frozen,
  type Invocation,
  type Report,
  type RuntimeError,
  THAW_DESCRIPTOR,
} from "./messages.ts";
import { type Outcome, PendingInvocations } from "./pending-invocations.ts";
import { exitError, exitErrorOf, timeoutError } from "./runtime-errors.ts";

export type OutputLine = (line: string) => void;

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

/** Node's own cache of what it compiled, where this process has one. The runner takes it out before the bundle loads. */
const { NODE_COMPILE_CACHE } = process.env;
const COMPILE_CACHE: Readonly<Record<string, string>> =
  NODE_COMPILE_CACHE === undefined ? {} : { NODE_COMPILE_CACHE };

export interface EnvironmentOptions {
  /** Path of the bundle. */
  readonly entry: string;
  /** The variables of the process; it has no other. */
  readonly env: Readonly<Record<string, string>>;
  /** Whether the process is stopped from its response to the next invocation; it serves one at a time then. */
  readonly isFrozenBetween: boolean;
  readonly onLine: OutputLine;
}

/** Starts a process of its own for a bundle. */
export function startEnvironment({ entry, env, isFrozenBetween, onLine }: EnvironmentOptions): Environment {
  const child = fork(RUNNER, isFrozenBetween ? [entry, FROZEN_BETWEEN] : [entry], {
    env: { ...COMPILE_CACHE, ...env },
    execArgv: [],
    stdio: ["ignore", "pipe", "pipe", "ipc", isFrozenBetween ? "pipe" : "ignore"],
  });
  return new ProcessEnvironment(child, onLine);
}

class ProcessEnvironment implements Environment {
  readonly #child: ChildProcess;
  /** Absent where the process is not frozen between invocations. */
  readonly #thaw: Writable | undefined;
  readonly #pending = new PendingInvocations();
  readonly #output: Output;
  readonly #initialisation = Promise.withResolvers<RuntimeError | undefined>();
  readonly #gone = Promise.withResolvers<void>();
  #alive = true;
  /** The error with which the runtime ended, which says more than the exit of the process. */
  #last: RuntimeError | undefined;

  constructor(child: ChildProcess, onLine: OutputLine) {
    this.#child = child;
    const thaw = child.stdio[THAW_DESCRIPTOR];
    if (thaw instanceof Writable) this.#thaw = thaw.on("error", () => {});
    this.#output = new Output(onLine);
    readOutput(
      child,
      (line) => this.#output.take(line),
      (requestId) => {
        this.#pending.endMark(requestId);
        this.#endOutput();
      },
    );
    child.on("message", (report: Report) => this.#reported(report));
    child.on("exit", (code, signal) => this.#exited(code, signal));
    // Without a listener, a message to a process that has just died would end this one; "exit" settles what waits for it.
    child.on("error", () => {
      if (child.pid === undefined) this.#exited(null, "error");
    });
  }

  get initialised(): Promise<RuntimeError | undefined> {
    return this.#initialisation.promise;
  }

  get alive(): boolean {
    return this.#alive;
  }

  async invoke(invocation: Invocation, timeoutMs: number, onLine: OutputLine = () => {}): Promise<Outcome> {
    const requestId = invocation.context.awsRequestId;
    const broken = await this.initialised;
    this.#output.passEarly(onLine);
    if (broken !== undefined) return { ok: false, error: this.#last ?? exitErrorOf(requestId, broken) };
    if (!this.#alive) return { ok: false, error: this.#last ?? exitError(requestId, null, "killed") };
    const outcome = this.#pending.add(requestId);
    this.#output.begin(onLine);
    const timer = setTimeout(() => {
      this.#pending.settle(requestId, { ok: false, error: timeoutError(requestId, timeoutMs) });
      this.#kill();
    }, timeoutMs);
    this.#thaw?.write("\n");
    this.#child.send(invocation);
    return outcome.finally(() => clearTimeout(timer));
  }

  freeze(milliseconds: number): void {
    if (this.#alive) this.#child.send({ frozenMs: milliseconds } satisfies Frozen);
  }

  stop(): Promise<void> {
    this.#kill();
    return this.#gone.promise;
  }

  #kill(): void {
    this.#alive = false;
    this.#child.kill("SIGKILL");
  }

  #reported(report: Report): void {
    if (report.kind === "finished") {
      this.#pending.finished(report);
      this.#endOutput();
      return;
    }
    const error = report.kind === "ready" ? undefined : report.error;
    if (error !== undefined) {
      this.#last = error;
      this.#alive = false;
    }
    this.#initialisation.resolve(error);
  }

  #exited(code: number | null, signal: string | null): void {
    const error = (requestId: string) => this.#last ?? exitError(requestId, code, signal);
    this.#initialisation.resolve(error("initialisation"));
    this.#alive = false;
    this.#pending.fail(error);
    this.#gone.resolve();
  }

  #endOutput(): void {
    if (this.#pending.isEmpty) this.#output.end();
  }
}

const KEPT_EARLY_LINES = 1_000;

/** The lines of an environment. Those between two invocations are kept for the next one. */
class Output {
  readonly #onLine: OutputLine;
  readonly #early: string[] = [];
  #onInvocationLine: OutputLine | undefined;

  constructor(onLine: OutputLine) {
    this.#onLine = onLine;
  }

  take(line: string): void {
    this.#onLine(line);
    if (this.#onInvocationLine !== undefined) this.#onInvocationLine(line);
    else if (this.#early.push(line) > KEPT_EARLY_LINES) this.#early.shift();
  }

  passEarly(onLine: OutputLine): void {
    for (const line of this.#early.splice(0)) onLine(line);
  }

  begin(onLine: OutputLine): void {
    this.#onInvocationLine = onLine;
  }

  /** No invocation is running. */
  end(): void {
    this.#onInvocationLine = undefined;
  }
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
