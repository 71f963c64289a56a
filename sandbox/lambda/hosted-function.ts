import { randomUUID } from "node:crypto";
import { REQUEST_SECONDS } from "../../schemas/request-time.ts";
import { ACCOUNT } from "../aws/identities.ts";
import { type Environment, type Outcome, startEnvironment } from "./environment.ts";
import type { RuntimeError } from "./messages.ts";

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
  readonly timeoutMs?: number;
  readonly onLine?: (line: string) => void;
}

export interface HostedFunction {
  readonly name: string;
  readonly arn: string;
  readonly aliases: readonly string[];
  /** Lines that it wrote, oldest first; the latest ones only. */
  readonly lines: string[];
  /** Environments started so far: a cold start each. */
  readonly coldStarts: number;
  invoke(event: unknown, given?: { qualifier?: string; requestId?: string }): Promise<Outcome>;
  /** Starts an environment if none is warm; tells why that failed. */
  warm(): Promise<RuntimeError | undefined>;
  /** Ends the environment: the next call is a cold start. `env` replaces variables for good. */
  restart(env?: Readonly<Record<string, string>>): Promise<void>;
  close(): Promise<void>;
}

const DEFAULT_TIMEOUT_MS = REQUEST_SECONDS * 1_000;
const MEMORY_MB = "256";
const KEPT_LINES = 20_000;

/** One Lambda function: at most one environment, which takes any number of invocations at once. */
export function hostFunction(settings: FunctionSettings): HostedFunction {
  const { name, region, entry, aliases = [], timeoutMs = DEFAULT_TIMEOUT_MS } = settings;
  const arn = `arn:aws:lambda:${region}:${ACCOUNT}:function:${name}`;
  const logStreamName = `[$LATEST]${randomUUID().replaceAll("-", "")}`;
  const lines: string[] = [];
  let env = settings.env;
  let environment: Environment | undefined;
  let coldStarts = 0;

  const onLine = (line: string): void => {
    lines.push(line);
    if (lines.length > KEPT_LINES) lines.shift();
    settings.onLine?.(line);
  };
  const current = (): Environment => {
    if (environment?.alive !== true) {
      coldStarts += 1;
      environment = startEnvironment(
        entry,
        { ...lambdaVariables(name, region, logStreamName), ...env },
        onLine,
      );
    }
    return environment;
  };
  const stop = async (): Promise<void> => {
    await environment?.stop();
    environment = undefined;
  };

  return {
    name,
    arn,
    aliases,
    lines,
    get coldStarts() {
      return coldStarts;
    },
    invoke(event, { qualifier, requestId = randomUUID() } = {}) {
      const context = {
        awsRequestId: requestId,
        invokedFunctionArn: qualifier === undefined ? arn : `${arn}:${qualifier}`,
        functionName: name,
        functionVersion: executedVersion(qualifier),
        memoryLimitInMB: MEMORY_MB,
        logGroupName: `/aws/lambda/${name}`,
        logStreamName,
      };
      return current().invoke({ event, context, deadline: Date.now() + timeoutMs }, timeoutMs);
    },
    warm: () => current().initialised,
    async restart(changes = {}) {
      env = { ...env, ...changes };
      await stop();
    },
    close: stop,
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
