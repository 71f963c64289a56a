import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, type TestOptions, test, vi } from "vitest";
import type { TableItem, TokenTable } from "../../../functions/broker/shared-cache/table.ts";
import { contextOf, type Engine } from "./table-engines.ts";

function itemOf(fence: number, others: Partial<TableItem> = {}): TableItem {
  return { fence, writer: `writer-${fence}`, deleteAfter: 2_000_000_000, ...others };
}

/** What a table owes the broker, whichever engine it is on. */
export function tokenTableTests(name: string, start: () => Promise<Engine>, options: TestOptions = {}): void {
  describe(`a token table on ${name}`, options, () => {
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

    const foreign = [{ S: "seven" }, { N: "1.5" }, { N: "9007199254740993" }, { N: "-1e+30" }];
    test.for(foreign)(
      "an item that is not ours, with the fence %j, is read as absent and replaced",
      async (fence, context) => {
        if (engine.putForeign === undefined) return context.skip();
        const key = newKey();
        await engine.putForeign(key, { fence });
        expect(await table.read(key, contextOf(), true)).toBeUndefined();
        expect(await table.replace(key, undefined, itemOf(1), contextOf())).toEqual({ replaced: true });
        expect(await table.read(key, contextOf(), true)).toEqual(itemOf(1));
      },
    );
  });
}
