import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TableFailure } from "../../../../../functions/broker/shared-cache/table.ts";
import { Failure } from "../../../../../schemas/protocol/problems.ts";
import { ConnectionsFleet } from "../../../../support/connections-fleet.ts";
import {
  CREDENTIALS,
  type DeathAt,
  OAuthFleet,
  type RefreshFault,
  SEMANTICS,
  type Semantics,
} from "../../../../support/oauth-fleet.ts";
import { samples } from "../../../../support/samples.ts";

const HOUR_MS = 3_600_000;

/** A fleet whose user's access token has expired. */
async function expired(semantics: Semantics): Promise<OAuthFleet> {
  const fleet = await OAuthFleet.connected(semantics);
  fleet.clock.freeze(HOUR_MS);
  return fleet;
}

describe("a refresh whose request was lost", () => {
  it.each(SEMANTICS)("is tried once more, and succeeds, with %s", async (semantics) => {
    const fleet = await expired(semantics);
    fleet.box.faults.push("before");
    expect(await fleet.start().outcome()).toBe("access-2");
    expect(fleet.box.refreshes).toEqual(["refresh-1", "refresh-1"]);
  });

  it.each(SEMANTICS)("twice is not tried a third time for 5 s, with %s", async (semantics) => {
    const fleet = await expired(semantics);
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
    const fleet = await expired("strict");
    fleet.box.faults.push("busy");
    expect(await fleet.start().outcome()).toBe("box_unavailable");
    fleet.clock.freeze(6_000);
    expect(await fleet.start().outcome()).toBe("box_unavailable");
    expect(fleet.box.refreshes).toHaveLength(1);
    fleet.clock.freeze(1_000);
    expect(await fleet.start().outcome()).toBe("access-2");
  });

  it("of no seconds is tried once more at once", async () => {
    const fleet = await expired("strict");
    fleet.box.retryAfter = 0;
    fleet.box.faults.push("busy");
    expect(await fleet.start().outcome()).toBe("access-2");
  });
});

describe("a refresh whose response was lost", () => {
  it("succeeds at the second attempt where the old pair lives until the new one is used", async () => {
    const fleet = await expired("commit-on-use");
    fleet.box.faults.push("after");
    const token = await fleet.start().outcome();
    expect(fleet.box.accepts(token)).toBe(true);
    expect(fleet.box.refreshes).toEqual(["refresh-1", "refresh-1"]);
  });

  it("ends the connection where the refresh itself ends the old pair, after one more attempt", async () => {
    const fleet = await expired("strict");
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
      const fleet = await expired(semantics);
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

describe("a new pair", () => {
  it("that cannot be stored is given to nobody, and is stored by the next request of the instance", async () => {
    const fleet = await expired("strict");
    const instance = fleet.start();
    const request = instance.begin();
    await fleet.clock.advance(100);
    fleet.shared.table.outage = new TableFailure("scripted", true);
    expect(await fleet.outcomeOf(request)).toBe("connections_unavailable");
    expect(fleet.unstored).toEqual([{ app: "crm", userId: "4711" }]);
    expect(await instance.outcome()).toBe("connections_unavailable");
    fleet.shared.table.outage = undefined;
    expect(await instance.outcome()).toBe("access-2");
    expect(await fleet.start().outcome()).toBe("access-2");
    expect(fleet.box.refreshes).toHaveLength(1);
  });

  it("that could not be stored is stored by the next request of the instance for another user", async () => {
    const fleet = new ConnectionsFleet("strict");
    const [ann, bob] = ["4711", "4712"];
    for (const user of [ann, bob]) await fleet.connect(user);
    fleet.clock.freeze(HOUR_MS);
    const instance = fleet.start();
    const request = instance.beginToken(ann).catch((failure: Failure) => failure.code);
    await fleet.clock.advance(100);
    fleet.shared.table.outage = new TableFailure("scripted", true);
    expect(await fleet.clock.finish(request)).toBe("connections_unavailable");
    fleet.shared.table.outage = undefined;
    await fleet.clock.finish(instance.beginToken(bob));
    expect((await fleet.read(ann))?.pair.refreshToken).toBe("refresh-3");
  });

  it("that the instance still has is revoked where the user was disconnected meanwhile", async () => {
    const fleet = await expired("strict");
    const instance = fleet.start();
    const request = instance.begin();
    await fleet.clock.advance(100);
    fleet.shared.table.outage = new TableFailure("scripted", true);
    expect(await fleet.outcomeOf(request)).toBe("connections_unavailable");
    fleet.shared.table.outage = undefined;
    const { store, instance: other } = fleet.start();
    await store.removeUnread({ app: "crm", userId: "4711" }, other.context());
    expect(await instance.outcome()).toBe("user_not_connected");
    expect(fleet.box.revoked).toEqual(["refresh-2"]);
  });

  it("is kept and stored in the same request where the operator repairs the table meanwhile", async () => {
    const fleet = await expired("strict");
    const request = fleet.start().begin();
    await fleet.clock.advance(100);
    fleet.shared.table.outage = new TableFailure("scripted: not permitted", false);
    await fleet.clock.advance(5_000);
    fleet.shared.table.outage = undefined;
    expect(await fleet.outcomeOf(request)).toBe("access-2");
    expect(fleet.box.refreshes).toHaveLength(1);
  });

  it("whose access token cannot be used is stored, and refreshed again after 5 s", async () => {
    const fleet = await expired("strict");
    fleet.box.faults.push("no access token");
    expect(await fleet.start().outcome()).toBe("box_unexpected_answer");
    expect(await fleet.start().outcome()).toBe("box_unexpected_answer");
    fleet.clock.freeze(5_000);
    expect(await fleet.start().outcome()).toBe("access-3");
    expect(fleet.box.refreshes).toEqual(["refresh-1", "refresh-2"]);
  });

  it("with the refresh token that was sent is stored for its access token", async () => {
    const fleet = await expired("strict");
    fleet.box.rotates = false;
    expect(await fleet.start().outcome()).toBe("access-2");
    expect(await fleet.start().outcome()).toBe("access-2");
    expect(fleet.box.refreshes).toEqual(["refresh-1"]);
  });

  it("whose write was acknowledged to nobody is stored all the same", async () => {
    const fleet = await expired("strict");
    const request = fleet.start().begin();
    await fleet.clock.advance(100);
    fleet.shared.table.lostResponses = 1;
    expect(await fleet.outcomeOf(request)).toBe("access-2");
    expect(await fleet.start().outcome()).toBe("access-2");
  });

  it("is revoked where the user was disconnected during the refresh", async () => {
    const fleet = await expired("strict");
    const request = fleet.start().begin();
    await fleet.clock.advance(100);
    const { store, instance } = fleet.start();
    const { connection, item } = await store.read({ app: "crm", userId: "4711" }, instance.context());
    if (connection === undefined || item === undefined) throw new Error("There is no connection.");
    await store.remove({ connection, item }, instance.context());
    expect(await fleet.outcomeOf(request)).toBe("user_not_connected");
    expect(fleet.box.revoked).toEqual(["refresh-2"]);
  });

  it("is revoked where the user consented again during the refresh, and the new consent's token is served", async () => {
    const fleet = await expired("strict");
    const request = fleet.start().begin();
    await fleet.clock.advance(100);
    await fleet.connect();
    expect(await fleet.outcomeOf(request)).toBe("access-2");
    expect(fleet.box.revoked).toEqual(["refresh-3"]);
    expect(await fleet.start().outcome()).toBe("access-2");
  });

  it("that is stored nowhere is reported where Box does not confirm its end", async () => {
    const fleet = await expired("strict");
    const instance = fleet.start();
    Object.assign(instance.ports, {
      revoke: () => Promise.reject(new Failure("box_unavailable", "scripted")),
    });
    const request = instance.begin();
    await fleet.clock.advance(100);
    await fleet.connect();
    expect(await fleet.outcomeOf(request)).toBe("access-2");
    expect(fleet.unended).toEqual(["crm"]);
  });

  it("of an instance that was slower than its lease repairs what the next one found refused", async () => {
    const fleet = await expired("strict");
    fleet.box.latency = 0;
    const slow = fleet.start();
    const stalled = slow.ports.refresh;
    Object.assign(slow.ports, {
      refresh: async (...call: Parameters<typeof stalled>) => {
        const pair = await stalled(...call);
        await fleet.clock.sleep(25_000);
        return pair;
      },
    });
    const request = slow.begin({ timeLeft: 60_000 });
    await fleet.clock.advance(23_000);
    expect(await fleet.start().outcome()).toBe("reconnect_required");
    expect(await fleet.clock.finish(request)).toBe("access-2");
    expect(await fleet.start().outcome()).toBe("access-2");
  });
});

describe("a refresh that Box refuses", () => {
  it("ends the connection, of which Box hears no more", async () => {
    const fleet = await expired("strict");
    fleet.box.end();
    expect(await fleet.start().outcome()).toBe("reconnect_required");
    expect(await fleet.start().outcome()).toBe("reconnect_required");
    expect(fleet.box.refreshes).toHaveLength(1);
  });

  it("for its rate is tried again after the time that Box names", async () => {
    const fleet = await expired("strict");
    fleet.box.faults.push("throttled");
    expect(await fleet.start().outcome()).toBe("box_rate_limited");
    // Also for the requests of other instances, which wait for that time.
    expect(await fleet.start().outcome()).toBe("box_rate_limited");
    fleet.clock.freeze(7_000);
    expect(await fleet.start().outcome()).toBe("access-2");
    expect(fleet.box.refreshes).toHaveLength(2);
  });

  it("for its rate is tried again after five minutes where Box names a longer time", async () => {
    const fleet = await expired("strict");
    fleet.box.retryAfter = 3_155_673_610;
    fleet.box.faults.push("throttled");
    expect(await fleet.start().outcome()).toBe("box_rate_limited");
    fleet.clock.freeze(300_000);
    expect(await fleet.start().outcome()).toBe("access-2");
  });

  it("for the client secret is tried with another version of the app's secret", async () => {
    const fleet = await expired("strict");
    fleet.box.clientSecret = "secret-2";
    fleet.versions.push({ ...CREDENTIALS, versionId: "version-2", clientSecret: "secret-2" });
    expect(await fleet.start().outcome()).toBe("access-2");
  });

  it("for the client secret leaves the connection as it was where no version is accepted", async () => {
    const fleet = await expired("strict");
    fleet.box.clientSecret = "secret-2";
    expect(await fleet.start().outcome()).toBe("box_client_refused");
    fleet.box.clientSecret = "secret-1";
    expect(await fleet.start().outcome()).toBe("access-2");
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
        const fleet = await expired("commit-on-use");
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
        const fleet = await expired("strict");
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
