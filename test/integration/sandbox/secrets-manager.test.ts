import {
  CreateSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  ListSecretVersionIdsCommand,
  PutSecretValueCommand,
  RotateSecretCommand,
  SecretsManagerClient,
  UpdateSecretCommand,
  UpdateSecretVersionStageCommand,
} from "@aws-sdk/client-secrets-manager";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Identity, newIdentity } from "../../../sandbox/aws/identities.ts";
import { type SecretsManager, startSecretsManager } from "../../../sandbox/secrets-manager/server.ts";

const region = "us-east-1";
const operator = newIdentity("operator");
const reader = newIdentity("reader", { temporary: true });
let server: SecretsManager;
let client: SecretsManagerClient;
let count = 0;

const clientOf = (credentials: Identity, more = {}) =>
  new SecretsManagerClient({ region, endpoint: server.url, credentials, maxAttempts: 1, ...more });

beforeAll(async () => {
  server = await startSecretsManager({
    region,
    identities: [operator, reader],
    grants: [
      { effect: "allow", principal: operator.roleArn, action: "secretsmanager:*", resource: "*" },
      {
        effect: "allow",
        principal: reader.roleArn,
        action: "secretsmanager:GetSecretValue",
        resource: "arn:aws:secretsmanager:us-east-1:123456789012:secret:readable-*",
      },
      {
        ...{ effect: "allow", principal: reader.roleArn, action: "secretsmanager:GetSecretValue" },
        resource: "arn:aws:secretsmanager:us-east-1:123456789012:secret:staged-??????",
        versionStages: ["AWSCURRENT"],
      },
    ],
  });
  client = clientOf(operator);
});
afterAll(() => server.close());
beforeEach(() => server.faults.clear());

async function create(value = "one") {
  count += 1;
  return client.send(new CreateSecretCommand({ Name: `test/secret-${count}`, SecretString: value }));
}

const read = (SecretId: string | undefined, more: { VersionId?: string; VersionStage?: string } = {}) =>
  client.send(new GetSecretValueCommand({ SecretId, ...more }));

test("a secret is read by name, by ARN and by ARN without its random end", async () => {
  const { ARN = "", Name, VersionId } = await create("value");
  expect(ARN).toMatch(
    /^arn:aws:secretsmanager:us-east-1:123456789012:secret:test\/secret-\d+-[A-Za-z0-9]{6}$/,
  );
  for (const id of [Name, ARN, ARN.slice(0, -7)]) {
    const { SecretString, VersionStages, CreatedDate, ...more } = await read(id);
    expect(SecretString).toBe("value");
    expect(VersionStages).toEqual(["AWSCURRENT"]);
    expect(CreatedDate).toBeInstanceOf(Date);
    expect(more).toMatchObject({ ARN, Name, VersionId });
  }
});

test("a binary value comes back as the bytes it was", async () => {
  const SecretBinary = new Uint8Array([0, 255, 1, 254]);
  await client.send(new CreateSecretCommand({ Name: "binary", SecretBinary }));
  const value = await read("binary");
  expect(value.SecretBinary).toEqual(SecretBinary);
  expect(value.SecretString).toBeUndefined();
});

test("a new value becomes current and the old one previous", async () => {
  const { ARN, VersionId: first } = await create("one");
  const { VersionId: second } = await client.send(
    new PutSecretValueCommand({ SecretId: ARN, SecretString: "two" }),
  );
  await client.send(new UpdateSecretCommand({ SecretId: ARN, SecretString: "three" }));
  expect((await read(ARN)).SecretString).toBe("three");
  expect((await read(ARN, { VersionStage: "AWSPREVIOUS" })).SecretString).toBe("two");
  expect((await read(ARN, { VersionId: first as string })).VersionStages).toEqual([]);
  const { Versions = [] } = await client.send(new ListSecretVersionIdsCommand({ SecretId: ARN }));
  expect(Versions.map(({ VersionStages }) => VersionStages)).toEqual([["AWSPREVIOUS"], ["AWSCURRENT"]]);
  const all = await client.send(new ListSecretVersionIdsCommand({ SecretId: ARN, IncludeDeprecated: true }));
  expect(all.Versions).toHaveLength(3);
  const described = await client.send(new DescribeSecretCommand({ SecretId: ARN }));
  expect(described.VersionIdsToStages?.[second as string]).toEqual(["AWSPREVIOUS"]);
});

test("the same request token with the same value is the same version; with another it is refused", async () => {
  const { ARN } = await create();
  const ClientRequestToken = "11111111-2222-3333-4444-555555555555";
  const put = (SecretString: string) =>
    client.send(new PutSecretValueCommand({ SecretId: ARN, SecretString, ClientRequestToken }));
  expect((await put("two")).VersionId).toBe(ClientRequestToken);
  expect((await put("two")).VersionId).toBe(ClientRequestToken);
  await expect(put("other")).rejects.toMatchObject({ name: "ResourceExistsException" });
});

test("an update whose request token belongs to another value changes nothing", async () => {
  const { ARN, VersionId: ClientRequestToken } = await create("one");
  const before = await client.send(new DescribeSecretCommand({ SecretId: ARN }));
  const details = { Description: "refused", KmsKeyId: "alias/refused" };
  const update = new UpdateSecretCommand({
    ...{ SecretId: ARN, ClientRequestToken, SecretString: "two" },
    ...details,
  });
  await expect(client.send(update)).rejects.toMatchObject({ name: "ResourceExistsException" });
  const { $metadata: _, ...after } = await client.send(new DescribeSecretCommand({ SecretId: ARN }));
  expect(before).toMatchObject(after);
  expect(after).not.toHaveProperty("Description");
});

test("a creation that is repeated changes nothing, and is refused with another value", async () => {
  const ClientRequestToken = "22222222-2222-3333-4444-555555555555";
  const create = (SecretString: string, Description: string) =>
    client.send(
      new CreateSecretCommand({
        ...{ Name: "test/repeated", ClientRequestToken, SecretString, Description },
        Tags: [{ Key: "description", Value: Description }],
      }),
    );
  const { ARN } = await create("one", "first");
  expect((await create("one", "repeated")).ARN).toBe(ARN);
  await expect(create("two", "refused")).rejects.toMatchObject({ name: "ResourceExistsException" });
  expect(await client.send(new DescribeSecretCommand({ SecretId: ARN }))).toMatchObject({
    Description: "first",
    Tags: [{ Key: "description", Value: "first" }],
  });
  expect((await read(ARN)).SecretString).toBe("one");
});

test("a creation that is refused because of its description makes no secret", async () => {
  const create = (Description: unknown) =>
    client.send(new CreateSecretCommand({ Name: "test/undescribed", Description: Description as string }));
  await expect(create(5)).rejects.toMatchObject({ name: "SerializationException" });
  expect((await create("text")).Name).toBe("test/undescribed");
});

test("labels move as an operator moves them", async () => {
  const { ARN, VersionId: first = "" } = await create("one");
  const put = new PutSecretValueCommand({
    SecretId: ARN,
    SecretString: "two",
    VersionStages: ["AWSPENDING"],
  });
  const { VersionId: second = "" } = await client.send(put);
  expect((await read(ARN)).SecretString).toBe("one");
  expect((await read(ARN, { VersionStage: "AWSPENDING" })).SecretString).toBe("two");
  const move = (more: object) =>
    client.send(new UpdateSecretVersionStageCommand({ SecretId: ARN, VersionStage: "AWSCURRENT", ...more }));
  await expect(move({ MoveToVersionId: second })).rejects.toMatchObject({
    name: "InvalidParameterException",
    message: `The parameter RemoveFromVersionId can't be empty. Staging label AWSCURRENT is currently attached to version ${first}, so you must explicitly reference that version in RemoveFromVersionId.`,
  });
  await expect(move({ RemoveFromVersionId: first })).rejects.toMatchObject({
    name: "InvalidParameterException",
  });
  await move({ MoveToVersionId: second, RemoveFromVersionId: first });
  expect((await read(ARN)).SecretString).toBe("two");
  expect((await read(ARN, { VersionStage: "AWSPREVIOUS" })).SecretString).toBe("one");
});

test("a missing secret is refused with AWS's message", async () => {
  await expect(read("nowhere")).rejects.toMatchObject({
    name: "ResourceNotFoundException",
    message: "Secrets Manager can't find the specified secret.",
  });
  const { ARN } = await create();
  await expect(read(ARN, { VersionStage: "AWSPREVIOUS" })).rejects.toThrow(
    "Secrets Manager can't find the specified secret value for staging label: AWSPREVIOUS",
  );
  await expect(read(ARN, { VersionId: "99999999-2222-3333-4444-555555555555" })).rejects.toThrow(
    "Secrets Manager can't find the specified secret value for VersionId: 99999999-2222-3333-4444-555555555555",
  );
});

test("an ARN that ends in a hyphen and six characters counts as complete", async () => {
  const { ARN = "" } = await client.send(
    new CreateSecretCommand({ Name: "test/reports-config", SecretString: "one" }),
  );
  expect((await read(ARN)).SecretString).toBe("one");
  await expect(read(ARN.slice(0, -7))).rejects.toMatchObject({ name: "ResourceNotFoundException" });
});

test("a secret without a value has none to read", async () => {
  await client.send(new CreateSecretCommand({ Name: "empty" }));
  await expect(read("empty")).rejects.toMatchObject({ name: "ResourceNotFoundException" });
});

test("what the sandbox does not serve is refused, unless it is false or empty", async () => {
  const replicated = (AddReplicaRegions: { Region: string }[]) =>
    client.send(new CreateSecretCommand({ Name: "replicated", AddReplicaRegions }));
  await expect(replicated([{ Region: "eu-west-1" }])).rejects.toMatchObject({
    name: "InvalidParameterException",
    message: "The sandbox's Secrets Manager does not serve AddReplicaRegions of CreateSecret.",
  });
  expect((await replicated([])).Name).toBe("replicated");
});

test("malformed values are refused", async () => {
  const create = (more: object) => client.send(new CreateSecretCommand({ Name: "bad", ...more }));
  for (const length of [31, 65]) {
    await expect(create({ ClientRequestToken: "x".repeat(length) })).rejects.toMatchObject({
      name: "InvalidParameterException",
      message: "ClientRequestToken must be 32-64 characters long.",
    });
  }
  await expect(create({ SecretString: "" })).rejects.toThrow(/SecretString/);
  await expect(create({ Tags: [{ Value: "without a key" }] })).rejects.toThrow(/Tags/);
  const { ARN } = await client.send(new CreateSecretCommand({ Name: "staged-none" }));
  const put = new PutSecretValueCommand({ SecretId: ARN, SecretString: "x", VersionStages: [] });
  await expect(client.send(put)).rejects.toThrow(/VersionStages/);
  await expect(create({ SecretString: "a", SecretBinary: Buffer.from("b") })).rejects.toThrow(
    /both a binary/,
  );
});

test("an invalid name and a value above 64 KB are AWS's validation errors, whichever operation has them", async () => {
  const invalidName = {
    name: "ValidationException",
    message:
      "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!",
  };
  await expect(client.send(new CreateSecretCommand({ Name: "a b" }))).rejects.toMatchObject(invalidName);
  await expect(read("a b")).rejects.toMatchObject(invalidName);
  const { ARN } = await create();
  for (const value of [{ SecretString: "x".repeat(65_537) }, { SecretBinary: Buffer.alloc(65_537) }]) {
    await expect(client.send(new PutSecretValueCommand({ SecretId: ARN, ...value }))).rejects.toMatchObject({
      name: "ValidationException",
      message: expect.stringMatching(/length less than or equal to 65536/),
    });
  }
});

test("an operation that the sandbox does not serve is refused by name, with those that it serves", async () => {
  await expect(client.send(new RotateSecretCommand({ SecretId: "any" }))).rejects.toMatchObject({
    name: "UnknownOperationException",
    message: expect.stringMatching(/does not serve RotateSecret, only CreateSecret, GetSecretValue/),
  });
});

describe("permission", () => {
  test("allows a role to read the secrets it was granted and nothing else", async () => {
    server.put("readable", "yes");
    server.put("private", "no");
    const limited = clientOf(reader);
    const get = (SecretId: string) => limited.send(new GetSecretValueCommand({ SecretId }));
    expect((await get("readable")).SecretString).toBe("yes");
    await expect(get("private")).rejects.toMatchObject({
      name: "AccessDeniedException",
      message: expect.stringMatching(
        /^User: arn:aws:sts::123456789012:assumed-role\/reader\/sandbox is not authorized to perform: secretsmanager:GetSecretValue on resource: arn:aws:secretsmanager:us-east-1:123456789012:secret:private-\w{6} because no identity-based policy allows/,
      ),
    });
    await expect(limited.send(new DescribeSecretCommand({ SecretId: "readable" }))).rejects.toMatchObject({
      name: "AccessDeniedException",
    });
  });

  test("is refused a version by its id where only a stage is granted", async () => {
    server.put("staged", "value");
    const { VersionId = "" } = await read("staged");
    const own = (more: object) =>
      clientOf(reader).send(new GetSecretValueCommand({ SecretId: "staged", ...more }));
    expect((await own({ VersionStage: "AWSCURRENT" })).SecretString).toBe("value");
    for (const more of [{ VersionId }, {}, { VersionStage: "AWSPENDING" }]) {
      await expect(own(more)).rejects.toMatchObject({ name: "AccessDeniedException" });
    }
  });

  test("needs a correct signature", async () => {
    const forger = clientOf({ ...operator, secretAccessKey: "wrong" });
    await expect(forger.send(new ListSecretsCommand({}))).rejects.toMatchObject({
      name: "InvalidSignatureException",
    });
    const stranger = clientOf(newIdentity("stranger"));
    await expect(stranger.send(new ListSecretsCommand({}))).rejects.toMatchObject({
      name: "UnrecognizedClientException",
    });
    const unsigned = await fetch(server.url, {
      method: "POST",
      headers: { "X-Amz-Target": "secretsmanager.ListSecrets" },
    });
    expect(unsigned.status).toBe(400);
    expect(await unsigned.json()).toMatchObject({ __type: "MissingAuthenticationTokenException" });
  });
});

describe("the fault", () => {
  const anyRead = () => {
    server.put("faulty", "value");
    return client.send(new GetSecretValueCommand({ SecretId: "faulty" }));
  };

  test.each([
    ["throttled", "ThrottlingException", 400],
    ["internal-error", "InternalServiceError", 500],
    ["access-denied", "AccessDeniedException", 400],
    ["key-denied", "AccessDeniedException", 400],
  ] as const)("%s is AWS's %s", async (fault, name, httpStatusCode) => {
    server.faults.inject(fault, { times: 1 });
    await expect(anyRead()).rejects.toMatchObject({ name, $metadata: { httpStatusCode } });
    expect((await anyRead()).SecretString).toBe("value");
  });

  test("away ends the connection", async () => {
    server.faults.inject("away", { on: "GetSecretValue" });
    await expect(anyRead()).rejects.toMatchObject({ code: "ECONNRESET" });
  });

  test("throttled is survived by a client that tries again", async () => {
    server.put("faulty", "value");
    server.requests.clear();
    server.faults.inject("throttled", { times: 2 });
    const patient = clientOf(operator, { maxAttempts: 3 });
    expect((await patient.send(new GetSecretValueCommand({ SecretId: "faulty" }))).SecretString).toBe(
      "value",
    );
    expect(server.requests.count("GetSecretValue")).toBe(3);
  });

  test("slow holds the response until it is released, while the value is replaced", async () => {
    server.put("faulty", "old");
    const gate = Promise.withResolvers<void>();
    const fault = server.faults.inject("slow", { until: gate.promise, times: 1 });
    const held = client.send(new GetSecretValueCommand({ SecretId: "faulty" }));
    while (fault.hits === 0) await new Promise(setImmediate);
    server.put("faulty", "new");
    gate.resolve();
    expect((await held).SecretString).toBe("new");
  });
});
