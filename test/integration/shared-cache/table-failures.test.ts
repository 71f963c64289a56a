import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { dynamoDbTable } from "../../../functions/aws/token-table.ts";
import type { RequestContext } from "../../../functions/broker/ports.ts";
import type { TableItem, TokenTable } from "../../../functions/broker/shared-cache/table.ts";
import { systemClock } from "../../../functions/lambda/system.ts";
import { newIdentity } from "../../../sandbox/aws/identities.ts";
import { type DynamoDb, startDynamoDb } from "../../../sandbox/dynamodb/server.ts";
import type { FaultName } from "../../../sandbox/faults/faults.ts";
import { deployedGrants } from "../../../sandbox/sample/grants.ts";
import { stubAws } from "../../support/dynamodb.ts";

/** What the functions do when DynamoDB fails: how often they call it, and what they report. */
let server: DynamoDb;
let table: TokenTable;

beforeAll(async () => {
  const role = newIdentity("function");
  const grants = deployedGrants("us-east-1", {
    callers: [],
    functionRole: role,
    operator: newIdentity("operator"),
    secretNames: [],
    tableName: "tokens",
  });
  server = await startDynamoDb({ region: "us-east-1", identities: [role], grants, tableName: "tokens" });
  stubAws(server.url, role, "us-east-1");
  table = dynamoDbTable("tokens", systemClock);
  await table.read("none", contextOf());
});
afterAll(() => {
  vi.unstubAllEnvs();
  return server.close();
});
beforeEach(() => {
  server.faults.clear();
  server.requests.clear();
});

function contextOf(): RequestContext {
  return { requestId: "request", deadline: systemClock.monotonic() + 60_000, trace: { steps: [] } };
}

const item = (fence: number): TableItem => ({ fence, writer: `writer-${fence}`, deleteAfter: 2_000_000_000 });

test.each<[FaultName<"dynamodb">, number, string, boolean]>([
  ["throttled", 1, "DynamoDB: ThrottlingException", true],
  ["unavailable", 2, "DynamoDB: ServiceUnavailableException", true],
  ["reset", 2, "DynamoDB: ", true],
  ["access-denied", 1, "DynamoDB: AccessDeniedException: User: arn:aws:sts::", false],
  ["key-denied", 1, "is not authorized to perform: kms:Decrypt on resource: arn:aws:kms:", false],
])(
  "the fault %s costs %i requests and is reported as it is",
  async (fault, requests, reason, isTemporary) => {
    server.faults.inject(fault);
    const context = contextOf();
    const failure = await table.read("key", context).catch((thrown: unknown) => thrown);
    expect(failure).toMatchObject({
      name: "TableFailure",
      isTemporary,
      isThrottled: fault === "throttled",
      isKeyRefused: fault === "key-denied",
      message: expect.stringContaining(reason),
    });
    expect(server.requests.count("dynamodb.get")).toBe(requests);
    expect(context.trace.steps).toMatchObject([{ step: "dynamodb.get" }]);
  },
);

test.each<FaultName<"dynamodb">>(["unavailable", "reset"])(
  "a request that meets the fault %s once is repeated, and no caller notices",
  async (fault) => {
    server.faults.inject(fault, { times: 1 });
    expect(await table.replace(`once-${fault}`, undefined, item(1), contextOf())).toEqual({ replaced: true });
    expect(server.requests.count("dynamodb.put")).toBe(2);
  },
);

test("a write whose response is lost is repeated, and returns its own item as the present one", async () => {
  server.faults.inject("lost-response", { on: "dynamodb.put", times: 1 });
  expect(await table.replace("lost", undefined, item(4), contextOf())).toEqual({
    replaced: false,
    current: item(4),
  });
  expect([server.requests.count("dynamodb.put"), server.requests.count("dynamodb.get")]).toEqual([2, 0]);
});
