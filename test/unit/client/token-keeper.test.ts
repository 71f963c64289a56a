import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { keeperHarness as harness, MIN_TTL } from "./keeper-harness.ts";

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

describe("a token", () => {
  test("is requested once for 5,000 concurrent callers, and then cached", async () => {
    const { keeper, requested, clock, value } = harness({ latency: 50 });
    const all = Promise.all(Array.from({ length: 5_000 }, () => value(keeper.current())));
    expect(new Set(await clock.finish(all))).toEqual(new Set(["token-1"]));
    expect(await value(keeper.current())).toBe("token-1");
    expect(requested).toEqual([undefined]);
  });

  test("is returned from the cache while it has minTtl left, to the second", async () => {
    const { keeper, clock, value } = harness();
    await keeper.current();
    await clock.advance((3_600 - MIN_TTL) * 1_000);
    expect((await keeper.current()).secondsLeft).toBe(MIN_TTL);
    expect(await value(keeper.current())).toBe("token-1");
    await clock.advance(1);
    expect(await value(keeper.current())).toBe("token-2");
  });

  test("expires during a freeze, in which only the wall clock continues", async () => {
    const { keeper, clock, value } = harness();
    await keeper.current();
    clock.freeze(3_600_000);
    expect(await value(keeper.current())).toBe("token-2");
  });

  test("does not live longer when the wall clock is set back", async () => {
    const { keeper, clock, value } = harness();
    await keeper.current();
    clock.setWall(-3_600_000);
    await clock.advance(3_600_000);
    expect(await value(keeper.current())).toBe("token-2");
  });

  test("is requested again if it expired before the response arrived", async () => {
    const { keeper, clock, value, next } = harness({ latency: 10 });
    next.push({ expiresIn: 0.005 });
    expect(await clock.finish(value(keeper.current()))).toBe("token-2");
  });

  test("is requested again if less than minTtl was left when the response arrived", async () => {
    const { keeper, clock, next } = harness({ latency: 10 });
    next.push({ expiresIn: MIN_TTL });
    const { token, secondsLeft } = await clock.finish(keeper.current());
    expect(token.value).toBe("token-2");
    expect(secondsLeft).toBeGreaterThanOrEqual(MIN_TTL);
  });

  test("is requested again if a freeze took its life while the response was on its way", async () => {
    const { keeper, clock, value } = harness({ latency: 10 });
    const current = value(keeper.current());
    await clock.advance(5);
    clock.freeze((3_600 - 1) * 1_000);
    expect(await clock.finish(current)).toBe("token-2");
  });

  test("fails with timed_out if every response comes too late", async () => {
    const { keeper, clock } = harness({ expiresIn: 0.005, latency: 10 });
    await expect(clock.finish(keeper.current())).rejects.toMatchObject({
      code: "timed_out",
      retryable: true,
    });
  });
});

describe("a failure", () => {
  test("reaches all waiting callers, and is not cached", async () => {
    const { keeper, clock, next, requested, value } = harness({ latency: 10 });
    next.push(new Error("no"));
    const settled = await clock.finish(
      Promise.allSettled(Array.from({ length: 100 }, () => keeper.current())),
    );
    expect(settled.every(({ status }) => status === "rejected")).toBe(true);
    expect(requested).toHaveLength(1);
    expect(await clock.finish(value(keeper.current()))).toBe("token-2");
  });
});

describe("a token that Box rejected", () => {
  test("is replaced by one request with its hash, however many calls report it", async () => {
    const { keeper, clock, requested, value } = harness({ latency: 10 });
    await clock.finish(keeper.current());
    const all = Promise.all(Array.from({ length: 1_000 }, () => value(keeper.replace())));
    expect(new Set(await clock.finish(all))).toEqual(new Set(["token-2"]));
    expect(requested).toEqual([undefined, sha256("token-1")]);
  });

  test("is not returned while the request for its replacement is in flight", async () => {
    const { keeper, clock, value } = harness({ latency: 10 });
    await clock.finish(keeper.current());
    const replacing = keeper.replace();
    await clock.advance(1);
    const [current] = await clock.finish(Promise.all([value(keeper.current()), replacing]));
    expect(current).toBe("token-2");
  });

  test("is replaced again only by the second report after five seconds", async () => {
    const { keeper, clock, requested, value } = harness();
    await keeper.current();
    await keeper.replace();
    await clock.advance(4_999);
    for (let call = 0; call < 100; call++) expect(await value(keeper.replace())).toBe("token-2");
    await clock.advance(1);
    expect(await value(keeper.replace())).toBe("token-2");
    expect(await value(keeper.replace())).toBe("token-3");
    expect(requested).toEqual([undefined, sha256("token-1"), sha256("token-2")]);
  });

  test("is replaced by the first report a minute after it came", async () => {
    const { keeper, clock, requested, value } = harness();
    await keeper.current();
    await keeper.replace();
    await clock.advance(60_000);
    expect(await value(keeper.replace())).toBe("token-3");
    expect(requested).toEqual([undefined, sha256("token-1"), sha256("token-2")]);
  });

  test("is not confused with the next token, which came because the first one expired", async () => {
    const { keeper, clock, requested, value } = harness();
    await keeper.current();
    await clock.advance(3_590_000);
    await keeper.current();
    await clock.advance(30_000);
    expect(await value(keeper.replace())).toBe("token-2");
    expect(requested).toEqual([undefined, undefined]);
  });

  test("counts five seconds from the response, however long that took", async () => {
    const { keeper, clock, requested, state, value } = harness();
    await keeper.current();
    state.latency = 10_000;
    await clock.finish(keeper.replace());
    for (let call = 0; call < 3; call++) expect(await value(keeper.replace())).toBe("token-2");
    expect(requested).toEqual([undefined, sha256("token-1")]);
  });

  test("is replaced at once if the program names it and it is the current one, and otherwise never", async () => {
    const { keeper, requested, value } = harness();
    await keeper.current();
    await keeper.replace("token-1");
    for (let call = 0; call < 3; call++) expect(await value(keeper.replace("token-1"))).toBe("token-2");
    expect(await value(keeper.replace("token-2"))).toBe("token-3");
    expect(requested).toEqual([undefined, sha256("token-1"), sha256("token-2")]);
  });

  test("is named again after a failed request, so that the function does not return it again", async () => {
    const { keeper, next, requested } = harness();
    await keeper.current();
    next.push(new Error("no"));
    await expect(keeper.replace()).rejects.toThrow("no");
    await keeper.current();
    await keeper.current();
    expect(requested).toEqual([undefined, sha256("token-1"), sha256("token-1")]);
  });

  test("causes no further request if the one in flight brings another token", async () => {
    const { keeper, clock, requested, state, value } = harness();
    await keeper.current();
    await clock.advance(3_590_000);
    state.latency = 10;
    const refreshing = keeper.current();
    const replacing = value(keeper.replace());
    await clock.finish(refreshing);
    expect(await replacing).toBe("token-2");
    expect(requested).toEqual([undefined, undefined]);
  });

  test("is requested without a hash if there was no token before", async () => {
    const { keeper, requested } = harness();
    await keeper.replace();
    expect(requested).toEqual([undefined]);
  });
});

/** What can happen to a process between two calls, in seconds. */
const happenings = fc.oneof(
  fc.record({ kind: fc.constant("passes" as const), by: fc.integer({ min: 0, max: 4_000 }) }),
  fc.record({ kind: fc.constant("set" as const), by: fc.integer({ min: -3_600, max: 3_600 }) }),
  fc.record({ kind: fc.constant("refused" as const), by: fc.constant(0) }),
);

test("the keeper never returns an expired token, however the wall clock jumps by up to an hour", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(happenings, { maxLength: 30 }), async (happened) => {
      const { keeper, clock, ends, state } = harness();
      for (const { kind, by } of happened) {
        if (kind === "passes") await clock.advance(by * 1_000);
        if (kind === "set") clock.setWall(by * 1_000);
        const held = await (kind === "refused" ? keeper.replace() : keeper.current());
        const trulyLeft = ((ends.get(held.token.value) ?? 0) - state.now()) / 1_000;
        expect(trulyLeft).toBeGreaterThanOrEqual(MIN_TTL);
        expect(held.secondsLeft).toBeLessThanOrEqual(trulyLeft);
      }
    }),
    { numRuns: 300 },
  );
});
