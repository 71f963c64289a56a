import type { APIGatewayProxyStructuredResultV2, Context } from "aws-lambda";
import type { Caller } from "../../schemas/policy/caller.ts";
import { PROBLEMS } from "../../schemas/protocol/problems.ts";
import { parseRevocationRequest } from "../../schemas/protocol/revocation-request.ts";
import { parseTokenRequest, type RequestRefusal } from "../../schemas/protocol/token-request.ts";
import { type Result, refused } from "../../schemas/result.ts";
import type { CallerLabels } from "../broker/audit-record.ts";
import type { Outcome } from "../broker/outcome.ts";
import type { RevocationOutcome } from "../broker/revoke-token.ts";
import type { EventAdapter } from "./handler.ts";
import { parseRequestBody } from "./request-body.ts";
import { sourceIpOf } from "./source-ip.ts";

/** The parts of a Function URL's event (payload format 2.0) that we read, none of which is taken on trust. */
interface UrlEvent {
  readonly rawPath?: string;
  readonly rawQueryString?: string;
  readonly headers?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
  readonly isBase64Encoded?: boolean;
  readonly requestContext?: {
    readonly http?: { readonly method?: string; readonly sourceIp?: unknown };
    readonly authorizer?: { readonly iam?: { readonly userArn?: string } };
  };
}

const TOKEN_PATH = "/oauth2/token";
const REVOCATION_PATH = "/oauth2/revoke";

/** `POST /oauth2/token` (RFC 6749) and `POST /oauth2/revoke` (RFC 7009) behind a Function URL with `AWS_IAM`. */
export const functionUrlAdapter: EventAdapter<APIGatewayProxyStructuredResultV2> = {
  parse(event, lambda) {
    const url = (event ?? {}) as UrlEvent;
    const labels = { ...labelsOf(url, lambda), functionVersion: lambda.functionVersion };
    const caller = callerOf(url, lambda);
    if (url.rawPath === REVOCATION_PATH) {
      const parameters = parametersOf(url);
      return {
        caller,
        labels,
        revocation: parameters.ok ? parseRevocationRequest(parameters.value) : parameters,
      };
    }
    const parameters = url.rawPath === TOKEN_PATH ? parametersOf(url) : refusal("unknown_path");
    return { caller, labels, request: parameters.ok ? parseTokenRequest(parameters.value) : parameters };
  },
  respond: httpResponse,
};

// IAM gives names of 64 characters at most: `\w`, and `+=,.@-`. A user's path may have any printable character.
const ASSUMED_ROLE = /^arn:([a-z0-9-]+):sts::(\d{12}):assumed-role\/([\w+=,.@-]{1,64})\/([\w+=,.@-]{1,64})$/;
const IAM_USER = /^arn:[a-z0-9-]+:iam::\d{12}:user\/[!-)+-~]{1,576}$/;

const UNQUALIFIED_ARN = /^arn:[a-z0-9-]+:lambda:[a-z0-9-]+:\d{12}:function:[A-Za-z0-9_-]+$/;

/**
 * The IAM role behind a session, whose name the caller chooses; or the IAM user. The Function URL has no alias, so
 * Lambda reports the unqualified function for each of its requests. An invocation through `$LATEST`, a version or an
 * alias is a direct one, whose event its caller has written; that holds whatever IAM permits.
 */
function callerOf({ requestContext }: UrlEvent, { invokedFunctionArn }: Context): Caller {
  if (!UNQUALIFIED_ARN.test(invokedFunctionArn)) {
    return { unidentified: "the function was not invoked by its unqualified ARN, as the Function URL does" };
  }
  const userArn = requestContext?.authorizer?.iam?.userArn;
  if (typeof userArn !== "string") return { unidentified: "the event has no IAM identity" };
  const role = ASSUMED_ROLE.exec(userArn);
  if (role !== null) return { iam: `arn:${role[1]}:iam::${role[2]}:role/${role[3]}` };
  if (IAM_USER.test(userArn)) return { iam: userArn };
  return { unidentified: "the IAM identity is neither a role nor a user" };
}

/**
 * What of the identity decides nothing: the session's name, which the caller chooses, and the caller's address. A
 * direct invocation has none: its event is the caller's own text, which must not get into the audit log.
 */
function labelsOf({ requestContext }: UrlEvent, { invokedFunctionArn }: Context): CallerLabels {
  if (!UNQUALIFIED_ARN.test(invokedFunctionArn)) return {};
  const userArn = requestContext?.authorizer?.iam?.userArn;
  const session = typeof userArn === "string" ? ASSUMED_ROLE.exec(userArn)?.[4] : undefined;
  return { ...(session !== undefined && { session }), ...sourceIpOf(requestContext?.http?.sourceIp) };
}

/** The parameters of a `POST` to a path that exists. */
function parametersOf(event: UrlEvent): Result<object, RequestRefusal> {
  if (event.requestContext?.http?.method !== "POST") return refusal("method_not_allowed");
  if (event.rawQueryString) {
    return refusal(
      "invalid_request",
      "Parameters belong in the body, not in the URL, where logs would keep them.",
    );
  }
  const text = typeof event.body === "string" ? event.body : "";
  const body = Buffer.from(text, event.isBase64Encoded ? "base64" : "utf8");
  const contentType = event.headers?.["content-type"];
  const parameters = parseRequestBody(typeof contentType === "string" ? contentType : "", body);
  return parameters.ok ? parameters : refusal("invalid_request", parameters.error);
}

function refusal(code: RequestRefusal["code"], description?: string): Result<never, RequestRefusal> {
  const { title, remedy } = PROBLEMS[code];
  return refused({ code, description: description ?? `${title} ${remedy}` });
}

function httpResponse(outcome: Outcome | RevocationOutcome): APIGatewayProxyStructuredResultV2 {
  const headers: Record<string, string> = {
    "content-type": "application/json",
    // RFC 6749 §5.1: on every response, refusals included.
    "cache-control": "no-store",
    pragma: "no-cache",
  };
  // RFC 7009 §2.2: the status is the whole response.
  if ("revoked" in outcome) return { statusCode: 200, headers, body: "" };
  if (outcome.issued) return { statusCode: 200, headers, body: JSON.stringify(outcome.response) };
  const { code, retry_after } = outcome.problem;
  const { status } = PROBLEMS[code];
  if (status === 405) headers.allow = "POST";
  if (retry_after !== undefined) headers["retry-after"] = String(retry_after);
  return { statusCode: status, headers, body: JSON.stringify(outcome.problem) };
}
