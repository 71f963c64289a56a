import { randomBytes } from "node:crypto";
import { DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { dynamoDbTable } from "../../../functions/aws/token-table.ts";
import type { RequestContext } from "../../../functions/broker/ports.ts";
import type { TableItem, TokenTable } from "../../../functions/broker/shared-cache/table.ts";
import { systemClock } from "../../../functions/lambda/system.ts";
import { newIdentity } from "../../../sandbox/aws/identities.ts";
import { startDynamoDb } from "../../../sandbox/dynamodb/server.ts";
import { deployedGrants } from "../../../sandbox/grants.ts";
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
  readonly table: TokenTable;
  /** Writes an item as somebody else would. */
  readonly putForeign?: (key: string) => Promise<void>;
  close(): Promise<void>;
}

/** In milliseconds: a busy machine is no fault of the table. */
const PATIENT = { attempt: 60_000, call: 120_000 };

const ENGINES: readonly [string, () => Promise<Engine>, boolean][] = [
  ["memory", async () => ({ table: new MemoryTable(() => Date.now()), close: async () => {} }), true],
  ["dynalite", async () => engineOf(await startDynalite()), true],
  ["the sandbox's DynamoDB", startSandboxEngine, true],
  ["moto", async () => engineOf(await startMoto()), hasMoto],
];

/** The engine behind a front that verifies signatures and permissions, and returns the item that refused a condition. */
async function startSandboxEngine(): Promise<Engine> {
  const credentials = newIdentity("function");
  const grants = deployedGrants(LOCAL_AWS.region, {
    callers: [],
    functionRole: credentials,
    operator: newIdentity("operator"),
    secretNames: [],
    tableName: "tokens",
  });
  const identities = [credentials];
  const server = await startDynamoDb({ region: LOCAL_AWS.region, identities, grants, tableName: "tokens" });
  return engineWith(server, credentials);
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
  const table = dynamoDbTable("tokens", systemClock, PATIENT);
  // The client reads its environment with the first call.
  await table.read("none", contextOf());
  const client = new DynamoDBClient({ endpoint: server.url, region: LOCAL_AWS.region, credentials });
  return {
    table,
    async putForeign(pk) {
      const Item = { pk: { S: pk }, fence: { S: "seven" }, sealed: { S: "text" } };
      await client.send(new PutItemCommand({ TableName: "tokens", Item }));
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

function itemOf(fence: number, others: Partial<TableItem> = {}): TableItem {
  return { fence, writer: `writer-${fence}`, deleteAfter: 2_000_000_000, ...others };
}

for (const [name, start, isHere] of ENGINES) {
  describe.skipIf(!isHere)(`a token table on ${name}`, () => {
    let engine: Engine;
    let table: TokenTable;
    let keys = 0;
    const newKey = () => `token#${name}-${++keys}`;
    beforeAll(async () => {
      engine = await start();
      table = engine.table;
    });
    afterAll(() => {
      vi.unstubAllEnvs();
      return engine.close();
    });

    test("an item that was never written is read as absent", async () => {
      expect(await table.read(newKey(), contextOf())).toBeUndefined();
    });

    test("an item is read as it was written, with its lease and its sealed bytes", async () => {
      const key = newKey();
      const item = itemOf(1, {
        lease: { until: 1_900_000_000_000 },
        sealed: { keyId: "version-1", bytes: new Uint8Array(randomBytes(300)) },
      });
      expect(await table.replace(key, undefined, item, contextOf())).toEqual({ replaced: true });
      const read = await table.read(key, contextOf(), true);
      expect({ ...read, sealed: { ...read?.sealed, bytes: undefined } }).toEqual({
        ...item,
        sealed: { ...item.sealed, bytes: undefined },
      });
      expect(Buffer.from(read?.sealed?.bytes ?? [])).toEqual(Buffer.from(item.sealed?.bytes ?? []));
    });

    test("a write removes what the new item does not have", async () => {
      const key = newKey();
      const leased = itemOf(1, { lease: { until: 5 }, sealed: { keyId: "k", bytes: Buffer.of(1) } });
      await table.replace(key, undefined, leased, contextOf());
      await table.replace(key, 1, itemOf(2), contextOf());
      expect(await table.read(key, contextOf(), true)).toEqual(itemOf(2));
    });

    test("a write that expects no item is refused where there is one, and returns that item", async () => {
      const key = newKey();
      await table.replace(key, undefined, itemOf(1), contextOf());
      expect(await table.replace(key, undefined, itemOf(7), contextOf())).toEqual({
        replaced: false,
        current: itemOf(1),
      });
    });

    test("a write with an old fencing number is refused, and returns the present item", async () => {
      const key = newKey();
      await table.replace(key, undefined, itemOf(1), contextOf());
      await table.replace(key, 1, itemOf(2), contextOf());
      expect(await table.replace(key, 1, itemOf(9), contextOf())).toEqual({
        replaced: false,
        current: itemOf(2),
      });
    });

    test("a write that names a fencing number is refused where the item is gone", async () => {
      expect(await table.replace(newKey(), 3, itemOf(4), contextOf())).toEqual({
        replaced: false,
        current: undefined,
      });
    });

    test("of fifty writes at once that name the same fencing number exactly one takes place", async () => {
      const key = newKey();
      await table.replace(key, undefined, itemOf(1), contextOf());
      const writes = Array.from({ length: 50 }, (_, index) =>
        table.replace(key, 1, { ...itemOf(2), writer: `writer-${index}` }, contextOf()),
      );
      const results = await Promise.all(writes);
      expect(results.filter(({ replaced }) => replaced)).toHaveLength(1);
      const winner = results.findIndex(({ replaced }) => replaced);
      expect((await table.read(key, contextOf(), true))?.writer).toBe(`writer-${winner}`);
    });

    test("its clock agrees with this machine's where both are right", () => {
      const [now, own] = [table.now(), Date.now()];
      expect(now).toBeGreaterThan(own - 5_000);
      expect(now).toBeLessThan(own + 5_000);
    });

    test("an item that is not ours is read as absent and replaced", async (context) => {
      if (engine.putForeign === undefined) return context.skip();
      const key = newKey();
      await engine.putForeign(key);
      expect(await table.read(key, contextOf(), true)).toBeUndefined();
      expect(await table.replace(key, undefined, itemOf(1), contextOf())).toEqual({ replaced: true });
      expect(await table.read(key, contextOf(), true)).toEqual(itemOf(1));
    });
  });
}
