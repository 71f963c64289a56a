import { SignatureV4 } from "@smithy/signature-v4";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { canonicalRequest, sha256Hex, signature } from "../../../sandbox/aws/canonical-request.ts";
import { newIdentity } from "../../../sandbox/aws/identities.ts";
import { verifySignature } from "../../../sandbox/aws/sigv4.ts";
import { type Listener, listen } from "../../../sandbox/http/server.ts";
import { Sha256 } from "../../support/sha256.ts";

const REGION = "eu-central-1";
const role = newIdentity("tester");
const temporary = newIdentity("function", { temporary: true });
let now = Date.now();
let server: Listener;

beforeAll(async () => {
  server = await listen((request) => {
    const identities = [role, temporary];
    const verified = verifySignature(request, { region: REGION, service: "lambda", identities, now });
    const body = verified.ok ? { name: verified.value.name } : verified.error;
    return {
      status: verified.ok ? 200 : 403,
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    };
  });
});
afterAll(() => server.close());

interface Given {
  readonly path?: string;
  readonly query?: Record<string, string | string[]>;
  readonly body?: string;
  readonly headers?: Record<string, string>;
  readonly identity?: typeof role;
  readonly region?: string;
  readonly service?: string;
  readonly signingDate?: Date;
}

async function signed({ path = "/", query = {}, body = "", headers = {}, ...rest }: Given = {}) {
  const { identity = role, region = REGION, service = "lambda", signingDate = new Date(now) } = rest;
  const { host, port } = new URL(server.url);
  const signer = new SignatureV4({
    credentials: { ...identity },
    region,
    service,
    sha256: Sha256,
    // S3 alone leaves the path as it is.
    uriEscapePath: true,
  });
  return signer.sign(
    {
      method: body === "" ? "GET" : "POST",
      protocol: "http:",
      hostname: "127.0.0.1",
      port: Number(port),
      path,
      query,
      headers: { host, ...headers },
      ...(body === "" ? {} : { body }),
    },
    { signingDate },
  );
}

type Signed = Awaited<ReturnType<typeof signed>>;

async function send(request: Signed, changes: { path?: string; method?: string; body?: string } = {}) {
  const query = Object.entries(request.query ?? {})
    .flatMap(([name, value]) =>
      [value].flat().map((item) => [name, String(item)].map(encodeURIComponent).join("=")),
    )
    .join("&");
  const url = `${server.url}${changes.path ?? request.path}${query === "" ? "" : `?${query}`}`;
  const { host: _host, ...headers } = request.headers;
  const body = changes.body ?? (request.body as string | undefined);
  const response = await fetch(url, {
    method: changes.method ?? request.method,
    headers,
    ...(body ? { body } : {}),
  });
  return { status: response.status, body: (await response.json()) as Record<string, string> };
}

test.each<[string, Given]>([
  ["a plain request", {}],
  [
    "a body",
    { body: "box_subject_type=enterprise", headers: { "content-type": "application/x-www-form-urlencoded" } },
  ],
  ["an encoded path", { path: "/2015-03-31/functions/arn%3Aaws%3Alambda/invocations" }],
  ["a query with spaces, repeats and odd order", { query: { b: "2 3", a: ["y", "x"], "c~d": "é=&" } }],
  ["a header with many spaces", { headers: { "x-custom": "a   b " } }],
  ["a session token", { identity: temporary }],
])("the signature check accepts %s that the AWS SDK signed", async (_what, given) => {
  const { status, body } = await send(await signed(given));
  expect(body).toEqual({ name: (given.identity ?? role).name });
  expect(status).toBe(200);
});

const MISMATCH = {
  type: "InvalidSignatureException",
  message:
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.",
};

test.each<[string, (request: Signed) => Promise<{ status: number; body: Record<string, string> }>]>([
  ["the body", (request) => send(request, { body: "other" })],
  ["the path", (request) => send(request, { path: "/elsewhere" })],
  ["the method", (request) => send(request, { method: "PUT" })],
  ["the query", (request) => send({ ...request, query: { admin: "true" } })],
  [
    "a signed header",
    (request) => send({ ...request, headers: { ...request.headers, "content-type": "text/html" } }),
  ],
  [
    "the signature",
    (request) => {
      const authorization = String(request.headers.authorization);
      const flipped = authorization.endsWith("0")
        ? `${authorization.slice(0, -1)}1`
        : `${authorization.slice(0, -1)}0`;
      return send({ ...request, headers: { ...request.headers, authorization: flipped } });
    },
  ],
])("the signature check notices that %s was changed", async (_what, tamper) => {
  const request = await signed({ body: "one", headers: { "content-type": "text/plain" } });
  expect(await tamper(request)).toEqual({ status: 403, body: MISMATCH });
});

test("the signature check refuses UNSIGNED-PAYLOAD, which S3 alone accepts", async () => {
  const request = await signed({ body: "one", headers: { "x-amz-content-sha256": "UNSIGNED-PAYLOAD" } });
  expect(await send(request)).toEqual({ status: 403, body: MISMATCH });
});

test("the signature check notices a wrong secret key", async () => {
  const identity = { ...role, secretAccessKey: "wrong" };
  expect((await send(await signed({ identity }))).body).toEqual(MISMATCH);
});

test("the signature check does not know other access keys, a temporary one without its session token, or a lasting one with any", async () => {
  const { sessionToken: _token, ...bare } = temporary;
  const foreign = { ...role, sessionToken: "other" };
  for (const identity of [newIdentity("stranger"), bare, { ...temporary, sessionToken: "other" }, foreign]) {
    expect((await send(await signed({ identity }))).body).toEqual({
      type: "UnrecognizedClientException",
      message: "The security token included in the request is invalid.",
    });
  }
});

test.each<[string, Given, RegExp]>([
  ["another region", { region: "us-west-2" }, /valid region/],
  ["another service", { service: "s3" }, /correct service/],
])("the signature check refuses credentials for %s", async (_what, given, message) => {
  const { body } = await send(await signed(given));
  expect(body).toMatchObject({ type: "InvalidSignatureException", message: expect.stringMatching(message) });
});

describe("five minutes between the clocks", () => {
  const moment = Date.UTC(2026, 10, 22, 12);
  const at = async (secondsLater: number) => {
    const request = await signed({ signingDate: new Date(moment) });
    now = moment + secondsLater * 1_000;
    return (await send(request)).body;
  };
  afterEach(() => {
    now = Date.now();
  });

  test.each([290, -290])("are no reason to refuse a request that is %i seconds old", async (seconds) => {
    expect(await at(seconds)).toEqual({ name: role.name });
  });

  test.each([
    [
      310,
      "Signature expired: 20261122T120000Z is now earlier than 20261122T120010Z (20261122T120510Z - 5 min.)",
    ],
    [
      -310,
      "Signature not yet current: 20261122T120000Z is still later than 20261122T115950Z (20261122T115450Z + 5 min.)",
    ],
  ])("are exceeded by a request that is %i seconds old", async (seconds, message) => {
    expect(await at(seconds)).toEqual({ type: "InvalidSignatureException", message });
  });
});

test("the signature check refuses an unsigned host, though the signature is right", async () => {
  const timestamp = new Date(now).toISOString().replaceAll(/[-:]|\.\d+/g, "");
  const scope = {
    accessKeyId: role.accessKeyId,
    date: timestamp.slice(0, 8),
    region: REGION,
    service: "lambda",
  };
  const signHeaders = async (signedHeaders: string[]) => {
    const headers = { "x-amz-date": timestamp, host: new URL(server.url).host };
    const received = { method: "GET", path: "/", query: "", headers, body: Buffer.alloc(0), tooLarge: false };
    const canonical = canonicalRequest(received, signedHeaders, sha256Hex(""));
    const signed = signature(
      role.secretAccessKey,
      { ...scope, signedHeaders, signature: "" },
      timestamp,
      canonical,
    );
    const credential = `${role.accessKeyId}/${scope.date}/${REGION}/lambda/aws4_request`;
    const authorization = `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${signedHeaders.join(";")}, Signature=${signed}`;
    return (await fetch(server.url, { headers: { authorization, "x-amz-date": timestamp } })).status;
  };
  expect(await signHeaders(["host", "x-amz-date"])).toBe(200);
  expect(await signHeaders(["x-amz-date"])).toBe(403);
});

test("the signature check refuses an unsigned x-amz header", async () => {
  const request = await signed();
  const headers = { ...request.headers, "x-amz-extra": "1" };
  expect((await send({ ...request, headers })).body.message).toMatch(/must be a 'SignedHeader'/);
});

test.each([
  ["no header", undefined, "MissingAuthenticationTokenException"],
  ["another scheme", "Bearer abc", "IncompleteSignatureException"],
  ["a cut header", "AWS4-HMAC-SHA256 Credential=AKIA", "IncompleteSignatureException"],
])("refuses %s", async (_what, authorization, type) => {
  const headers = authorization === undefined ? {} : { authorization };
  const response = await fetch(server.url, { headers });
  expect(response.status).toBe(403);
  expect(await response.json()).toMatchObject({ type });
});

test("the signature check refuses a request without a date", async () => {
  const request = await signed();
  const { "x-amz-date": _date, ...headers } = request.headers;
  expect((await send({ ...request, headers })).body.type).toBe("IncompleteSignatureException");
});
