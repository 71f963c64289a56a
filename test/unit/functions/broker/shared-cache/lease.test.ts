import { beforeEach, describe, expect, test, vi } from "vitest";
import { TableFailure, type TableItem } from "../../../../../functions/broker/shared-cache/table.ts";
import { Failure } from "../../../../../schemas/protocol/problems.ts";
import { ITEM, nameOf, Obtaining } from "./obtaining.ts";

const never = () => new Promise<never>(() => {});
const fails = (failure: Failure) => async () => {
  throw failure;
};
const away = new Failure("box_unavailable", "Box is away");

let fleet: Obtaining;
beforeEach(() => {
  fleet = new Obtaining();
});

describe("a lease that another instance holds", () => {
  /** Whether a request takes the lease at once, or waits for its holder. */
  async function reaction(): Promise<"takes it" | "waits"> {
    void fleet.begin({ mint: never });
    await fleet.clock.advance(0);
    return fleet.table.calls.includes("replace") ? "takes it" : "waits";
  }

  test.each([
    [10_000, "waits"],
    [12_000, "waits"],
    [12_001, "takes it"],
    [1, "waits"],
    [0, "waits"],
    [-1_999, "waits"],
    [-2_000, "takes it"],
    [-86_400_000, "takes it"],
  ])("and that ends in %d ms by the table's clock: a request %s", async (until, expected) => {
    fleet.lease(until);
    expect(await reaction()).toBe(expected);
  });

  test("is taken over as soon as it lasted ten seconds by the waiting instance's own clock", async () => {
    const begun = fleet.clock.monotonic();
    fleet.lease(12_000);
    // The table's clock stops, and one poll is slow: the polls after it fall on full seconds.
    const now = fleet.table.now();
    vi.spyOn(fleet.table, "now").mockReturnValue(now);
    const { read } = fleet.table;
    vi.spyOn(fleet.table, "read")
      .mockImplementationOnce(read.bind(fleet.table))
      .mockImplementationOnce(async (...request) => {
        await fleet.clock.sleep(50);
        return read.apply(fleet.table, request);
      });
    expect(await fleet.name()).toBe("token-1");
    expect(fleet.begun).toEqual([begun + 10_000]);
  });

  test("is waited for again, for ten seconds, where yet another instance has taken it", async () => {
    const begun = fleet.clock.monotonic();
    fleet.lease(10_000);
    const name = fleet.begin().then(nameOf);
    await fleet.clock.advance(9_000);
    fleet.lease(10_000, 8);
    await fleet.clock.finish(name);
    // The request's patience of twelve seconds ends before the second lease does.
    expect(fleet.begun).toEqual([begun + 12_150]);
  });
});

describe("a replica of the table that is behind", () => {
  /** From the second read on, the item is as it was before the lease that the first read returned. */
  function fallBehind(...items: readonly (TableItem | undefined)[]): void {
    const { read } = fleet.table;
    const spy = vi.spyOn(fleet.table, "read").mockImplementationOnce(read.bind(fleet.table));
    for (const item of items) spy.mockImplementationOnce(async () => item);
  }
  const before: TableItem = { fence: 6, writer: "before", deleteAfter: 0 };

  test.each([
    ["no item", undefined],
    ["the item before it", before],
  ])("with %s keeps a request waiting for the lease that it has seen", async (_, item) => {
    const leased = fleet.lease(10_000);
    fallBehind(item, item);
    const name = fleet.begin().then(nameOf);
    await fleet.clock.advance(200);
    expect(fleet.begun).toEqual([]);
    fleet.table.items.set(ITEM, { fence: leased.fence + 1, writer: "holder", deleteAfter: 0 });
    const failed = fleet.clock.monotonic() + 150;
    expect(await fleet.clock.finish(name)).toBe("token-1");
    expect(fleet.begun).toEqual([failed]);
  });

  test("for ever costs a request its patience and no more", async () => {
    fleet.lease(10_000);
    fallBehind(...Array<undefined>(100).fill(undefined));
    const begun = fleet.clock.monotonic();
    expect(await fleet.name()).toBe("token-1");
    expect(fleet.begun).toEqual([begun + 12_150]);
  });

  test("keeps no request waiting later than two seconds before its deadline", async () => {
    fleet.lease(10_000);
    fallBehind(...Array<undefined>(100).fill(undefined));
    const instance = fleet.instances.start();
    const begun = fleet.clock.monotonic();
    await fleet.name({ context: instance.context(2_950 + 2_000) }, instance);
    expect(fleet.begun).toEqual([begun + 2_950]);
  });
});

describe("a request that waits for another instance", () => {
  test.each([
    [0, [25, 50, 100, 100, 100]],
    [0.5, [50, 100, 200, 200, 200]],
    [0.9, [70, 140, 280, 280, 280]],
  ])(
    "polls after pauses that double up to a limit, with the random fraction %d",
    async (fraction, pauses) => {
      fleet.lease(10_000);
      void fleet.begin({ tokens: fleet.withFraction(fraction), mint: never });
      await fleet.clock.advance(1_000);
      expect(fleet.clock.sleeps.slice(0, 5).map(Math.round)).toEqual(pauses);
    },
  );

  test("mints two seconds before its deadline, and its token is not stored for the others", async () => {
    const present = fleet.lease(10_000);
    const instance = fleet.instances.start();
    const begun = fleet.clock.monotonic();
    // The polls are after 50, 150, 350 … 2,950 ms.
    const context = instance.context(2_950 + 2_000);
    expect(await fleet.name({ context }, instance)).toBe("token-1");
    expect(fleet.begun).toEqual([begun + 2_950]);
    expect(fleet.item).toBe(present);
  });

  test("with less than two seconds mints at once", async () => {
    fleet.lease(10_000);
    const instance = fleet.instances.start();
    expect(await fleet.name({ context: instance.context(1_999) }, instance)).toBe("token-1");
    expect(fleet.clock.sleeps).toEqual([fleet.mintMs]);
  });

  test("whose own mint without a lease fails throws that failure, and leaves the lease to its holder", async () => {
    const present = fleet.lease(10_000);
    const instance = fleet.instances.start();
    const request = fleet.begin({ context: instance.context(1_000), mint: fails(away) }, instance);
    await expect(fleet.clock.finish(request)).rejects.toBe(away);
    expect(fleet.item).toBe(present);
  });

  test("mints as soon as the holder has failed, together with all others that wait", async () => {
    const holder = fleet.begin({
      mint: async () => {
        await fleet.clock.sleep(1_000);
        throw away;
      },
    });
    void holder.catch(() => {});
    await fleet.clock.advance(0);
    const begun = fleet.clock.monotonic();
    await fleet.clock.finish(Promise.all([fleet.begin(), fleet.begin(), fleet.begin()]));
    expect(fleet.begun).toEqual(Array(3).fill(begun + 1_150));
    await expect(holder).rejects.toBe(away);
  });
});

describe("a race for the lease", () => {
  /** Another instance writes an item without a lease before each write of the lease. */
  function contest(): { writes: number } {
    const contested = { writes: 0 };
    const { replace } = fleet.table;
    vi.spyOn(fleet.table, "replace").mockImplementation(async (key, seen, item, context) => {
      if (key !== ITEM) return replace.call(fleet.table, key, seen, item, context);
      contested.writes++;
      const current = { fence: contested.writes, writer: `other ${contested.writes}`, deleteAfter: 0 };
      return { replaced: false, current };
    });
    return contested;
  }

  test("that a request loses twenty times ends in a mint without a lease, whose token can be revoked", async () => {
    const contested = contest();
    const token = await fleet.clock.finish(fleet.begin());
    expect(nameOf(token)).toBe("token-1");
    expect(contested.writes).toBe(20);
    expect(fleet.clock.sleeps).toEqual([fleet.mintMs]);
    expect([...fleet.table.items.keys()]).toEqual([`issued#${token.sha256}`]);
  });

  test("that a request loses to the deletion of the item is run again for a new item", async () => {
    fleet.table.items.set(ITEM, { fence: 7, writer: "deleted", deleteAfter: 0 });
    vi.spyOn(fleet.table, "replace").mockImplementationOnce(async () => {
      fleet.table.items.clear();
      return { replaced: false, current: undefined };
    });
    const begun = fleet.clock.wall();
    expect(await fleet.name()).toBe("token-1");
    expect(fleet.item).toMatchObject({ fence: begun + 1, sealed: expect.anything() });
  });

  test("that a request loses to a holder of the lease makes it wait without another read", async () => {
    vi.spyOn(fleet.table, "replace").mockImplementationOnce(async () => ({
      replaced: false,
      current: fleet.lease(10_000),
    }));
    void fleet.begin({ mint: never });
    await fleet.clock.advance(0);
    expect(fleet.table.calls).toEqual(["read"]);
    expect(fleet.clock.sleeps).toEqual([50]);
  });
});

describe("the item while a request mints", () => {
  /** The item with the lease of a request that mints, instead of `token-1`. */
  async function leasedItem(): Promise<TableItem> {
    void fleet.begin({ serves: () => false, mint: never });
    await fleet.clock.advance(0);
    return fleet.item;
  }

  test("has a lease of ten seconds, a fencing number from the time, and is kept for an hour", async () => {
    await fleet.clock.advance(500);
    expect(await leasedItem()).toEqual({
      fence: fleet.clock.wall(),
      writer: expect.stringMatching(/.{16}/),
      deleteAfter: Math.floor(fleet.clock.wall() / 1_000) + 1 + 3_600,
      lease: { until: fleet.clock.wall() + 10_000 },
    });
  });

  test("begins with a whole number where the table's clock has fractions of a millisecond", async () => {
    const now = fleet.table.now();
    vi.spyOn(fleet.table, "now").mockReturnValue(now + 0.75);
    expect((await leasedItem()).fence).toBe(now);
  });

  test("keeps the token that other requests accept, and its expiry, and nothing else of it", async () => {
    await fleet.name();
    const before = fleet.item;
    await fleet.clock.advance(60_000);
    expect(await leasedItem()).toEqual({
      fence: before.fence + 1,
      writer: expect.not.stringMatching(before.writer),
      lease: { until: fleet.clock.wall() + 10_000 },
      sealed: before.sealed,
      deleteAfter: before.deleteAfter,
    });
    expect(await fleet.name()).toBe("token-1");
  });

  test("does not keep a record that does not open", async () => {
    await fleet.name();
    const { sealed, ...item } = fleet.item;
    if (sealed === undefined) throw new Error("The item has no token.");
    fleet.table.items.set(ITEM, { ...item, sealed: { ...sealed, bytes: sealed.bytes.subarray(1) } });
    expect(await leasedItem()).not.toHaveProperty("sealed");
  });

  test("has a higher fencing number after every write, and the last one has the token without a lease", async () => {
    const fences: number[] = [];
    const { replace } = fleet.table;
    vi.spyOn(fleet.table, "replace").mockImplementation((key, seen, item, context) => {
      if (key === ITEM) fences.push(item.fence);
      return replace.call(fleet.table, key, seen, item, context);
    });
    const begun = fleet.clock.wall();
    await fleet.name();
    await fleet.name({ serves: () => false });
    expect(fences).toEqual([begun, begun + 1, begun + 2, begun + 3]);
    expect(fleet.item).not.toHaveProperty("lease");
  });
});

describe("the item after a mint that failed", () => {
  /** A mint that fails for a request which does not accept the present token. */
  async function failWith(failure: Failure): Promise<void> {
    const request = fleet.begin({ serves: () => false, mint: fails(failure) });
    await expect(fleet.clock.finish(request)).rejects.toBe(failure);
  }

  test("has neither a lease nor a record if it had none, and a higher fencing number", async () => {
    const begun = fleet.clock.wall();
    await failWith(away);
    expect(fleet.item).toEqual({
      fence: begun + 1,
      writer: expect.any(String),
      deleteAfter: begun / 1_000 + 3_600,
    });
  });

  test.each([
    ["is temporary", away],
    ["is final", new Failure("box_subject_refused", "no such user")],
  ])("has the token that other requests accept, and its expiry, if the failure %s", async (_, failure) => {
    await fleet.name();
    const { sealed, deleteAfter, fence } = fleet.item;
    await failWith(failure);
    expect(fleet.item).toEqual({
      ...{ sealed, deleteAfter },
      fence: fence + 2,
      writer: expect.any(String),
    });
    expect(await fleet.name()).toBe("token-1");
  });

  test("has the refusal if it is final, which an instance with the same version of the secret repeats", async () => {
    const refused = new Failure("box_subject_refused", "no such user");
    await failWith(refused);
    const same = fleet.clock.finish(fleet.begin());
    await expect(same).rejects.toMatchObject({ code: "box_subject_refused" });
    expect(fleet.begun).toEqual([]);
    expect(await fleet.name({ secretVersion: "v2" })).toBe("token-1");
  });

  test("has no lease if the refusal could not be written", async () => {
    const { replace } = fleet.table;
    const request = fleet.begin({
      mint: async () => {
        vi.spyOn(fleet.table, "replace").mockImplementation(async (...write) => {
          if (write[2].sealed !== undefined) throw new TableFailure("DynamoDB: InternalServerError", true);
          return replace.apply(fleet.table, write);
        });
        throw new Failure("box_subject_refused", "no such user");
      },
    });
    await expect(fleet.clock.finish(request)).rejects.toMatchObject({ code: "box_subject_refused" });
    expect(fleet.item).not.toHaveProperty("lease");
    expect(fleet.item).not.toHaveProperty("sealed");
  });

  test("has no refusal if what failed was a bug", async () => {
    const bug = new TypeError("a bug");
    const request = fleet.begin({
      mint: async () => {
        throw bug;
      },
    });
    await expect(fleet.clock.finish(request)).rejects.toBe(bug);
    expect(fleet.item).not.toHaveProperty("lease");
    expect(fleet.item).not.toHaveProperty("sealed");
  });
});
