import { describe, expect, test, vi } from "vitest";
import { tokenSha256 } from "../../../../../functions/broker/held-token.ts";
import { TableFailure } from "../../../../../functions/broker/shared-cache/table.ts";
import { Failure } from "../../../../../schemas/protocol/problems.ts";
import { ConnectionsFleet } from "../../../../support/connections-fleet.ts";
import { CREDENTIALS } from "../../../../support/oauth-fleet.ts";

const ANN = { app: "crm", userId: "17" };

async function connected(settings: Parameters<ConnectionsFleet["connect"]>[1] = {}) {
  const fleet = new ConnectionsFleet();
  await fleet.connect("17", settings);
  return fleet;
}

const codeOf = (outcome: object) => (outcome as { problem?: { code: string } }).problem?.code;

describe("a disconnection", () => {
  test("ends the refresh token at Box and removes the connection", async () => {
    const fleet = await connected();
    expect(await fleet.start().disconnect(ANN)).toEqual({ disconnected: true, endedAtBox: true });
    expect(fleet.revoked).toEqual([{ token: "refresh-1", version: "version-1" }]);
    expect(await fleet.read("17")).toBeUndefined();
    const request = fleet.start().beginToken("17");
    await expect(fleet.clock.finish(request)).rejects.toMatchObject({ code: "user_not_connected" });
  });

  test("has an audit line with the hash of the access token that has ended, before its result", async () => {
    const fleet = await connected();
    await fleet.start().disconnect(ANN);
    expect(fleet.audit.last).toMatchObject({
      ...{
        action: "disconnect",
        outcome: "disconnected",
        effect: "ended_at_box",
        app: "crm",
        subject: "user:17",
      },
      ...{ client_id: "client-1", secret_version: "version-1", token_sha256: tokenSha256("access-1") },
      ...{ caller: "unidentified", function_version: "7", code: null },
    });
    fleet.audit.failure = new Error("no space");
    await fleet.connect("18");
    const outcome = await fleet.start().disconnect({ app: "crm", userId: "18" });
    expect(codeOf(outcome)).toBe("audit_unavailable");
  });

  test("can be repeated: the second one reports that there is no connection", async () => {
    const fleet = await connected();
    await fleet.start().disconnect(ANN);
    const again = await fleet.start().disconnect(ANN);
    expect(again).toMatchObject({ denied: true, problem: { code: "user_not_connected", retryable: false } });
    expect((again as { problem: { error_description: string } }).problem.error_description).toBe(
      "User 17 has no connection to the app crm.",
    );
    expect(fleet.revoked).toHaveLength(1);
    expect(fleet.audit.last).toMatchObject({
      action: "disconnect",
      outcome: "denied",
      code: "user_not_connected",
    });
  });

  test.each(["box_unavailable", "box_rate_limited", "box_unexpected_answer"] as const)(
    "removes nothing after %s, and the next request need not wait for it",
    async (code) => {
      const fleet = await connected();
      fleet.revocations.push(new Failure(code, "scripted"));
      const outcome = await fleet.start().disconnect(ANN);
      expect(outcome).toMatchObject({ problem: { code, retryable: true } });
      expect(await fleet.read("17")).toMatchObject({ userId: "17" });
      expect(fleet.shared.table.items.get("connection#crm#17")?.lease).toBeUndefined();
      expect(await fleet.clock.finish(fleet.start().beginToken("17"))).toBe("access-1");
      expect(await fleet.start().disconnect(ANN)).toMatchObject({ disconnected: true });
    },
  );

  test.each(["box_unavailable", "box_rate_limited"] as const)(
    "removes nothing after %s even if it is forced: Box can end the tokens later",
    async (code) => {
      const fleet = await connected();
      fleet.revocations.push(new Failure(code, "scripted"));
      expect(codeOf(await fleet.start().disconnect({ ...ANN, force: true }))).toBe(code);
      expect(await fleet.read("17")).toBeDefined();
    },
  );

  test("that ended the pair and cannot remove it leaves no lease, and nobody gets the dead tokens", async () => {
    const fleet = await connected();
    const { table } = fleet.shared;
    const { replace } = table;
    const spy = vi.spyOn(table, "replace").mockImplementation(async (...write) => {
      if (write[2].sealed === undefined) throw new TableFailure("DynamoDB: InternalServerError", true);
      return replace.apply(table, write);
    });
    expect(codeOf(await fleet.start().disconnect(ANN))).toBe("connections_unavailable");
    spy.mockRestore();
    expect(table.items.get("connection#crm#17")?.lease).toBeUndefined();
    const request = fleet.start().beginToken("17");
    await expect(fleet.clock.finish(request)).rejects.toMatchObject({ code: "reconnect_required" });
    const begun = fleet.clock.monotonic();
    expect(await fleet.start().disconnect(ANN)).toEqual({ disconnected: true, endedAtBox: true });
    expect(fleet.clock.monotonic() - begun).toBeLessThan(1_000);
  });

  test("that is forced and cannot remove the connection leaves it as it was, without a lease", async () => {
    const fleet = await connected();
    const before = await fleet.read("17");
    fleet.revocations.push(new Failure("box_client_refused", "scripted"));
    const { table } = fleet.shared;
    const { replace } = table;
    const spy = vi.spyOn(table, "replace").mockImplementation(async (...write) => {
      if (write[2].sealed === undefined) throw new TableFailure("DynamoDB: InternalServerError", true);
      return replace.apply(table, write);
    });
    expect(codeOf(await fleet.start().disconnect({ ...ANN, force: true }))).toBe("connections_unavailable");
    spy.mockRestore();
    expect(table.items.get("connection#crm#17")?.lease).toBeUndefined();
    expect(await fleet.read("17")).toEqual(before);
  });

  test("waits for a refresh that another instance has begun, and ends the new pair", async () => {
    const fleet = await connected();
    fleet.passDays(0.1);
    const request = fleet.start().beginToken("17");
    await fleet.clock.advance(50);
    const outcome = fleet.start().beginDisconnect(ANN);
    const [token] = await fleet.clock.finish(Promise.all([request, outcome]));
    expect(token).toBe("access-2");
    expect(fleet.revoked.map((one) => one.token)).toEqual(["refresh-2"]);
    expect(await fleet.read("17")).toBeUndefined();
  });

  test("reports that it can be repeated if the refresh of a dead instance outlasts its time", async () => {
    const fleet = await connected();
    fleet.passDays(0.1);
    const dying = fleet.start();
    dying.beforeRefresh = () => new Promise(() => {});
    dying.beginToken("17").catch(() => {});
    await fleet.clock.advance(50);
    const outcome = await fleet.start().disconnect(ANN, 5_000);
    expect(outcome).toMatchObject({ problem: { code: "deadline_exceeded", retryable: true } });
    expect(await fleet.start().disconnect(ANN)).toMatchObject({ disconnected: true });
  });

  test("lets no instance refresh meanwhile", async () => {
    const fleet = await connected();
    fleet.passDays(0.1);
    fleet.revocationLatency = 1_000;
    const disconnecting = fleet.start().beginDisconnect(ANN);
    await fleet.clock.advance(500);
    const request = fleet.start().beginToken("17");
    const both = Promise.allSettled([disconnecting, request]);
    const [, token] = await fleet.clock.finish(both);
    expect(token).toMatchObject({ status: "rejected", reason: { code: "user_not_connected" } });
    expect(fleet.box.refreshes).toEqual([]);
  });

  test("of a user who consents again meanwhile ends both pairs", async () => {
    const fleet = await connected();
    const instance = fleet.start();
    const remove = instance.store.remove.bind(instance.store);
    let consents = 0;
    instance.store.remove = async (...args) => {
      if (consents++ === 0) await reconnect(fleet);
      return remove(...args);
    };
    expect(await instance.disconnect(ANN)).toMatchObject({ disconnected: true });
    expect(fleet.revoked.map(({ token }) => token)).toEqual(["refresh-1", "refresh-2"]);
    expect(await fleet.read("17")).toBeUndefined();
  });

  test("while the table is away reports that, and ends nothing at Box", async () => {
    const fleet = await connected();
    fleet.shared.table.outage = new TableFailure("DynamoDB: InternalServerError", true);
    expect(codeOf(await fleet.start().disconnect(ANN))).toBe("connections_unavailable");
    expect(fleet.revoked).toEqual([]);
  });

  test("uses the previous version of the app's secret where Box refuses the current one", async () => {
    const fleet = await connected();
    fleet.versions.push({ ...CREDENTIALS, versionId: "version-0", stage: "AWSPREVIOUS" });
    fleet.revocations.push(new Failure("box_client_refused", "scripted"));
    expect(await fleet.start().disconnect(ANN)).toMatchObject({ endedAtBox: true });
    expect(fleet.revoked.map(({ version }) => version)).toEqual(["version-1", "version-0"]);
    expect(fleet.audit.last).toMatchObject({ secret_version: "version-0", secret_stage: "AWSPREVIOUS" });
  });
});

/** A consent of the same user, which replaces whatever is there. */
async function reconnect(fleet: ConnectionsFleet): Promise<void> {
  const { store, context } = fleet.start();
  const slot = await store.read(ANN, context());
  const { connection } = slot;
  if (connection === undefined) throw new Error("There is no connection.");
  const { access, refreshToken } = fleet.box.consent();
  const pair = { ...connection.pair, access: access.token, refreshToken };
  await store.replace(slot, { ...connection, pair }, context());
}

describe("a connection whose tokens the service cannot end", () => {
  type Break = (fleet: ConnectionsFleet) => void;
  const breaks: readonly (readonly [string, string, Break])[] = [
    ["the app's secret is gone", "secret_not_found", ({ apps }) => void apps.delete("crm")],
    [
      "the app's secret may not be read",
      "secret_forbidden",
      ({ apps }) => void apps.set("crm", new Failure("secret_forbidden", "denied")),
    ],
    [
      "the app has another grant now",
      "secret_invalid",
      ({ apps }) => void apps.set("crm", { ...CREDENTIALS, grant: "client_credentials" }),
    ],
    [
      "the app has another client ID now",
      "reconnect_required",
      ({ apps }) => void apps.set("crm", { ...CREDENTIALS, clientID: "client-2" }),
    ],
    [
      "Box refuses the client",
      "box_client_refused",
      ({ revocations }) =>
        void revocations.push(...[1, 2].map(() => new Failure("box_client_refused", "no"))),
    ],
    [
      "its record cannot be read",
      "connection_unreadable",
      ({ shared, clock }) => {
        for (let rotations = 0; rotations < 2; rotations++) shared.secret.rotate();
        clock.freeze(10_000);
      },
    ],
  ];

  test.each(breaks)("because %s stays without force, and is removed with it", async (_, code, breakIt) => {
    const fleet = await connected();
    breakIt(fleet);
    expect(codeOf(await fleet.start().disconnect(ANN))).toBe(code);
    expect(fleet.audit.last).toMatchObject({
      action: "disconnect",
      outcome: expect.not.stringMatching("disconnected"),
      code,
    });
    expect(fleet.shared.table.items.get("connection#crm#17")?.sealed).toBeDefined();
    expect(fleet.shared.table.items.get("connection#crm#17")?.lease).toBeUndefined();
    const forced = await fleet.start().disconnect({ ...ANN, force: true });
    expect(forced).toEqual({ disconnected: true, endedAtBox: false });
    expect(fleet.audit.last).toMatchObject({
      outcome: "disconnected",
      effect: "evicted",
      subject: "user:17",
    });
    expect(fleet.shared.table.items.get("connection#crm#17")?.sealed).toBeUndefined();
    expect(codeOf(await fleet.start().disconnect({ ...ANN, force: true }))).toBe("user_not_connected");
  });

  test("because its record is newer than what the instance has read of the service secret is ended", async () => {
    const fleet = await connected();
    await fleet.connect("18");
    const early = fleet.start();
    await early.disconnect({ ...ANN, userId: "18" });
    fleet.shared.secret.rotate();
    await fleet.connect("17");
    expect(await early.disconnect({ ...ANN, force: true })).toEqual({ disconnected: true, endedAtBox: true });
    expect(fleet.revoked).toHaveLength(2);
  });

  test("is ended at Box where that works, also with force", async () => {
    const fleet = await connected();
    expect(await fleet.start().disconnect({ ...ANN, force: true })).toEqual({
      disconnected: true,
      endedAtBox: true,
    });
    expect(fleet.revoked).toHaveLength(1);
  });

  test("because Box has refused its refresh token before counts as ended", async () => {
    const fleet = await connected({ brokenAt: 1 });
    expect(await fleet.start().disconnect(ANN)).toEqual({ disconnected: true, endedAtBox: true });
  });
});
