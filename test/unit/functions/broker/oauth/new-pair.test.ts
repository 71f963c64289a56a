import { describe, expect, it } from "vitest";
import { TableFailure } from "../../../../../functions/broker/shared-cache/table.ts";
import { Failure } from "../../../../../schemas/protocol/problems.ts";
import { ConnectionsFleet } from "../../../../support/connections-fleet.ts";
import { OAuthFleet } from "../../../../support/oauth-fleet.ts";

const HOUR_MS = 3_600_000;

/** An instance that has a new pair, which the table has not taken yet. */
async function withUnstoredPair() {
  const fleet = await OAuthFleet.expired("strict");
  const instance = fleet.start();
  const request = instance.begin();
  await fleet.clock.advance(100);
  fleet.shared.table.outage = new TableFailure("scripted", true);
  expect(await fleet.outcomeOf(request)).toBe("connections_unavailable");
  return { fleet, instance };
}

describe("a new pair", () => {
  it("that cannot be stored is given to nobody, and is stored by the next request of the instance", async () => {
    const { fleet, instance } = await withUnstoredPair();
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
    const { fleet, instance } = await withUnstoredPair();
    fleet.shared.table.outage = undefined;
    const { store, instance: other } = fleet.start();
    await store.removeUnread({ app: "crm", userId: "4711" }, other.context());
    expect(await instance.outcome()).toBe("user_not_connected");
    expect(fleet.box.revoked).toEqual(["refresh-2"]);
  });

  it("is kept and stored in the same request where the operator repairs the table meanwhile", async () => {
    const fleet = await OAuthFleet.expired("strict");
    const request = fleet.start().begin();
    await fleet.clock.advance(100);
    fleet.shared.table.outage = new TableFailure("scripted: not permitted", false);
    await fleet.clock.advance(5_000);
    fleet.shared.table.outage = undefined;
    expect(await fleet.outcomeOf(request)).toBe("access-2");
    expect(fleet.box.refreshes).toHaveLength(1);
  });

  it("whose access token cannot be used is stored, and refreshed again after 5 s", async () => {
    const fleet = await OAuthFleet.expired("strict");
    fleet.box.faults.push("no access token");
    expect(await fleet.start().outcome()).toBe("box_unexpected_answer");
    expect(await fleet.start().outcome()).toBe("box_unexpected_answer");
    fleet.clock.freeze(5_000);
    expect(await fleet.start().outcome()).toBe("access-3");
    expect(fleet.box.refreshes).toEqual(["refresh-1", "refresh-2"]);
  });

  it("with the refresh token that was sent is stored for its access token", async () => {
    const fleet = await OAuthFleet.expired("strict");
    fleet.box.rotates = false;
    expect(await fleet.start().outcome()).toBe("access-2");
    expect(await fleet.start().outcome()).toBe("access-2");
    expect(fleet.box.refreshes).toEqual(["refresh-1"]);
  });

  it("whose write was acknowledged to nobody is stored all the same", async () => {
    const fleet = await OAuthFleet.expired("strict");
    const request = fleet.start().begin();
    await fleet.clock.advance(100);
    fleet.shared.table.lostResponses = 1;
    expect(await fleet.outcomeOf(request)).toBe("access-2");
    expect(await fleet.start().outcome()).toBe("access-2");
  });

  it("is revoked where the user was disconnected during the refresh", async () => {
    const fleet = await OAuthFleet.expired("strict");
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
    const fleet = await OAuthFleet.expired("strict");
    const request = fleet.start().begin();
    await fleet.clock.advance(100);
    await fleet.connect();
    expect(await fleet.outcomeOf(request)).toBe("access-2");
    expect(fleet.box.revoked).toEqual(["refresh-3"]);
    expect(await fleet.start().outcome()).toBe("access-2");
  });

  it("that is stored nowhere is reported where Box does not confirm its end", async () => {
    const fleet = await OAuthFleet.expired("strict");
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
    const fleet = await OAuthFleet.expired("strict");
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
