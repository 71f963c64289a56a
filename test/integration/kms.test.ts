import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Identity, newIdentity } from "../../sandbox/aws/identities.ts";
import { type Kms, type KmsKey, startKms } from "../../sandbox/kms/server.ts";
import { type Sandbox, startSandbox } from "../../sandbox/sandbox.ts";
import { invokeHealth, invokeToken, linesOf } from "../support/sandbox-requests.ts";

let sandbox: Sandbox;
let kms: Kms;
let key: KmsKey;

beforeAll(async () => {
  sandbox = await startSandbox();
  const role = functionRole();
  const resource = `arn:aws:kms:${sandbox.region}:123456789012:key/*`;
  kms = await startKms({
    region: sandbox.region,
    identities: [role],
    grants: [{ effect: "allow", principal: role.roleArn, action: "kms:Sign", resource }],
  });
  key = kms.createKey({ alias: "alias/box-reports" });
});
afterAll(() => kms.close());
afterAll(() => sandbox.close());
beforeEach(async () => {
  kms.faults.clear();
  key.state = "Enabled";
  register("kms00001", key);
  store("kms00001", key.arn);
  await sandbox.coldStart({ AWS_ENDPOINT_URL_KMS: kms.url });
  kms.requests.clear();
  sandbox.box.requests.clear();
  sandbox.secretsManager.requests.clear();
});

/** The identity whose credentials the functions have. */
function functionRole(): Identity {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = sandbox.environment;
  return {
    ...newIdentity("box-sts-function", { temporary: true }),
    accessKeyId: AWS_ACCESS_KEY_ID ?? "",
    secretAccessKey: AWS_SECRET_ACCESS_KEY ?? "",
    sessionToken: AWS_SESSION_TOKEN ?? "",
  };
}

/** What the operator does in the Developer Console with the public key that KMS gives. */
const register = (publicKeyID: string, { publicKey }: KmsKey) =>
  sandbox.apps.sandbox!.box.publicKeys.set(publicKeyID, publicKey);

/** Stores a config that names a key in KMS. */
function store(publicKeyID: string, kmsKeyId: string, algorithm = "RS256"): void {
  const { boxAppSettings, enterpriseID } = sandbox.apps.sandbox!.config;
  const { clientID, clientSecret } = boxAppSettings;
  const appAuth = { publicKeyID, kmsKeyId, algorithm };
  const config = { boxAppSettings: { clientID, clientSecret, appAuth }, enterpriseID };
  sandbox.secretsManager.put("box-sts/sandbox", JSON.stringify(config));
}

const token = () => invokeToken(sandbox, {});
const signatures = () => kms.requests.count("Sign");

describe("with its key in KMS, an app", () => {
  test.each(["RS256", "RS384", "RS512"])("gets a token by one signature with %s", async (algorithm) => {
    store("kms00001", key.arn, algorithm);
    expect(await token()).toMatchObject({ token_type: "bearer" });
    expect(await token()).toMatchObject({ token_type: "bearer" });
    expect([signatures(), sandbox.box.requests.count("token")]).toEqual([1, 1]);
    const [request] = linesOf(sandbox, "request").slice(-2);
    expect(request).toMatchObject({
      steps: [{ step: "secrets-manager.get" }, { step: "kms.sign", status: 200 }, { step: "box.grant" }],
    });
  });

  test("names the key by an alias, too", async () => {
    store("kms00001", "alias/box-reports");
    expect(await token()).toHaveProperty("access_token");
  });

  test("is healthy, and its health check signs once", async () => {
    const report = await invokeHealth(sandbox, { app: "sandbox" });
    expect(report).toMatchObject({
      healthy: true,
      apps: [{ grant: "jwt", passed: ["secret", "config", "token", "user"] }],
    });
    expect(signatures()).toBe(1);
  });

  test("gets a token although KMS throttles or breaks off the first request", async () => {
    kms.faults.inject("throttled", { times: 1 });
    kms.faults.inject("away", { times: 1, after: 1 });
    expect(await token()).toHaveProperty("access_token");
    expect(signatures()).toBe(3);
  });
});

describe("a signature that KMS refuses is signing_key_refused with AWS's words in the audit line:", () => {
  const state = (of: KmsKey["state"]) => () => {
    key.state = of;
  };
  const named = (kmsKeyId: () => string) => () => {
    // Twice, because the previous version of the secret is tried too.
    for (let version = 0; version < 2; version += 1) store("kms00001", kmsKeyId());
  };
  const made = (settings: Parameters<Kms["createKey"]>[0]) => named(() => kms.createKey(settings).arn);

  test.each<[string, () => void, RegExp]>([
    [
      "the role may not sign",
      () => void kms.faults.inject("access-denied"),
      /AccessDeniedException: .* kms:Sign/,
    ],
    ["the key is to be deleted", state("PendingDeletion"), /KMSInvalidStateException/],
    [
      "there is no such key",
      named(() => "1234abcd-12ab-34cd-56ef-1234567890ab"),
      /NotFoundException: .* does not exist/,
    ],
    ["the key is no RSA key", made({ spec: "ECC_NIST_P256" }), /InvalidKeyUsageException/],
  ])("%s", async (_, given, reason) => {
    given();
    expect(await token()).toMatchObject({ code: "signing_key_refused", retryable: false });
    expect(linesOf(sandbox, "audit").at(-1)).toMatchObject({
      outcome: "failed",
      code: "signing_key_refused",
      reason: expect.stringMatching(reason),
    });
    expect(sandbox.box.requests.count("token")).toBe(0);
  });

  test("it is remembered for 30 s, and KMS is not requested again meanwhile", async () => {
    key.state = "Disabled";
    expect(await token()).toMatchObject({ code: "signing_key_refused" });
    const before = signatures();
    expect(await token()).toMatchObject({ code: "signing_key_refused" });
    expect(signatures()).toBe(before);
    key.state = "Enabled";
    sandbox.freeze(30_000);
    expect(await token()).toHaveProperty("access_token");
  });

  test("health reports it with the page of KMS's console", async () => {
    key.state = "Disabled";
    const report = await invokeHealth(sandbox, { app: "sandbox" });
    expect(report.apps[0]?.failure).toMatchObject({
      check: "token",
      code: "signing_key_refused",
      page: expect.stringContaining("KMS"),
      detail: expect.stringContaining("DisabledException"),
    });
  });
});

test("an outage of KMS is signing_key_unavailable, after the three attempts of the AWS SDK", async () => {
  kms.faults.inject("away");
  expect(await token()).toMatchObject({ code: "signing_key_unavailable", retryable: true });
  expect(signatures()).toBe(3);
  kms.faults.clear();
  expect(await token()).toHaveProperty("access_token");
});

describe("while a key is replaced", () => {
  test("a new key that the role may not use yet leaves the previous version in use", async () => {
    const next = kms.createKey();
    register("kms00002", next);
    store("kms00002", next.arn);
    next.state = "Disabled";
    expect(await token()).toHaveProperty("access_token");
    next.state = "Enabled";
    await sandbox.coldStart();
    kms.requests.clear();
    expect(await token()).toHaveProperty("access_token");
    expect(signatures()).toBe(1);
  });

  test("a key in the config is replaced by one in KMS, and back, without a refused request", async () => {
    const app = sandbox.apps.sandbox!;
    sandbox.secretsManager.put(app.secretName, JSON.stringify(app.config));
    expect(await token()).toHaveProperty("access_token");
    store("kms00001", key.arn);
    app.box.publicKeys.delete(app.config.boxAppSettings.appAuth.publicKeyID);
    sandbox.freeze(4_200_000);
    expect(await token()).toHaveProperty("access_token");
    expect(kms.requests.entries.at(-1)?.status).toBe(200);
    await sandbox.rotateKey();
    kms.requests.clear();
    sandbox.freeze(4_200_000);
    expect(await token()).toHaveProperty("access_token");
    expect(signatures()).toBe(0);
  });
});
