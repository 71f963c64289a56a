import { describe, expect, test } from "vitest";
import type { ListPage } from "../../../../../functions/broker/oauth/list.ts";
import { TableFailure } from "../../../../../functions/broker/shared-cache/table.ts";
import { Failure } from "../../../../../schemas/protocol/problems.ts";
import type { Result } from "../../../../../schemas/result.ts";
import { ConnectionsFleet } from "../../../../support/connections-fleet.ts";

function pageOf(result: Result<ListPage, unknown>): ListPage {
  if (result.ok) return result.value;
  throw new Error("The page was refused.");
}

const idsOf = ({ connections }: ListPage) => connections.map(({ app, userId }) => `${app}/${userId}`);

/** Connections of three ages, one that is broken, one that is unreadable, and one of another app. */
async function fleetOfAll() {
  const fleet = new ConnectionsFleet();
  await fleet.connect("5");
  fleet.shared.secret.rotate();
  fleet.shared.secret.rotate();
  await fleet.connect("3", { login: "cyd@example.com" });
  fleet.passDays(10.5);
  await fleet.connect("2");
  await fleet.connect("1");
  await fleet.connect("4", { brokenAt: 1 });
  await fleet.connect("2", { app: "erp" });
  return fleet;
}

describe("the list of connections", () => {
  test("begins with those that cannot be used, and continues by days left", async () => {
    const fleet = await fleetOfAll();
    const page = pageOf(await fleet.start().list());
    expect(idsOf(page)).toEqual(["crm/5", "crm/4", "crm/3", "crm/1", "crm/2", "erp/2"]);
    expect(page.connections.map(({ daysLeft }) => daysLeft)).toEqual([null, 0, 49, 60, 60, 60]);
    expect(page).not.toHaveProperty("next");
  });

  test("has each connection's app, user, login, times, days and status, and none of its tokens", async () => {
    const fleet = await fleetOfAll();
    const { connections } = pageOf(await fleet.start().list());
    expect(connections[0]).toEqual({
      ...{ app: "crm", userId: "5", login: null, connectedAt: null, refreshedAt: null, daysLeft: null },
      status: "unreadable",
    });
    expect(connections[1]?.status).toBe("reconnect_required");
    expect(connections[2]).toEqual({
      ...{ app: "crm", userId: "3", login: "cyd@example.com", daysLeft: 49, status: "connected" },
      ...{ connectedAt: "2026-06-01T12:00:00.000Z", refreshedAt: "2026-06-01T12:00:00.000Z" },
    });
    expect(JSON.stringify(connections)).not.toMatch(/access-|refresh-\d/);
  });

  test("of an app has its connections alone, also those that are unreadable", async () => {
    const fleet = await fleetOfAll();
    expect(idsOf(pageOf(await fleet.start().list({ app: "erp" })))).toEqual(["erp/2"]);
    expect(idsOf(pageOf(await fleet.start().list({ app: "crm" })))).toHaveLength(5);
  });

  test("has 0 days for a refresh token that is older than 60 days", async () => {
    const fleet = await fleetOfAll();
    fleet.passDays(70);
    const { connections } = pageOf(await fleet.start().list());
    expect(connections.map(({ daysLeft }) => daysLeft)).toEqual([null, 0, 0, 0, 0, 0]);
  });
});

describe("the list of connections whose app has another client ID than the user consented to", () => {
  test("names them as users who have to connect again, as token requests do", async () => {
    const fleet = new ConnectionsFleet();
    await fleet.connect("1");
    await fleet.connect("2", { clientID: "client-0" });
    await fleet.connect("3", { app: "erp", clientID: "client-0" });
    fleet.apps.set("erp", new Failure("secret_not_found", "scripted"));
    const { connections } = pageOf(await fleet.start().list());
    expect(connections.map(({ userId, status }) => [userId, status])).toEqual([
      ["2", "reconnect_required"],
      ["1", "connected"],
      ["3", "connected"],
    ]);
  });

  test("reads each app's secret once, however many connections it has", async () => {
    const fleet = new ConnectionsFleet();
    for (const user of ["1", "2", "3"]) await fleet.connect(user);
    const instance = fleet.start();
    await instance.list();
    expect(instance.credentialLoads).toEqual(["crm"]);
  });
});

describe("the pages of a list", () => {
  test("have every connection once, each page within its bytes", async () => {
    const fleet = await fleetOfAll();
    const instance = fleet.start();
    const all = pageOf(await instance.list());
    const pages: ListPage[] = [];
    let next: string | undefined;
    do {
      const page = pageOf(await instance.list({ ...(next !== undefined && { next }) }, 400));
      pages.push(page);
      next = page.next;
    } while (next !== undefined);
    expect(pages.length).toBeGreaterThan(2);
    expect(pages.flatMap(({ connections }) => connections)).toEqual(all.connections);
    for (const { connections } of pages) expect(JSON.stringify(connections).length).toBeLessThanOrEqual(402);
  });

  test("have at least one connection, however long it is", async () => {
    const fleet = await fleetOfAll();
    const page = pageOf(await fleet.start().list({}, 1));
    expect(page.connections).toHaveLength(1);
    expect(page.next).toBeDefined();
  });

  test("miss no connection that is refreshed between two of them", async () => {
    const fleet = await fleetOfAll();
    const instance = fleet.start();
    const first = pageOf(await instance.list({}, 400));
    await fleet.connect("3");
    const listed = new Set(idsOf(first));
    for (let { next } = first; next !== undefined; ) {
      const page = pageOf(await instance.list({ next }, 400));
      idsOf(page).forEach((id) => void listed.add(id));
      next = page.next;
    }
    expect(listed.size).toBe(6);
  });

  test.each(["", "x", "1#crm", "1#crm#2#3", "-2#crm#5x#", "1##2", "99999#crm#2"])(
    "are refused for a next that is none of ours: %j",
    async (next) => {
      const fleet = new ConnectionsFleet();
      expect(await fleet.start().list({ next })).toEqual({ ok: false, error: "unknown_page" });
    },
  );

  test("are not returned while the table cannot be read to its end", async () => {
    const fleet = await fleetOfAll();
    fleet.shared.table.failures.push(undefined, new TableFailure("DynamoDB: AccessDeniedException", false));
    await expect(fleet.start().list()).rejects.toMatchObject({ code: "shared_cache_misconfigured" });
  });
});
