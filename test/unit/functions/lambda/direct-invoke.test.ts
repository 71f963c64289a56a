import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { directInvokeAdapter } from "../../../../functions/lambda/direct-invoke.ts";
import { PROBLEMS, type ProblemCode, problemResponse } from "../../../../schemas/protocol/problems.ts";
import { lambdaContext } from "../../../support/lambda.ts";
import { samples } from "../../../support/samples.ts";

const FUNCTION = "arn:aws:lambda:eu-west-1:123456789012:function:token-invoke";
const callerOf = (invokedFunctionArn: string) =>
  directInvokeAdapter.parse({}, lambdaContext({ invokedFunctionArn })).caller;
const requestOf = (event: unknown) => {
  const incoming = directInvokeAdapter.parse(event, lambdaContext());
  return "request" in incoming ? incoming.request : incoming.revocation;
};

describe("the caller of a direct invoke", () => {
  it.each([
    ["nightly-sync", `${FUNCTION}:nightly-sync`],
    ["Job_7", `${FUNCTION}:Job_7`],
    ["1-job", `${FUNCTION}:1-job`],
    ["gov", "arn:aws-us-gov:lambda:us-gov-west-1:123456789012:function:token-invoke:gov"],
    ["cn", "arn:aws-cn:lambda:cn-north-1:123456789012:function:token-invoke:cn"],
  ])("is the alias %s", (alias, arn) => {
    expect(callerOf(arn)).toEqual({ alias });
  });

  it.each([
    ["an unqualified ARN", FUNCTION],
    ["$LATEST", `${FUNCTION}:$LATEST`],
    ["a version", `${FUNCTION}:7`],
    ["a long version", `${FUNCTION}:12345678901234567890`],
    ["an empty qualifier", `${FUNCTION}:`],
    ["two qualifiers", `${FUNCTION}:nightly:sync`],
    ["a wildcard", `${FUNCTION}:*`],
    ["a line break", `${FUNCTION}:nightly\n`],
    ["words before", ` ${FUNCTION}:nightly`],
    ["a layer", "arn:aws:lambda:eu-west-1:123456789012:layer:token-invoke:nightly"],
    ["no ARN", ""],
  ])("is unidentified with %s", (_case, arn) => {
    expect(callerOf(arn)).toEqual({ unidentified: "the function was not invoked through an alias" });
  });

  it("is unidentified if Lambda does not report what was invoked", () => {
    const { invokedFunctionArn: _, ...context } = lambdaContext();
    expect(directInvokeAdapter.parse({}, context as never).caller).toHaveProperty("unidentified");
  });

  it("is never taken from the event, which the caller writes", () => {
    const userArn = "arn:aws:sts::123456789012:assumed-role/reports/s";
    const forged = {
      ...{ rawPath: "/oauth2/token", alias: "nightly", caller: { alias: "nightly" } },
      ...{ requestContext: { http: { method: "POST" }, authorizer: { iam: { userArn } } } },
      invokedFunctionArn: `${FUNCTION}:nightly`,
    };
    const { caller } = directInvokeAdapter.parse(forged, lambdaContext());
    expect(caller).toHaveProperty("unidentified");
    expect(requestOf(forged)).toMatchObject({ ok: false, error: { code: "invalid_request" } });
  });
});

describe("the event of a direct invoke", () => {
  it("has the parameters of a token request", () => {
    expect(requestOf({ scope: "item_download", min_ttl: 60 })).toEqual({
      ok: true,
      value: { subject: { type: "enterprise" }, scopes: ["item_download"], minTtl: 60 },
    });
  });

  it.each([[null], [undefined], ["scope=gcm"], [7], [[]], [[{ scope: "gcm" }]]])(
    "that is %j is refused",
    (event) => {
      expect(requestOf(event)).toEqual({
        ok: false,
        error: { code: "invalid_request", description: "The event must be one JSON object." },
      });
    },
  );

  it("is parsed or refused for any value", () => {
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), fc.anything()), (event) => {
        const request = requestOf(event);
        expect(request.ok || request.error.description).toBeTruthy();
      }),
      { numRuns: samples(2_000) },
    );
  });
});

describe("the response to a direct invoke", () => {
  it("is the token response itself", () => {
    const response = { access_token: "t", token_type: "bearer", expires_in: 3600 } as const;
    expect(directInvokeAdapter.respond({ issued: true, response })).toBe(response);
  });

  it.each(Object.keys(PROBLEMS) as ProblemCode[])("is an error with the name of the problem %s", (code) => {
    const problem = problemResponse(code, "r-1");
    let thrown: unknown;
    try {
      directInvokeAdapter.respond({ issued: false, denied: true, problem });
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(Error);
    const { name, message, stack } = thrown as Error;
    // Lambda returns name, message and stack to the caller as errorType, errorMessage and trace.
    expect({ name, stack }).toEqual({ name: code, stack: "" });
    expect(JSON.parse(message)).toEqual(problem);
  });
});
