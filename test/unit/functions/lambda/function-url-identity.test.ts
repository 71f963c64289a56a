import { describe, expect, it } from "vitest";
import type { Outcome } from "../../../../functions/broker/outcome.ts";
import { functionUrlAdapter } from "../../../../functions/lambda/function-url.ts";
import { PROBLEMS, type ProblemCode, problemResponse } from "../../../../schemas/protocol/problems.ts";
import { lambdaContext } from "../../../support/lambda.ts";

const callerOf = (given: unknown) => functionUrlAdapter.parse(given, lambdaContext()).caller;
const signedBy = (userArn: unknown) => callerOf({ requestContext: { authorizer: { iam: { userArn } } } });
const unidentified = { unidentified: expect.stringMatching(/\w/) };

describe("the caller at a Function URL", () => {
  it.each([
    [
      "the role behind an assumed-role session",
      "arn:aws:sts::123456789012:assumed-role/reports/i-0abc",
      "arn:aws:iam::123456789012:role/reports",
    ],
    [
      "the role, whatever the caller calls the session",
      "arn:aws:sts::123456789012:assumed-role/reports/admin@example.com=,.-_",
      "arn:aws:iam::123456789012:role/reports",
    ],
    [
      "a role of AWS GovCloud",
      "arn:aws-us-gov:sts::123456789012:assumed-role/reports/s",
      "arn:aws-us-gov:iam::123456789012:role/reports",
    ],
    [
      "a role of AWS China",
      "arn:aws-cn:sts::123456789012:assumed-role/reports/s",
      "arn:aws-cn:iam::123456789012:role/reports",
    ],
    [
      "a role of IAM Identity Center",
      "arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_Ops_0123456789abcdef/ann@example.com",
      "arn:aws:iam::123456789012:role/AWSReservedSSO_Ops_0123456789abcdef",
    ],
    ["an IAM user", "arn:aws:iam::123456789012:user/ann", "arn:aws:iam::123456789012:user/ann"],
    [
      "an IAM user with a path",
      "arn:aws:iam::123456789012:user/team/x/ann",
      "arn:aws:iam::123456789012:user/team/x/ann",
    ],
  ])("is %s", (_case, userArn, iam) => {
    expect(signedBy(userArn)).toEqual({ iam });
  });

  it.each([
    ["the root user", "arn:aws:iam::123456789012:root"],
    ["a federated user", "arn:aws:sts::123456789012:federated-user/ann"],
    ["a role's own ARN, which no session has", "arn:aws:iam::123456789012:role/reports"],
    ["a session without a name", "arn:aws:sts::123456789012:assumed-role/reports"],
    ["a session with an empty name", "arn:aws:sts::123456789012:assumed-role/reports/"],
    ["a session without a role", "arn:aws:sts::123456789012:assumed-role//session"],
    ["a session with a slash in its name", "arn:aws:sts::123456789012:assumed-role/reports/x/y"],
    ["an account that is too short", "arn:aws:sts::12345678901:assumed-role/reports/s"],
    ["an account that is too long", "arn:aws:sts::1234567890123:assumed-role/reports/s"],
    [
      "a region, which such an ARN does not have",
      "arn:aws:sts:eu-west-1:123456789012:assumed-role/reports/s",
    ],
    ["another service", "arn:aws:iam::123456789012:assumed-role/reports/s"],
    ["words before", " arn:aws:sts::123456789012:assumed-role/reports/s"],
    ["a line break behind a session", "arn:aws:sts::123456789012:assumed-role/reports/s\n"],
    ["words behind a user", "arn:aws:iam::123456789012:user/ann role/reports"],
    ["a line break behind a user", "arn:aws:iam::123456789012:user/ann\n"],
    ["a user with a wildcard", "arn:aws:iam::123456789012:user/*"],
    ["a user without a name", "arn:aws:iam::123456789012:user/"],
    ["nothing", ""],
    ["a list", ["arn:aws:iam::123456789012:user/ann"]],
    ["an object that reads like an ARN", { toString: (): string => "arn:aws:iam::123456789012:user/ann" }],
    ["null", null],
  ])("is unidentified with %s", (_case, userArn) => {
    expect(signedBy(userArn)).toEqual(unidentified);
  });

  it.each([
    ["an unsigned call", { requestContext: { http: { method: "POST" } } }],
    ["authorizer null", { requestContext: { authorizer: null } }],
    ["iam null", { requestContext: { authorizer: { iam: null } } }],
    ["no context at all", {}],
    ["null for an event", null],
    ["an identity of API Gateway's REST format", { requestContext: { identity: { userArn: "arn:x" } } }],
    [
      "an identity in a header",
      { headers: { "x-amz-user-arn": "arn:aws:sts::123456789012:assumed-role/reports/s" } },
    ],
    ["an identity at the top", { userArn: "arn:aws:sts::123456789012:assumed-role/reports/s" }],
  ])("is unidentified with %s", (_case, event) => {
    expect(callerOf(event)).toEqual(unidentified);
  });
});

describe("the caller of an invocation that does not come through the Function URL", () => {
  const arn = "arn:aws:lambda:eu-west-1:123456789012:function:token-url";
  const userArn = "arn:aws:sts::123456789012:assumed-role/reports/session";
  const event = { requestContext: { authorizer: { iam: { userArn } } } };
  const callerThrough = (invokedFunctionArn: unknown) =>
    functionUrlAdapter.parse(event, { ...lambdaContext(), invokedFunctionArn } as never).caller;

  it.each([
    ["AWS", arn],
    ["AWS GovCloud", "arn:aws-us-gov:lambda:us-gov-west-1:123456789012:function:token-url"],
    ["AWS China", "arn:aws-cn:lambda:cn-north-1:123456789012:function:token-url"],
  ])("is identified if Lambda reports the unqualified function, in %s", (_case, invoked) => {
    expect(callerThrough(invoked)).toEqual({ iam: "arn:aws:iam::123456789012:role/reports" });
  });

  it.each([
    ["$LATEST", `${arn}:$LATEST`],
    ["a version", `${arn}:1`],
    ["an alias", `${arn}:live`],
    ["an empty qualifier", `${arn}:`],
    ["two qualifiers", `${arn}:live:1`],
    ["a line break behind the name", `${arn}\n`],
    ["words before", ` ${arn}`],
    ["a layer's ARN", "arn:aws:lambda:eu-west-1:123456789012:layer:token-url"],
    ["an empty ARN", ""],
    ["no ARN", undefined],
  ])("is not identified by the event that it wrote, through %s", (_case, invoked) => {
    expect(callerThrough(invoked)).toEqual({
      unidentified: "the function was not invoked by its unqualified ARN, as the Function URL does",
    });
  });
});

describe("the HTTP response", () => {
  const uncached = { "content-type": "application/json", "cache-control": "no-store", pragma: "no-cache" };
  const refusal = (code: ProblemCode, retryAfter?: number): Outcome => {
    const problem = problemResponse(code, "r-1");
    const retry = retryAfter === undefined ? {} : { retry_after: retryAfter };
    return { issued: false, denied: false, problem: { ...problem, ...retry } };
  };

  it("is 200 with the token response", () => {
    const response = { access_token: "t", token_type: "bearer", expires_in: 3600 } as const;
    expect(functionUrlAdapter.respond({ issued: true, response })).toEqual({
      statusCode: 200,
      headers: uncached,
      body: JSON.stringify(response),
    });
  });

  it.each(Object.keys(PROBLEMS) as ProblemCode[])("has the status from the problem table for %s", (code) => {
    const { statusCode, headers, body } = functionUrlAdapter.respond(refusal(code));
    expect(statusCode).toBe(PROBLEMS[code].status);
    expect(headers).toMatchObject(uncached);
    expect(JSON.parse(body ?? "")).toEqual(problemResponse(code, "r-1"));
  });

  it("has a Retry-After if an upstream sent one", () => {
    const { headers } = functionUrlAdapter.respond(refusal("box_rate_limited", 60));
    expect(headers).toEqual({ ...uncached, "retry-after": "60" });
    expect(functionUrlAdapter.respond(refusal("box_unavailable", 0)).headers).toMatchObject({
      "retry-after": "0",
    });
  });

  it("has the Allow header with 405, and with no other status", () => {
    expect(functionUrlAdapter.respond(refusal("method_not_allowed")).headers).toEqual({
      ...uncached,
      allow: "POST",
    });
    expect(functionUrlAdapter.respond(refusal("unknown_path")).headers).toEqual(uncached);
  });
});
