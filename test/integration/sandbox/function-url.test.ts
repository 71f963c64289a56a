import { afterAll, beforeAll, expect, test } from "vitest";
import type { Grant } from "../../../sandbox/aws/iam.ts";
import { newIdentity } from "../../../sandbox/aws/identities.ts";
import type { Listener } from "../../../sandbox/http/server.ts";
import type { FrontEvent } from "../../../sandbox/lambda/front-faults.ts";
import { startFunctionUrl } from "../../../sandbox/lambda/function-url.ts";
import { type Bundles, bundles } from "./fixture-functions.ts";
import { type SignedInit, signedFetch } from "./signed-fetch.ts";

/** Responds with the event it got, or with the query's `response`. */
const ECHO = `
export const handler = async (event) => {
  const response = event.queryStringParameters?.response;
  if (response === "throw") throw new Error("no");
  if (response === "large") return { statusCode: 200, body: "x".repeat(6_291_556) };
  if (response !== undefined) return JSON.parse(response);
  return { statusCode: 200, body: JSON.stringify(event) };
};`;

const region = "us-east-1";
const caller = newIdentity("caller");
const halfGranted = newIdentity("half-granted");
const arn = "arn:aws:lambda:us-east-1:123456789012:function:echo";
const allow = (principal: string, action: string): Grant => ({
  effect: "allow",
  principal,
  action,
  resource: arn,
});
const events: FrontEvent[] = [];
let all: Bundles;
let front: Listener;

beforeAll(async () => {
  all = await bundles();
  const grants = [
    allow(caller.roleArn, "lambda:InvokeFunctionUrl"),
    { ...allow(caller.roleArn, "lambda:InvokeFunction"), viaFunctionUrl: true },
    allow(halfGranted.roleArn, "lambda:InvokeFunctionUrl"),
  ];
  const identities = [caller, halfGranted, newIdentity("nobody")];
  front = await startFunctionUrl(await all.host("echo", ECHO), {
    region,
    identities,
    grants,
    onEvent: (event) => events.push(event),
  });
});
afterAll(async () => {
  await front.close();
  await all[Symbol.asyncDispose]();
});

const call = (path: string, init: SignedInit = {}, identity = caller) =>
  signedFetch(`${front.url}${path}`, identity, { region, ...init });

test("the hosted Function URL turns a request into an event of payload format 2.0", async () => {
  const response = await call("/oauth2/token?b=2&a=1&a=3", {
    method: "POST",
    body: "app=sandbox",
    headers: {
      "Content-Type": "application/x-www-form-urlencoded",
      Cookie: "one=1; two=2",
      "X-Mixed-Case": "Kept",
    },
  });
  const event = (await response.json()) as Record<string, unknown>;
  expect(event).toMatchObject({
    version: "2.0",
    routeKey: "$default",
    rawPath: "/oauth2/token",
    rawQueryString: "b=2&a=1&a=3",
    cookies: ["one=1", "two=2"],
    queryStringParameters: { a: "1,3", b: "2" },
    headers: { "x-mixed-case": "Kept", "content-type": "application/x-www-form-urlencoded" },
    requestContext: {
      accountId: "123456789012",
      authentication: null,
      authorizer: {
        iam: {
          accessKey: caller.accessKeyId,
          accountId: "123456789012",
          callerId: caller.userId,
          cognitoIdentity: null,
          principalOrgId: null,
          userArn: "arn:aws:sts::123456789012:assumed-role/caller/sandbox",
          userId: caller.userId,
        },
      },
      http: { method: "POST", path: "/oauth2/token", protocol: "HTTP/1.1", sourceIp: "127.0.0.1" },
      requestId: response.headers.get("x-amzn-requestid"),
      stage: "$default",
      time: expect.stringMatching(/^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/),
      timeEpoch: expect.any(Number),
    },
  });
});

test("the hosted Function URL hands form bodies over in base64 and text as text", async () => {
  const event = async (type: string, body: string) => {
    const response = await call("/", { method: "POST", body, headers: { "Content-Type": type } });
    return (await response.json()) as { body: string; isBase64Encoded: boolean };
  };
  expect(await event("application/x-www-form-urlencoded", "a=b")).toMatchObject({
    body: Buffer.from("a=b").toString("base64"),
    isBase64Encoded: true,
  });
  for (const type of [
    "application/json",
    "application/json; charset=utf-8",
    "text/plain",
    "application/problem+json",
  ]) {
    expect(await event(type, '{"ä":1}')).toMatchObject({ body: '{"ä":1}', isBase64Encoded: false });
  }
});

test("the hosted Function URL leaves out what a request does not have", async () => {
  const event = await (await call("/")).json();
  for (const absent of ["body", "cookies", "queryStringParameters"]) expect(event).not.toHaveProperty(absent);
});

test("the hosted Function URL hands over parameters whose names objects inherit", async () => {
  const event = (await (await call("/?toString=1&constructor=2&constructor=3")).json()) as Record<
    string,
    unknown
  >;
  expect(event.queryStringParameters).toEqual({ toString: "1", constructor: "2,3" });
});

const respondWith = (response: unknown) => call(`/?response=${encodeURIComponent(JSON.stringify(response))}`);

test("the hosted Function URL maps status, headers, cookies and base64 bodies of the response", async () => {
  const response = await respondWith({
    statusCode: 418,
    headers: { "Cache-Control": "no-store", "X-Number": 7 },
    cookies: ["a=1", "b=2"],
    body: Buffer.from("tea").toString("base64"),
    isBase64Encoded: true,
  });
  expect(response.status).toBe(418);
  expect(response.headers.get("cache-control")).toBe("no-store");
  expect(response.headers.get("x-number")).toBe("7");
  expect(response.headers.getSetCookie()).toEqual(["a=1", "b=2"]);
  expect(await response.text()).toBe("tea");
});

test("the hosted Function URL uses a result without status as the body of a 200", async () => {
  const response = await respondWith({ hello: "there" });
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toBe("application/json");
  expect(await response.json()).toEqual({ hello: "there" });
});

test.each<readonly [what: string, path: string]>([
  ["throws", "/?response=throw"],
  ["responds without a valid status", `/?response=${encodeURIComponent('{"statusCode":"many"}')}`],
  ["responds with more than 6 MB", "/?response=large"],
  ...[{ "X A": "1" }, { "X-A": "1\n2" }, { "": "1" }].map(
    (headers) =>
      [
        `responds with the headers ${JSON.stringify(headers)}`,
        `/?response=${encodeURIComponent(JSON.stringify({ statusCode: 200, headers }))}`,
      ] as const,
  ),
  [
    "responds with a cookie of two lines",
    `/?response=${encodeURIComponent(JSON.stringify({ statusCode: 200, cookies: ["a=1\nb=2"] }))}`,
  ],
])("the hosted Function URL responds 502 when the handler %s", async (_what, path) => {
  const response = await call(path);
  expect(response.status).toBe(502);
  expect(await response.text()).toBe("Internal Server Error");
});

test("the hosted Function URL refuses an unsigned request like AWS", async () => {
  const response = await fetch(front.url);
  expect(response.status).toBe(403);
  expect(response.headers.get("x-amzn-errortype")).toBe("AccessDeniedException");
  expect(await response.json()).toEqual({ Message: expect.stringMatching(/^Forbidden/) });
  expect(events.at(-1)).toMatchObject({ front: "function-url", status: 403, reason: "not signed" });
});

test("the hosted Function URL responds to a badly signed request that its signature does not match", async () => {
  const response = await call("/", {}, { ...caller, secretAccessKey: "wrong" });
  expect(response.status).toBe(403);
  expect(response.headers.get("x-amzn-errortype")).toBeNull();
  expect(await response.json()).toEqual({
    message: expect.stringMatching(/^The request signature we calculated/),
  });
});

test("the hosted Function URL refuses a caller without one of the two grants", async () => {
  const response = await call("/", {}, halfGranted);
  expect(response.status).toBe(403);
  expect(response.headers.get("x-amzn-errortype")).toBe("AccessDeniedException");
  expect(await response.json()).toEqual({ Message: expect.stringMatching(/^Forbidden/) });
  expect(events.at(-1)).toMatchObject({
    caller: "half-granted",
    reason: expect.stringMatching(/lambda:InvokeFunction /),
  });
});

test.each([6 * 1024 * 1024 + 1, 9 * 1024 * 1024])(
  "the hosted Function URL refuses a body of %i bytes",
  async (size) => {
    const response = await call("/", { method: "POST", body: "x".repeat(size) });
    expect(response.status).toBe(413);
  },
);

test("the hosted Function URL throttles as Lambda does where the reserved concurrency is in use", async () => {
  const stopped = await all.host("echo", ECHO, { scaling: { reservedConcurrency: 0 } });
  const grants = [
    allow(caller.roleArn, "lambda:InvokeFunctionUrl"),
    { ...allow(caller.roleArn, "lambda:InvokeFunction"), viaFunctionUrl: true },
  ];
  const throttling = await startFunctionUrl(stopped, { region, identities: [caller], grants });
  const response = await signedFetch(`${throttling.url}/`, caller, { region });
  expect(response.status).toBe(429);
  expect(await response.json()).toMatchObject({
    Reason: "ReservedFunctionConcurrentInvocationLimitExceeded",
  });
  await throttling.close();
});
