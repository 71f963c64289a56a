import {
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  type ListSecretsCommandInput,
  ListSecretVersionIdsCommand,
  PutSecretValueCommand,
  RestoreSecretCommand,
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

test("a name is taken once, and a deleted secret waits for its deletion", async () => {
  const { ARN, Name } = await create();
  await expect(client.send(new CreateSecretCommand({ Name, SecretString: "x" }))).rejects.toMatchObject({
    name: "ResourceExistsException",
    message: `The operation failed because the secret ${Name} already exists.`,
  });
  await client.send(new DeleteSecretCommand({ SecretId: ARN }));
  await expect(read(ARN)).rejects.toMatchObject({
    name: "InvalidRequestException",
    message: "You can't perform this operation on the secret because it was marked for deletion.",
  });
  await client.send(new RestoreSecretCommand({ SecretId: ARN }));
  expect((await read(ARN)).SecretString).toBe("one");
  await client.send(new DeleteSecretCommand({ SecretId: ARN, ForceDeleteWithoutRecovery: true }));
  await expect(read(ARN)).rejects.toMatchObject({ name: "ResourceNotFoundException" });
});

describe("a secret that is scheduled for deletion", () => {
  const remove = (SecretId: string | undefined, more = {}) =>
    client.send(new DeleteSecretCommand({ SecretId, ...more }));
  const forced = { ForceDeleteWithoutRecovery: true };

  test("keeps its name until it is restored or deleted for good", async () => {
    const { ARN, Name } = await create();
    await remove(ARN);
    await expect(client.send(new CreateSecretCommand({ Name }))).rejects.toMatchObject({
      name: "InvalidRequestException",
      message:
        "You can't create this secret because a secret with this name is already scheduled for deletion.",
    });
    expect(await remove(ARN, forced)).toMatchObject({ ARN, Name, DeletionDate: expect.any(Date) });
    expect((await client.send(new CreateSecretCommand({ Name }))).Name).toBe(Name);
  });

  test("is described with the date of the request", async () => {
    const { ARN } = await create();
    await remove(ARN);
    const described = () => client.send(new DescribeSecretCommand({ SecretId: ARN }));
    const { DeletedDate } = await described();
    expect(DeletedDate).toBeInstanceOf(Date);
    expect((await described()).DeletedDate).toEqual(DeletedDate);
  });

  test("may be missing where the deletion is forced, and not otherwise", async () => {
    expect(await remove("never-there", forced)).toMatchObject({ Name: "never-there" });
    await expect(remove("never-there")).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  });

  test("cannot be deleted at once and with a recovery window", async () => {
    const { ARN } = await create();
    await expect(remove(ARN, { ...forced, RecoveryWindowInDays: 7 })).rejects.toMatchObject({
      name: "InvalidParameterException",
      message: "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.",
    });
    expect((await read(ARN)).SecretString).toBe("one");
  });
});

test("a secret is described with its tags, and with the time of its last change", async () => {
  const Tags = [{ Key: "team", Value: "reports" }];
  const { ARN } = await client.send(new CreateSecretCommand({ Name: "tagged", SecretString: "1", Tags }));
  const described = () => client.send(new DescribeSecretCommand({ SecretId: ARN }));
  const plain = await create();
  expect(await client.send(new DescribeSecretCommand({ SecretId: plain.ARN }))).not.toHaveProperty("Tags");
  const first = await described();
  expect(first).toMatchObject({ Tags, CreatedDate: expect.any(Date), LastChangedDate: expect.any(Date) });
  await expect.poll(() => Date.now()).toBeGreaterThan((first.LastChangedDate?.getTime() ?? 0) + 1);
  await client.send(new PutSecretValueCommand({ SecretId: ARN, SecretString: "2" }));
  expect((await described()).LastChangedDate?.getTime()).toBeGreaterThan(
    first.LastChangedDate?.getTime() ?? Number.POSITIVE_INFINITY,
  );
});

describe("the list of secrets", () => {
  const list = (input: ListSecretsCommandInput = {}) => client.send(new ListSecretsCommand(input));
  const names = async (input: ListSecretsCommandInput) =>
    (await list(input)).SecretList?.map(({ Name }) => Name);
  const byName = (...Values: string[]) => ({ Filters: [{ Key: "name" as const, Values }] });

  beforeAll(async () => {
    for (const [Name, Value, Description] of [
      ["list/a", "red", "The First"],
      ["list/b", "blue", "the second"],
      ["list/c", "red", undefined],
    ] as const) {
      await client.send(
        new CreateSecretCommand({ Name, SecretString: "1", Description, Tags: [{ Key: "colour", Value }] }),
      );
    }
  });

  test("has the labels of each version", async () => {
    const { ARN, VersionId = "" } = await create();
    const { SecretList = [] } = await list();
    const found = SecretList.find((secret) => secret.ARN === ARN);
    expect(found?.SecretVersionsToStages).toEqual({ [VersionId]: ["AWSCURRENT"] });
    expect(found).not.toHaveProperty("VersionIdsToStages");
  });

  test("is filtered by the beginning of names, descriptions and tags", async () => {
    expect(await names(byName("list/"))).toEqual(["list/a", "list/b", "list/c"]);
    expect(await names(byName("list/a", "list/c"))).toEqual(["list/a", "list/c"]);
    expect(await names(byName("LIST/"))).toEqual([]);
    expect(await names({ Filters: [{ Key: "description", Values: ["THE"] }] })).toEqual(["list/a", "list/b"]);
    const red = { Key: "tag-value" as const, Values: ["re"] };
    expect(await names({ Filters: [red, ...byName("list/").Filters] })).toEqual(["list/a", "list/c"]);
    expect(await names({ Filters: [{ Key: "tag-key", Values: ["col"] }] })).toHaveLength(3);
  });

  test("comes in pages", async () => {
    const first = await list({ ...byName("list/"), MaxResults: 2 });
    expect(first.SecretList?.map(({ Name }) => Name)).toEqual(["list/a", "list/b"]);
    const second = await list({ ...byName("list/"), MaxResults: 2, NextToken: first.NextToken });
    expect(second.SecretList?.map(({ Name }) => Name)).toEqual(["list/c"]);
    expect(second.NextToken).toBeUndefined();
    await expect(list({ NextToken: "other" })).rejects.toMatchObject({ name: "InvalidNextTokenException" });
  });

  test("has secrets that are scheduled for deletion where the request includes them", async () => {
    await client.send(new CreateSecretCommand({ Name: "leaving", SecretString: "1" }));
    await client.send(new DeleteSecretCommand({ SecretId: "leaving" }));
    expect(await names(byName("leaving"))).toEqual([]);
    const included = await list({ ...byName("leaving"), IncludePlannedDeletion: true });
    expect(included.SecretList).toMatchObject([{ Name: "leaving", DeletedDate: expect.any(Date) }]);
  });

  test.each<[string, ListSecretsCommandInput, RegExp]>([
    [
      "a key that is not served",
      { Filters: [{ Key: "all", Values: ["a"] }] },
      /description, name, tag-key, tag-value/,
    ],
    ["a negation, which is not served", byName("!list/"), /!/],
    ["a filter without values", { Filters: [{ Key: "name", Values: [] }] }, /Values/],
    ["an order, which is not served", { SortOrder: "asc" }, /SortOrder/],
    ["a page without a place", { MaxResults: 0 }, /MaxResults/],
    ["a page of more than 100", { MaxResults: 101 }, /MaxResults/],
  ])("is refused with %s", async (_what, input, message) => {
    await expect(list(input)).rejects.toMatchObject({
      name: "InvalidParameterException",
      message: expect.stringMatching(message),
    });
  });
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
  await expect(create({ Name: "a b" })).rejects.toMatchObject({ name: "InvalidParameterException" });
  await expect(create({ SecretString: "a", SecretBinary: Buffer.from("b") })).rejects.toThrow(
    /both a binary/,
  );
  await expect(create({ SecretString: "x".repeat(65_537) })).rejects.toThrow(/longer than 65536/);
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
