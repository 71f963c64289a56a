import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TokenCache } from "../../../../functions/broker/token-cache.ts";
import { issued, tokenDesk } from "../../../support/fake-ports.ts";
import { VirtualClock } from "../../../support/virtual-clock.ts";

/**
 * Box's side of the story: when each token was really made and when it really dies, by a time that no wrong
 * clock touches. A child is taken to die with its parent, which is the worst that Box may do.
 */
function boxWithTrueTime(lies: "wall clock set wrong" | "environment frozen") {
  const desk = tokenDesk();
  // One clock is right at any time; which one, depends on what goes wrong.
  const now = () => (lies === "environment frozen" ? desk.clock.wall() : desk.clock.monotonic());
  const deaths = new Map<string, number>();
  let made = 0;
  let frozenMeanwhile = 0;
  desk.box.rule = ({ token }) => {
    const access_token = `token-${++made}`;
    const parentDeath = token === undefined ? Number.POSITIVE_INFINITY : (deaths.get(token) ?? 0);
    deaths.set(access_token, Math.min(now() + 3_600_000, parentDeath));
    return () => {
      desk.clock.freeze(frozenMeanwhile);
      frozenMeanwhile = 0;
      return { access_token };
    };
  };
  const secondsLeft = (token: string) => ((deaths.get(token) ?? 0) - now()) / 1000;
  const freezeDuringNextCall = (milliseconds: number) => {
    frozenMeanwhile = milliseconds;
  };
  return { desk, secondsLeft, freezeDuringNextCall };
}

const asks = fc.record({
  scope: fc.constantFrom(undefined, "item_download", "item_upload"),
  min_ttl: fc.constantFrom(0, 1, 300, 1799, 1800),
  latency: fc.constantFrom(0, 40, 1_900),
});
const passing = fc.oneof(
  fc.integer({ min: 0, max: 4_000_000 }),
  fc.constantFrom(1, 999, 1_000, 1_739_999, 1_740_000, 1_800_000, 3_300_000, 3_599_999, 3_600_000),
);
const anHour = fc.integer({ min: -3_600_000, max: 3_600_000 });
const runs = { numRuns: 300 };

describe("never issues a token with less life than promised or than min_ttl, whatever", () => {
  it("the wall clock is set to, up to an hour forward or back", async () => {
    const step = fc.record({ ask: asks, passing, setWall: fc.option(anHour) });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        const { desk, secondsLeft } = boxWithTrueTime("wall clock set wrong");
        for (const { ask, passing, setWall } of steps) {
          const { latency, ...members } = ask;
          desk.box.latency = latency;
          const { access_token, expires_in } = issued(await desk.ask(members));
          expect(secondsLeft(access_token)).toBeGreaterThanOrEqual(expires_in);
          expect(expires_in).toBeGreaterThanOrEqual(Math.max(ask.min_ttl, 1));
          await desk.clock.advance(passing);
          desk.clock.setWall(setWall ?? 0);
        }
      }),
      runs,
    );
  });

  it("the time is that the environment was frozen, also between a question to Box and its answer", async () => {
    const frozen = fc.option(passing);
    const meanwhile = fc.option(fc.integer({ min: 0, max: 1_700_000 }));
    const step = fc.record({ ask: asks, passing, frozen, meanwhile });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        const { desk, secondsLeft, freezeDuringNextCall } = boxWithTrueTime("environment frozen");
        for (const { ask, passing, frozen, meanwhile } of steps) {
          const { latency, ...members } = ask;
          desk.box.latency = latency;
          freezeDuringNextCall(meanwhile ?? 0);
          const outcome = await desk.ask(members);
          freezeDuringNextCall(0);
          // A new token may have spent too much of its life in the frozen environment: then it is not issued.
          if (outcome.issued) {
            const { access_token, expires_in } = outcome.response;
            expect(secondsLeft(access_token)).toBeGreaterThanOrEqual(expires_in);
            expect(expires_in).toBeGreaterThanOrEqual(Math.max(ask.min_ttl, 1));
          } else {
            expect(meanwhile).not.toBeNull();
            expect(outcome.problem.code).toBe("box_unexpected_answer");
          }
          await desk.clock.advance(passing);
          desk.clock.freeze(frozen ?? 0);
        }
      }),
      runs,
    );
  });
});

it("does not take a token for older than it is where both clocks are right", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: 3_300_000 }), async (age) => {
      const desk = tokenDesk();
      await desk.ask();
      await desk.clock.advance(age);
      const { access_token, expires_in } = issued(await desk.ask());
      expect(access_token).toBe("jwt-token-1");
      expect(expires_in).toBe(Math.floor(3600 - age / 1000));
    }),
    { numRuns: 100 },
  );
});

it("asks for a token anew after two hours, however long Box says that it lives", async () => {
  const desk = tokenDesk();
  desk.box.answers({ expires_in: 1e9 });
  expect(issued(await desk.ask()).expires_in).toBeLessThanOrEqual(7200);
  await desk.clock.advance(7_200_000);
  expect(issued(await desk.ask()).access_token).toBe("jwt-token-2");
});

describe("TokenCache", () => {
  const held = (sha256: string, wall: number, monotonic: number) => ({
    token: { access_token: sha256, expires_in: 3600, restricted_to: [] },
    sha256,
    born: { wall, monotonic },
    lifetime: 3600,
  });

  it("believes the clock that says less life is left", async () => {
    const clock = new VirtualClock();
    const cache = new TokenCache(clock);
    const token = held("a", clock.wall(), clock.monotonic());
    await clock.advance(100_000);
    expect(cache.lifeLeft(token)).toBe(3500);
    clock.setWall(-3_600_000);
    expect(cache.lifeLeft(token)).toBe(3500);
    clock.setWall(3_600_000);
    clock.freeze(50_000);
    expect(cache.lifeLeft(token)).toBe(3450);
  });

  it("lets the oldest token go when it is full, and no other", () => {
    const clock = new VirtualClock();
    const cache = new TokenCache(clock);
    for (let index = 0; index < 10_000; index++) cache.put(`key-${index}`, held(`${index}`, 0, 0));
    expect(cache.get("key-0")?.sha256).toBe("0");
    cache.put("key-0", held("again", 0, 0));
    cache.put("key-10000", held("10000", 0, 0));
    expect(cache.get("key-0")?.sha256).toBe("again");
    expect(cache.get("key-1")).toBeUndefined();
    expect(cache.get("key-2")?.sha256).toBe("2");
    expect(cache.get("key-10000")?.sha256).toBe("10000");
  });
});
