import { describe, expect, it } from "vitest";
import type { RevocationOutcome } from "../../../../functions/broker/revoke-token.ts";
import { directInvokeAdapter } from "../../../../functions/lambda/direct-invoke.ts";
import { functionUrlAdapter } from "../../../../functions/lambda/function-url.ts";
import { type EventAdapter, lambdaHandler } from "../../../../functions/lambda/handler.ts";
import { problemResponse } from "../../../../schemas/protocol/problems.ts";
import { lambdaContext } from "../../../support/lambda.ts";
import { VirtualClock } from "../../../support/virtual-clock.ts";

const FORM = "application/x-www-form-urlencoded";
const ROLE = "arn:aws:iam::123456789012:role/reports";
const userArn = "arn:aws:sts::123456789012:assumed-role/reports/session";
const ALIAS_ARN = "arn:aws:lambda:eu-west-1:123456789012:function:token-invoke:nightly-sync";
const NO_STORE = { "content-type": "application/json", "cache-control": "no-store", pragma: "no-cache" };

/** An event of a Function URL, payload format 2.0, for `POST /oauth2/revoke`. */
const urlEvent = (body: string | undefined, changes: object = {}) => ({
  version: "2.0",
  rawPath: "/oauth2/revoke",
  rawQueryString: "",
  headers: { "content-type": FORM },
  requestContext: { http: { method: "POST", sourceIp: "192.0.2.7" }, authorizer: { iam: { userArn } } },
  body,
  isBase64Encoded: false,
  ...changes,
});

const revocationIn = (adapter: EventAdapter<unknown>, event: unknown) => {
  const incoming = adapter.parse(event, lambdaContext());
  if ("revocation" in incoming) return incoming.revocation;
  throw new Error("The event was taken for a token request.");
};
const byUrl = (event: unknown) => revocationIn(functionUrlAdapter, event);
const byInvoke = (event: unknown) => revocationIn(directInvokeAdapter, event);
const token = (value: string) => ({ ok: true, value: { token: value } });
const refused = (code: string, description: string) => ({ ok: false, error: { code, description } });

describe("POST /oauth2/revoke at a Function URL", () => {
  it("takes the token from a form, plain or in base64, or from JSON", () => {
    const form = "token=1%21a%2Bb&token_type_hint=access_token";
    expect(byUrl(urlEvent(form))).toEqual(token("1!a+b"));
    const base64 = Buffer.from(form).toString("base64");
    expect(byUrl(urlEvent(base64, { isBase64Encoded: true }))).toEqual(token("1!a+b"));
    const headers = { "content-type": "application/json" };
    expect(byUrl(urlEvent('{"token":"1!a+b"}', { headers }))).toEqual(token("1!a+b"));
  });

  it("takes the caller from what AWS writes, as a token request does", () => {
    expect(functionUrlAdapter.parse(urlEvent("token=x"), lambdaContext({ functionVersion: "7" }))).toEqual({
      caller: { iam: ROLE },
      labels: { session: "session", sourceIp: "192.0.2.7", functionVersion: "7" },
      revocation: token("x"),
    });
    const forged = urlEvent("token=x", { requestContext: { http: { method: "POST" } } });
    expect(functionUrlAdapter.parse(forged, lambdaContext()).caller).toHaveProperty("unidentified");
    const direct = lambdaContext({ invokedFunctionArn: ALIAS_ARN });
    expect(functionUrlAdapter.parse(urlEvent("token=x"), direct).caller).toHaveProperty("unidentified");
  });

  it.each([
    ["no body", urlEvent(undefined), "token is required: the access token to end."],
    ["a token without a value", urlEvent("token="), "token is required: the access token to end."],
    [
      "a token with a space",
      urlEvent("token=a+b"),
      "token must be an access token: 1 to 8192 characters without spaces.",
    ],
    ["a token twice", urlEvent("token=a&token=b"), "Each parameter may be sent once; one was sent twice."],
    [
      "the credentials of the client",
      urlEvent("token=a&client_secret=b"),
      "There is no such parameter. Allowed are token, token_type_hint.",
    ],
    [
      "a parameter in the URL",
      urlEvent("token=a", { rawQueryString: "token=a" }),
      "Parameters belong in the body, not in the URL, where logs would keep them.",
    ],
    [
      "plain text",
      urlEvent("token=a", { headers: { "content-type": "text/plain" } }),
      "The content type must be application/x-www-form-urlencoded or application/json.",
    ],
    [
      "a body over 16 KiB",
      urlEvent(`token=${"a".repeat(16_384)}`),
      "The body must be at most 16384 bytes long.",
    ],
    [
      "JSON that is no object",
      urlEvent('"a"', { headers: { "content-type": "application/json" } }),
      "The body must be one JSON object.",
    ],
  ])("is refused with %s, in a sentence of its own", (_, event, description) => {
    expect(byUrl(event)).toEqual(refused("invalid_request", description));
  });

  it.each(["GET", "DELETE", "post", undefined])("is not allowed by the method %s", (method) => {
    expect(byUrl(urlEvent("token=a", { requestContext: { http: { method } } }))).toMatchObject({
      ok: false,
      error: { code: "method_not_allowed" },
    });
  });

  it.each(["/oauth2/revoke/", "/oauth2/Revoke", "/revoke"])("is no revocation at the path %s", (rawPath) => {
    expect(functionUrlAdapter.parse(urlEvent("token=a", { rawPath }), lambdaContext())).toMatchObject({
      request: { ok: false, error: { code: "unknown_path" } },
    });
  });
});

describe("a direct invoke with a token", () => {
  it("is a revocation by the alias that was invoked", () => {
    const invoked = lambdaContext({ invokedFunctionArn: ALIAS_ARN, functionVersion: "7" });
    expect(directInvokeAdapter.parse({ token: "1!a+b" }, invoked)).toEqual({
      caller: { alias: "nightly-sync" },
      labels: { functionVersion: "7" },
      revocation: token("1!a+b"),
    });
  });

  it.each([
    [
      "a parameter of a token request",
      { token: "a", scope: "gcm" },
      /^There is no such parameter\. Allowed are token, /,
    ],
    [
      "a parameter of a token request, which the sentence names",
      { app: "reports", token: "a" },
      / token ends a token, and app belongs to a request for one: send one of them\.$/,
    ],
    ["a number for a token", { token: 7 }, /^token must be an access token: /],
    ["null for a token", { token: null }, /^token must be an access token: /],
    ["an undefined token", { token: undefined }, /^token is required: /],
  ])("is refused with %s, in a sentence of its own", (_, event, description) => {
    expect(byInvoke(event)).toEqual({
      ok: false,
      error: { code: "invalid_request", description: expect.stringMatching(description) },
    });
  });
});

/** The response of a handler whose use case ends with `outcome`. */
async function handled<Response>(
  adapter: EventAdapter<Response>,
  event: unknown,
  outcome: RevocationOutcome,
) {
  const seen: unknown[] = [];
  const lines: object[] = [];
  const handler = lambdaHandler(adapter, {
    service: "token",
    clock: new VirtualClock(),
    clockSkew: () => 0,
    issueToken: () => Promise.reject(new Error("A revocation was taken for a token request.")),
    revokeToken: async ({ revocation }) => {
      seen.push(revocation);
      return outcome;
    },
    write: async (line) => void lines.push(line),
  });
  const response = await handler(event, lambdaContext());
  expect(seen).toEqual([token("1!a")]);
  return { response, lines };
}

describe("the response to a revocation", () => {
  it("is an empty 200 that no cache keeps at a Function URL, and its request line says so", async () => {
    const { response, lines } = await handled(functionUrlAdapter, urlEvent("token=1!a"), { revoked: true });
    expect(response).toEqual({ statusCode: 200, headers: NO_STORE, body: "" });
    expect(lines).toMatchObject([{ kind: "request", outcome: "revoked" }]);
  });

  it("is an object without properties for a direct invoke", async () => {
    const { response } = await handled(directInvokeAdapter, { token: "1!a" }, { revoked: true });
    expect(response).toEqual({});
  });

  it.each([
    ["unauthorized_client", 403, true],
    ["shared_cache_unavailable", 503, false],
    ["revocation_not_configured", 503, false],
  ] as const)("that is refused with %s is the problem, in either form", async (code, statusCode, denied) => {
    const problem = problemResponse(code, "r-1");
    const outcome = { issued: false, denied, problem } as const;
    const { response } = await handled(functionUrlAdapter, urlEvent("token=1!a"), outcome);
    expect(response).toEqual({ statusCode, headers: NO_STORE, body: JSON.stringify(problem) });
    await expect(handled(directInvokeAdapter, { token: "1!a" }, outcome)).rejects.toMatchObject({
      ...{ name: code, message: JSON.stringify(problem), stack: "" },
    });
  });
});
