import { afterAll, beforeAll, describe, expect, type TestOptions, test, vi } from "vitest";
import type { TableItem } from "../../../functions/broker/shared-cache/table.ts";
import { contextOf, type Engine } from "./table-engines.ts";

const ITEM: TableItem = {
  ...{ fence: 1, writer: "writer", deleteAfter: 2_000_000_000, lease: { until: 5 } },
  sealed: { keyId: "version", bytes: Uint8Array.of(1, 2, 3) },
};

/** What a scan owes the broker, whichever engine it is of. */
export function scanTests(name: string, start: () => Promise<Engine>, options: TestOptions = {}): void {
  describe(`a scan of ${name}`, options, () => {
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
