import { inspect } from "node:util";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { kmsSigner } from "../../../../functions/aws/kms-signer.ts";
import { assertionClaims } from "../../../../functions/box/assertion.ts";
import type { RequestContext } from "../../../../functions/broker/ports.ts";
import { systemClock } from "../../../../functions/lambda/system.ts";
import type { KmsKeyConfig } from "../../../../schemas/box-config/parse.ts";
import type { Failure, ProblemCode } from "../../../../schemas/protocol/problems.ts";
import { awsError, json, stubAwsEnvironment } from "../../../support/aws-json.ts";
import { loopbackServer, type ReceivedRequest } from "../../../support/loopback-server.ts";

const KEY = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";
const CONFIG: KmsKeyConfig = {
  grant: "jwt",
  clientID: "client-1",
  clientSecret: "client-secret-1",
  publicKeyID: "abcd1234",
  kmsKeyId: KEY,
  algorithm: "RS256",
};
const CLAIMS = assertionClaims("client-1", { type: "user", id: "4711" }, 1_780_000_000_000, "jti-1");

/** The real AWS SDK against a server that speaks AWS JSON, found by the SDK's own variable. */
async function kms(handle: (request: ReceivedRequest) => void) {
  const server = await loopbackServer(handle);
  vi.stubEnv("AWS_ENDPOINT_URL_KMS", server.url);
  const context = (timeLeft = 10_000): RequestContext => ({
    requestId: "request-1",
    deadline: systemClock.monotonic() + timeLeft,
    trace: { steps: [] },
  });
  const signer = kmsSigner(systemClock)(CONFIG);
  const sign = (requesting = context()) => signer.sign(CLAIMS, requesting);
  return { server, sign, context };
}

const failureOf = (signing: Promise<unknown>) =>
  signing.then(
    () => expect.fail("it was signed"),
    (failure: Failure) => failure,
  );

beforeEach(stubAwsEnvironment);
afterEach(() => {
  vi.unstubAllEnvs();
});

it("an assertion is signed as a whole, in one request to KMS, and has the signature that KMS returns", async () => {
  const Signature = Buffer.from("signature").toString("base64");
  const { server, sign, context } = await kms((request) => json(request, 200, { KeyId: KEY, Signature }));
  const requesting = context();
  const [header = "", claims = "", signature = ""] = (await sign(requesting)).split(".");
  const decoded = (part: string) => Buffer.from(part, "base64url").toString();
  expect(JSON.parse(decoded(header))).toEqual({ alg: "RS256", typ: "JWT", kid: "abcd1234" });
  expect(JSON.parse(decoded(claims))).toEqual(CLAIMS);
  expect(decoded(signature)).toBe("signature");
  expect(server.requests.map(({ body }) => JSON.parse(body))).toEqual([
    {
      ...{ KeyId: KEY, MessageType: "RAW", SigningAlgorithm: "RSASSA_PKCS1_V1_5_SHA_256" },
      Message: Buffer.from(`${header}.${claims}`).toString("base64"),
    },
  ]);
  expect(requesting.trace.steps).toEqual([{ step: "kms.sign", ms: expect.any(Number), status: 200 }]);
});

describe("a signature that KMS does not give is", () => {
  it.each<[string, number, ProblemCode, number]>([
    ["AccessDeniedException", 400, "signing_key_refused", 1],
    ["NotFoundException", 400, "signing_key_refused", 1],
    ["DisabledException", 400, "signing_key_refused", 1],
    ["InvalidKeyUsageException", 400, "signing_key_refused", 1],
    ["KMSInvalidStateException", 400, "signing_key_refused", 1],
    ["ValidationException", 400, "signing_key_refused", 1],
    ["UnrecognizedClientException", 400, "signing_key_refused", 1],
    ["ThrottlingException", 400, "signing_key_unavailable", 3],
    ["RequestTimeout", 400, "signing_key_unavailable", 3],
    ["KMSInternalException", 500, "signing_key_unavailable", 3],
    ["DependencyTimeoutException", 503, "signing_key_unavailable", 3],
  ])("%s (%i): %s, after %i requests", async (type, status, code, requests) => {
    const { server, sign, context } = await kms(awsError(type, status));
    const requesting = context();
    const failure = await failureOf(sign(requesting));
    expect(failure.code).toBe(code);
    expect(failure.message).toContain(`KMS: ${type}`);
    expect(requesting.trace.steps).toMatchObject([{ step: "kms.sign", status: code }]);
    expect(server.requests).toHaveLength(requests);
  });

  it.each([{}, { Signature: "" }, { KeyId: KEY }])("none at all: %j", async (body) => {
    const { sign, context } = await kms((request) => json(request, 200, body));
    const requesting = context();
    expect((await failureOf(sign(requesting))).code).toBe("signing_key_unavailable");
    expect(requesting.trace.steps).toMatchObject([{ status: "signing_key_unavailable" }]);
  });

  it("refused in words that quote a document: none of them is reported", async () => {
    const { sign } = await kms(awsError("AccessDeniedException", 400, '{"clientSecret":"canary"}'));
    const failure = await failureOf(sign());
    expect(failure.message).toBe("KMS: AccessDeniedException: [...]");
    expect(inspect(failure, { depth: 10, showHidden: true })).not.toContain("canary");
  });

  it("late: deadline_exceeded when the request's time has run out", async () => {
    const { sign, context } = await kms(() => {});
    expect((await failureOf(sign(context(50)))).code).toBe("deadline_exceeded");
  });

  it("refused for want of credentials", async () => {
    vi.stubEnv("AWS_ACCESS_KEY_ID", "");
    vi.stubEnv("AWS_CONFIG_FILE", "/nowhere");
    vi.stubEnv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere");
    vi.stubEnv("AWS_EC2_METADATA_DISABLED", "true");
    const { sign } = await kms(() => {});
    expect((await failureOf(sign())).code).toBe("signing_key_refused");
  });
});
