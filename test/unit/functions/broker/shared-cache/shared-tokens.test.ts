import { beforeEach, describe, expect, test, vi } from "vitest";
import { TableFailure } from "../../../../../functions/broker/shared-cache/table.ts";
import { Failure } from "../../../../../schemas/protocol/problems.ts";
import type { Instance } from "../../../../support/instances.ts";
import { CREDENTIALS, DESCRIPTION, ISSUED, nameOf, Obtaining } from "./obtaining.ts";

type Options = Parameters<Obtaining["begin"]>[0];
const LEASE_MS = 10_000;

let obtaining: Obtaining;
let clock: Obtaining["clock"];
let instances: Obtaining["instances"];
beforeEach(() => {
  obtaining = new Obtaining();
  ({ clock, instances } = obtaining);
});

/** Begins a request of the instance; renewal of a token is due in the last tenth of its life. */
const tokenOf = (instance: Instance, options: Options = {}) =>
  obtaining.begin({ isDue: (token) => instance.lifeLeft(token) < token.lifetime / 10, ...options }, instance);

describe("one mint for all instances", () => {
  test("twenty cold instances with a request at the same time share one mint", async () => {
    const tokens = await clock.finish(
      Promise.all(Array.from({ length: 20 }, () => tokenOf(instances.start()))),
    );
    expect(obtaining.begun).toHaveLength(1);
    expect(new Set(tokens.map(nameOf))).toEqual(new Set(["token-1"]));
  });

  test("an instance that starts later gets the token with one read, and its true age", async () => {
    await clock.finish(tokenOf(instances.start()));
    await clock.advance(1_000_000);
    instances.table.calls.length = 0;
    const late = instances.start();
    const token = await clock.finish(tokenOf(late));
    expect(instances.table.calls).toEqual(["read"]);
    expect(late.lifeLeft(token)).toBe(2_599);
  });

  test("a token that has too little life left for one request is replaced for all", async () => {
    await clock.finish(tokenOf(instances.start()));
    await clock.advance(3_400_000);
    expect(nameOf(await clock.finish(tokenOf(instances.start())))).toBe("token-2");
    expect(nameOf(await clock.finish(tokenOf(instances.start())))).toBe("token-2");
  });

  test("the token of the table is renewed by one instance while the others serve it", async () => {
    await clock.finish(tokenOf(instances.start()));
    await clock.advance(3_270_000);
    const tokens = await clock.finish(
      Promise.all(Array.from({ length: 10 }, () => tokenOf(instances.start()))),
    );
    expect(obtaining.begun).toHaveLength(2);
    expect(tokens.map(nameOf).filter((name) => name === "token-1")).toHaveLength(9);
    expect(nameOf(await clock.finish(tokenOf(instances.start())))).toBe("token-2");
  });

  test("a renewal that fails serves the present token, and no other instance tries within the lease", async () => {
    await clock.finish(tokenOf(instances.start()));
    await clock.advance(3_270_000);
    let refusals = 0;
    const refuse = async () => {
      refusals++;
      throw new Failure("box_unavailable", "Box is away");
    };
    for (let round = 0; round < 3; round++) {
      expect(nameOf(await clock.finish(tokenOf(instances.start(), { mint: refuse })))).toBe("token-1");
    }
    expect([obtaining.begun.length, refusals]).toEqual([1, 1]);
  });

  test("after a mint that fails the next instance mints at once", async () => {
    const failing = tokenOf(instances.start(), {
      mint: async () => {
        throw new Failure("box_unavailable", "Box is away");
      },
    });
    await expect(clock.finish(failing)).rejects.toThrow("Box is away");
    const before = clock.monotonic();
    expect(nameOf(await clock.finish(tokenOf(instances.start())))).toBe("token-1");
    expect(clock.monotonic() - before).toBe(obtaining.mintMs);
  });
});

describe("a lease holder that dies", () => {
  const never = () => new Promise<never>(() => {});

  test("costs the others its lease and no error", async () => {
    void tokenOf(instances.start(), { mint: never });
    await clock.advance(0);
    const before = clock.monotonic();
    const tokens = await clock.finish(
      Promise.all(Array.from({ length: 5 }, () => tokenOf(instances.start()))),
    );
    expect(obtaining.begun).toHaveLength(1);
    expect(new Set(tokens.map(nameOf)).size).toBe(1);
    expect(clock.monotonic() - before).toBeLessThan(LEASE_MS + 2_000);
  });

  test("and that comes back late cannot overwrite the token of its successor", async () => {
    let finish = () => {};
    const late = instances.start();
    const lateToken = tokenOf(late, {
      mint: () =>
        new Promise((resolve) => {
          const token = late.newToken("late");
          finish = () => resolve({ token, credentials: CREDENTIALS });
        }),
    });
    await clock.advance(LEASE_MS + 3_000);
    await clock.finish(tokenOf(instances.start()));
    finish();
    expect(nameOf(await clock.finish(lateToken))).toBe("late");
    expect(nameOf(await clock.finish(tokenOf(instances.start())))).toBe("token-1");
  });

  test("does not keep a request with less time from its token", async () => {
    void tokenOf(instances.start(), { mint: never });
    await clock.advance(0);
    const hurried = instances.start();
    const context = hurried.context(5_000);
    expect(nameOf(await clock.finish(tokenOf(hurried, { context })))).toBe("token-1");
    expect(clock.monotonic()).toBeLessThan(context.deadline);
  });
});

describe("clocks that are two minutes apart", () => {
  test("see the same life in a token", async () => {
    await clock.finish(tokenOf(instances.start(-120_000)));
    await clock.advance(600_000);
    for (const skew of [-120_000, 0, 120_000]) {
      const instance = instances.start(skew);
      expect(instance.lifeLeft(await clock.finish(tokenOf(instance)))).toBe(2_999);
    }
  });

  test("do not take a lease from one another", async () => {
    obtaining.mintMs = 6_000;
    const tokens = [120_000, -120_000, 0, 60_000].map((skew) => tokenOf(instances.start(skew)));
    await clock.finish(Promise.all(tokens));
    expect(obtaining.begun).toHaveLength(1);
  });
});

describe("a table that is away", () => {
  const outage = new TableFailure("DynamoDB: InternalServerError", true);

  test("costs a mint, and the trace says so", async () => {
    instances.table.outage = outage;
    const instance = instances.start();
    const context = instance.context();
    expect(nameOf(await clock.finish(tokenOf(instance, { context })))).toBe("token-1");
    expect(context.trace.sharedCacheFailure).toBe(outage.message);
  });

  test("receives no request after three failures, and is tried again after the pause", async () => {
    instances.table.outage = outage;
    const instance = instances.start();
    for (let round = 0; round < 10; round++) await clock.finish(tokenOf(instance));
    expect(instances.table.calls).toHaveLength(3);
    instances.table.outage = undefined;
    await clock.advance(15_000);
    await clock.finish(tokenOf(instance));
    expect(obtaining.item.sealed).toBeDefined();
  });

  test("leaves the token of the instance's memory in use", async () => {
    const instance = instances.start();
    const held = await clock.finish(tokenOf(instance));
    instances.table.outage = outage;
    expect(nameOf(await clock.finish(tokenOf(instance, { held })))).toBe("token-1");
    expect(obtaining.begun).toHaveLength(1);
  });

  test.each([
    ["cannot note what the token is, by which a revocation finds it", [outage]],
    ["cannot be used for two calls", [outage, outage]],
    ["cannot take the token", [undefined, outage]],
  ])(
    "after the mint, where it %s, keeps the request from no token, and no other waits for it",
    async (_, failures) => {
      instances.table.failures.push(undefined, undefined, ...failures);
      expect(nameOf(await clock.finish(tokenOf(instances.start())))).toBe("token-1");
      const before = clock.monotonic();
      expect(nameOf(await clock.finish(tokenOf(instances.start())))).toBe("token-2");
      expect(clock.monotonic() - before).toBe(obtaining.mintMs);
    },
  );
});

test("a table that is slow until the token of the instance's memory does not serve any more costs a mint", async () => {
  const instance = instances.start();
  const held = instance.newToken("held", 301);
  vi.spyOn(instances.table, "read").mockImplementationOnce(async () => {
    await clock.sleep(2_500);
    throw new TableFailure("DynamoDB: TimeoutError", true);
  });
  expect(nameOf(await clock.finish(tokenOf(instance, { held })))).toBe("token-1");
});

test("a write whose response was lost is recognised as its own", async () => {
  instances.table.lostResponses = 2;
  await clock.finish(tokenOf(instances.start()));
  expect(nameOf(await clock.finish(tokenOf(instances.start())))).toBe("token-1");
  expect(obtaining.begun).toHaveLength(1);
});

describe("the description of a token", () => {
  test("is found by the token's hash, by every instance, while the token lives", async () => {
    const token = await clock.finish(tokenOf(instances.start()));
    const other = instances.start(60_000);
    expect(await other.tokens.register.find(token.sha256, other.context())).toEqual(DESCRIPTION);
    await clock.advance(3_600_000);
    expect(await other.tokens.register.find(token.sha256, other.context())).toBeUndefined();
  });

  test("is not found for a hash that nobody issued", async () => {
    const instance = instances.start();
    await clock.finish(tokenOf(instance));
    expect(await instance.tokens.register.find("0".repeat(64), instance.context())).toBeUndefined();
  });

  test("is not found where it was moved from another hash", async () => {
    const instance = instances.start();
    const token = await clock.finish(tokenOf(instance));
    const moved = instances.table.items.get(`issued#${token.sha256}`);
    if (moved !== undefined) instances.table.items.set(`issued#${"0".repeat(64)}`, moved);
    expect(await instance.tokens.register.find("0".repeat(64), instance.context())).toBeUndefined();
  });
});

describe("an eviction", () => {
  test("removes the token for every instance", async () => {
    const token = await clock.finish(tokenOf(instances.start()));
    const other = instances.start();
    expect(await clock.finish(other.tokens.evict(ISSUED.cacheKey, token.sha256, other.context()))).toBe(true);
    expect(nameOf(await clock.finish(tokenOf(instances.start())))).toBe("token-2");
  });

  test("leaves another token where it is", async () => {
    await clock.finish(tokenOf(instances.start()));
    const other = instances.start();
    const sha256 = other.newToken("another").sha256;
    expect(await clock.finish(other.tokens.evict(ISSUED.cacheKey, sha256, other.context()))).toBe(false);
    expect(nameOf(await clock.finish(tokenOf(instances.start())))).toBe("token-1");
  });

  test("fails where the table is away: a caller must not believe that the token is gone", async () => {
    const token = await clock.finish(tokenOf(instances.start()));
    instances.table.outage = new TableFailure("DynamoDB: InternalServerError", true);
    const other = instances.start();
    const evicting = other.tokens.evict(ISSUED.cacheKey, token.sha256, other.context());
    await expect(clock.finish(evicting)).rejects.toThrow(TableFailure);
  });
});
