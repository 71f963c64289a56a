import { randomUUID } from "node:crypto";
import { channel } from "node:diagnostics_channel";
import { REQUEST_SECONDS } from "../../schemas/protocol/request-time.ts";
import { ACCOUNT } from "../aws/identities.ts";
import { AsyncQueue, type AsyncSettings } from "./async-queue.ts";
import type { OutputLine } from "./environment.ts";
import { Environments, type Scaling } from "./environments.ts";
import type { RuntimeError } from "./messages.ts";
import type { Outcome } from "./pending-invocations.ts";

export interface FunctionSettings {
  readonly name: string;
  /** Path of the built bundle, which exports `handler`. */
  readonly entry: string;
  readonly region: string;
  /** The function's own variables; Lambda's are added. */
  readonly env: Readonly<Record<string, string>>;
  /** Aliases that exist besides the unqualified function. */
  readonly aliases?: readonly string[];
  /** Default: the deployed functions'. */
  readonly timeoutMs?: number | undefined;
  readonly scaling?: Scaling | undefined;
  readonly asynchronous?: AsyncSettings;
  readonly onLine?: (line: string) => void;
}

/** One invocation; all optional. */
export interface Invoking {
  readonly qualifier?: string;
  readonly requestId?: string;
  /** Takes the lines of this invocation; see `Environment.invoke`. */
  readonly onLine?: OutputLine;
}

export interface HostedFunction {
  readonly name: string;
  readonly arn: string;
  readonly aliases: readonly string[];
  /** Lines that its environments wrote, oldest first; the latest ones only. */
  readonly lines: string[];
  /** Environments started so far: a cold start each. */
  readonly coldStarts: number;
  /** Waits for the outcome of an event that `JSON.stringify` takes. */
  invoke(event: unknown, given?: Invoking): Promise<Outcome>;
  /** Waits for the outcome of the event whose JSON this is. Never rejects. */
  invokePayload(payload: string, given?: Invoking): Promise<Outcome>;
  /** Accepts the event whose JSON this is and runs it, again if it fails, as Lambda's asynchronous invocation does. */
  acceptPayload(payload: string, given?: Invoking): void;
  /** Starts an environment if none is warm; the error has the reason. */
  warm(): Promise<RuntimeError | undefined>;
  /** Its environments were frozen for so long, as between requests: tokens and secrets are older by that. */
  freeze(milliseconds: number): void;
  /** Ends all environments: the next calls are cold starts. `env` replaces variables for good. */
  restart(env?: Readonly<Record<string, string>>): Promise<void>;
  close(): Promise<void>;
}

const DEFAULT_TIMEOUT_MS = REQUEST_SECONDS * 1_000;
export const MEMORY_MB = "256";
const KEPT_LINES = 20_000;
const THROTTLED: Outcome = {
  ok: false,
  throttled: true,
  error: { errorType: "TooManyRequestsException", errorMessage: "Rate Exceeded." },
};

/** Size limit of a result, in bytes: a little more than that of a request. */
const RESULT_LIMIT_BYTES = 6_291_556;
const TOO_LARGE: Outcome = {
  ok: false,
  error: {
    errorType: "Function.ResponseSizeTooLarge",
    errorMessage: `Response payload size exceeded maximum allowed payload size (${RESULT_LIMIT_BYTES} bytes).`,
  },
};

/** Diagnostics channel of every line of every hosted function: for observers that do not start the functions themselves. */
export const FUNCTION_LINES = "box-sts.function-lines";
const functionLines = channel(FUNCTION_LINES);

/** One Lambda function: environments that start when requests need them, one request in each by default. */
export function hostFunction(settings: FunctionSettings): HostedFunction {
  const { name, region, entry, aliases = [], timeoutMs = DEFAULT_TIMEOUT_MS } = settings;
  const arn = `arn:aws:lambda:${region}:${ACCOUNT}:function:${name}`;
  const lines: string[] = [];
  let env = settings.env;

  const onLine = (line: string): void => {
    lines.push(line);
    if (lines.length > KEPT_LINES) lines.shift();
    settings.onLine?.(line);
    functionLines.publish(line);
  };
  const variables = (logStreamName: string) => ({ ...lambdaVariables(name, region, logStreamName), ...env });
  const environments = new Environments({ entry, variables, onLine }, settings.scaling ?? {});
  const queue = new AsyncQueue(settings.asynchronous);

  const invokePayload: HostedFunction["invokePayload"] = async (
    payload,
    { qualifier, requestId = randomUUID(), onLine } = {},
  ) => {
    const slot = environments.acquire();
    if (slot === undefined) return THROTTLED;
    const context = {
      awsRequestId: requestId,
      invokedFunctionArn: qualifier === undefined ? arn : `${arn}:${qualifier}`,
      functionName: name,
      functionVersion: executedVersion(qualifier),
      memoryLimitInMB: MEMORY_MB,
      logGroupName: `/aws/lambda/${name}`,
      logStreamName: slot.logStreamName,
    };
    const invocation = { payload, context, deadline: Date.now() + timeoutMs };
    const outcome = await slot.environment.invoke(invocation, timeoutMs, onLine).finally(slot.release);
    return outcome.ok && Buffer.byteLength(outcome.payload) > RESULT_LIMIT_BYTES ? TOO_LARGE : outcome;
  };

  return {
    name,
    arn,
    aliases,
    lines,
    get coldStarts() {
      return environments.coldStarts;
    },
    invoke: async (event, given) => invokePayload(JSON.stringify(event), given),
    invokePayload,
    acceptPayload(payload, given = {}) {
      const same = { requestId: randomUUID(), ...given };
      queue.accept(() => invokePayload(payload, same));
    },
    warm: () => environments.warm(),
    freeze: (milliseconds) => environments.freeze(milliseconds),
    async restart(changes = {}) {
      env = { ...env, ...changes };
      await environments.stop();
    },
    async close() {
      queue.close();
      await environments.stop();
    },
  };
}

/** An alias of the sandbox points to version 1; everything else runs `$LATEST`. */
export function executedVersion(qualifier: string | undefined): string {
  return qualifier === undefined || qualifier === "$LATEST" ? "$LATEST" : "1";
}

function lambdaVariables(name: string, region: string, logStreamName: string): Record<string, string> {
  return {
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_EXECUTION_ENV: "AWS_Lambda_nodejs24.x",
    AWS_LAMBDA_FUNCTION_NAME: name,
    AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: MEMORY_MB,
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: logStreamName,
    AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
    LANG: "en_US.UTF-8",
    TZ: ":UTC",
    _HANDLER: "index.handler",
  };
}
