import { beforeEach, describe, expect, test, vi } from "vitest";
import type { HeldToken } from "../../../../../functions/broker/held-token.ts";
import { TableFailure } from "../../../../../functions/broker/shared-cache/table.ts";
import { Failure } from "../../../../../schemas/protocol/problems.ts";
import { CREDENTIALS, DESCRIPTION, ISSUED, ITEM, type Minted, nameOf, Obtaining } from "./obtaining.ts";

const outage = new TableFailure("DynamoDB: InternalServerError", true);

let fleet: Obtaining;
beforeEach(() => {
  fleet = new Obtaining();
});

describe("what a mint is given to replace", () => {
  const serves = () => false;

  test("is nothing where neither the table nor the instance has a token", async () => {
    await fleet.name();
    expect(fleet.replaced).toEqual([undefined]);
  });

  test("is the token of the instance's memory where the table has none", async () => {
    const held = fleet.instances.start().newToken("held");
    await fleet.name({ held });
    expect(fleet.replaced).toEqual([held]);
  });

  test("is the table's token, rather than the one of the instance's memory", async () => {
    await fleet.name();
    const held = fleet.instances.start().newToken("held");
    await fleet.name({ held, serves });
    expect(fleet.replaced.map((token) => token && nameOf(token))).toEqual([undefined, "token-1"]);
  });

  test("is the table's token also for a request that mints without a lease", async () => {
    await fleet.name();
    fleet.table.items.set(ITEM, { ...fleet.item, lease: { until: fleet.table.now() + 10_000 } });
    const instance = fleet.instances.start();
    await fleet.name({ serves, context: instance.context(1_000) }, instance);
    expect(fleet.replaced.map((token) => token && nameOf(token))).toEqual([undefined, "token-1"]);
  });

  test("is the token of the instance's memory, where the table is away and the request does not accept it", async () => {
    fleet.table.outage = outage;
    const held = fleet.instances.start().newToken("held");
    expect(await fleet.name({ held, serves })).toBe("token-1");
    expect(fleet.replaced).toEqual([held]);
  });
});

describe("a cold instance", () => {
  test("reads the service secret while it reads the table", async () => {
    await fleet.name();
    fleet.instances.secret.reads = 0;
    const { read } = fleet.table;
    const readsOfTheSecret: number[] = [];
    vi.spyOn(fleet.table, "read").mockImplementationOnce(async (...request) => {
      readsOfTheSecret.push(fleet.instances.secret.reads);
      return read.apply(fleet.table, request);
    });
    await fleet.name();
    expect(readsOfTheSecret).toEqual([1]);
  });

  test("reads the table eventually consistently: a token of a second ago serves as well", async () => {
    const read = vi.spyOn(fleet.table, "read");
    await fleet.name();
    expect(read).toHaveBeenCalledOnce();
    expect(read).not.toHaveBeenCalledWith(ITEM, expect.anything(), true);
  });
});

describe("the circuit to the table", () => {
  test("does not open after two failures and a success, again and again", async () => {
    const instance = fleet.instances.start();
    for (let round = 0; round < 3; round++) {
      fleet.table.outage = outage;
      const held = instance.newToken("held");
      for (let failure = 0; failure < 2; failure++) await fleet.name({ held }, instance);
      fleet.table.outage = undefined;
      fleet.table.calls.length = 0;
      await fleet.name({}, instance);
      expect(fleet.table.calls).toContain("read");
    }
  });

  test("reports in the trace that it is open", async () => {
    fleet.table.outage = outage;
    const instance = fleet.instances.start();
    const held = instance.newToken("held");
    for (let round = 0; round < 3; round++) await fleet.name({ held }, instance);
    const context = instance.context();
    await fleet.name({ held, context }, instance);
    expect(context.trace.sharedCacheFailure).toBe("the circuit is open");
  });

  test("does not hide a bug: what is no failure of the table is thrown", async () => {
    const bug = new TypeError("a bug");
    vi.spyOn(fleet.table, "read").mockRejectedValue(bug);
    const held = fleet.instances.start().newToken("held");
    await expect(fleet.clock.finish(fleet.begin({ held }))).rejects.toBe(bug);
  });
});

describe("the description of a token in the table", () => {
  let token: HeldToken;
  beforeEach(async () => {
    token = await fleet.clock.finish(fleet.begin());
  });
  const find = (instance = fleet.instances.start()) =>
    instance.tokens.register.find(token.sha256, instance.context());

  test("may be deleted from the second of the token's expiry on", () => {
    const item = fleet.table.items.get(`issued#${token.sha256}`);
    expect(item).toEqual({
      fence: fleet.clock.wall(),
      writer: expect.any(String),
      sealed: expect.anything(),
      deleteAfter: token.born.wall / 1_000 + 3_600,
    });
  });

  test("is found until the token expires, to the millisecond", async () => {
    await fleet.clock.advance(3_600_000 - fleet.mintMs - 1);
    expect(await find()).toEqual(DESCRIPTION);
    await fleet.clock.advance(1);
    expect(await find()).toBeUndefined();
  });

  test("is read consistently: a token that was issued a moment ago is found", async () => {
    const read = vi.spyOn(fleet.table, "read");
    await find();
    expect(read.mock.calls).toEqual([[`issued#${token.sha256}`, expect.anything(), true]]);
  });
});

describe("an eviction", () => {
  let token: HeldToken;
  beforeEach(async () => {
    token = await fleet.clock.finish(fleet.begin());
  });
  const evict = (sha256 = token.sha256, instance = fleet.instances.start()) =>
    instance.tokens.evict(ISSUED.cacheKey, sha256, instance.context());

  test("leaves an item without a token, whose fencing number continues to rise", async () => {
    const { fence } = fleet.item;
    expect(await evict()).toBe(true);
    expect(fleet.item).toEqual({
      fence: fence + 1,
      writer: expect.any(String),
      deleteAfter: Math.ceil(fleet.clock.wall() / 1_000) + 3_600,
    });
  });

  test("of what is not in the table writes nothing", async () => {
    fleet.table.items.clear();
    expect(await evict()).toBe(false);
    fleet.lease(10_000);
    expect(await evict()).toBe(false);
    expect(fleet.table.calls.filter((call) => call === "replace")).toHaveLength(3);
  });

  test("leaves a refusal of Box where it is, for it holds no token", async () => {
    fleet.table.items.clear();
    const refused = new Failure("box_subject_refused", "no such user");
    const request = fleet.begin({
      mint: async () => {
        throw refused;
      },
    });
    await expect(fleet.clock.finish(request)).rejects.toBe(refused);
    const { item } = fleet;
    expect(await evict()).toBe(false);
    expect(fleet.item).toBe(item);
  });

  test("reads the table consistently: a token that was stored a moment ago is removed", async () => {
    const read = vi.spyOn(fleet.table, "read");
    await evict();
    expect(read.mock.calls).toEqual([[ITEM, expect.anything(), true]]);
  });

  test("that loses a race to a lease on the same token is repeated, and the late result is not stored", async () => {
    const { replace } = fleet.table;
    let finish = () => {};
    const renewing = fleet.instances.start();
    const renewed = () =>
      new Promise<Minted>((resolve) => {
        finish = () => resolve({ token: renewing.newToken("renewed"), credentials: CREDENTIALS });
      });
    let renewal: Promise<HeldToken> | undefined;
    vi.spyOn(fleet.table, "replace").mockImplementationOnce(async (...request) => {
      renewal = fleet.begin({ isDue: () => true, mint: renewed }, renewing);
      await fleet.clock.advance(0);
      return replace.apply(fleet.table, request);
    });
    expect(await evict()).toBe(true);
    expect(fleet.item).not.toHaveProperty("sealed");
    const afterEviction = fleet.item;
    finish();
    if (renewal === undefined) throw new Error("No renewal began.");
    expect(nameOf(await fleet.clock.finish(renewal))).toBe("renewed");
    expect(fleet.item).toBe(afterEviction);
    expect(await fleet.name()).toBe("token-2");
  });

  test("that loses a race to another token leaves that one where it is", async () => {
    const { replace } = fleet.table;
    vi.spyOn(fleet.table, "replace").mockImplementationOnce(async (...request) => {
      await fleet.clock.finish(fleet.begin({ serves: () => false }));
      return replace.apply(fleet.table, request);
    });
    expect(await evict()).toBe(false);
    expect(await fleet.name()).toBe("token-2");
  });

  test("that loses twenty races fails, so that its caller repeats it", async () => {
    const { item } = fleet;
    let writes = 0;
    vi.spyOn(fleet.table, "replace").mockImplementation(async () => {
      writes++;
      return { replaced: false, current: { ...item, fence: item.fence + writes } };
    });
    const evicting = evict();
    await expect(evicting).rejects.toBeInstanceOf(TableFailure);
    await expect(evicting).rejects.toMatchObject({
      message: "other environments changed the item again and again",
      isTemporary: true,
    });
    expect(writes).toBe(20);
  });
});
