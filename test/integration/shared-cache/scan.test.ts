import { DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { dynamoDbTable } from "../../../functions/aws/token-table.ts";
import type { RequestContext } from "../../../functions/broker/ports.ts";
import type { ScanTable, TableItem, TokenTable } from "../../../functions/broker/shared-cache/table.ts";
import { systemClock } from "../../../functions/lambda/system.ts";
import { newIdentity } from "../../../sandbox/aws/identities.ts";
import { startDynamoDb } from "../../../sandbox/dynamodb/server.ts";
import {
  createTable,
  hasMoto,
  LOCAL_AWS,
  type LocalDynamoDb,
  startDynalite,
  startMoto,
  stubAws,
} from "../../support/dynamodb.ts";
import { MemoryTable } from "../../support/memory-table.ts";

interface Engine {
  readonly table: TokenTable & { readonly scan: ScanTable };
  /** Writes an item as another program would. */
  readonly putForeign?: (key: string) => Promise<void>;
  close(): Promise<void>;
}

/** Few, so that a scan of some items has several pages. */
const PAGE_ITEMS = 10;
/** In milliseconds: a busy machine is no fault of the table. */
const PATIENT = { attempt: 60_000, call: 120_000 };

const ENGINES: readonly [string, () => Promise<Engine>, boolean][] = [
  ["memory", startMemory, true],
  ["dynalite", async () => engineOf(await startDynalite()), true],
  ["the sandbox's DynamoDB", startSandboxEngine, true],
  ["moto", async () => engineOf(await startMoto()), hasMoto],
];

async function startMemory(): Promise<Engine> {
  return { table: new MemoryTable(() => Date.now()), close: async () => {} };
}

/** The engine behind a front that verifies signatures and permissions. */
async function startSandboxEngine(): Promise<Engine> {
  const operator = newIdentity("connections");
  const grants = [
    { effect: "allow", principal: operator.roleArn, action: "dynamodb:*", resource: "*" },
  ] as const;
  const options = { region: LOCAL_AWS.region, identities: [operator], grants, tableName: "tokens" };
  return engineWith(await startDynamoDb(options), operator);
}

async function engineOf(server: LocalDynamoDb): Promise<Engine> {
  await createTable(server.url, "tokens");
  return engineWith(server, LOCAL_AWS.credentials);
}

async function engineWith(
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
    async putForeign(pk) {
      await client.send(
        new PutItemCommand({ TableName: "tokens", Item: { pk: { S: pk }, sealed: { S: "text" } } }),
      );
    },
    async close() {
      client.destroy();
      await server.close();
    },
  };
}

function contextOf(): RequestContext {
  return { requestId: "request", deadline: systemClock.monotonic() + 60_000, trace: { steps: [] } };
}

const ITEM: TableItem = {
  ...{ fence: 1, writer: "writer", deleteAfter: 2_000_000_000, lease: { until: 5 } },
  sealed: { keyId: "version", bytes: Uint8Array.of(1, 2, 3) },
};

for (const [name, start, isHere] of ENGINES) {
  describe.skipIf(!isHere)(`a scan of ${name}`, () => {
    let engine: Engine;
    const scanned = new Map<string, TableItem>();
    const context = contextOf();
    let pages = 0;
    beforeAll(async () => {
      engine = await start();
      const { table } = engine;
      const keys = Array.from({ length: 31 }, (_, index) =>
        index % 10 === 0 ? `connection#crm#${index}` : `token#${index}`,
      );
      await Promise.all(keys.map((key) => table.replace(key, undefined, ITEM, contextOf())));
      await engine.putForeign?.("connection#foreign");
      let after: string | undefined;
      do {
        const page = await table.scan("connection#", after, context);
        for (const { key, item } of page.items) {
          expect(scanned.has(key)).toBe(false);
          scanned.set(key, item);
        }
        after = page.next;
        pages++;
      } while (after !== undefined);
    });
    afterAll(async () => {
      vi.unstubAllEnvs();
      await engine.close();
    });

    test("has every item whose key begins alike once, over several pages, and no other", () => {
      expect([...scanned.keys()].sort()).toEqual(["0", "10", "20", "30"].map((id) => `connection#crm#${id}`));
      expect(pages).toBeGreaterThan(1);
    });

    test("has each item as it is read one by one", async () => {
      const key = "connection#crm#20";
      expect(scanned.get(key)).toEqual(ITEM);
      expect(await engine.table.read(key, contextOf())).toEqual(ITEM);
    });

    test.skipIf(name === "memory")("has one step in the trace for each page", () => {
      expect(context.trace.steps.map(({ step, status }) => `${step} ${status}`)).toEqual(
        Array.from({ length: pages }, () => "dynamodb.scan 200"),
      );
    });
  });
}
