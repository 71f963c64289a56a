import { randomUUID } from "node:crypto";
import { refusal } from "../aws/iam.ts";
import type { Identity } from "../aws/identities.ts";
import { verifySignature } from "../aws/sigv4.ts";
import { type HttpRequest, type HttpResponse, type Listener, listen } from "../server.ts";
import { type FrontOptions, LIMIT_REACHED, PAYLOAD_LIMIT_BYTES } from "./front.ts";
import { throttledResponse, withFaults } from "./front-faults.ts";
import { functionUrlEvent } from "./function-url-event.ts";
import type { HostedFunction } from "./hosted-function.ts";

const FORBIDDEN =
  "Forbidden. For troubleshooting Function URL authorization issues, see: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html";

/** The Function URL of `target`, with authentication type `AWS_IAM`. */
export function startFunctionUrl(target: HostedFunction, options: FrontOptions): Promise<Listener> {
  const { faults, onEvent } = options;
  return listen(
    withFaults("function-url", faults, onEvent, (request) => respond(target, options, request)),
    options,
  );
}

async function respond(
  target: HostedFunction,
  options: FrontOptions,
  request: HttpRequest,
): Promise<HttpResponse> {
  const { region, identities, onEvent } = options;
  const refuse = (
    status: number,
    body: Readonly<Record<string, string>>,
    reason: string,
    caller?: string,
  ): HttpResponse => {
    onEvent?.({ front: "function-url", status, reason, ...(caller === undefined ? {} : { caller }) });
    return { status, headers: headersOf(), body: JSON.stringify(body) };
  };
  if (request.tooLarge || request.body.length > PAYLOAD_LIMIT_BYTES) {
    return refuse(413, { Message: "Request Entity Too Large" }, "the body is larger than 6 MB");
  }
  const verified = verifySignature(request, { region, service: "lambda", identities, now: Date.now() });
  if (!verified.ok) {
    const { type, message } = verified.error;
    // A request without a signature is anonymous; the response to a wrong signature names the mistake.
    const unsigned = type === "MissingAuthenticationTokenException";
    return refuse(403, unsigned ? { Message: FORBIDDEN } : { message }, unsigned ? "not signed" : message);
  }
  const identity = verified.value;
  const denied = permission(options, target, identity);
  if (denied !== undefined) return refuse(403, { Message: FORBIDDEN }, denied, identity.name);
  const requestId = randomUUID();
  const event = functionUrlEvent(request, identity, region, requestId, Date.now());
  const outcome = await target.invoke(event, { requestId });
  if (!outcome.ok && outcome.throttled) {
    onEvent?.({ front: "function-url", status: 429, reason: LIMIT_REACHED, caller: identity.name });
    return throttledResponse("function-url");
  }
  const mapped = outcome.ok ? mapResponse(outcome.payload, requestId) : undefined;
  if (mapped !== undefined) return mapped;
  const error = outcome.ok ? "the function's response is malformed" : outcome.error.errorMessage;
  onEvent?.({ front: "function-url", status: 502, reason: error, caller: identity.name });
  return { status: 502, headers: headersOf(requestId), body: "Internal Server Error" };
}

/** Since October 2025 a caller needs both actions. */
function permission(
  { grants }: FrontOptions,
  { arn }: HostedFunction,
  identity: Identity,
): string | undefined {
  const attempt = { identity, resource: arn, viaFunctionUrl: true };
  return (
    refusal(grants, { ...attempt, action: "lambda:InvokeFunctionUrl" }) ??
    refusal(grants, { ...attempt, action: "lambda:InvokeFunction" })
  );
}

/** A result without `statusCode` is the body of a 200; @returns `undefined` if the result has no valid form. */
function mapResponse(payload: string, requestId: string): HttpResponse | undefined {
  const result: unknown = JSON.parse(payload);
  if (typeof result !== "object" || result === null || !("statusCode" in result)) {
    return {
      status: 200,
      headers: headersOf(requestId),
      body: typeof result === "string" ? result : payload,
    };
  }
  const {
    statusCode,
    headers = {},
    cookies = [],
    body = "",
    isBase64Encoded = false,
  } = result as FunctionResult;
  const status = Number(statusCode);
  if (!Number.isInteger(status) || status < 200 || status > 599 || typeof body !== "string") return undefined;
  const given = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]);
  return {
    status,
    headers: {
      ...headersOf(requestId),
      ...Object.fromEntries(given),
      ...(cookies.length > 0 ? { "set-cookie": cookies } : {}),
    },
    body: isBase64Encoded ? Buffer.from(body, "base64") : body,
  };
}

interface FunctionResult {
  readonly statusCode: unknown;
  readonly headers?: Readonly<Record<string, unknown>>;
  readonly cookies?: readonly string[];
  readonly body?: unknown;
  readonly isBase64Encoded?: boolean;
}

function headersOf(requestId: string = randomUUID()): Record<string, string> {
  return { "content-type": "application/json", "x-amzn-requestid": requestId };
}
