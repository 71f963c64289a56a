import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { lifeLeft } from "../../../../functions/broker/held-token.ts";
import { TokenMemory } from "../../../../functions/broker/token-memory.ts";
import { issued, tokenHarness } from "../../../support/fake-ports.ts";
import { samples } from "../../../support/samples.ts";
import { VirtualClock } from "../../../support/virtual-clock.ts";

/**
 * Box's view: when each token was really issued and when it really expires, by a time that no clock fault
 * affects. A downscoped token expires with its full token, which is the worst case for Box's behaviour.
 */
function boxWithTrueTime(clockFault: "wall clock set wrong" | "environment frozen") {
  const harness = tokenHarness();
  // One clock is always right; which one depends on the fault.
  const now = () => (clockFault === "environment frozen" ? harness.clock.wall() : harness.clock.monotonic());
  const deaths = new Map<string, number>();
  let made = 0;
  let frozenMeanwhile = 0;
  harness.box.rule = ({ token }) => {
    const access_token = `token-${++made}`;
    const parentDeath = token === undefined ? Number.POSITIVE_INFINITY : (deaths.get(token) ?? 0);
    deaths.set(access_token, Math.min(now() + 3_600_000, parentDeath));
    return () => {
      harness.clock.freeze(frozenMeanwhile);
      frozenMeanwhile = 0;
      return { access_token };
    };
  };
  const secondsLeft = (token: string) => ((deaths.get(token) ?? 0) - now()) / 1000;
  const freezeDuringNextCall = (milliseconds: number) => {
    frozenMeanwhile = milliseconds;
  };
  return { harness, secondsLeft, freezeDuringNextCall };
}

const requests = fc.record({
  scope: fc.constantFrom(undefined, "item_download", "item_upload"),
  min_ttl: fc.constantFrom(0, 1, 300, 1799, 1800),
  latency: fc.constantFrom(0, 40, 1_900),
});
const passing = fc.oneof(
  fc.integer({ min: 0, max: 4_000_000 }),
  fc.constantFrom(1, 999, 1_000, 1_739_999, 1_740_000, 1_800_000, 3_300_000, 3_599_999, 3_600_000),
);
const anHour = fc.integer({ min: -3_600_000, max: 3_600_000 });
const runs = { numRuns: samples(300, 0.2) };

describe("never issues a token that expires before expires_in or min_ttl", () => {
  it("if the wall clock is set up to an hour forward or back", async () => {
    const step = fc.record({ request: requests, passing, setWall: fc.option(anHour) });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        const { harness, secondsLeft } = boxWithTrueTime("wall clock set wrong");
        for (const { request, passing, setWall } of steps) {
          const { latency, ...parameters } = request;
          harness.box.latency = latency;
          const { access_token, expires_in } = issued(await harness.request(parameters));
          expect(secondsLeft(access_token)).toBeGreaterThanOrEqual(expires_in);
          expect(expires_in).toBeGreaterThanOrEqual(Math.max(request.min_ttl, 1));
          await harness.clock.advance(passing);
          harness.clock.setWall(setWall ?? 0);
        }
      }),
      runs,
    );
  });

  it("if the environment was frozen for any time, also between a request to Box and its response", async () => {
    const frozen = fc.option(passing);
    const meanwhile = fc.option(fc.integer({ min: 0, max: 1_700_000 }));
    const step = fc.record({ request: requests, passing, frozen, meanwhile });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        const { harness, secondsLeft, freezeDuringNextCall } = boxWithTrueTime("environment frozen");
        for (const { request, passing, frozen, meanwhile } of steps) {
          const { latency, ...parameters } = request;
          harness.box.latency = latency;
          freezeDuringNextCall(meanwhile ?? 0);
          const outcome = await harness.request(parameters);
          freezeDuringNextCall(0);
          // A new token that lost too much of its life in the frozen environment is not issued.
          if (outcome.issued) {
            const { access_token, expires_in } = outcome.response;
            expect(secondsLeft(access_token)).toBeGreaterThanOrEqual(expires_in);
            expect(expires_in).toBeGreaterThanOrEqual(Math.max(request.min_ttl, 1));
          } else {
            expect(meanwhile).not.toBeNull();
            expect(outcome.problem.code).toBe("box_unexpected_answer");
          }
          await harness.clock.advance(passing);
          harness.clock.freeze(frozen ?? 0);
        }
      }),
      runs,
    );
  });
});

it("the token cache does not overestimate the age of a token if both clocks are right", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: 3_300_000 }), async (age) => {
      const harness = tokenHarness();
      await harness.request();
      await harness.clock.advance(age);
      const { access_token, expires_in } = issued(await harness.request());
      expect(access_token).toBe("jwt-token-1");
      expect(expires_in).toBe(Math.floor(3600 - age / 1000));
    }),
    { numRuns: 100 },
  );
});

it("the token cache requests a new token after two hours, whatever expires_in Box returned", async () => {
  const harness = tokenHarness();
  harness.box.respondWith({ expires_in: 1e9 });
  expect(issued(await harness.request()).expires_in).toBeLessThanOrEqual(7200);
  await harness.clock.advance(7_200_000);
  expect(issued(await harness.request()).access_token).toBe("jwt-token-2");
});

const held = (sha256: string, wall: number, monotonic: number) => ({
  token: { access_token: sha256, expires_in: 3600, restricted_to: [] },
  sha256,
  born: { wall, monotonic },
  lifetime: 3600,
});

it("uses the clock that leaves a token less time", async () => {
  const clock = new VirtualClock();
  const token = held("a", clock.wall(), clock.monotonic());
  await clock.advance(100_000);
  expect(lifeLeft(clock, token)).toBe(3500);
  clock.setWall(-3_600_000);
  expect(lifeLeft(clock, token)).toBe(3500);
  clock.setWall(3_600_000);
  clock.freeze(50_000);
  expect(lifeLeft(clock, token)).toBe(3450);
});

it("drops only the oldest token if the memory is full", async () => {
  const memory = new TokenMemory();
  for (let index = 0; index < 10_000; index++) await memory.put(`key-${index}`, held(`${index}`, 0, 0));
  const kept = async (key: string) => (await memory.get(key))?.sha256;
  expect(await kept("key-0")).toBe("0");
  await memory.put("key-0", held("again", 0, 0));
  await memory.put("key-10000", held("10000", 0, 0));
  expect(await kept("key-0")).toBe("again");
  expect(await kept("key-1")).toBeUndefined();
  expect(await kept("key-2")).toBe("2");
  expect(await kept("key-10000")).toBe("10000");
});
