import { PROBLEMS, type ProblemCode } from "../schemas/problems.ts";
import { awsRefusal, parseJson } from "./aws-refusals.ts";
import { type BoxStsError, clientError, type ErrorContext, functionError } from "./errors.ts";
import type { HttpAnswer } from "./http.ts";
import { isRecord, readToken, type Token } from "./token.ts";

/**
 * Reads one answer.
 * @param mayNotShow texts that no error may quote, whatever the other side echoes.
 * @throws BoxStsError
 */
export type Reader = (answer: HttpAnswer, mayNotShow: readonly string[]) => Token;

/** What a Function URL answers: RFC 6749 over HTTP. @param where names what was called, for AWS's refusals */
export const readUrlAnswer =
  (where: string): Reader =>
  (answer, mayNotShow) => {
    const context = contextOf(answer);
    const body = parseJson(answer.body);
    if (answer.status === 200)
      return readToken(body) ?? raise(clientError("not_a_token_function", "", context));
    throw problem(body, context, mayNotShow) ?? awsRefusal(answer, context, where);
  };

/** What Lambda's Invoke answers: the token response, or the error that the function threw, both with status 200. @param where as above */
export const readInvokeAnswer =
  (where: string): Reader =>
  (answer, mayNotShow) => {
    const context = contextOf(answer);
    if (answer.status !== 200) throw awsRefusal(answer, context, where);
    const body = parseJson(answer.body);
    if (answer.headers["x-amz-function-error"] === undefined) {
      return readToken(body) ?? raise(clientError("not_a_token_function", "", context));
    }
    const thrown = isRecord(body) ? parseJson(String(body.errorMessage)) : undefined;
    throw problem(thrown, context, mayNotShow) ?? clientError("function_failed", "", context);
  };

const CODE_FORM = /^[a-z][a-z0-9_]{0,63}$/;
const REQUEST_ID_FORM = /^[A-Za-z0-9-]{1,64}$/;
const LONGEST_DESCRIPTION = 1_000;

/** The refusal of a token function, or `undefined` if the value is none. */
function problem(
  value: unknown,
  context: ErrorContext,
  mayNotShow: readonly string[],
): BoxStsError | undefined {
  if (!isRecord(value)) return undefined;
  const { code, retryable, error_description, request_id, retry_after } = value;
  if (typeof code !== "string" || !CODE_FORM.test(code) || typeof retryable !== "boolean") return undefined;
  const known = Object.hasOwn(PROBLEMS, code) ? PROBLEMS[code as ProblemCode] : undefined;
  const requestId =
    typeof request_id === "string" && REQUEST_ID_FORM.test(request_id) ? request_id : undefined;
  return functionError(code, retryable, shown(error_description, mayNotShow), {
    ...context,
    // A direct invoke succeeds at HTTP, whatever the function threw.
    status: context.status === 200 ? known?.status : context.status,
    requestId: requestId ?? context.requestId,
    // A direct invoke has no header for it.
    retryAfterSeconds: context.retryAfterSeconds ?? seconds(retry_after),
  });
}

function shown(description: unknown, mayNotShow: readonly string[]): string | undefined {
  if (typeof description !== "string" || description.length > LONGEST_DESCRIPTION) return undefined;
  return mayNotShow.some((secret) => description.includes(secret)) ? undefined : description;
}

function contextOf({ status, headers }: HttpAnswer): ErrorContext {
  const requestId = String(headers["x-amzn-requestid"] ?? "");
  return {
    status,
    requestId: REQUEST_ID_FORM.test(requestId) ? requestId : undefined,
    retryAfterSeconds: seconds(Number(headers["retry-after"] ?? Number.NaN)),
  };
}

function seconds(value: unknown): number | undefined {
  return typeof value === "number" && value >= 0 ? value : undefined;
}

function raise(error: BoxStsError): never {
  throw error;
}
