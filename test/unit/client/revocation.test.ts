import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { keeperHarness as harness } from "./keeper-harness.ts";

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

describe("a token that the program revokes", () => {
  test("is revoked once, and the next one is requested with its hash, so that no instance returns it again", async () => {
    const { keeper, requested, revoked, value } = harness();
    await keeper.current();
    await keeper.revoke();
    expect(await value(keeper.current())).toBe("token-2");
    expect(revoked).toEqual(["token-1"]);
    expect(requested).toEqual([undefined, sha256("token-1")]);
  });

  test("is revoked by one request for 1,000 concurrent calls, and by none for calls after them", async () => {
    const { keeper, clock, revoked } = harness({ latency: 10 });
    await clock.finish(keeper.current());
    await clock.finish(Promise.all(Array.from({ length: 1_000 }, () => keeper.revoke())));
    await keeper.revoke();
    expect(revoked).toEqual(["token-1"]);
  });

  test("is returned to no call that begins after revoke(), although the revocation is still in flight", async () => {
    const { keeper, clock, requested, value } = harness({ latency: 10 });
    await clock.finish(keeper.current());
    const revoking = keeper.revoke();
    const current = value(keeper.current());
    await clock.advance(5);
    expect(requested).toEqual([undefined]);
    await clock.finish(revoking);
    expect(await clock.finish(current)).toBe("token-2");
    expect(requested).toEqual([undefined, sha256("token-1")]);
  });

  test("is not revoked if the function has issued none", async () => {
    const { keeper, revoked, requested } = harness();
    await keeper.revoke();
    expect([revoked, requested]).toEqual([[], []]);
  });

  test("is revoked without a request if it has expired", async () => {
    const { keeper, clock, revoked } = harness();
    await keeper.current();
    await clock.advance(3_600_000);
    await keeper.revoke();
    expect(revoked).toEqual([]);
  });
});

describe("a token that is requested while the program revokes", () => {
  test("is revoked when it comes, and the calls that wait for it get another", async () => {
    const { keeper, clock, requested, revoked, value } = harness({ latency: 10 });
    const waiting = Array.from({ length: 100 }, () => value(keeper.current()));
    const revoking = keeper.revoke();
    expect(new Set(await clock.finish(Promise.all(waiting)))).toEqual(new Set(["token-2"]));
    await clock.finish(revoking);
    expect(await value(keeper.current())).toBe("token-2");
    expect(revoked).toEqual(["token-1"]);
    expect(requested).toEqual([undefined, sha256("token-1")]);
  });

  test("is revoked together with the one that it was to renew", async () => {
    const { keeper, clock, revoked, state, value } = harness();
    await keeper.current();
    await clock.advance(3_550_000);
    state.latency = 10;
    const renewing = value(keeper.current());
    await clock.finish(keeper.revoke());
    expect(revoked).toEqual(["token-1", "token-2"]);
    expect(await clock.finish(renewing)).toBe("token-3");
  });

  test("does not replace the next request when it comes, which all later calls share", async () => {
    const { keeper, clock, requested, value } = harness({ latency: 10 });
    const before = value(keeper.current());
    await clock.advance(5);
    const revoking = keeper.revoke();
    const during = value(keeper.current());
    await clock.advance(7);
    const later = value(keeper.current());
    const all = Promise.all([before, during, later]);
    expect(await clock.finish(all)).toEqual(["token-2", "token-2", "token-2"]);
    await clock.finish(revoking);
    expect(requested).toHaveLength(2);
  });

  test("and that the function then refuses is no failure of the revocation", async () => {
    const { keeper, clock, next, revoked } = harness({ latency: 10 });
    next.push(new Error("refused"));
    const refused = expect(clock.finish(keeper.current())).rejects.toThrow("refused");
    await clock.finish(keeper.revoke());
    await refused;
    expect(revoked).toEqual([]);
  });
});

describe("a revocation that fails", () => {
  test("rejects, drops the token all the same, and is repeated by the next call alone", async () => {
    const { keeper, requested, revoked, revocationFailures, value } = harness();
    await keeper.current();
    revocationFailures.push(new Error("the table is away"));
    await expect(keeper.revoke()).rejects.toThrow("the table is away");
    expect(await value(keeper.current())).toBe("token-2");
    // It was not revoked: the function may return it again.
    expect(requested).toEqual([undefined, undefined]);
    expect(revoked).toEqual(["token-1"]);
    await keeper.revoke();
    expect(revoked).toEqual(["token-1", "token-1", "token-2"]);
    await keeper.revoke();
    expect(revoked).toHaveLength(3);
  });

  test("does not prevent the others, and rejects after all of them", async () => {
    const { keeper, clock, revoked, revocationFailures, state } = harness();
    await keeper.current();
    await clock.advance(3_550_000);
    state.latency = 10;
    const renewing = keeper.current();
    revocationFailures.push(new Error("no"));
    const failed = keeper.revoke();
    await expect(clock.finish(failed)).rejects.toThrow("no");
    expect(revoked).toEqual(["token-1", "token-2"]);
    await clock.finish(renewing);
  });

  test("is not repeated once its token has expired", async () => {
    const { keeper, clock, revoked, revocationFailures } = harness();
    await keeper.current();
    revocationFailures.push(new Error("no"));
    await expect(keeper.revoke()).rejects.toThrow("no");
    await clock.advance(3_600_000);
    await keeper.revoke();
    expect(revoked).toEqual(["token-1"]);
  });
});

describe("a token that the program names", () => {
  test("is revoked, and no other", async () => {
    const { keeper, clock, requested, revoked, value } = harness();
    await keeper.current();
    await keeper.revokeNamed("downscoped");
    expect(await value(keeper.current())).toBe("token-1");
    // The next request does not replace that token, so it does not have its hash.
    await clock.advance(3_600_000);
    await keeper.current();
    expect([revoked, requested]).toEqual([["downscoped"], [undefined, undefined]]);
  });

  test("is dropped, if it is the cached one", async () => {
    const { keeper, requested, revoked, value } = harness();
    await keeper.current();
    await keeper.revokeNamed("token-1");
    expect(await value(keeper.current())).toBe("token-2");
    expect([revoked, requested]).toEqual([["token-1"], [undefined, sha256("token-1")]]);
  });

  test("is repeated by the next revoke(), if it was the cached one and its revocation failed", async () => {
    const { keeper, revoked, revocationFailures } = harness();
    await keeper.current();
    revocationFailures.push(new Error("no"), new Error("no"));
    await expect(keeper.revokeNamed("token-1")).rejects.toThrow("no");
    await expect(keeper.revokeNamed("downscoped")).rejects.toThrow("no");
    await keeper.revoke();
    expect(revoked).toEqual(["token-1", "downscoped", "token-1"]);
  });

  test("is not cached when a request that began before the revocation brings it", async () => {
    const { keeper, clock, next, value } = harness({ latency: 10 });
    next.push({ value: "shared" });
    const requesting = keeper.current();
    await clock.advance(5);
    await clock.finish(Promise.all([requesting, keeper.revokeNamed("shared")]));
    expect(await clock.finish(value(keeper.current()))).toBe("token-2");
  });
});

/** What programs do with one keeper, each at its own moment. */
const actions = fc.array(
  fc.record({
    kind: fc.constantFrom("current", "replace", "revoke"),
    pause: fc.integer({ min: 0, max: 15 }),
  }),
  { maxLength: 25 },
);

test("the keeper returns no token that was revoked before the call, in any order of calls", async () => {
  await fc.assert(
    fc.asyncProperty(actions, async (given) => {
      const { keeper, clock, revoked, value } = harness({ latency: 10 });
      const pending: Promise<unknown>[] = [];
      for (const { kind, pause } of given) {
        if (kind === "revoke") pending.push(keeper.revoke());
        else {
          const before = new Set(revoked);
          const returned = value(kind === "current" ? keeper.current() : keeper.replace());
          pending.push(returned.then((token) => expect(before).not.toContain(token)));
        }
        await clock.advance(pause);
      }
      await clock.finish(Promise.all(pending));
      expect(new Set(revoked).size).toBe(revoked.length);
    }),
    { numRuns: 300 },
  );
});
