import { describe, expect, test } from "vitest";
import { mostWithin, type Post } from "../../../bench/fleet/box.ts";
import { EventClock } from "../../../bench/fleet/event-clock.ts";
import { type Faults, NO_FAULTS } from "../../../bench/fleet/faults.ts";
import { Capacity } from "../../../bench/fleet/nature.ts";
import { picture } from "../../../bench/fleet/picture.ts";
import { type Result, type Simulation, simulate } from "../../../bench/fleet/simulate.ts";
import { areAllSampled } from "../../support/samples.ts";

/** Fleets of the token function in virtual time, small enough for every run of the tests. */
const SHARED: Simulation = {
  strategy: "shared cache",
  faults: NO_FAULTS,
  instances: areAllSampled ? 100 : 40,
  requests: areAllSampled ? 600 : 240,
  // Longer than a token lives, so that one is renewed.
  hours: 1.25,
  subjects: 1,
  seed: 14,
};

const failed = ({ failures }: Result) => [...failures.values()].reduce((sum, count) => sum + count, 0);

describe("a fleet of instances that start at once, and once again, with a shared cache", () => {
  test("sends Box one token request for the hour, and one to renew the token", async () => {
    const result = await simulate(SHARED);
    expect(result.posts).toEqual({ token: 2, lost: 0, refused: 0 });
    expect(failed(result)).toBe(0);
    expect(result.starts).toBeGreaterThanOrEqual(2 * SHARED.instances);
  });

  test("sends two for each of four subjects", async () => {
    const result = await simulate({ ...SHARED, subjects: 4 });
    expect(result.mostGrants).toBeLessThanOrEqual(2);
    expect(result.posts.token).toBeLessThanOrEqual(8);
  });

  test("sends no more where the table throttles most of its calls", async () => {
    const faults: Faults = { ...NO_FAULTS, tableShare: () => 0.01 };
    const result = await simulate({ ...SHARED, faults });
    expect(result.throttled).toBeGreaterThan(SHARED.instances);
    expect(result.mostGrants).toBeLessThanOrEqual(2);
    expect(failed(result)).toBe(0);
  });

  test("sends one for each Retry-After while Box responds with 429, and then two an hour", async () => {
    const faults: Faults = { ...NO_FAULTS, retryAfter: (now) => (now < 60_000 ? 12 : undefined) };
    const result = await simulate({ ...SHARED, requests: 5 * SHARED.requests, faults });
    expect(result.posts.refused).toBeGreaterThan(1);
    expect(result.posts.refused).toBeLessThanOrEqual(5);
    expect(result.mostGrants).toBeLessThanOrEqual(2);
  });

  test("repeats what was lost, and sends no other request more", async () => {
    const result = await simulate({ ...SHARED, faults: { ...NO_FAULTS, lostEvery: 3 } });
    expect(result.posts.lost).toBeGreaterThan(0);
    expect(result.mostGrants).toBeLessThanOrEqual(2);
    expect(failed(result)).toBe(0);
  });

  test("sends one grant and one exchange for a downscoped token, and two of each in the hour of its renewal", async () => {
    const result = await simulate({ ...SHARED, scope: "item_download" });
    expect([result.mostGrants, result.mostExchanges]).toEqual([2, 2]);
  });

  test("reads the service secret once in each environment, beside the app's secret every five minutes", async () => {
    const busy = { ...SHARED, instances: 20, requests: areAllSampled ? 3_000 : 1_500 };
    const { secretReads, starts } = await simulate(busy);
    const alone = await simulate({ ...busy, strategy: "memory only" });
    const once = alone.secretReads + starts - alone.starts;
    expect(secretReads).toBeGreaterThan(once);
    expect(secretReads).toBeLessThan(once + 1.2 * starts);
  });
});

test.each(["memory only", "box-node-sdk"] as const)(
  "a fleet with %s sends one token request for each environment at least",
  async (strategy) => {
    const { posts, starts } = await simulate({ ...SHARED, strategy });
    expect(posts.token).toBeGreaterThanOrEqual(starts);
  },
);

test("a simulation with the same seed comes to the same result", async () => {
  const small = { ...SHARED, instances: 20, requests: 200 };
  expect(await simulate(small)).toEqual(await simulate(small));
});

describe("the parts of the simulation:", () => {
  test("timers fire by their time and then by their order, and a cancelled one does not", async () => {
    const clock = new EventClock();
    const fired: string[] = [];
    for (const [name, at] of Object.entries({ d: 30, a: 10, c: 20, b: 10, e: 31 }))
      clock.setTimer(at, () => void fired.push(`${name}@${clock.monotonic()}`));
    clock.setTimer(15, () => void fired.push("cancelled"))();
    clock.setTimer(12, () => void clock.setTimer(1, () => void fired.push("nested")));
    await clock.run();
    expect(fired).toEqual(["a@10", "b@10", "nested", "c@20", "d@30", "e@31"]);
  });

  test("a partition bears as many units at once as in a second, and the same again a second later", () => {
    const capacity = new Capacity(10);
    const borne = (now: number, share?: number) =>
      Array.from({ length: 20 }, () => capacity.take(1, now, share)).filter(Boolean).length;
    expect([borne(0), borne(500), borne(5_000), borne(6_000, 0.2)]).toEqual([10, 5, 10, 2]);
  });

  test("the POSTs of an hour are counted for each subject by itself, whenever the hour begins", () => {
    const posts = [0, 3_000, 3_599, 3_600, 7_300].map(
      (at): Post => ({
        ...{ at: at * 1_000, kind: "grant", subject: at === 3_000 ? "other" : "one", result: "token" },
      }),
    );
    expect(mostWithin(posts, 3_600_000)).toBe(2);
    expect(mostWithin([], 3_600_000)).toBe(0);
  });

  test("the picture has a line for each fleet, which is flat where the number of instances does not matter", () => {
    const line = (strategy: string, posts: readonly number[]) => ({
      strategy,
      points: posts.map((postsPerHour, index) => ({ instances: 10 ** (index + 1), postsPerHour })),
    });
    const svg = picture([line("memory only", [10, 100, 1_000]), line("shared cache", [2, 2, 2])]);
    const heights = [...svg.matchAll(/points="([^"]+)"/g)].map(([, points = ""]) =>
      points.split(" ").map((point) => Number(point.split(",")[1])),
    );
    const [steep = [], flat = []] = heights;
    expect(steep).toEqual(steep.toSorted((one, other) => other - one));
    expect(new Set(steep).size).toBe(3);
    expect(new Set(flat).size).toBe(1);
    expect(svg).toContain(">shared cache</text>");
  });
});
