import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { IncomingRequest } from "../../../../functions/broker/issue-token.ts";
import { functionUrlAdapter } from "../../../../functions/lambda/function-url.ts";
import { lambdaHandler } from "../../../../functions/lambda/handler.ts";
import { anyText } from "../../../support/any-text.ts";
import { revokesNothing, tokenHarness } from "../../../support/fake-ports.ts";
import { lambdaContext } from "../../../support/lambda.ts";
import { samples } from "../../../support/samples.ts";

const FORM = "application/x-www-form-urlencoded";
const JSON_TYPE = "application/json";
const ARN = "arn:aws:sts::123456789012:assumed-role/reports/session";

interface Parts {
  readonly type?: string;
  readonly [property: string]: unknown;
}

/** An event of a Function URL, payload format 2.0. */
function event(body: string | undefined, { type = FORM, ...changes }: Parts = {}): object {
  return {
    version: "2.0",
    rawPath: "/oauth2/token",
    rawQueryString: "",
    headers: { "content-type": type },
    requestContext: { http: { method: "POST" }, authorizer: { iam: { userArn: ARN } } },
    body,
    isBase64Encoded: false,
    ...changes,
  };
}

const parsed = (given: unknown): IncomingRequest => {
  const incoming = functionUrlAdapter.parse(given, lambdaContext());
  if ("request" in incoming) return incoming;
  throw new Error("The event was taken for a revocation.");
};
const requestOf = (given: unknown) => parsed(given).request;
const parametersIn = (given: unknown) => {
  const request = requestOf(given);
  return request.ok ? request.value : request.error.code;
};
const refused = (code: string, description?: RegExp) => ({
  ok: false,
  error: { code, description: expect.stringMatching(description ?? /\w\.$/) },
});

describe("the body", () => {
  const understood = { subject: { type: "enterprise" }, scopes: ["base_preview"], minTtl: 60 };

  it("is a form, plain or in base64, as a Function URL passes it on", () => {
    const form = "scope=base_preview&min_ttl=60";
    expect(parametersIn(event(form))).toEqual(understood);
    const base64 = Buffer.from(form).toString("base64");
    expect(parametersIn(event(base64, { isBase64Encoded: true }))).toEqual(understood);
  });

  it("is JSON with the same parameters, plain or in base64", () => {
    const json = JSON.stringify({ scope: "base_preview", min_ttl: 60 });
    expect(parametersIn(event(json, { type: JSON_TYPE }))).toEqual(understood);
    const base64 = Buffer.from(json).toString("base64");
    expect(parametersIn(event(base64, { type: JSON_TYPE, isBase64Encoded: true }))).toEqual(understood);
  });

  it.each([`${FORM};charset=UTF-8`, ` ${FORM.toUpperCase()} ; charset="utf-8"`])(
    "may have a content type with parameters and in any case: %s",
    (type) => {
      expect(parametersIn(event("min_ttl=60", { type }))).toMatchObject({ minTtl: 60 });
    },
  );

  it("decodes plus signs and percent signs of a form", () => {
    expect(parametersIn(event("scope=item_download+base_preview"))).toMatchObject({
      scopes: ["base_preview", "item_download"],
    });
    expect(
      parametersIn(event("resource=https%3A%2F%2Fapi.box.com%2F2.0%2Ffolders%2F1&scope=gcm")),
    ).toMatchObject({
      resource: "https://api.box.com/2.0/folders/1",
    });
  });

  it("may be empty or absent, because every parameter has a default", () => {
    const nothing = { subject: { type: "enterprise" }, minTtl: 300 };
    expect(parametersIn(event(""))).toEqual(nothing);
    expect(parametersIn(event(undefined))).toEqual(nothing);
    expect(parametersIn(event("{}", { type: JSON_TYPE }))).toEqual(nothing);
  });

  it.each([
    ["no content type", event("min_ttl=60", { headers: {} }), /^The content type must be/],
    ["no headers", event("min_ttl=60", { headers: undefined }), /^The content type must be/],
    ["plain text", event("min_ttl=60", { type: "text/plain" }), /form-urlencoded or application\/json\.$/],
    ["multipart", event("x", { type: "multipart/form-data; boundary=x" }), /^The content type must be/],
    ["a type that objects inherit", event("x", { type: "constructor" }), /^The content type must be/],
    ["a parameter twice in a form", event("min_ttl=60&min_ttl=60"), /once/],
    ["an empty parameter twice", event("scope=&scope=gcm"), /once/],
    ["a property twice in JSON", event(`{"scope":"a","scope":"b"}`, { type: JSON_TYPE }), /once/],
    ["an unknown parameter", event("scpoe=gcm"), /^There is no such parameter\. Allowed are app, /],
    ["__proto__ in a form", event("__proto__=x"), /^There is no such parameter/],
    ["__proto__ in JSON", event(`{"__proto__":{"scope":"gcm"}}`, { type: JSON_TYPE }), /\w/],
    ["a list in JSON", event(`{"scope":["gcm"]}`, { type: JSON_TYPE }), /^scope must be/],
    ["null in JSON", event(`{"scope":null}`, { type: JSON_TYPE }), /^scope must be/],
    [
      "a number for an id",
      event(`{"box_subject_id":900001}`, { type: JSON_TYPE }),
      /^box_subject_id must be/,
    ],
    ["a list instead of an object", event(`[]`, { type: JSON_TYPE }), /one JSON object/],
    ["a string instead of an object", event(`"x"`, { type: JSON_TYPE }), /one JSON object/],
    ["nothing instead of an object", event("", { type: JSON_TYPE }), /one JSON object/],
    ["JSON that breaks off", event(`{"scope":"gcm"`, { type: JSON_TYPE }), /one JSON object/],
    [
      "JSON 10,000 levels deep",
      event(`{"scope":${"[".repeat(7_000)}`, { type: JSON_TYPE }),
      /one JSON object/,
    ],
    ["a form labelled JSON", event("scope=gcm", { type: JSON_TYPE }), /one JSON object/],
    ["a body over 16 KiB", event(`app=${"a".repeat(16_381)}`), /at most 16384 bytes/],
    [
      "a body over 16 KiB in base64",
      event(Buffer.alloc(16_385, "a").toString("base64"), { isBase64Encoded: true }),
      /at most 16384 bytes/,
    ],
    ["a query string", event("", { rawQueryString: "scope=gcm" }), /belong in the body/],
  ])("is refused with %s", (_case, given, description) => {
    expect(requestOf(given)).toEqual(refused("invalid_request", description));
  });

  it("of exactly 16 KiB is accepted", () => {
    expect(requestOf(event(`app=${"a".repeat(16_380)}`))).toEqual(refused("invalid_request", /^app must be/));
  });
});

describe("the path and the method", () => {
  it.each(["/", "", "/oauth2/token/", "/OAUTH2/token", "/oauth2/revoke/", "//oauth2/token", undefined])(
    "%j is not found",
    (rawPath) => {
      expect(requestOf(event("", { rawPath }))).toEqual(refused("unknown_path"));
    },
  );

  it.each(["GET", "PUT", "HEAD", "OPTIONS", "post", undefined])("%s is not allowed", (method) => {
    const requestContext = { http: { method } };
    expect(requestOf(event("", { requestContext }))).toEqual(refused("method_not_allowed"));
  });
});

const anything = fc.anything({ maxDepth: 4, withNullPrototype: true, withBigInt: true, withDate: true });
/** Events whose every part may have any value, including values that a Function URL never sends. */
const events = fc.oneof(
  anything,
  fc.record(
    {
      rawPath: fc.oneof(fc.constant("/oauth2/token"), anything),
      rawQueryString: fc.oneof(fc.constant(""), anything),
      headers: fc.oneof(
        fc.record({ "content-type": fc.oneof(fc.constantFrom(FORM, JSON_TYPE), fc.string(), anything) }),
        anything,
      ),
      body: fc.oneof(anyText, fc.json(), fc.webQueryParameters(), anything),
      isBase64Encoded: fc.oneof(fc.boolean(), anything),
      requestContext: fc.oneof(
        fc.record({
          http: fc.oneof(fc.record({ method: fc.oneof(fc.constant("POST"), anything) }), anything),
          authorizer: fc.oneof(
            fc.record({ iam: fc.oneof(fc.record({ userArn: fc.oneof(fc.string(), anything) }), anything) }),
            anything,
          ),
        }),
        anything,
      ),
    },
    { requiredKeys: [] },
  ),
);

it("the Function URL's handler responds to any event with a JSON refusal that no cache keeps, and never throws", async () => {
  const harness = tokenHarness();
  const service = {
    service: "token-url",
    issueToken: harness.issue,
    revokeToken: revokesNothing,
    clockSkew: () => 0,
    clock: harness.clock,
  };
  const handler = lambdaHandler(functionUrlAdapter, { ...service, write: async () => {} });
  await fc.assert(
    fc.asyncProperty(events, async (given) => {
      const response = await harness.clock.finish(handler(given, lambdaContext()));
      expect(response.statusCode).toBeGreaterThanOrEqual(400);
      expect(response.statusCode).toBeLessThan(500);
      expect(response.headers).toMatchObject({
        "content-type": "application/json",
        "cache-control": "no-store",
        pragma: "no-cache",
      });
      const body = JSON.parse(response.body ?? "");
      expect(Object.keys(body).sort()).toEqual([
        "code",
        "error",
        "error_description",
        "request_id",
        "retryable",
      ]);
    }),
    { numRuns: samples(2_000) },
  );
  expect(harness.box.calls).toEqual([]);
});
