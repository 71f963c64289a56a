import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import type { HttpResponse } from "../../../client/http.ts";
import {
  readInvokeResponse,
  readUrlResponse,
  revokedByInvoke,
  revokedByUrl,
  tokenIn,
} from "../../../client/responses.ts";
import { PROBLEMS, type ProblemCode, problemResponse } from "../../../schemas/protocol/problems.ts";

const REQUEST_ID = "0c8f3a4e-1111-2222-3333-444455556666";
const TOKEN = { access_token: "1!abc", token_type: "bearer", expires_in: 3_600 };

function response(status: number, body: unknown, headers: HttpResponse["headers"] = {}): HttpResponse {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return { status, headers: { "x-amzn-requestid": REQUEST_ID, ...headers }, body: text };
}

const thrown = (read: () => unknown) => {
  try {
    read();
  } catch (error) {
    return error as Record<string, unknown>;
  }
  throw new Error("nothing was thrown");
};
const WHERE = "(Function token-invoke, alias reportz, region us-east-1.)";
const urlError = (...given: Parameters<typeof response>) =>
  thrown(() => readUrlResponse(WHERE, tokenIn)(response(...given), []));
const invokeError = (...given: Parameters<typeof response>) =>
  thrown(() => readInvokeResponse(WHERE, tokenIn)(response(...given), []));

describe("a token response", () => {
  test.each([readUrlResponse, readInvokeResponse])(
    "is parsed identically from a Function URL and from an invoke",
    (reader) => {
      const read = reader(WHERE, tokenIn);
      const restricted_to = [
        { scope: "item_download", object: { type: "folder", id: "7", name: "R", etag: "0" } },
        { scope: "base_preview" },
        { scope: "item_upload", object: { type: "web_link", id: "8" } },
        "not a row",
      ];
      expect(read(response(200, { ...TOKEN, restricted_to, issued_token_type: "urn:x" }), [])).toEqual({
        value: "1!abc",
        expiresIn: 3_600,
        restrictedTo: [
          { scope: "item_download", object: { type: "folder", id: "7", name: "R" } },
          { scope: "base_preview" },
          { scope: "item_upload" },
        ],
        issuedTokenType: "urn:x",
      });
    },
  );

  test.each([
    ["<html>", "HTML"],
    ["", "nothing"],
    [[TOKEN], "an array"],
    [{ ...TOKEN, access_token: "" }, "an empty token"],
    [{ ...TOKEN, access_token: "a\r\nx-evil: 1" }, "a token that would break a header"],
    [{ ...TOKEN, access_token: 5 }, "a number for a token"],
    [{ ...TOKEN, expires_in: "3600" }, "a life in text"],
    [{ ...TOKEN, expires_in: -1 }, "no life"],
    [{ ...TOKEN, expires_in: 1e12 }, "a time of day instead of a life"],
    [{ ...TOKEN, token_type: "mac" }, "another type"],
  ] as [unknown, string][])("is not %j (%s)", (body, _) => {
    for (const error of [urlError(200, body), invokeError(200, body)]) {
      expect(error).toMatchObject({ code: "not_a_token_function", retryable: false });
    }
  });
});

describe("the response to a revocation", () => {
  const NO_STORE = { "cache-control": "no-store" };
  const byUrl = (...given: Parameters<typeof response>) =>
    readUrlResponse(WHERE, revokedByUrl)(response(...given), []);
  const byInvoke = (...given: Parameters<typeof response>) =>
    readInvokeResponse(WHERE, revokedByInvoke)(response(...given), []);

  test("is an empty 200 of the Function URL, or an object without properties of the invoke", () => {
    expect(byUrl(200, "", NO_STORE)).toBe(true);
    expect(byInvoke(200, {})).toBe(true);
  });

  test.each([
    ["an empty 200 of another function, which does not forbid caches to keep it", "", {}],
    ["a web page", "<html>", NO_STORE],
    ["a token", TOKEN, NO_STORE],
    ["null", "null", NO_STORE],
  ])("from a Function URL is not %s", (_, body, headers) => {
    expect(thrown(() => byUrl(200, body, headers))).toMatchObject({ code: "not_a_token_function" });
  });

  test.each([
    ["nothing", ""],
    ["null", "null"],
    ["a token", TOKEN],
    ["a list", "[]"],
    ["text", '""'],
  ])("from an invoke is not %s", (_, body) => {
    expect(thrown(() => byInvoke(200, body))).toMatchObject({ code: "not_a_token_function" });
  });

  test("has the function's errors and AWS's as a token response has", () => {
    const problem = problemResponse("shared_cache_unavailable", "request-1");
    const expected = {
      code: "shared_cache_unavailable",
      retryable: true,
      requestId: "request-1",
      status: 503,
    };
    const invoked = { errorType: problem.code, errorMessage: JSON.stringify(problem), trace: [] };
    expect(thrown(() => byUrl(503, problem))).toMatchObject(expected);
    expect(thrown(() => byInvoke(200, invoked, { "x-amz-function-error": "Unhandled" }))).toMatchObject(
      expected,
    );
    for (const read of [byUrl, byInvoke])
      expect(thrown(() => read(429, { message: "Rate Exceeded." }))).toMatchObject({
        code: "function_throttled",
      });
  });
});

describe("an error of the function", () => {
  test.each(Object.keys(PROBLEMS) as ProblemCode[])(
    "%s keeps code, status, retryability and remedy",
    (code) => {
      const body = problemResponse(code, "request-1");
      const { status, retryable, remedy, title } = PROBLEMS[code];
      const expected = {
        code,
        status,
        retryable,
        nextStep: remedy,
        requestId: "request-1",
        message: `${title} ${remedy}`,
      };
      expect(urlError(status, body)).toMatchObject(expected);
      const invoked = { errorType: code, errorMessage: JSON.stringify(body), trace: [] };
      expect(invokeError(200, invoked, { "x-amz-function-error": "Unhandled" })).toMatchObject(expected);
    },
  );

  test.each([
    ["", undefined],
    ["-5", undefined],
    ["1.5", undefined],
    ["0x10", undefined],
    ["Infinity", undefined],
    ["0", 0],
    ["99999999999", 86_400],
  ])(
    "with Retry-After: %s has %s seconds to wait, which a program can use as they are",
    (header, expected) => {
      expect(urlError(429, {}, { "retry-after": header }).retryAfterSeconds).toBe(expected);
    },
  );

  test("has the seconds of Retry-After that the function names", () => {
    const error = urlError(503, problemResponse("box_rate_limited", "r"), { "retry-after": "7" });
    expect(error.retryAfterSeconds).toBe(7);
    const date = urlError(503, problemResponse("box_rate_limited", "r"), {
      "retry-after": "Sat, 21 Nov 2026",
    });
    expect(date.retryAfterSeconds).toBeUndefined();
    const invoked = (retry_after: unknown) => {
      const errorMessage = JSON.stringify({ ...problemResponse("box_rate_limited", "r"), retry_after });
      return invokeError(200, { errorMessage }, { "x-amz-function-error": "Unhandled" }).retryAfterSeconds;
    };
    expect(invoked(7)).toBe(7);
    for (const other of ["7", -1, null, undefined]) expect(invoked(other)).toBeUndefined();
  });

  test("keeps a code that only a newer function has", () => {
    const error = urlError(503, { code: "moon_phase", retryable: true });
    expect(error).toMatchObject({ code: "moon_phase", retryable: true, requestId: REQUEST_ID });
    expect(error.message).toMatch(/moon_phase/);
  });

  test.each(["constructor", "__proto__", "toString"])("does not treat %s as a row of the table", (code) => {
    expect(urlError(503, { code, retryable: true }).status).toBe(503);
  });
});

describe("an error of AWS", () => {
  test("names the function, the alias and the region of the request", () => {
    const error = invokeError(403, { Message: "no" }, { "x-amzn-errortype": "AccessDeniedException" });
    expect(error.message).toContain(WHERE);
    expect(urlError(404, { Message: null }).message).toContain(WHERE);
  });

  test.each([
    [403, "AccessDeniedException", "User: arn:… is not authorized", "not_permitted"],
    [
      403,
      "ExpiredTokenException",
      "The security token included in the request is expired",
      "credentials_expired",
    ],
    [
      403,
      "UnrecognizedClientException",
      "The security token included in the request is invalid.",
      "credentials_refused",
    ],
    [403, "InvalidSignatureException", "Credential should be scoped to a valid region.", "wrong_region"],
    [403, "InvalidSignatureException", "Signature expired: 20261121T… is now earlier than …", "clock_wrong"],
    [403, "InvalidSignatureException", "Signature not yet current: …", "clock_wrong"],
    [
      403,
      "InvalidSignatureException",
      "The request signature we calculated does not match",
      "credentials_refused",
    ],
    [404, "ResourceNotFoundException", "Function not found: arn:…", "function_not_found"],
    [
      404,
      "ResourceNotFoundException:http://internal.amazon.com/",
      "Cannot find alias arn: …",
      "function_not_found",
    ],
    [409, "ResourceConflictException", "The operation cannot be performed at this time", "function_failed"],
    [429, "TooManyRequestsException", "Rate Exceeded.", "function_throttled"],
    [403, "RequestTimeTooSkewed", "The difference is too large.", "clock_wrong"],
    [400, "RequestExpired", "Request has expired.", "clock_wrong"],
    [403, "RequestInTheFuture", "It is in the future.", "clock_wrong"],
    [500, "ServiceException", "An error occurred", "function_failed"],
    [502, "EC2ThrottledException", "…", "function_failed"],
    [400, "InvalidRequestContentException", "…", "not_a_token_function"],
  ] as const)("%i %s (%s) is %s", (status, type, message, code) => {
    expect(invokeError(status, { message }, { "x-amzn-errortype": type })).toMatchObject({ code, status });
  });

  test("names another caller's alias where the function's policy denies the invoke, and no grant, which cannot help", () => {
    const denied = (kind: string) =>
      invokeError(
        403,
        { Message: `is not authorized, with an explicit deny in ${kind} policy` },
        { "x-amzn-errortype": "AccessDeniedException" },
      );
    const error = denied("a resource-based");
    expect(error).toMatchObject({ code: "not_permitted", retryable: false });
    expect(error.nextStep).toBe(
      "This alias belongs to another caller. Use the alias that the deployment grants to your role, or have the operator add your role to `callers`.",
    );
    expect(error.message).toBe(
      `IAM does not let this identity call the function. ${WHERE} ${error.nextStep}`,
    );
    expect(denied("an identity-based").nextStep).toBe(
      "To use the Function URL, the role needs lambda:InvokeFunctionUrl and lambda:InvokeFunction on the function; to invoke directly, it needs lambda:InvokeFunction: for a token on its own alias, else on the function.",
    );
  });

  test("names the operator where a function stays throttled, who may have stopped the service", () => {
    const error = invokeError(429, { message: "Rate Exceeded." });
    expect(error.nextStep).toContain(
      "reserved concurrency is too low, or the operator has stopped the service",
    );
  });

  test.each(["constructor", "toString", "__proto__", "hasOwnProperty", "valueOf"])(
    "of the type %s becomes a BoxStsError chosen by its status",
    (type) => {
      const error = invokeError(429, { message: "no" }, { "x-amzn-errortype": type });
      expect(error).toMatchObject({ name: "BoxStsError", code: "function_throttled", retryable: true });
    },
  );

  test.each([
    [403, { Message: "Forbidden. For troubleshooting …" }, "not_permitted"],
    [403, { message: "Credential should be scoped to a valid region. " }, "wrong_region"],
    [403, { message: "The security token included in the request is invalid" }, "credentials_refused"],
    [404, { Message: null }, "function_not_found"],
    [429, { message: "Rate Exceeded." }, "function_throttled"],
    [502, "Internal Server Error", "function_failed"],
    [504, "", "function_failed"],
    [302, "<html>moved</html>", "not_a_token_function"],
    [405, "<html>no</html>", "not_a_token_function"],
  ])("%i %j at a Function URL is %s", (status, body, code) => {
    expect(urlError(status, body)).toMatchObject({ code, status, requestId: REQUEST_ID });
  });

  test.each(["Sandbox.Timedout", "Runtime.ExitError", "unauthorized_client"])(
    "a function that ends with %s and without a refusal is function_failed",
    (errorType) => {
      const body = { errorType, errorMessage: "RequestId: … Error: Task timed out after 3.00 seconds" };
      const error = invokeError(200, body, { "x-amz-function-error": "Unhandled" });
      expect(error).toMatchObject({ code: "function_failed", retryable: true });
    },
  );
});

describe("a description that echoes the request", () => {
  const echoed = {
    ...problemResponse("invalid_request", "r"),
    error_description: "You sent Signature=abcdef.",
  };

  test("is in the message, because it says what is allowed", () => {
    expect(urlError(400, echoed).message).toBe("You sent Signature=abcdef.");
  });

  test("is not in the message if it has a secret or is too long", () => {
    const error = thrown(() => readUrlResponse(WHERE, tokenIn)(response(400, echoed), ["abcdef"]));
    expect(error.message).toBe(`${PROBLEMS.invalid_request.title} ${PROBLEMS.invalid_request.remedy}`);
    expect(urlError(400, { ...echoed, error_description: "x".repeat(2_000) }).message).not.toMatch(/xx/);
  });

  test.each([
    ["its code", { code: "abcdef" }, {}],
    ["its request id", { request_id: "abcdef" }, {}],
    ["the header of its request id", { request_id: undefined }, { "x-amzn-requestid": "abcdef" }],
  ])("leaves no secret in the error, as %s", (_, echoing, headers) => {
    const problem = { ...echoed, ...echoing };
    const url = thrown(() => readUrlResponse(WHERE, tokenIn)(response(400, problem, headers), ["abcdef"]));
    const invoked = { errorMessage: JSON.stringify(problem) };
    const withError = { "x-amz-function-error": "Unhandled", ...headers };
    const invoke = thrown(() =>
      readInvokeResponse(WHERE, tokenIn)(response(200, invoked, withError), ["abcdef"]),
    );
    for (const error of [url, invoke])
      expect(inspect(error, { depth: 10, showHidden: true })).not.toContain("abcdef");
  });

  test("yields a request id only if its format is valid", () => {
    expect(urlError(400, { ...echoed, request_id: "a b\n" }).requestId).toBe(REQUEST_ID);
  });
});
