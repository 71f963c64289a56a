import { describe, expect, test } from "vitest";
import { refreshAfterDays } from "../../../../../functions/broker/oauth/sweep.ts";
import { daysLeftOf, sweepReport } from "../../../../../functions/broker/oauth/sweep-report.ts";
import { TableFailure } from "../../../../../functions/broker/shared-cache/table.ts";
import { Failure } from "../../../../../schemas/protocol/problems.ts";
import { ConnectionsFleet, refreshTokens, usersDueOnDay } from "../../../../support/connections-fleet.ts";
import { CREDENTIALS } from "../../../../support/oauth-fleet.ts";

const NOTHING_DONE = {
  refreshed: 0,
  encryptedAgain: 0,
  postponed: 0,
  toReconnect: 0,
  unreadable: 0,
  failed: 0,
};

/** A fleet whose users, all of whom are due on the 31st day, have connected just now. */
async function fleetOf(count: number, ...semantics: ConstructorParameters<typeof ConnectionsFleet>) {
  const fleet = new ConnectionsFleet(...semantics);
  const users = usersDueOnDay(31, count);
  for (const user of users) await fleet.connect(user);
  return { fleet, users };
}

describe("a sweep refreshes a connection", () => {
  test("on no day before the 30th after its last refresh, and on all days from the 40th", async () => {
    const fleet = new ConnectionsFleet();
    for (let user = 1; user <= 40; user++) await fleet.connect(String(user));
    fleet.passDays(29.9);
    expect(await fleet.start().sweep()).toEqual({ ...NOTHING_DONE, connections: 40, failures: [] });
    expect(fleet.box.refreshes).toEqual([]);
    fleet.passDays(10.2);
    expect(await fleet.start().sweep()).toMatchObject({ connections: 40, refreshed: 40, failed: 0 });
    expect(new Set(fleet.box.refreshes).size).toBe(40);
  });

  test("on a day of its own, so that a thousand users of one hour are spread over ten days", () => {
    const perDay = new Map<number, number>();
    for (let user = 1; user <= 1_000; user++) {
      const day = Math.floor(refreshAfterDays({ app: "crm", userId: String(30_000_000 + user) }));
      perDay.set(day, (perDay.get(day) ?? 0) + 1);
    }
    expect([...perDay.keys()].sort()).toEqual([30, 31, 32, 33, 34, 35, 36, 37, 38, 39]);
    for (const users of perDay.values()) expect(users).toBeLessThan(150);
    expect(refreshAfterDays({ app: "crm", userId: "1" })).not.toBe(
      refreshAfterDays({ app: "erp", userId: "1" }),
    );
  });

  test("31 days after its consent, and not again on the next day", async () => {
    const { fleet, users } = await fleetOf(3);
    fleet.passDays(31);
    expect(await fleet.start().sweep()).toMatchObject({ refreshed: 3, failed: 0 });
    expect((await fleet.read(users[0] ?? ""))?.pair.refreshToken).toMatch(/^refresh-[456]$/);
    fleet.passDays(1);
    expect(await fleet.start().sweep()).toMatchObject({ refreshed: 0, connections: 3 });
  });

  test("again and again for a year in which nobody requests its token", async () => {
    const { fleet, users } = await fleetOf(3);
    for (let day = 1; day <= 365; day++) {
      fleet.passDays(1);
      expect(await fleet.start().sweep()).toMatchObject({ failed: 0, toReconnect: 0 });
    }
    expect(fleet.box.refreshes).toHaveLength(3 * Math.floor(365 / 31));
    expect(users).toHaveLength(3);
  });

  test("59 days after its consent, when earlier sweeps did not take place", async () => {
    const { fleet } = await fleetOf(1);
    fleet.passDays(59);
    expect(await fleet.start().sweep()).toMatchObject({ refreshed: 1, failed: 0 });
  });

  test("after 61 days if Box still accepts its refresh token, and counts it as one to reconnect if not", async () => {
    const { fleet, users } = await fleetOf(2);
    fleet.passDays(61);
    expect(await fleet.start().sweep()).toMatchObject({ refreshed: 2, toReconnect: 0 });
    fleet.box.end();
    fleet.passDays(61);
    const report = await fleet.start().sweep();
    expect(report).toMatchObject({ refreshed: 0, toReconnect: 2, failed: 2 });
    expect(report.failures).toEqual(
      users.map((userId) => ({ app: "crm", userId, code: "reconnect_required" })),
    );
    expect(await fleet.start().sweep()).toMatchObject({ toReconnect: 2, failed: 0 });
  });

  test("of an app whose present secret is another app's never, and reports that the user has to reconnect", async () => {
    const fleet = new ConnectionsFleet();
    await fleet.connect("1", { clientID: "client-0" });
    fleet.passDays(41);
    expect(await fleet.start().sweep()).toMatchObject({ toReconnect: 1, failed: 1, refreshed: 0 });
    expect(fleet.box.refreshes).toEqual([]);
  });
});

describe("a sweep of an app whose secret was replaced by that of another Box app", () => {
  test("reports on the same day that its users have to reconnect, and leaves them out of the days left", async () => {
    const fleet = new ConnectionsFleet();
    await fleet.connect("1", { clientID: "client-0" });
    await fleet.connect("2");
    const swept = await fleet.clock.finish(fleet.start().beginSweep());
    expect(sweepReport(swept)).toMatchObject({ connections: 2, toReconnect: 1, failed: 0 });
    expect(daysLeftOf(swept)).toEqual([60]);
    fleet.apps.set("crm", { ...CREDENTIALS, clientID: "client-0" });
    fleet.passDays(1);
    await fleet.start().disconnect({ app: "crm", userId: "2", force: true });
    expect(await fleet.start().sweep()).toMatchObject({ connections: 1, toReconnect: 0 });
  });

  test("does not take a secret that cannot be read for another one", async () => {
    const fleet = new ConnectionsFleet();
    await fleet.connect("1");
    fleet.apps.set("crm", new Failure("secret_unavailable", "scripted"));
    expect(await fleet.start().sweep()).toMatchObject({ connections: 1, toReconnect: 0, failed: 0 });
  });
});

describe("a sweep in which one connection fails", () => {
  test("goes on with the others, and names the one", async () => {
    const { fleet, users } = await fleetOf(12);
    await fleet.connect("7", { app: "gone" });
    fleet.passDays(41);
    fleet.box.faults.push(undefined, "throttled");
    const report = await fleet.start().sweep();
    expect(report).toMatchObject({ connections: 13, refreshed: 11, failed: 2 });
    expect(report.failures.map(({ code }) => code).sort()).toEqual(["box_rate_limited", "secret_not_found"]);
    expect(report.failures).toContainEqual({ app: "gone", userId: "7", code: "secret_not_found" });
    expect(await fleet.start().sweep()).toMatchObject({ refreshed: 1, failed: 1 });
    expect(users).toHaveLength(12);
  });

  test("pauses the worker for as long as Box requests", async () => {
    const { fleet } = await fleetOf(2);
    fleet.passDays(31);
    fleet.box.faults.push("throttled");
    fleet.clock.sleeps.length = 0;
    await fleet.start().sweep();
    expect(fleet.clock.sleeps).toContain(7_000);
  });

  test.each([
    ["is throttled", new Failure("secret_unavailable", "Secrets Manager: ThrottlingException")],
    ["is of another kind", new Failure("secret_invalid", "not a config")],
  ])("because its app's secret %s, leaves it connected", async (_, failure) => {
    const { fleet, users } = await fleetOf(1);
    fleet.passDays(31);
    fleet.apps.set("crm", failure);
    expect(await fleet.start().sweep()).toMatchObject({ failed: 1, toReconnect: 0 });
    fleet.apps.set("crm", CREDENTIALS);
    expect(await fleet.start().sweep()).toMatchObject({ refreshed: 1, failed: 0 });
    expect((await fleet.read(users[0] ?? ""))?.brokenAt).toBeUndefined();
  });

  test("because the table throttles, reports it, and the table's failure during the scan fails the sweep", async () => {
    const { fleet } = await fleetOf(1);
    fleet.passDays(31);
    fleet.shared.table.outage = new TableFailure("DynamoDB: InternalServerError", true);
    await expect(fleet.start().sweep()).rejects.toMatchObject({ code: "connections_unavailable" });
    fleet.shared.table.outage = undefined;
    fleet.shared.table.failures.push(new TableFailure("DynamoDB: ThrottlingException", true, true));
    expect(await fleet.start().sweep()).toMatchObject({ refreshed: 1, failed: 0 });
  });
});

describe("a connection that is due", () => {
  test("is left alone while the pause lasts that Box has requested", async () => {
    const { fleet, users } = await fleetOf(1);
    fleet.passDays(31);
    fleet.box.faults.push("throttled");
    const request = fleet.start().beginToken(users[0] ?? "");
    await expect(fleet.clock.finish(request)).rejects.toMatchObject({ code: "box_rate_limited" });
    expect(await fleet.start().sweep()).toMatchObject({ postponed: 1, refreshed: 0, failed: 0 });
    expect(fleet.box.refreshes).toHaveLength(1);
    await fleet.clock.advance(7_000);
    expect(await fleet.start().sweep()).toMatchObject({ postponed: 0, refreshed: 1 });
  });

  test("whose new pair could not be stored is not refreshed again by the same instance", async () => {
    const { fleet, users } = await fleetOf(1);
    fleet.passDays(31);
    const instance = fleet.start();
    instance.beforeRefresh = () => {
      fleet.shared.table.outage = new TableFailure("DynamoDB: InternalServerError", true);
    };
    expect(await instance.sweep(30_000)).toMatchObject({ refreshed: 0, failed: 1, toReconnect: 0 });
    fleet.shared.table.outage = undefined;
    expect(await instance.sweep()).toMatchObject({ refreshed: 0, failed: 0, toReconnect: 0 });
    expect(fleet.box.refreshes).toEqual(["refresh-1"]);
    expect((await fleet.read(users[0] ?? ""))?.pair.refreshToken).toBe("refresh-2");
  });

  test("and is disconnected during the refresh counts as no failure, and its new pair is ended", async () => {
    const { fleet, users } = await fleetOf(1);
    fleet.passDays(31);
    const instance = fleet.start();
    instance.beforeRefresh = async () => {
      const { store, context } = fleet.start();
      await store.removeUnread({ app: "crm", userId: users[0] ?? "" }, context());
    };
    expect(await instance.sweep()).toMatchObject({ refreshed: 0, failed: 0, toReconnect: 0 });
    expect(fleet.revoked.map(({ token }) => token)).toEqual(["refresh-2"]);
  });
});

describe("the time of a sweep", () => {
  test("goes to the oldest connections first, and what is left comes first the next time", async () => {
    const fleet = new ConnectionsFleet();
    for (let user = 1; user <= 30; user++) {
      await fleet.connect(String(user));
      fleet.passDays(0.01);
    }
    fleet.passDays(40);
    fleet.box.latency = 5_000;
    // For a refresh of 5 s to begin, 20 s must be left.
    const first = await fleet.start().sweep(26_000);
    expect(first).toMatchObject({ refreshed: 16, postponed: 14, failed: 0 });
    expect(new Set(fleet.box.refreshes)).toEqual(new Set(refreshTokens(1, 16)));
    fleet.box.refreshes.length = 0;
    expect(await fleet.start().sweep()).toMatchObject({ refreshed: 14, postponed: 0 });
    expect(fleet.box.refreshes.slice(0, 8)).toEqual(refreshTokens(17, 24));
  });

  test("is spent on eight connections at once, and no more", async () => {
    const { fleet } = await fleetOf(20);
    fleet.passDays(31);
    const instance = fleet.start();
    let running = 0;
    let most = 0;
    instance.beforeRefresh = async () => {
      most = Math.max(most, ++running);
      await fleet.clock.sleep(100);
      running--;
    };
    expect(await instance.sweep()).toMatchObject({ refreshed: 20 });
    expect(most).toBe(8);
  });
});

describe("what a sweep counts", () => {
  test("are the days that each connection in use has left after it", async () => {
    const { fleet } = await fleetOf(2);
    await fleet.connect("b", { brokenAt: 1 });
    fleet.passDays(20);
    await fleet.connect("8");
    fleet.passDays(11);
    const swept = await fleet.clock.finish(fleet.start().beginSweep());
    expect([...daysLeftOf(swept)].sort()).toEqual([49, 60, 60]);
  });

  test("has one step in the trace for each page of the scan, and none for each connection", async () => {
    const { fleet } = await fleetOf(4);
    fleet.shared.table.calls.length = 0;
    await fleet.start().sweep();
    expect(fleet.shared.table.calls.filter((call) => call === "scan")).toHaveLength(2);
  });

  test("leaves out other items of the table, and connections that were removed", async () => {
    const { fleet, users } = await fleetOf(2);
    fleet.shared.table.items.set("token#x", { fence: 1, writer: "w", deleteAfter: 1 });
    await fleet.start().disconnect({ app: "crm", userId: users[0] ?? "" });
    expect(await fleet.start().sweep()).toMatchObject({ connections: 1 });
  });

  test("has at most 1,000 failures in its report, and all in its count", async () => {
    const fleet = new ConnectionsFleet();
    for (let user = 0; user < 1_001; user++) await fleet.connect(String(user), { app: "gone" });
    fleet.passDays(41);
    const report = await fleet.start().sweep();
    expect([report.failed, report.failures.length]).toEqual([1_001, 1_000]);
  });
});
