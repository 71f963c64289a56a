import { beforeEach, describe, expect, test } from "vitest";
import { TableFailure, type TableItem } from "../../../../../functions/broker/shared-cache/table.ts";
import { type Browser, ConnectScene, titleOf, USER } from "../../../../support/connect-scene.ts";
import { contextOf } from "../../../../support/fake-ports.ts";

/** A table that does not respond while a consent is stored: what counts is whether a living pair is lost. */
let scene: ConnectScene;
let browser: Browser;
beforeEach(async () => {
  scene = await new ConnectScene().start();
  browser = scene.browser();
});

const KEY = `connection#reports#${USER.id}`;
const timeout = () => new TableFailure("DynamoDB: TimeoutError", true);
const latestPair = () => `refresh-${scene.box.exchanges.at(-1)?.code}`;

/** Writes of the connection do what `effect` says and then fail with `failure`, until the returned function is called. */
function failWrites(
  effect: (key: string, seen: number | undefined, item: TableItem) => void,
  failure = timeout,
): () => void {
  const { table } = scene.shared;
  const replace = table.replace.bind(table);
  table.replace = async (key, seen, item, context) => {
    if (key !== KEY) return replace(key, seen, item, context);
    effect(key, seen, item);
    throw failure();
  };
  return () => {
    table.replace = replace;
  };
}

function failReads(): () => void {
  const { table } = scene.shared;
  const read = table.read.bind(table);
  table.read = async () => {
    throw timeout();
  };
  return () => {
    table.read = read;
  };
}

/** As DynamoDB does: a write whose condition does not hold has no effect. */
function apply(key: string, seen: number | undefined, item: TableItem): void {
  const { items } = scene.shared.table;
  if (items.get(key)?.fence === seen) items.set(key, item);
}

/** Of the user's connection, if there is one. */
const refreshTokens = async () => [(await scene.connection())?.pair.refreshToken ?? []].flat();

const connectLate = async () => scene.box.consent(await browser.begin(await scene.invitation()));

describe.each(["no connection", "an earlier connection"])("with %s", (earlier) => {
  beforeEach(async () => {
    if (earlier === "an earlier connection") await browser.connect();
  });

  test("a write that took place counts as stored, also where no response to it arrives", async () => {
    const replaced = await refreshTokens();
    const callback = await connectLate();
    const repair = failWrites(apply);
    const response = await browser.open(callback);
    repair();
    expect(titleOf(response)).toBe("You are connected");
    expect(scene.box.revoked).toEqual(replaced);
    expect((await scene.connection())?.pair.refreshToken).toBe(latestPair());
    expect(scene.audit.last).toMatchObject({ outcome: "connected", subject: `user:${USER.id}` });
  });

  test("a write of which it is not known whether it takes place leaves both pairs alive, and no page denies it", async () => {
    const before = await scene.connection();
    const callback = await connectLate();
    let late = () => {};
    const repair = failWrites((...write) => {
      late = () => apply(...write);
    });
    const { statusCode, body = "" } = await browser.open(callback);
    repair();
    expect(titleOf({ body })).toBe("It is not certain that you are connected");
    expect({ statusCode, denies: body.includes("Nothing was connected") }).toEqual({
      ...{ statusCode: 503, denies: false },
    });
    expect(await scene.connection()).toEqual(before);
    late();
    expect((await scene.connection())?.pair.refreshToken).toBe(latestPair());
    expect(scene.box.revoked).toEqual([]);
    expect(scene.unconfirmed).toEqual(["reports"]);
    expect(scene.audit.last).toMatchObject({ outcome: "failed", code: "connection_unconfirmed" });
  });

  test("a table that fails for reads too after it has stored the pair leaves the pair alive", async () => {
    const callback = await connectLate();
    let restoreReads: (() => void) | undefined;
    const repair = failWrites((...write) => {
      apply(...write);
      restoreReads ??= failReads();
    });
    const response = await browser.open(callback);
    repair();
    restoreReads?.();
    expect(titleOf(response)).toBe("It is not certain that you are connected");
    expect(scene.box.revoked).toEqual([]);
    expect((await scene.connection())?.pair.refreshToken).toBe(latestPair());
  });

  test("a table that throttles every write has stored nothing, and the new pair is ended at Box", async () => {
    const before = await scene.connection();
    const callback = await connectLate();
    const repair = failWrites(
      () => {},
      () => new TableFailure("DynamoDB: ThrottlingException", true, true),
    );
    const { body = "" } = await browser.open(callback);
    repair();
    expect(body).toContain("Nothing was connected.");
    expect(scene.box.revoked).toEqual([latestPair()]);
    expect(await scene.connection()).toEqual(before);
    expect(scene.audit.last).toMatchObject({ code: "connections_unavailable" });
  });

  test("a write that another instance's has made impossible is not in doubt: the new pair is ended at Box", async () => {
    const callback = await connectLate();
    const { items } = scene.shared.table;
    const repair = failWrites((key, seen) => {
      const fence = (seen ?? scene.shared.table.now()) + 1;
      items.set(key, { fence, writer: "disconnected", deleteAfter: 0 });
    });
    const { body = "" } = await browser.open(callback);
    repair();
    expect(body).toContain("Nothing was connected.");
    expect(scene.box.revoked).toEqual([latestPair()]);
    expect(await scene.connection()).toBeUndefined();
  });

  test("a pair that an operator has disconnected since it was written is not written again", async () => {
    const callback = await connectLate();
    const repair = failWrites((key, seen, item) => {
      apply(key, seen, item);
      // The disconnection ends the pair at Box, and leaves an item without a record.
      scene.shared.table.items.set(key, { fence: item.fence + 1, writer: "disconnect", deleteAfter: 0 });
      repair();
    });
    const { body = "" } = await browser.open(callback);
    expect(body).toContain("Nothing was connected.");
    expect(await scene.connection()).toBeUndefined();
    expect(scene.box.revoked).toEqual([latestPair()]);
  });

  test("a pair that another instance has refreshed already counts as stored", async () => {
    const replaced = await refreshTokens();
    const callback = await connectLate();
    let refreshed: Promise<unknown> | undefined;
    const { table } = scene.shared;
    const repair = failWrites((...write) => {
      apply(...write);
      repair();
      const read = table.read.bind(table);
      // Before this request reads the result of its write.
      table.read = async (...args) => {
        table.read = read;
        const context = contextOf(scene.clock);
        const slot = await scene.store.read({ app: "reports", userId: USER.id }, context);
        if (slot.connection === undefined) throw new Error("nothing stored");
        const pair = { ...slot.connection.pair, refreshToken: "refresh-of-another-instance" };
        refreshed = scene.store.replace(slot, { ...slot.connection, pair }, context);
        await refreshed;
        // The repeated write finds the other instance's.
        return read(...args);
      };
    });
    const response = await browser.open(callback);
    await refreshed;
    expect(titleOf(response)).toBe("You are connected");
    expect(scene.box.revoked).toEqual(replaced);
    expect((await scene.connection())?.pair.refreshToken).toBe("refresh-of-another-instance");
  });
});
