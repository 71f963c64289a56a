import { describe, expect, test } from "vitest";
import { Failure } from "../../../../../schemas/protocol/problems.ts";
import { ConnectionsFleet, refreshTokens, usersDueOnDay } from "../../../../support/connections-fleet.ts";
import { SEMANTICS } from "../../../../support/oauth-fleet.ts";

/** A fleet whose users, all of whom are due on the 31st day, have connected just now. */
async function fleetOf(count: number, ...semantics: ConstructorParameters<typeof ConnectionsFleet>) {
  const fleet = new ConnectionsFleet(...semantics);
  const users = usersDueOnDay(31, count);
  for (const user of users) await fleet.connect(user);
  return { fleet, users };
}

describe.each(SEMANTICS)("with %s", (semantics) => {
  test("two sweeps at once refresh each connection once", async () => {
    const { fleet, users } = await fleetOf(20, semantics);
    fleet.passDays(31);
    const sweeps = [fleet.start(), fleet.start()].map((instance) => instance.beginSweep());
    await fleet.clock.finish(Promise.all(sweeps));
    expect([...fleet.box.refreshes].sort()).toEqual(refreshTokens(1, 20).toSorted());
    for (const user of users) expect((await fleet.read(user))?.brokenAt).toBeUndefined();
  });

  test("a sweep and token requests at once refresh each connection once, and every request has a token", async () => {
    const { fleet, users } = await fleetOf(6, semantics);
    fleet.passDays(31);
    const requests = users.flatMap((user) => [
      fleet.start().beginToken(user),
      fleet.start().beginToken(user),
    ]);
    const all = Promise.all([fleet.start().beginSweep(), ...requests]);
    const [, ...tokens] = await fleet.clock.finish(all);
    expect(fleet.box.refreshes).toHaveLength(6);
    for (const token of tokens) expect(fleet.box.accepts(token as string)).toBe(true);
  });

  test("the sweep after one that was killed refreshes the rest, and what was in progress after the lease", async () => {
    const { fleet } = await fleetOf(20, semantics);
    fleet.passDays(31);
    const dying = fleet.start();
    let refreshes = 0;
    // Before the request is sent, so that its refresh token is not used up.
    dying.beforeRefresh = () => (++refreshes > 5 ? new Promise(() => {}) : undefined);
    dying.beginSweep().catch(() => {});
    await fleet.clock.advance(5_000);
    expect(fleet.box.refreshes).toHaveLength(5);
    expect(await fleet.start().sweep()).toMatchObject({ refreshed: 7, postponed: 8, failed: 0 });
    await fleet.clock.advance(30_000);
    expect(await fleet.start().sweep()).toMatchObject({ refreshed: 8, postponed: 0, failed: 0 });
    expect(new Set(fleet.box.refreshes).size).toBe(20);
  });
});

describe("a sweep after the service secret was rotated", () => {
  test("encrypts every connection again, also those that are broken or not due, and then a second rotation is safe", async () => {
    const { fleet, users } = await fleetOf(5);
    await fleet.connect("b", { brokenAt: 1 });
    await fleet.connect("g", { app: "gone" });
    fleet.shared.secret.rotate();
    expect(await fleet.start().sweep()).toMatchObject({ encryptedAgain: 7, refreshed: 0, toReconnect: 1 });
    expect(await fleet.start().sweep()).toMatchObject({ encryptedAgain: 0 });
    fleet.shared.secret.rotate();
    fleet.clock.freeze(600_000);
    for (const user of [...users, "b"]) expect(await fleet.read(user)).toBeDefined();
    expect(await fleet.read("g", "gone")).toBeDefined();
    expect(await fleet.start().sweep()).toMatchObject({ encryptedAgain: 7, unreadable: 0 });
  });

  test("sees a rotation at once in an environment that has the old version in memory", async () => {
    const { fleet } = await fleetOf(2);
    const warm = fleet.start();
    expect(await warm.sweep()).toMatchObject({ encryptedAgain: 0 });
    fleet.shared.secret.rotate();
    expect(await warm.sweep()).toMatchObject({ encryptedAgain: 2 });
  });

  test("encrypts a connection again whose refresh fails", async () => {
    const { fleet } = await fleetOf(1);
    fleet.passDays(31);
    fleet.shared.secret.rotate();
    fleet.apps.set("crm", new Failure("secret_not_found", "deleted"));
    expect(await fleet.start().sweep()).toMatchObject({ encryptedAgain: 1, failed: 1 });
    fleet.shared.secret.rotate();
    fleet.clock.freeze(600_000);
    expect(await fleet.start().sweep()).toMatchObject({ encryptedAgain: 1, unreadable: 0 });
  });

  test("does not touch a connection that another environment refreshes", async () => {
    const { fleet, users } = await fleetOf(1);
    const [user = ""] = users;
    fleet.shared.secret.rotate();
    fleet.passDays(0.1);
    const request = fleet.start().beginToken(user);
    await fleet.clock.advance(50);
    const lease = fleet.shared.table.items.get(`connection#crm#${user}`)?.lease;
    const sweeping = fleet.start().beginSweep();
    await fleet.clock.advance(50);
    expect(fleet.shared.table.items.get(`connection#crm#${user}`)?.lease).toEqual(lease);
    await fleet.clock.finish(Promise.all([request, sweeping]));
    expect(fleet.box.refreshes).toEqual(["refresh-1"]);
  });

  test("twice without a sweep between, counts what is unreadable, names it, and removes nothing", async () => {
    const { fleet } = await fleetOf(2);
    fleet.shared.secret.rotate();
    fleet.shared.secret.rotate();
    fleet.clock.freeze(10_000);
    await fleet.connect("9");
    const report = await fleet.start().sweep();
    expect(report).toMatchObject({ connections: 3, unreadable: 2, failed: 2, toReconnect: 0 });
    expect(report.failures.map(({ code }) => code)).toEqual([
      "connection_unreadable",
      "connection_unreadable",
    ]);
    expect([...fleet.shared.table.items.values()].every(({ sealed }) => sealed !== undefined)).toBe(true);
  });
});
