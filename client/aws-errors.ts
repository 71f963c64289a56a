import { isObject } from "../schemas/json/is-object.ts";
import { type BoxStsError, type ClientProblemCode, clientError, type ErrorContext } from "./errors.ts";
import type { HttpResponse } from "./http.ts";

/** Lambda's errors by AWS's type (https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_Errors). */
const BY_TYPE: ReadonlyMap<string, ClientProblemCode> = new Map<string, ClientProblemCode>([
  ["AccessDeniedException", "not_permitted"],
  ["ExpiredTokenException", "credentials_expired"],
  ["IncompleteSignatureException", "credentials_refused"],
  ["InvalidClientTokenId", "credentials_refused"],
  ["MissingAuthenticationTokenException", "credentials_refused"],
  ["RequestExpired", "clock_wrong"],
  ["RequestInTheFuture", "clock_wrong"],
  ["RequestTimeTooSkewed", "clock_wrong"],
  ["ResourceConflictException", "function_failed"],
  ["ResourceNotFoundException", "function_not_found"],
  ["TooManyRequestsException", "function_throttled"],
  ["UnrecognizedClientException", "credentials_refused"],
]);

/** Signature errors have one type for many causes at Lambda's API, and perhaps none at a Function URL: the message decides. */
const BY_MESSAGE: readonly (readonly [RegExp, ClientProblemCode])[] = [
  [/scoped to (?:a valid|the correct) region/i, "wrong_region"],
  [/signature (?:expired|not yet current)/i, "clock_wrong"],
  [/security token included in the request is expired/i, "credentials_expired"],
  [/security token included in the request is invalid|signature we calculated/i, "credentials_refused"],
];

const BY_STATUS: ReadonlyMap<number, ClientProblemCode> = new Map<number, ClientProblemCode>([
  [403, "not_permitted"],
  [404, "function_not_found"],
  [429, "function_throttled"],
]);

/** AWS has no code for the deny of the function's own policy: its message alone distinguishes it. */
export const DENIED_BY_FUNCTION = /explicit deny in a resource-based policy/i;

/** Instead of the advice of `not_permitted`: no grant helps where the alias's policy denies every other caller. */
const ALIAS_OF_ANOTHER =
  "This alias belongs to another caller. Use the alias that the deployment grants to your role, or have the operator add your role to `callers`.";

/**
 * The error for a response that AWS made without the function, or because it failed. Quotes nothing of the response.
 * @param where names what was called: AWS responds to a misspelt alias as to a missing permission
 * @param isAlias whether the alias of a caller was called
 */
export function awsError(
  { status, headers, body }: HttpResponse,
  context: ErrorContext,
  where: string,
  isAlias = false,
): BoxStsError {
  const type = String(headers["x-amzn-errortype"] ?? "").split(":", 1)[0] ?? "";
  const message = messageOf(body);
  const code =
    BY_TYPE.get(type) ??
    (message === undefined ? undefined : BY_MESSAGE.find(([pattern]) => pattern.test(message))?.[1]) ??
    BY_STATUS.get(status) ??
    (status >= 500 ? "function_failed" : "not_a_token_function");
  const isOfAnother = isAlias && DENIED_BY_FUNCTION.test(message ?? "");
  return clientError(code, where, context, isOfAnother ? ALIAS_OF_ANOTHER : undefined);
}

function messageOf(body: string): string | undefined {
  const value = parseJson(body);
  if (!isObject(value)) return undefined;
  const message = value.message ?? value.Message;
  return typeof message === "string" ? message : undefined;
}

/** @returns `undefined` if the text is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
