import {
  CreateTableCommand,
  DeleteItemCommand,
  DescribeTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  ScanCommand,
} from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Identity, newIdentity } from "../../../sandbox/aws/identities.ts";
import { type DynamoDb, startDynamoDb } from "../../../sandbox/dynamodb/server.ts";
import type { FaultName } from "../../../sandbox/faults/faults.ts";
import { deployedGrants } from "../../../sandbox/sample/grants.ts";

const region = "us-east-1";
const tableName = "tokens";
const operator = newIdentity("operator");
const role = newIdentity("function", { temporary: true });
const stranger = newIdentity("stranger");
let server: DynamoDb;
let keys = 0;
const newKey = () => `token#${++keys}`;

beforeAll(async () => {
  server = await startDynamoDb({
    ...{ region, tableName },
    identities: [operator, role, stranger],
    grants: deployedGrants(region, { callers: [], functionRole: role, operator, secretNames: [], tableName }),
  });
});
afterAll(() => server.close());
beforeEach(() => {
  server.faults.clear();
  server.requests.clear();
  server.clock.skewSeconds = 0;
});

const clientOf = (credentials: Identity, more = {}) =>
  new DynamoDBClient({ region, endpoint: server.url, credentials, maxAttempts: 1, ...more });
const put = (pk: string, fence = 1, table = tableName) =>
  new PutItemCommand({ TableName: table, Item: { pk: { S: pk }, fence: { N: String(fence) } } });
const deleteItem = (pk: string) => new DeleteItemCommand({ TableName: tableName, Key: { pk: { S: pk } } });
const get = (pk: string, table = tableName) =>
  new GetItemCommand({ TableName: table, Key: { pk: { S: pk } }, ConsistentRead: true });

describe("the functions' role", () => {
  test("writes an item and reads it, by the table's name and by its ARN", async () => {
    const key = newKey();
    const arn = `arn:aws:dynamodb:${region}:123456789012:table/${tableName}`;
    await clientOf(role).send(put(key, 7, arn));
    expect((await clientOf(role).send(get(key))).Item).toEqual({ pk: { S: key }, fence: { N: "7" } });
    expect([server.requests.count("dynamodb.put"), server.requests.count("dynamodb.get")]).toEqual([1, 1]);
  });

  test.each([
    ["dynamodb:DeleteItem", tableName, deleteItem("key")],
    ["dynamodb:DescribeTable", tableName, new DescribeTableCommand({ TableName: tableName })],
    ["dynamodb:GetItem", "other", get("key", "other")],
    ["dynamodb:PutItem", "other", put("key", 1, "other")],
  ] as const)("is refused %s on the table %s, in AWS's words", async (action, table, command) => {
    const resource = `arn:aws:dynamodb:us-east-1:123456789012:table/${table}`;
    await expect(clientOf(role).send(command as GetItemCommand)).rejects.toMatchObject({
      name: "AccessDeniedException",
      message: `User: arn:aws:sts::123456789012:assumed-role/function/sandbox is not authorized to perform: ${action} on resource: ${resource} because no identity-based policy allows the ${action} action`,
      $metadata: { httpStatusCode: 400 },
    });
  });
});

test.each([
  ["the functions' role", role],
  ["the operator", operator],
] as const)("%s may not read more than one item at a time: the table's policy denies it", async (_, who) => {
  await expect(clientOf(who).send(new ScanCommand({ TableName: tableName }))).rejects.toMatchObject({
    name: "AccessDeniedException",
    message: expect.stringMatching(
      /dynamodb:Scan on resource: \S+ with an explicit deny in a resource-based policy$/,
    ),
  });
});

describe("a request is refused before the table is read where", () => {
  test("its caller has no permission", async () => {
    await expect(clientOf(stranger).send(get("key"))).rejects.toMatchObject({
      name: "AccessDeniedException",
    });
  });

  test.each([
    ["the access key is unknown", newIdentity("unknown"), {}, "UnrecognizedClientException"],
    ["the secret key is wrong", { ...operator, secretAccessKey: "wrong" }, {}, "InvalidSignatureException"],
    [
      "a temporary key comes without its session token",
      { ...role, sessionToken: "" },
      {},
      "UnrecognizedClientException",
    ],
    ["it is signed for another region", operator, { region: "eu-west-1" }, "InvalidSignatureException"],
  ])("%s", async (_, credentials, more, name) => {
    await expect(clientOf(credentials, more).send(get("key"))).rejects.toMatchObject({ name });
  });

  test("it is not signed", async () => {
    const headers = { "x-amz-target": "DynamoDB_20120810.GetItem" };
    const response = await fetch(server.url, { method: "POST", headers, body: "{}" });
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({
      __type: "com.amazon.coral.service#MissingAuthenticationTokenException",
      message: "Missing Authentication Token",
    });
  });
});

describe("a refused condition", () => {
  const conditional = (pk: string, fence: number, seen: number, returned: "ALL_OLD" | "NONE" = "ALL_OLD") =>
    new PutItemCommand({
      TableName: tableName,
      Item: { pk: { S: pk }, fence: { N: String(fence) } },
      ConditionExpression: "fence = :seen",
      ExpressionAttributeValues: { ":seen": { N: String(seen) } },
      ReturnValuesOnConditionCheckFailure: returned,
    });

  test("returns the present item, which costs no second request", async () => {
    const key = newKey();
    await clientOf(role).send(put(key, 5));
    await expect(clientOf(role).send(conditional(key, 2, 1))).rejects.toMatchObject({
      name: "ConditionalCheckFailedException",
      Item: { pk: { S: key }, fence: { N: "5" } },
    });
    expect(server.requests.count()).toBe(2);
  });

  test("returns no item where there is none, or where none was requested", async () => {
    const key = newKey();
    const refused = (command: PutItemCommand) =>
      clientOf(role)
        .send(command)
        .catch((error: { readonly name: string; readonly Item?: unknown }) => error);
    await clientOf(role).send(put("present", 5));
    const commands = [conditional(key, 2, 1), conditional("present", 2, 1, "NONE")];
    for (const error of await Promise.all(commands.map(refused))) {
      expect(error).toMatchObject({ name: "ConditionalCheckFailedException", Item: undefined });
    }
  });

  test("returns the item that refused it, although others write at the same time", async () => {
    const key = newKey();
    await clientOf(role).send(put(key, 1));
    const client = clientOf(role);
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        client.send(conditional(key, index + 2, index + 1)).then(
          () => "written",
          (error: { Item?: { fence?: { N?: string } } }) => error.Item?.fence?.N,
        ),
      ),
    );
    const written = outcomes.filter((outcome) => outcome === "written").length;
    expect((await client.send(get(key))).Item?.fence?.N).toBe(String(written + 1));
    for (const [index, fence] of outcomes.entries()) expect(fence).not.toBe(String(index + 1));
  });
});

describe("the table", () => {
  test("has the key schema of the construct's, and no other key", async () => {
    const { Table } = await clientOf(operator).send(new DescribeTableCommand({ TableName: tableName }));
    expect(Table).toMatchObject({
      TableStatus: "ACTIVE",
      KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
      AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
      BillingModeSummary: { BillingMode: "PAY_PER_REQUEST" },
    });
  });

  test("refuses a key of another name, as DynamoDB does", async () => {
    const command = new GetItemCommand({ TableName: tableName, Key: { id: { S: "key" } } });
    await expect(clientOf(role).send(command)).rejects.toMatchObject({ name: "ValidationException" });
  });

  test("gives the operator every item as it is stored, without a request", async () => {
    const key = newKey();
    await clientOf(role).send(put(key, 3));
    server.requests.clear();
    expect(await server.items()).toContainEqual({ pk: { S: key }, fence: { N: "3" } });
    expect(server.requests.count()).toBe(0);
  });

  test("does not exist for the operator under another name until the operator creates it", async () => {
    const client = clientOf(operator);
    await expect(client.send(get("key", "absent"))).rejects.toMatchObject({
      name: "ResourceNotFoundException",
    });
    const { TableDescription } = await client.send(
      new CreateTableCommand({
        TableName: "absent",
        BillingMode: "PAY_PER_REQUEST",
        AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
        KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
      }),
    );
    expect(TableDescription?.TableName).toBe("absent");
  });

  test("has a clock of its own, which shows in the header Date", async () => {
    server.clock.skewSeconds = 3_600;
    const { headers } = await fetch(server.url, { method: "POST", body: "{}" });
    const shown = Date.parse(headers.get("date") ?? "");
    const now = Date.now();
    expect(shown).toBeGreaterThan(now + 3_500_000);
    expect(shown).toBeLessThan(now + 3_700_000);
  });

  test("checks signatures by its clock", async () => {
    const key = newKey();
    server.clock.skewSeconds = 3_600;
    await expect(clientOf(role).send(put(key))).rejects.toMatchObject({
      name: "InvalidSignatureException",
      message: expect.stringMatching(/^Signature expired: /),
    });
    server.clock.skewSeconds = -3_600;
    await expect(clientOf(role).send(put(key))).rejects.toThrow(/^Signature not yet current: /);
    await clientOf(role, { systemClockOffset: -3_600_000 }).send(put(key));
  });

  test("is found out by the SDK, which signs again by it", async () => {
    server.clock.skewSeconds = 3_600;
    const key = newKey();
    const client = clientOf(role, { maxAttempts: 2 });
    await client.send(put(key));
    expect(server.requests.count("dynamodb.put")).toBe(2);
    expect((await client.send(get(key))).Item).toMatchObject({ pk: { S: key } });
    expect(server.requests.count("dynamodb.get")).toBe(1);
  });
});

describe("the fault", () => {
  const outcome = async (command: GetItemCommand | PutItemCommand) =>
    clientOf(role)
      .send(command as GetItemCommand)
      .then(
        () => "done",
        (error: { name: string; $metadata?: { httpStatusCode?: number } }) =>
          [error.name, error.$metadata?.httpStatusCode].join(" ").trim(),
      );

  test.each<[FaultName<"dynamodb">, RegExp]>([
    ["throttled", /^ThrottlingException 400$/],
    ["unavailable", /^ServiceUnavailableException 503$/],
    ["access-denied", /^AccessDeniedException 400$/],
    ["key-denied", /^AccessDeniedException 400$/],
    ["reset", /^(?:Error|TimeoutError|ECONNRESET)/],
  ])("%s affects one operation as often as it says, and changes no item", async (name, expected) => {
    const key = newKey();
    server.faults.inject(name, { on: "dynamodb.put", times: 1 });
    expect(await outcome(get(key))).toBe("done");
    expect(await outcome(put(key))).toMatch(expected);
    expect((await server.items()).some(({ pk }) => (pk as { S: string }).S === key)).toBe(false);
    expect(await outcome(put(key))).toBe("done");
    expect(server.requests.count("dynamodb.put")).toBe(2);
    expect(server.faults.active).toEqual([]);
  });

  test("lost-response writes the item, and its caller gets no response", async () => {
    const key = newKey();
    server.faults.inject("lost-response", { on: "dynamodb.put", times: 1 });
    expect(await outcome(put(key, 9))).not.toBe("done");
    expect(await server.items()).toContainEqual({ pk: { S: key }, fence: { N: "9" } });
  });

  test("slow delays the response until it is released", async () => {
    const gate = Promise.withResolvers<void>();
    server.faults.inject("slow", { until: gate.promise, times: 1 });
    const response = outcome(put(newKey()));
    expect(await outcome(get("key"))).toBe("done");
    gate.resolve();
    expect(await response).toBe("done");
  });
});
