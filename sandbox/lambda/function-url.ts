import { randomUUID } from "node:crypto";
import { validateHeaderName, validateHeaderValue } from "node:http";
import { refusal } from "../aws/iam.ts";
import type { Identity } from "../aws/identities.ts";
import { verifySignature } from "../aws/sigv4.ts";
import { type HttpRequest, type HttpResponse, type Listener, listen } from "../http/server.ts";
import { type FrontOptions, LIMIT_REACHED, PAYLOAD_LIMIT_BYTES } from "./front.ts";
import { throttledResponse, withFaults } from "./front-faults.ts";
import { functionUrlEvent } from "./function-url-event.ts";
import type { HostedFunction } from "./hosted-function.ts";

const FORBIDDEN = {
  Message:
    "Forbidden. For troubleshooting Function URL authorization issues, see: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html",
};

/** Whom a Function URL lets in: IAM principals with a signature, or anyone. */
export type AuthType = "AWS_IAM" | "NONE";

/** The Function URL of `target`. */
export function startFunctionUrl(
  target: HostedFunction,
  options: FrontOptions,
  authType: AuthType = "AWS_IAM",
): Promise<Listener> {
  const { faults, onEvent } = options;
  return listen(
    withFaults("function-url", faults, onEvent, (request) => respond(target, options, authType, request)),
    options,
  );
}

async function respond(
  target: HostedFunction,
  options: FrontOptions,
  authType: AuthType,
  request: HttpRequest,
): Promise<HttpResponse> {
  const { region, onEvent } = options;
  const refuse = (
    status: number,
    body: Readonly<Record<string, string>>,
    reason: string,
    caller?: string,
  ): HttpResponse => {
    onEvent?.({ front: "function-url", status, reason, ...(caller === undefined ? {} : { caller }) });
    const type = body === FORBIDDEN ? { "x-amzn-errortype": "AccessDeniedException" } : {};
    return { status, headers: { ...headersOf(), ...type }, body: JSON.stringify(body) };
  };
  if (request.tooLarge || request.body.length > PAYLOAD_LIMIT_BYTES) {
    return refuse(413, { Message: "Request Entity Too Large" }, "the body is larger than 6 MB");
  }
  const admitted = authType === "NONE" ? ANYONE : admit(request, target, options);
  if ("refusal" in admitted) {
    const { body, reason, caller } = admitted.refusal;
    return refuse(403, body, reason, caller);
  }
  const { identity } = admitted;
  const caller = identity === undefined ? {} : { caller: identity.name };
  const requestId = randomUUID();
  const event = functionUrlEvent(request, identity, region, requestId, Date.now());
  const outcome = await target.invoke(event, { requestId });
  if (!outcome.ok && outcome.throttled) {
    onEvent?.({ front: "function-url", status: 429, reason: LIMIT_REACHED, ...caller });
    return throttledResponse("function-url");
  }
  const mapped = outcome.ok ? mapResponse(outcome.payload, requestId) : undefined;
  if (mapped !== undefined) return mapped;
  const error = outcome.ok ? "the function's response is malformed" : outcome.error.errorMessage;
  onEvent?.({ front: "function-url", status: 502, reason: error, ...caller });
  return { status: 502, headers: headersOf(requestId), body: "Internal Server Error" };
}

/** Who may call, or what the URL responds instead. */
type Admission =
  | { readonly identity: Identity | undefined }
  | {
      readonly refusal: {
        readonly body: Readonly<Record<string, string>>;
        readonly reason: string;
        readonly caller?: string;
      };
    };

const ANYONE: Admission = { identity: undefined };

/** The caller by its signature, if IAM lets it call. */
function admit(request: HttpRequest, target: HostedFunction, options: FrontOptions): Admission {
  const { region, identities } = options;
  const verified = verifySignature(request, { region, service: "lambda", identities, now: Date.now() });
  if (!verified.ok) {
    const { type, message } = verified.error;
    // A request without a signature is anonymous; the response to a wrong signature names the mistake.
    const isUnsigned = type === "MissingAuthenticationTokenException";
    const body = isUnsigned ? FORBIDDEN : { message };
    return { refusal: { body, reason: isUnsigned ? "not signed" : message } };
  }
  const identity = verified.value;
  const reason = permission(options, target, identity);
  if (reason === undefined) return { identity };
  return { refusal: { body: FORBIDDEN, reason, caller: identity.name } };
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
  const given = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)] as const);
  if (!canBeSent([...given, ...cookies.map((cookie) => ["set-cookie", cookie] as const)])) return undefined;
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

function canBeSent(headers: readonly (readonly [name: string, value: string])[]): boolean {
  try {
    for (const [name, value] of headers) {
      validateHeaderName(name);
      validateHeaderValue(name, value);
    }
    return true;
  } catch {
    return false;
  }
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
