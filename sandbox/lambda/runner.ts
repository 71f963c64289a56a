/**
 * The inside of one execution environment: a process that the host forks with the bundle's path as its first argument,
 * and `FROZEN_BETWEEN` as its second where it serves one request at a time. It does what Lambda's Node runtime does
 * around a handler.
 */
import { readSync } from "node:fs";
import * as nodeModule from "node:module";
import { pathToFileURL } from "node:url";
import { completeNode20 } from "../process/node-20.ts";
import {
  END_MARK,
  type Finished,
  FROZEN_BETWEEN,
  type Frozen,
  type Invocation,
  type Report,
  type RuntimeError,
  THAW_DESCRIPTOR,
} from "./messages.ts";
import { freeze, replaceWallClock } from "./wall-clock.ts";

type Handler = (event: unknown, context: unknown) => unknown;

/** The runtime of the functions, `nodejs24.x`. */
const LAMBDA_NODE = 24;

// The function's environment has its own variables and no other.
delete process.env.NODE_COMPILE_CACHE;
// The AWS SDK would warn, in each function's log, of a Node that Lambda does not run it with.
if (Number.parseInt(process.versions.node, 10) < LAMBDA_NODE)
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = "true";
// Taken before the bundle can replace them: the host waits for the end marks.
const outputs = [process.stdout, process.stderr].map((stream) => ({
  stream,
  write: stream.write.bind(stream),
}));
const realTime = replaceWallClock();
completeNode20();
const isFrozenBetween = process.argv[3] === FROZEN_BETWEEN;
/** Resolves when the host can read the message. */
const report = (message: Report) => new Promise<unknown>((sent) => process.send?.(message, sent));

// Ctrl-C reaches the whole process group; the host decides when an environment ends.
process.on("SIGINT", () => {});
process.on("disconnect", () => process.exit(0));
process.on("uncaughtException", (error) => crash(runtimeError(error), 129));
process.on("unhandledRejection", (reason) => {
  crash({ ...runtimeError(reason), errorType: "Runtime.UnhandledPromiseRejection" }, 128);
});

const handler = await load(process.argv[2] ?? "");
if (handler !== undefined) {
  let served = false;
  process.on("message", async (message: Invocation | Frozen) => {
    if ("frozenMs" in message) return freeze(message.frozenMs);
    await run(handler, message);
    // Node would write its cache at the end, but the host kills its environments. Once, with what a request compiled.
    if (!served) flushCompileCache();
    served = true;
    if (isFrozenBetween) waitForInvocation();
  });
  await report({ kind: "ready" });
  if (isFrozenBetween) waitForInvocation();
}

/** Node 20 has no such cache, nor have its declarations. */
function flushCompileCache(): void {
  if ("flushCompileCache" in nodeModule && typeof nodeModule.flushCompileCache === "function")
    nodeModule.flushCompileCache();
}

/**
 * Stops this process, with all work that the handler has left, until the host sends an invocation. Where the host is
 * gone, this process ends.
 */
function waitForInvocation(): void {
  try {
    if (readSync(THAW_DESCRIPTOR, Buffer.alloc(1)) > 0) return;
  } catch {
    // On Windows the end of a pipe is an error.
  }
  process.exit(0);
}

async function load(path: string): Promise<Handler | undefined> {
  try {
    const { handler: found } = await importBundle(pathToFileURL(path).href);
    if (typeof found !== "function")
      throw named("Runtime.HandlerNotFound", "index.handler is undefined or not exported");
    if (found.length > 2) {
      throw named(
        "Runtime.CallbackHandlerDeprecated",
        "AWS Lambda has removed support for callback-based handlers.",
      );
    }
    return found;
  } catch (error) {
    process.send?.({ kind: "init-failed", error: runtimeError(error) } satisfies Report, () =>
      process.exit(1),
    );
    return undefined;
  }
}

/** The names of the runtime interface client; an `import` of a missing package has none there. */
async function importBundle(url: string): Promise<{ readonly handler?: Handler }> {
  try {
    return await import(url);
  } catch (error) {
    if (error instanceof SyntaxError) {
      throw Object.assign(named("Runtime.UserCodeSyntaxError", String(error)), { stack: error.stack });
    }
    if (error instanceof Error && "code" in error && error.code === "MODULE_NOT_FOUND")
      throw named("Runtime.ImportModuleError", String(error));
    throw error;
  }
}

async function run(handle: Handler, { payload: json, context, deadline }: Invocation): Promise<void> {
  const requestId = context.awsRequestId;
  const methods = {
    getRemainingTimeInMillis: () => deadline - realTime(),
    callbackWaitsForEmptyEventLoop: false,
  };
  try {
    const result = await handle(JSON.parse(json), { ...context, ...methods });
    const payload = serialised(result);
    await finish(requestId, { payload });
  } catch (thrown) {
    const error = runtimeError(thrown);
    logError(requestId, error);
    await finish(requestId, { error });
  }
}

function serialised(result: unknown): string {
  try {
    return JSON.stringify(result === undefined ? null : result);
  } catch {
    throw named("Runtime.MarshalError", "Unable to stringify response body");
  }
}

/** Reports the outcome and ends the output. Resolves when the host can read both. The handler may have closed an output. */
async function finish(requestId: string, outcome: Pick<Finished, "payload" | "error">): Promise<void> {
  const open = outputs.filter(({ stream }) => stream.writable);
  const marks = open.map(
    ({ write }) => new Promise((written) => write(`${END_MARK}${requestId}\n`, written)),
  );
  await Promise.all([...marks, report({ kind: "finished", requestId, ...outcome, marks: marks.length })]);
}

/** Lambda's runtime writes every thrown error to the function's log, in this form. */
function logError(requestId: string, { errorType, errorMessage, trace }: RuntimeError): void {
  const line = JSON.stringify({ errorType, errorMessage, stack: trace });
  process.stderr.write(`${new Date().toISOString()}\t${requestId}\tERROR\tInvoke Error \t${line}\n`);
}

/** The same properties and fall-backs as the runtime interface client's. */
function runtimeError(thrown: unknown): RuntimeError {
  if (!(thrown instanceof Error))
    return { errorType: typeof thrown, errorMessage: String(thrown), trace: [] };
  if (typeof thrown.stack !== "string") {
    return {
      errorType: "handled",
      errorMessage:
        "callback called with Error argument, but there was a problem while retrieving one or more of its message, name, and stack",
      trace: [],
    };
  }
  return { errorType: thrown.name, errorMessage: thrown.message, trace: thrown.stack.split("\n") };
}

function named(name: string, message: string): Error {
  return Object.assign(new Error(message), { name });
}

function crash(error: RuntimeError, code: number): void {
  logError("undefined", error);
  process.send?.({ kind: "crashed", error } satisfies Report, () => process.exit(code));
}
