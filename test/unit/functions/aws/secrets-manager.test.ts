import { inspect } from "node:util";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { secretReader } from "../../../../functions/aws/secrets-manager.ts";
import type { RequestContext } from "../../../../functions/broker/ports.ts";
import { systemClock } from "../../../../functions/lambda/system.ts";
import type { Failure, ProblemCode } from "../../../../schemas/protocol/problems.ts";
import { awsError, json, stubAwsEnvironment } from "../../../support/aws-json.ts";
import { loopbackServer, type ReceivedRequest } from "../../../support/loopback-server.ts";

/** The real AWS SDK against a server that speaks AWS JSON, found by the SDK's own variable. */
async function secretsManager(handle: (request: ReceivedRequest, number: number) => void) {
  const server = await loopbackServer(handle);
  vi.stubEnv("AWS_ENDPOINT_URL_SECRETS_MANAGER", server.url);
  const read = secretReader(systemClock);
  const context = (timeLeft = 10_000): RequestContext => ({
    requestId: "request-1",
    deadline: systemClock.monotonic() + timeLeft,
    trace: { steps: [] },
  });
  return { server, read, context };
}

const failureOf = (response: Promise<unknown>) =>
  response.then(
    () => expect.fail("a secret was read"),
    (failure: Failure) => failure,
  );

beforeEach(stubAwsEnvironment);
afterEach(() => {
  vi.unstubAllEnvs();
});

describe("a secret is read", () => {
  it("as a string, by name and stage, in one signed request", async () => {
    const { server, read, context } = await secretsManager((request) =>
      json(request, 200, { VersionId: "v1", SecretString: "{config}" }),
    );
    expect(await read("box/reports", "AWSCURRENT", context())).toEqual({ versionId: "v1", text: "{config}" });
    expect(server.requests).toHaveLength(1);
    const [request] = server.requests;
    expect(request?.headers["x-amz-target"]).toBe("secretsmanager.GetSecretValue");
    expect(request?.headers.authorization).toMatch(/^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\//);
    expect(JSON.parse(request?.body ?? "")).toEqual({ SecretId: "box/reports", VersionStage: "AWSCURRENT" });
  });

  it("while other work runs, which starts once, after the first request was sent", async () => {
    const events: string[] = [];
    const waiting = Promise.withResolvers<void>();
    const { context } = await secretsManager((request) => {
      void waiting.promise.then(() => json(request, 200, { VersionId: "v1", SecretString: "{}" }));
    });
    const read = secretReader(systemClock, () => {
      events.push("waiting");
      waiting.resolve();
    });
    expect(events).toEqual([]);
    for (let reading = 0; reading < 2; reading += 1) {
      await read("box/reports", "AWSCURRENT", context());
      events.push("read");
    }
    expect(events).toEqual(["waiting", "read", "read"]);
  });

  it("as binary, which is text in UTF-8", async () => {
    const SecretBinary = Buffer.from("{é}").toString("base64");
    const { read, context } = await secretsManager((request) =>
      json(request, 200, { VersionId: "v0", SecretBinary }),
    );
    expect(await read("box/reports", "AWSPREVIOUS", context())).toEqual({ versionId: "v0", text: "{é}" });
  });

  it("after a throttled attempt, and leaves one step in the trace", async () => {
    const { server, read, context } = await secretsManager((request, number) =>
      number === 1
        ? awsError("ThrottlingException")(request)
        : json(request, 200, { VersionId: "v1", SecretString: "x" }),
    );
    const requesting = context();
    await read("box/reports", "AWSCURRENT", requesting);
    expect(server.requests).toHaveLength(2);
    expect(requesting.trace.steps).toEqual([
      { step: "secrets-manager.get", ms: expect.any(Number), status: 200 },
    ]);
  });
});

describe("a failure of Secrets Manager", () => {
  it.each<[string, number, ProblemCode]>([
    ["ResourceNotFoundException", 400, "secret_not_found"],
    ["InvalidRequestException", 400, "secret_not_found"],
    ["InvalidParameterException", 400, "secret_not_found"],
    ["ValidationException", 400, "secret_not_found"],
    ["AccessDeniedException", 400, "secret_forbidden"],
    ["DecryptionFailure", 400, "secret_key_forbidden"],
    ["UnrecognizedClientException", 400, "secret_forbidden"],
    ["InvalidSignatureException", 400, "secret_forbidden"],
    ["ExpiredTokenException", 400, "secret_forbidden"],
    ["IncompleteSignatureException", 400, "secret_forbidden"],
    ["SomethingNewException", 400, "secret_forbidden"],
    ["AccessDenied", 403, "secret_forbidden"],
    ["ExpiredToken", 403, "secret_forbidden"],
    ["SignatureDoesNotMatch", 403, "secret_forbidden"],
    ["InvalidClientTokenId", 403, "secret_forbidden"],
    ["KMSInvalidStateException", 400, "secret_key_forbidden"],
  ])("%s (%i) is %s, is not retried, and is named in the trace", async (type, status, code) => {
    const { server, read, context } = await secretsManager(awsError(type, status));
    const requesting = context();
    const failure = await failureOf(read("box/reports", "AWSCURRENT", requesting));
    expect(failure.code).toBe(code);
    expect(failure.message).toContain(`Secrets Manager: ${type}`);
    expect(server.requests).toHaveLength(1);
    expect(requesting.trace.steps).toMatchObject([{ step: "secrets-manager.get", status: code }]);
  });

  it.each([
    ["AccessDeniedException", "Access to KMS is not allowed"],
    ["InvalidRequestException", "The KMS key arn:aws:kms:eu-west-1:123456789012:key/1 is pending deletion"],
    ["AccessDeniedException", "User: arn:aws:iam::1:role/r is not authorized to perform: kms:Decrypt on it"],
  ])("%s with the sentence %s is about the key and not about the secret", async (type, message) => {
    const { read, context } = await secretsManager(awsError(type, 400, message));
    const failure = await failureOf(read("box/reports", "AWSCURRENT", context()));
    expect(failure).toMatchObject({ code: "secret_key_forbidden" });
  });

  it("that names a secret whose name has KMS in it is not about a key", async () => {
    const message =
      "not authorized to perform it on arn:aws:secretsmanager:eu-west-1:1:secret:KMS-box because";
    const { read, context } = await secretsManager(awsError("AccessDeniedException", 400, message));
    expect((await failureOf(read("box/reports", "AWSCURRENT", context()))).code).toBe("secret_forbidden");
  });

  it.each<[string, number]>([
    ["ThrottlingException", 400],
    ["InternalServiceError", 500],
    ["ServiceUnavailable", 503],
  ])("%s (%i) is tried three times and then fails with secret_unavailable", async (type, status) => {
    const { server, read, context } = await secretsManager(awsError(type, status));
    expect((await failureOf(read("box/reports", "AWSCURRENT", context()))).code).toBe("secret_unavailable");
    expect(server.requests).toHaveLength(3);
  });

  it("by any of AWS's names for throttling is secret_unavailable, which ends no secret that is in use", async () => {
    const { read, context } = await secretsManager((request) =>
      json(request, 400, { __type: JSON.parse(request.body).SecretId }),
    );
    const names = [
      ...["BandwidthLimitExceeded", "LimitExceededException", "PriorRequestNotComplete", "KmsThrottled"],
      ...["ProvisionedThroughputExceededException", "RequestThrottled", "RequestThrottledException"],
      ...["SlowDown", "ThrottledException", "Throttling", "TooManyRequestsException"],
      ...["TransactionInProgressException", "KMSThrottlingException", "EC2ThrottledException"],
    ];
    const failures = await Promise.all(names.map((name) => failureOf(read(name, "AWSCURRENT", context()))));
    expect(failures.map(({ code }) => code)).toEqual(names.map(() => "secret_unavailable"));
  });

  it.each(["constructor", "__proto__", "toString", "hasOwnProperty"])(
    "that calls itself %s is classified by its status alone",
    async (type) => {
      const { read, context } = await secretsManager(awsError(type, 400));
      const failure = await failureOf(read("box/reports", "AWSCURRENT", context()));
      expect(failure.code).toBe("secret_forbidden");
    },
  );

  it("that quotes the secret is reported without its text", async () => {
    const { read, context } = await secretsManager((request) =>
      json(request, 400, { __type: "AccessDeniedException", message: `{"passphrase":"short"}` }),
    );
    const failure = await failureOf(read("box/reports", "AWSCURRENT", context()));
    expect(failure.message).toBe("Secrets Manager: AccessDeniedException: [...]");
    expect(inspect(failure, { depth: 10, showHidden: true })).not.toContain("passphrase");
  });

  it("that cuts the connection is retried and then fails with secret_unavailable", async () => {
    const { server, read, context } = await secretsManager(({ socket }) => socket.resetAndDestroy());
    expect((await failureOf(read("box/reports", "AWSCURRENT", context()))).code).toBe("secret_unavailable");
    expect(server.requests).toHaveLength(3);
  });

  it("without AWS credentials is secret_forbidden, and no request is sent", async () => {
    for (const name of ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]) vi.stubEnv(name, undefined);
    vi.stubEnv("AWS_EC2_METADATA_DISABLED", "true");
    vi.stubEnv("HOME", "/nonexistent");
    const { server, read, context } = await secretsManager(() => {});
    expect((await failureOf(read("box/reports", "AWSCURRENT", context()))).code).toBe("secret_forbidden");
    expect(server.requests).toEqual([]);
  });

  it("that returns neither a string nor a binary value is secret_invalid", async () => {
    const { read, context } = await secretsManager((request) => json(request, 200, { VersionId: "v1" }));
    expect((await failureOf(read("box/reports", "AWSCURRENT", context()))).code).toBe("secret_invalid");
  });

  it("that returns no version, as an empty response does, is secret_unavailable: it shows nothing of the secret", async () => {
    for (const [status, body] of [
      [200, { SecretString: "x" }],
      [200, {}],
      [204, {}],
    ] as const) {
      const { read, context } = await secretsManager((request) => json(request, status, body));
      expect((await failureOf(read("box/reports", "AWSCURRENT", context()))).code).toBe("secret_unavailable");
    }
  });

  it("that times out one attempt after 3 s leaves time for another", async () => {
    const { server, read, context } = await secretsManager((request, number) => {
      if (number > 1) json(request, 200, { VersionId: "v1", SecretString: "x" });
    });
    expect(await read("box/reports", "AWSCURRENT", context())).toEqual({ versionId: "v1", text: "x" });
    expect(server.requests).toHaveLength(2);
  });

  it("that never responds ends at the request's deadline", async () => {
    const { read, context } = await secretsManager(() => {});
    const failure = await failureOf(read("box/reports", "AWSCURRENT", context(150)));
    expect(failure.code).toBe("deadline_exceeded");
  });

  it("quotes nothing of the secret, even if a response breaks off or its JSON is invalid in the middle of it", async () => {
    const secret = "canary-5f0c1d";
    const broken = [
      `{"VersionId":"v1","SecretString":"${secret}`,
      `{"VersionId":"v1","SecretString":${secret}}`,
      `{"VersionId":"v1","SecretString":"a" ${secret}`,
    ];
    for (const body of broken) {
      const { read, context } = await secretsManager(({ response }) => response.end(body));
      const failure = await failureOf(read("box/reports", "AWSCURRENT", context()));
      expect(failure.code).toBe("secret_unavailable");
      const seen = inspect(failure, { depth: 10, showHidden: true });
      for (const part of [secret, secret.slice(0, 7)]) expect(seen).not.toContain(part);
    }
  });
});
