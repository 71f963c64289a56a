import { type AttributeValue, DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { dynamoDbTable } from "../../../functions/aws/token-table.ts";
import type { RequestContext } from "../../../functions/broker/ports.ts";
import type { ScanTable, TokenTable } from "../../../functions/broker/shared-cache/table.ts";
import { systemClock } from "../../../functions/lambda/system.ts";
import { createTable, LOCAL_AWS, type LocalDynamoDb, stubAws } from "../../support/dynamodb.ts";
import { MemoryTable } from "../../support/memory-table.ts";

/** What has a table of tokens: this process, or a DynamoDB on loopback. */
export interface Engine {
  readonly table: TokenTable & { readonly scan: ScanTable };
  /** Writes an item as another program would. */
  readonly putForeign?: (key: string, attributes?: Readonly<Record<string, AttributeValue>>) => Promise<void>;
  close(): Promise<void>;
}

/** Few, so that a scan of some items has several pages. */
const PAGE_ITEMS = 10;
/** In milliseconds: a busy machine is no fault of the table. */
const PATIENT = { attempt: 60_000, call: 120_000 };

export const memoryEngine = (): Engine => ({
  table: new MemoryTable(() => Date.now()),
  close: async () => {},
});

/** A server that verifies no signature, with a new table. */
export async function engineOf(server: LocalDynamoDb): Promise<Engine> {
  await createTable(server.url, "tokens");
  return engineWith(server, LOCAL_AWS.credentials);
}

/** A server that has the table. `vi.unstubAllEnvs()` ends what this sets. */
export async function engineWith(
  server: LocalDynamoDb,
  credentials: { readonly accessKeyId: string; readonly secretAccessKey: string },
): Promise<Engine> {
  stubAws(server.url, credentials);
  const table = dynamoDbTable("tokens", systemClock, PATIENT, PAGE_ITEMS);
  // The client reads its environment with the first call.
  await table.read("none", contextOf());
  const client = new DynamoDBClient({ endpoint: server.url, region: LOCAL_AWS.region, credentials });
  return {
    table,
    async putForeign(pk, attributes = {}) {
      const Item = { pk: { S: pk }, sealed: { S: "text" }, ...attributes };
      await client.send(new PutItemCommand({ TableName: "tokens", Item }));
    },
    async close() {
      client.destroy();
      await server.close();
    },
  };
}

export function contextOf(): RequestContext {
  return { requestId: "request", deadline: systemClock.monotonic() + 60_000, trace: { steps: [] } };
}
