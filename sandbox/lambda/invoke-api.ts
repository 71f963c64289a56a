import { randomUUID } from "node:crypto";
import { didYouMean } from "../../schemas/json/nearest.ts";
import { refusal } from "../aws/iam.ts";
import { ACCOUNT } from "../aws/identities.ts";
import { verifySignature } from "../aws/sigv4.ts";
import { type HttpRequest, type HttpResponse, type Listener, listen } from "../http/server.ts";
import { type FrontOptions, LIMIT_REACHED, PAYLOAD_LIMIT_BYTES } from "./front.ts";
import { throttledResponse, withFaults } from "./front-faults.ts";
import { decodedPath } from "./function-url-event.ts";
import { executedVersion, type HostedFunction, MEMORY_MB } from "./hosted-function.ts";
import { LambdaError } from "./lambda-error.ts";
import { logTail } from "./log-tail.ts";

const PATH = /^\/2015-03-31\/functions\/([^/]+)\/invocations\/?$/;

const LOG_TYPES: readonly string[] = ["None", "Tail"];

const INVOCATION_TYPES: readonly string[] = ["RequestResponse", "Event", "DryRun"];

/** Size limit of an asynchronous request, in bytes. */
const EVENT_LIMIT_BYTES = 1_048_576;

/** Name, partial ARN or ARN, each with or without a qualifier. */
const FUNCTION_NAME =
  /^(?:arn:aws:lambda:([a-z0-9-]+):(\d{12}):function:|(?:(\d{12}):)?(?:function:)?)([A-Za-z0-9_-]{1,64})(?::(\$LATEST|[A-Za-z0-9_-]+))?$/;

/** Lambda's `Invoke`, as the AWS SDKs and the AWS CLI call it. */
export function startInvokeApi(
  functions: readonly HostedFunction[],
  options: FrontOptions,
): Promise<Listener> {
  const { faults, onEvent } = options;
  const respond = async (request: HttpRequest): Promise<HttpResponse> => {
    try {
      return await invoke(functions, options, request);
    } catch (error) {
      if (!(error instanceof LambdaError)) throw error;
      const { status, message, caller, hint } = error;
      const who = caller === undefined ? {} : { caller };
      onEvent?.({
        front: "invoke-api",
        status,
        reason: hint === "" ? message : `${message}.${hint}`,
        ...who,
      });
      return error.toResponse();
    }
  };
  return listen(withFaults("invoke-api", faults, onEvent, respond), options);
}

async function invoke(
  functions: readonly HostedFunction[],
  { region, identities, grants, onEvent }: FrontOptions,
  request: HttpRequest,
): Promise<HttpResponse> {
  const encoded = PATH.exec(request.path)?.[1];
  if (encoded === undefined || request.method !== "POST")
    throw new LambdaError("UnknownOperationException", "The sandbox's Lambda serves Invoke alone.");
  const verified = verifySignature(request, { region, service: "lambda", identities, now: Date.now() });
  if (!verified.ok) throw new LambdaError(verified.error.type, verified.error.message);
  const identity = verified.value;
  const { name, qualifier } = requestedFunction(decodedPath(encoded), request.query, region);
  const arn = `arn:aws:lambda:${region}:${ACCOUNT}:function:${name}`;
  const resource = qualifier === undefined ? arn : `${arn}:${qualifier}`;
  // IAM decides first: a caller without permission does not learn whether the function exists.
  const denied = refusal(grants, { identity, action: "lambda:InvokeFunction", resource });
  const target = functions.find((candidate) => candidate.name === name);
  const hint = target
    ? didYouMean(isKnown(target, qualifier) ? "" : (qualifier ?? ""), target.aliases)
    : didYouMean(
        name,
        functions.map((known) => known.name),
      );
  if (denied !== undefined) throw new LambdaError("AccessDeniedException", denied, identity.name, hint);
  if (target === undefined)
    throw new LambdaError(
      "ResourceNotFoundException",
      `Function not found: ${resource}`,
      identity.name,
      hint,
    );
  if (!isKnown(target, qualifier)) {
    throw new LambdaError(
      "ResourceNotFoundException",
      `Cannot find alias arn: ${resource}`,
      identity.name,
      hint,
    );
  }
  const response = await run(target, qualifier, request);
  if (response.status === 429) {
    onEvent?.({ front: "invoke-api", status: 429, reason: LIMIT_REACHED, caller: identity.name });
  }
  return response;
}

const isKnown = ({ aliases }: HostedFunction, qualifier: string | undefined): boolean =>
  qualifier === undefined || qualifier === "$LATEST" || aliases.includes(qualifier);

async function run(
  target: HostedFunction,
  qualifier: string | undefined,
  request: HttpRequest,
): Promise<HttpResponse> {
  const payload = payloadOf(request);
  const requestId = randomUUID();
  const headers = { "x-amzn-RequestId": requestId, "Content-Type": "application/json" };
  const type = request.headers["x-amz-invocation-type"] ?? "RequestResponse";
  if (!INVOCATION_TYPES.includes(type)) {
    throw new LambdaError("InvalidParameterValueException", `The invocation type ${type} is not supported.`);
  }
  const logType = request.headers["x-amz-log-type"] ?? "None";
  if (!LOG_TYPES.includes(logType)) {
    throw new LambdaError("InvalidParameterValueException", `The log type ${logType} is not supported.`);
  }
  if (type === "DryRun") return { status: 204, headers };
  const given = { requestId, ...(qualifier === undefined ? {} : { qualifier }) };
  if (type === "Event") {
    const { length } = request.body;
    if (length > EVENT_LIMIT_BYTES) {
      throw new LambdaError(
        "RequestTooLargeException",
        `${length} byte payload is too large for the Event invocation type (limit ${EVENT_LIMIT_BYTES} bytes)`,
      );
    }
    target.acceptPayload(payload, given);
    return { status: 202, headers };
  }
  const lines: string[] = [];
  const started = performance.now();
  const outcome = await target.invokePayload(payload, { ...given, onLine: (line) => void lines.push(line) });
  if (!outcome.ok && outcome.throttled) return throttledResponse("invoke-api");
  const version = executedVersion(qualifier);
  const durationMs = performance.now() - started;
  const tail = logTail(lines, { requestId, version, durationMs, memoryMb: MEMORY_MB });
  return {
    status: 200,
    headers: {
      ...headers,
      "X-Amz-Executed-Version": version,
      ...(outcome.ok ? {} : { "X-Amz-Function-Error": "Unhandled" }),
      ...(logType === "Tail" ? { "X-Amz-Log-Result": tail } : {}),
    },
    body: outcome.ok ? outcome.payload : JSON.stringify(outcome.error),
  };
}

function requestedFunction(
  given: string,
  query: string,
  region: string,
): { name: string; qualifier: string | undefined } {
  const [, arnRegion = region, arnAccount, account, name, derived] = FUNCTION_NAME.exec(given) ?? [];
  if (name === undefined) {
    throw new LambdaError(
      "ValidationException",
      `1 validation error detected: '${given}' is not a function name.`,
    );
  }
  if (arnRegion !== region) {
    throw new LambdaError(
      "ResourceNotFoundException",
      `Functions from '${arnRegion}' are not reachable in this region ('${region}')`,
    );
  }
  if ((arnAccount ?? account ?? ACCOUNT) !== ACCOUNT) {
    throw new LambdaError("ResourceNotFoundException", `Function not found: ${given}`);
  }
  const requested = new URLSearchParams(query).get("Qualifier") ?? undefined;
  if (derived !== undefined && requested !== undefined && derived !== requested) {
    throw new LambdaError(
      "InvalidParameterValueException",
      "The derived qualifier from the function name does not match the specified qualifier.",
    );
  }
  return { name, qualifier: requested ?? derived };
}

/** The JSON of the event. @throws LambdaError */
function payloadOf({ body, tooLarge }: HttpRequest): string {
  if (tooLarge || body.length > PAYLOAD_LIMIT_BYTES) {
    throw new LambdaError(
      "RequestTooLargeException",
      `Request must be smaller than ${PAYLOAD_LIMIT_BYTES} bytes for the InvokeFunction operation`,
    );
  }
  if (body.length === 0) return "{}";
  const payload = body.toString();
  try {
    JSON.parse(payload);
    return payload;
  } catch {
    throw new LambdaError(
      "InvalidRequestContentException",
      "Could not parse request body into json: Could not parse payload into json",
    );
  }
}
