import { isObject } from "../schemas/json/is-object.ts";
import { PROBLEMS, type ProblemCode } from "../schemas/protocol/problems.ts";
import { awsError, parseJson } from "./aws-errors.ts";
import { type BoxStsError, clientError, type ErrorContext, functionError } from "./errors.ts";
import type { HttpResponse } from "./http.ts";
import { readToken, type Token } from "./token.ts";

/**
 * Parses one response.
 * @param secrets texts that no error may quote, even where the response echoes them
 * @throws BoxStsError
 */
export type ResponseReader<Value> = (response: HttpResponse, secrets: readonly string[]) => Value;

/** The value of a response with which the function reports success; `undefined` if it is not one of the function's. */
type ParseSuccess<Value> = (response: HttpResponse) => Value | undefined;

/** The token of a token response: the same JSON over HTTP and from an invoke. */
export const tokenIn: ParseSuccess<Token> = ({ body }) => readToken(parseJson(body));

/**
 * Whether a Function URL revoked a token (RFC 7009 §2.2). The status is the whole response, so the headers distinguish
 * the token function: any other function that returns nothing responds with an empty 200 too.
 */
export const revokedByUrl: ParseSuccess<true> = ({ headers, body }) =>
  (body === "" && headers["cache-control"] === "no-store") || undefined;

/** Whether an invoke revoked a token: an object without properties. */
export const revokedByInvoke: ParseSuccess<true> = ({ body }) => {
  const value = parseJson(body);
  return (isObject(value) && Object.keys(value).length === 0) || undefined;
};

/**
 * Parses the response of a Function URL: RFC 6749 §5 or RFC 7009 §2.2 over HTTP.
 * @param where the URL and region, for the messages of AWS's errors
 */
export const readUrlResponse =
  <Value>(where: string, parse: ParseSuccess<Value>): ResponseReader<Value> =>
  (response, secrets) => {
    const context = contextOf(response, secrets);
    if (response.status === 200) {
      return parse(response) ?? raise(clientError("not_a_token_function", "", context));
    }
    throw problem(parseJson(response.body), context, secrets) ?? awsError(response, context, where);
  };

/**
 * Parses the response of Lambda's Invoke API: what the function returned, or the error that it threw, both with
 * status 200.
 * @param where the function, alias and region, for the messages of AWS's errors
 */
export const readInvokeResponse =
  <Value>(where: string, parse: ParseSuccess<Value>): ResponseReader<Value> =>
  (response, secrets) => {
    const context = contextOf(response, secrets);
    if (response.status !== 200) throw awsError(response, context, where, true);
    if (response.headers["x-amz-function-error"] === undefined) {
      return parse(response) ?? raise(clientError("not_a_token_function", "", context));
    }
    const body = parseJson(response.body);
    const thrown = isObject(body) ? parseJson(String(body.errorMessage)) : undefined;
    throw problem(thrown, context, secrets) ?? clientError("function_failed", "", context);
  };

const CODE_FORM = /^[a-z][a-z0-9_]{0,63}$/;
const REQUEST_ID_FORM = /^[A-Za-z0-9-]{1,64}$/;
const LONGEST_DESCRIPTION = 1_000;
/** `Number` also takes "", "Infinity" and "0x10" for one. */
const DELAY = /^[0-9]+$/;
/** A program that waits with a timer of more than 24.8 days does not wait at all. */
const MAX_RETRY_AFTER_SECONDS = 86_400;

/** The token function's error, or `undefined` if the value is not one. */
function problem(value: unknown, context: ErrorContext, secrets: readonly string[]): BoxStsError | undefined {
  if (!isObject(value)) return undefined;
  const { code, retryable, error_description, request_id, retry_after } = value;
  if (typeof code !== "string" || !CODE_FORM.test(code) || quotes(code, secrets)) return undefined;
  if (typeof retryable !== "boolean") return undefined;
  const known = Object.hasOwn(PROBLEMS, code) ? PROBLEMS[code as ProblemCode] : undefined;
  return functionError(code, retryable, withoutSecrets(error_description, secrets), {
    ...context,
    // Lambda responds with 200 to a direct invoke, whatever the function threw.
    status: context.status === 200 ? known?.status : context.status,
    requestId: requestIdOf(request_id, secrets) ?? context.requestId,
    // The response to a direct invoke has no Retry-After header.
    retryAfterSeconds: context.retryAfterSeconds ?? seconds(retry_after),
  });
}

function withoutSecrets(description: unknown, secrets: readonly string[]): string | undefined {
  if (typeof description !== "string" || description.length > LONGEST_DESCRIPTION) return undefined;
  return quotes(description, secrets) ? undefined : description;
}

const quotes = (text: string, secrets: readonly string[]): boolean =>
  secrets.some((secret) => text.includes(secret));

/** A token and a signature have the form of a request id too. */
function requestIdOf(value: unknown, secrets: readonly string[]): string | undefined {
  const isId = typeof value === "string" && REQUEST_ID_FORM.test(value) && !quotes(value, secrets);
  return isId ? value : undefined;
}

function contextOf({ status, headers }: HttpResponse, secrets: readonly string[]): ErrorContext {
  const retryAfter = String(headers["retry-after"] ?? "");
  return {
    status,
    requestId: requestIdOf(headers["x-amzn-requestid"], secrets),
    retryAfterSeconds: seconds(DELAY.test(retryAfter) ? Number(retryAfter) : undefined),
  };
}

function seconds(value: unknown): number | undefined {
  return typeof value === "number" && value >= 0 ? Math.min(value, MAX_RETRY_AFTER_SECONDS) : undefined;
}

function raise(error: BoxStsError): never {
  throw error;
}
