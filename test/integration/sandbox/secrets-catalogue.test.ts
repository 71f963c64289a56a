import {
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  type ListSecretsCommandInput,
  PutSecretValueCommand,
  RestoreSecretCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newIdentity } from "../../../sandbox/aws/identities.ts";
import { type SecretsManager, startSecretsManager } from "../../../sandbox/secrets-manager/server.ts";

/** Which secrets there are: names, deletion, descriptions and lists. */
const region = "us-east-1";
const operator = newIdentity("operator");
let server: SecretsManager;
let client: SecretsManagerClient;
let count = 0;

beforeAll(async () => {
  server = await startSecretsManager({
    region,
    identities: [operator],
    grants: [{ effect: "allow", principal: operator.roleArn, action: "secretsmanager:*", resource: "*" }],
  });
  client = new SecretsManagerClient({ region, endpoint: server.url, credentials: operator, maxAttempts: 1 });
});
afterAll(() => server.close());

async function create(value = "one") {
  count += 1;
  return client.send(new CreateSecretCommand({ Name: `test/secret-${count}`, SecretString: value }));
}

const read = (SecretId: string | undefined) => client.send(new GetSecretValueCommand({ SecretId }));

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
