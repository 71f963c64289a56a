import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DynamoDBClient,
  GetItemCommand,
} from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { dynamoDbTable } from "../../functions/aws/token-table.ts";
import type { RequestContext } from "../../functions/broker/ports.ts";
import { systemClock } from "../../functions/lambda/system.ts";
import { LOCAL_AWS, type LocalDynamoDb, startDynalite } from "../support/dynamodb.ts";
import { deploy, ofType, type TemplateResource } from "./deployment.ts";

const [[, { Properties }]] = ofType(deploy({ sharedCache: true }), "AWS::DynamoDB::Table") as [
  [string, TemplateResource],
];
const NAME = "box-sts-SharedCache";
const KEY = { pk: { S: "token#key" } };
/** Seconds since the epoch. */
const DELETE_AFTER = 1_800_000_000;

let server: LocalDynamoDb;
let client: DynamoDBClient;

beforeAll(async () => {
  server = await startDynalite();
  client = new DynamoDBClient({ endpoint: server.url, ...LOCAL_AWS });
  const { AttributeDefinitions, KeySchema, BillingMode } = Properties as Omit<
    CreateTableCommandInput,
    "TableName"
  >;
  await client.send(
    new CreateTableCommand({ TableName: NAME, AttributeDefinitions, KeySchema, BillingMode }),
  );
  vi.stubEnv("AWS_ENDPOINT_URL_DYNAMODB", server.url);
  vi.stubEnv("AWS_REGION", LOCAL_AWS.region);
  vi.stubEnv("AWS_ACCESS_KEY_ID", LOCAL_AWS.credentials.accessKeyId);
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", LOCAL_AWS.credentials.secretAccessKey);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  client?.destroy();
  await server?.close();
});

test("the functions write and read items of the template's table, with the lifetime attribute in seconds", async () => {
  const context: RequestContext = {
    requestId: "request",
    deadline: systemClock.monotonic() + 60_000,
    trace: { steps: [] },
  };
  const table = dynamoDbTable(NAME, systemClock);
  const item = { fence: 1, writer: "writer", deleteAfter: DELETE_AFTER };
  expect(await table.replace(KEY.pk.S, undefined, item, context)).toEqual({ replaced: true });
  expect(await table.read(KEY.pk.S, context, true)).toMatchObject(item);
  const { Item } = await client.send(new GetItemCommand({ TableName: NAME, Key: KEY }));
  const { AttributeName } = Properties.TimeToLiveSpecification as { readonly AttributeName: string };
  expect(Item?.[AttributeName]).toEqual({ N: String(DELETE_AFTER) });
});
