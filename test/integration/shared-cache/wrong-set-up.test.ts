import {
  CreateTableCommand,
  DeleteTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  type KeySchemaElement,
} from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type Sandbox, startSandbox } from "../../../sandbox/sandbox.ts";
import { linesOfKind, requestToken } from "../../support/token-client.ts";
import { turn } from "../../support/virtual-clock.ts";

/** A table or a service secret that is not there or not as deployed: tokens are issued, and one sentence says why. */
let sandbox: Sandbox;
let client: DynamoDBClient;
let tableName: string;

beforeAll(async () => {
  sandbox = await startSandbox({ sharedCache: true });
  const { url, tableName: name } = sandbox.sharedCache!.dynamoDb;
  tableName = name;
  client = new DynamoDBClient({ endpoint: url, region: sandbox.region, credentials: sandbox.operator });
});
afterAll(async () => {
  client.destroy();
  await sandbox.close();
});
beforeEach(() => sandbox.coldStart(sandbox.environment));

/** The reason that the log gives for a token that was issued without the table. */
async function reasonOf(): Promise<unknown> {
  const { status, body } = await requestToken(sandbox, sandbox.callers.everything!);
  expect([status, body.code]).toEqual([200, undefined]);
  return linesOfKind(sandbox, "request").at(-1)?.shared_cache_failure;
}

const statusOf = () =>
  client.send(new DescribeTableCommand({ TableName: tableName })).then(
    ({ Table }) => Table?.TableStatus,
    ({ name }: Error) => name,
  );

async function deleteTable(): Promise<void> {
  await client.send(new DeleteTableCommand({ TableName: tableName }));
  while ((await statusOf()) !== "ResourceNotFoundException") await turn();
}

type Key = readonly [name: string, type: "S" | "N", kind: NonNullable<KeySchemaElement["KeyType"]>];

async function createTable(...keys: readonly Key[]): Promise<void> {
  await client.send(
    new CreateTableCommand({
      TableName: tableName,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: keys.map(([AttributeName, AttributeType]) => ({ AttributeName, AttributeType })),
      KeySchema: keys.map(([AttributeName, , KeyType]) => ({ AttributeName, KeyType })),
    }),
  );
  while ((await statusOf()) !== "ACTIVE") await turn();
}

test("a service secret that is not set is reported with the name of its variable", async () => {
  await sandbox.coldStart({ BOX_STS_SERVICE_SECRET: "" });
  expect(await reasonOf()).toBe("BOX_STS_SERVICE_SECRET is not set, without which BOX_STS_TABLE is not used");
});

test("without a service secret no environment waits for the token of another one, which cannot be shared", async () => {
  const { requests } = sandbox.sharedCache!.dynamoDb;
  for (const _ of ["first", "second", "third"]) {
    await sandbox.coldStart({ BOX_STS_SERVICE_SECRET: "" });
    requests.clear();
    expect(await reasonOf()).toMatch(/^BOX_STS_SERVICE_SECRET is not set/);
    expect([requests.count("dynamodb.get"), requests.count("dynamodb.put")]).toEqual([1, 0]);
  }
});

test("a service secret that does not exist is reported as the service secret, in AWS's words", async () => {
  await sandbox.coldStart({ BOX_STS_SERVICE_SECRET: "no-such-secret" });
  expect(await reasonOf()).toMatch(/^the service secret: Secrets Manager: AccessDeniedException: User: /);
});

test("a service secret that is too short to be a key is reported", async () => {
  sandbox.secretsManager.put(sandbox.sharedCache!.serviceSecret, "short");
  expect(await reasonOf()).toBe("the service secret has fewer than 32 characters");
});

test("a table of another name is named, with the permission that is missing", async () => {
  await sandbox.coldStart({ BOX_STS_TABLE: "another-table" });
  expect(await reasonOf()).toMatch(
    /^DynamoDB: AccessDeniedException: User: \S+ is not authorized to perform: dynamodb:GetItem on resource: \S+table\/another-table because /,
  );
});

test("a table that was deleted is reported as not found", async () => {
  await deleteTable();
  expect(await reasonOf()).toBe("DynamoDB: ResourceNotFoundException: Requested resource not found");
  await createTable(["pk", "S", "HASH"]);
});

test.each<[string, readonly Key[]]>([
  ["another partition key", [["id", "S", "HASH"]]],
  ["a partition key of another type", [["pk", "N", "HASH"]]],
  [
    "a sort key",
    [
      ["pk", "S", "HASH"],
      ["sk", "S", "RANGE"],
    ],
  ],
])("a table with %s is reported with DynamoDB's own sentence about the key", async (_, keys) => {
  await deleteTable();
  await createTable(...keys);
  expect(await reasonOf()).toMatch(/^DynamoDB: ValidationException: [^.]*\bkey\b[^.]* schema\b[^.]*\.?$/);
});

test("a table whose name no table can have ends the start with a sentence that names the variable", async () => {
  await sandbox.coldStart({ BOX_STS_TABLE: "no/table" });
  expect((await sandbox.functions.tokenUrl.warm())?.errorMessage).toBe(
    "BOX_STS_TABLE must be the name or ARN of a DynamoDB table.",
  );
});
