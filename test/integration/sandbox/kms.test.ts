import { constants, verify } from "node:crypto";
import { KMSClient, SignCommand, type SignCommandInput } from "@aws-sdk/client-kms";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Identity, newIdentity } from "../../../sandbox/aws/identities.ts";
import { type Kms, type KmsKey, startKms } from "../../../sandbox/kms/server.ts";

const region = "us-east-1";
const signer = newIdentity("signer", { temporary: true });
const stranger = newIdentity("stranger");
const message = Buffer.from("header.claims");
let kms: Kms;
let key: KmsKey;
beforeAll(async () => {
  const resource = `arn:aws:kms:${region}:123456789012:key/*`;
  kms = await startKms({
    region,
    identities: [signer, stranger],
    grants: [{ effect: "allow", principal: signer.roleArn, action: "kms:Sign", resource }],
  });
  key = kms.createKey({ alias: "alias/box" });
});
afterAll(() => kms.close());
beforeEach(() => {
  kms.faults.clear();
  key.state = "Enabled";
});

function sign(input: Partial<SignCommandInput> = {}, credentials: Identity = signer, more: object = {}) {
  const client = new KMSClient({ region, endpoint: kms.url, credentials, maxAttempts: 1, ...more });
  const given = { KeyId: key.arn, Message: message, SigningAlgorithm: "RSASSA_PKCS1_V1_5_SHA_256" } as const;
  return client.send(new SignCommand({ ...given, ...input }));
}

test.each([
  ["RSASSA_PKCS1_V1_5_SHA_256", "sha256"],
  ["RSASSA_PKCS1_V1_5_SHA_384", "sha384"],
  ["RSASSA_PKCS1_V1_5_SHA_512", "sha512"],
] as const)("a message is signed by %s", async (SigningAlgorithm, hash) => {
  const response = await sign({ SigningAlgorithm });
  expect(response).toMatchObject({ KeyId: key.arn, SigningAlgorithm });
  const { Signature = new Uint8Array() } = response;
  const padding = constants.RSA_PKCS1_PADDING;
  expect(verify(hash, message, { key: key.publicKey, padding }, Signature)).toBe(true);
});

test("a key is named by its id, by its ARN, by an alias or by the alias's ARN", async () => {
  const alias = `arn:aws:kms:${region}:123456789012:alias/box`;
  for (const KeyId of [key.id, key.arn, "alias/box", alias]) {
    expect((await sign({ KeyId })).KeyId).toBe(key.arn);
  }
});

describe("a signature is refused where", () => {
  const other = (settings: Parameters<Kms["createKey"]>[0]) => () => ({ KeyId: kms.createKey(settings).arn });
  const disabled = (state: KmsKey["state"]) => () => {
    key.state = state;
    return {};
  };
  test.each<[string, () => Partial<SignCommandInput>, string]>([
    ["there is no such key", () => ({ KeyId: "1234abcd-12ab-34cd-56ef-1234567890ab" }), "NotFoundException"],
    ["there is no such alias", () => ({ KeyId: "alias/other" }), "NotFoundException"],
    [
      "the key is of another region",
      () => ({ KeyId: key.arn.replace(region, "eu-west-1") }),
      "NotFoundException",
    ],
    ["the key is disabled", disabled("Disabled"), "DisabledException"],
    ["the key is to be deleted", disabled("PendingDeletion"), "KMSInvalidStateException"],
    ["the key encrypts", other({ usage: "ENCRYPT_DECRYPT" }), "InvalidKeyUsageException"],
    ["the key is no RSA key", other({ spec: "ECC_NIST_P256" }), "InvalidKeyUsageException"],
    [
      "the message has more than 4,096 bytes",
      () => ({ Message: Buffer.alloc(4_097) }),
      "ValidationException",
    ],
  ])("%s", async (_, given, name) => {
    await expect(sign(given())).rejects.toMatchObject({ name });
  });

  test.each([
    ["its sender has no permission", stranger, {}, "AccessDeniedException"],
    ["its key is unknown", newIdentity("unknown"), {}, "UnrecognizedClientException"],
    ["it is signed for another region", signer, { region: "eu-west-1" }, "InvalidSignatureException"],
  ])("%s", async (_, credentials, more, name) => {
    await expect(sign({}, credentials, more)).rejects.toMatchObject({ name });
  });
});

test.each([
  ["throttled", { name: "ThrottlingException" }],
  ["internal-error", { $metadata: { httpStatusCode: 500 } }],
  ["away", { code: "ECONNRESET" }],
  ["access-denied", { name: "AccessDeniedException" }],
] as const)("the fault %s fails one request", async (fault, error) => {
  kms.faults.inject(fault, { times: 1 });
  await expect(sign()).rejects.toMatchObject(error);
  expect((await sign()).KeyId).toBe(key.arn);
});
