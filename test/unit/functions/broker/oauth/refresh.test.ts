import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  CREDENTIALS,
  type DeathAt,
  OAuthFleet,
  type RefreshFault,
  SEMANTICS,
  type Semantics,
} from "../../../../support/oauth-fleet.ts";
import { samples } from "../../../../support/samples.ts";

describe("a refresh whose request was lost", () => {
  it.each(SEMANTICS)("is tried once more, and succeeds, with %s", async (semantics) => {
    const fleet = await OAuthFleet.expired(semantics);
    fleet.box.faults.push("before");
    expect(await fleet.start().outcome()).toBe("access-2");
    expect(fleet.box.refreshes).toEqual(["refresh-1", "refresh-1"]);
  });

  it.each(SEMANTICS)("twice is not tried a third time for 5 s, with %s", async (semantics) => {
    const fleet = await OAuthFleet.expired(semantics);
    fleet.box.faults.push("before", "before");
    expect(await fleet.start().outcome()).toBe("box_unavailable");
    expect(await fleet.start().outcome()).toBe("box_unavailable");
    expect(fleet.box.refreshes).toHaveLength(2);
    fleet.clock.freeze(5_000);
    expect(await fleet.start().outcome()).toBe("access-2");
  });
});

describe("a refresh that Box postpones with a Retry-After", () => {
  it("is not tried again before that time", async () => {
    const fleet = await OAuthFleet.expired("strict");
    fleet.box.faults.push("busy");
    expect(await fleet.start().outcome()).toBe("box_unavailable");
    fleet.clock.freeze(6_000);
    expect(await fleet.start().outcome()).toBe("box_unavailable");
    expect(fleet.box.refreshes).toHaveLength(1);
    fleet.clock.freeze(1_000);
    expect(await fleet.start().outcome()).toBe("access-2");
  });

  it("of no seconds is tried once more at once", async () => {
    const fleet = await OAuthFleet.expired("strict");
    fleet.box.retryAfter = 0;
    fleet.box.faults.push("busy");
    expect(await fleet.start().outcome()).toBe("access-2");
  });
});

describe("a refresh whose response was lost", () => {
  it("succeeds at the second attempt where the old pair lives until the new one is used", async () => {
    const fleet = await OAuthFleet.expired("commit-on-use");
    fleet.box.faults.push("after");
    const token = await fleet.start().outcome();
    expect(fleet.box.accepts(token)).toBe(true);
    expect(fleet.box.refreshes).toEqual(["refresh-1", "refresh-1"]);
  });

  it("ends the connection where the refresh itself ends the old pair, after one more attempt", async () => {
    const fleet = await OAuthFleet.expired("strict");
    fleet.box.faults.push("after");
    expect(await fleet.start().outcome()).toBe("reconnect_required");
    expect(fleet.box.refreshes).toHaveLength(2);
    expect(await fleet.start().outcome()).toBe("reconnect_required");
    expect(fleet.box.refreshes).toHaveLength(2);
    await fleet.connect();
    expect(await fleet.start().outcome()).toMatch(/^access-/);
  });
});

describe("an instance that dies when", () => {
  const survived: Record<Semantics, Record<DeathAt, boolean>> = {
    strict: {
      "lease taken": true,
      "request sent": false,
      "response received": false,
      "pair stored": true,
    },
    "commit-on-use": {
      "lease taken": true,
      "request sent": true,
      "response received": true,
      "pair stored": true,
    },
  };
  const cases = SEMANTICS.flatMap((semantics) =>
    Object.entries(survived[semantics]).map(
      ([deathAt, survives]) => [semantics, deathAt as DeathAt, survives] as const,
    ),
  );

  it.each(cases)(
    "(%s) the %s leaves a connection that survives: %s",
    async (semantics, deathAt, survives) => {
      const fleet = await OAuthFleet.expired(semantics);
      const dying = fleet.start();
      dying.deathAt = deathAt;
      dying.begin();
      await fleet.clock.advance(1_000);
      const token = await fleet.start().outcome();
      expect(token).toMatch(survives ? /^access-\d+$/ : /^reconnect_required$/);
      if (survives) expect(fleet.box.accepts(token)).toBe(true);
      expect(fleet.box.refreshes.length).toBeLessThanOrEqual(2);
    },
  );
});

describe("a refresh that Box refuses", () => {
  it("ends the connection, of which Box hears no more", async () => {
    const fleet = await OAuthFleet.expired("strict");
    fleet.box.end();
    expect(await fleet.start().outcome()).toBe("reconnect_required");
    expect(await fleet.start().outcome()).toBe("reconnect_required");
    expect(fleet.box.refreshes).toHaveLength(1);
  });

  it("for its rate is tried again after the time that Box names", async () => {
    const fleet = await OAuthFleet.expired("strict");
    fleet.box.faults.push("throttled");
    expect(await fleet.start().outcome()).toBe("box_rate_limited");
    // Also for the requests of other instances, which wait for that time.
    expect(await fleet.start().outcome()).toBe("box_rate_limited");
    fleet.clock.freeze(7_000);
    expect(await fleet.start().outcome()).toBe("access-2");
    expect(fleet.box.refreshes).toHaveLength(2);
  });

  it("for its rate is tried again after five minutes where Box names a longer time", async () => {
    const fleet = await OAuthFleet.expired("strict");
    fleet.box.retryAfter = 3_155_673_610;
    fleet.box.faults.push("throttled");
    expect(await fleet.start().outcome()).toBe("box_rate_limited");
    fleet.clock.freeze(300_000);
    expect(await fleet.start().outcome()).toBe("access-2");
  });

  it("for the client secret is tried with another version of the app's secret", async () => {
    const fleet = await OAuthFleet.expired("strict");
    fleet.box.clientSecret = "secret-2";
    fleet.versions.push({ ...CREDENTIALS, versionId: "version-2", clientSecret: "secret-2" });
    expect(await fleet.start().outcome()).toBe("access-2");
  });

  it("for the client secret leaves the connection as it was where no version is accepted", async () => {
    const fleet = await OAuthFleet.expired("strict");
    fleet.box.clientSecret = "secret-2";
    expect(await fleet.start().outcome()).toBe("box_client_refused");
    fleet.box.clientSecret = "secret-1";
    fleet.clock.freeze(30_000);
    expect(await fleet.start().outcome()).toBe("access-2");
  });

  it("for what only an operator can change is not repeated for 30 s by any instance, whatever callers request", async () => {
    const fleet = await OAuthFleet.expired("strict");
    fleet.box.faults.push("app disabled", "app disabled");
    const [first, other] = [fleet.start(), fleet.start()];
    for (const instance of [first, first, other]) {
      expect(await instance.outcome()).toBe("box_app_not_authorized");
      fleet.clock.freeze(9_000);
    }
    expect(fleet.box.refreshes).toHaveLength(1);
    fleet.clock.freeze(3_000);
    expect(await other.outcome()).toBe("box_app_not_authorized");
    expect(fleet.box.refreshes).toHaveLength(2);
    fleet.clock.freeze(30_000);
    expect(await first.outcome()).toBe("access-2");
  });
});

describe("whatever happens", () => {
  const faults = fc.array(
    fc.option(fc.constantFrom<RefreshFault>("before", "after", "throttled", "slow", "no access token"), {
      nil: undefined,
      freq: 2,
    }),
    { maxLength: 6 },
  );
  const requests = fc.array(
    fc.record({
      after: fc.integer({ min: 0, max: 15_000 }),
      minTtl: fc.constantFrom(0, 300, 1_800),
      deathAt: fc.option(
        fc.constantFrom<DeathAt>("lease taken", "request sent", "response received", "pair stored"),
        { nil: undefined, freq: 4 },
      ),
      skewMs: fc.integer({ min: -5_000, max: 5_000 }),
    }),
    { minLength: 1, maxLength: 8 },
  );

  it("no connection ends where the old pair lives until the new one is used", async () => {
    await fc.assert(
      fc.asyncProperty(faults, requests, async (script, plan) => {
        const fleet = await OAuthFleet.expired("commit-on-use");
        fleet.box.faults.push(...script);
        for (const { after, minTtl, deathAt, skewMs } of plan) {
          await fleet.clock.advance(after);
          const instance = fleet.start(skewMs);
          instance.deathAt = deathAt;
          instance.begin({ minTtl }).then(
            (token) => expect(fleet.box.accepts(token)).toBe(true),
            () => {},
          );
        }
        await fleet.clock.advance(120_000);
        fleet.box.faults.length = 0;
        const token = await fleet.start().outcome();
        expect(token).toMatch(/^access-/);
        expect(fleet.box.accepts(token)).toBe(true);
      }),
      { numRuns: samples(150, 0.2) },
    );
  });

  it("a connection ends in strict Box only if a response was lost or an instance died", async () => {
    await fc.assert(
      fc.asyncProperty(faults, requests, async (script, plan) => {
        const fleet = await OAuthFleet.expired("strict");
        fleet.box.faults.push(...script.filter((fault) => fault !== "after" && fault !== "slow"));
        for (const { after, minTtl, skewMs } of plan) {
          await fleet.clock.advance(after);
          fleet
            .start(skewMs)
            .begin({ minTtl })
            .catch(() => {});
        }
        await fleet.clock.advance(120_000);
        fleet.box.faults.length = 0;
        const token = await fleet.start().outcome();
        expect(fleet.box.accepts(token)).toBe(true);
      }),
      { numRuns: samples(150, 0.2) },
    );
  });
});
