import { describe, expect, it } from "vitest";
import { tokenSha256 } from "../../../../../functions/broker/held-token.ts";
import { Failure } from "../../../../../schemas/protocol/problems.ts";
import { CREDENTIALS, OAuthFleet, SEMANTICS, USER } from "../../../../support/oauth-fleet.ts";

const HOUR_MS = 3_600_000;

describe("the access token of a connected user", () => {
  it("is served from the table, with one read, while it has the requested time left", async () => {
    const fleet = await OAuthFleet.connected();
    fleet.shared.table.calls.length = 0;
    expect(await fleet.start().outcome()).toBe("access-1");
    expect(fleet.shared.table.calls).toEqual(["read"]);
    expect(fleet.box.refreshes).toEqual([]);
  });

  it("is served by an instance that has read the service secret just before its rotation", async () => {
    const fleet = await OAuthFleet.connected();
    const early = fleet.start();
    expect(await early.outcome()).toBe("access-1");
    fleet.shared.secret.rotate();
    await fleet.connect();
    expect(await early.outcome()).toBe("access-2");
  });

  it("is refreshed when less than min_ttl is left, and all instances serve the new one", async () => {
    const fleet = await OAuthFleet.connected();
    fleet.clock.freeze(HOUR_MS - 299_000);
    expect(await fleet.start().outcome()).toBe("access-2");
    expect(await fleet.start().outcome()).toBe("access-2");
    expect(fleet.box.refreshes).toEqual(["refresh-1"]);
  });

  it.each(SEMANTICS)("is refreshed once for 50 requests of 4 instances, with %s", async (semantics) => {
    const fleet = await OAuthFleet.connected(semantics);
    fleet.clock.freeze(HOUR_MS);
    const instances = Array.from({ length: 4 }, (_, index) => fleet.start(index * 400));
    const requests = Array.from({ length: 50 }, (_, index) => instances[index % 4]?.begin());
    const tokens = await fleet.clock.finish(Promise.all(requests));
    expect(new Set(tokens)).toEqual(new Set(["access-2"]));
    expect(fleet.box.refreshes).toEqual(["refresh-1"]);
    expect(fleet.box.accepts("access-2")).toBe(true);
  });

  it("is refreshed once for all who report it as refused, unless it is younger than 10 s", async () => {
    const fleet = await OAuthFleet.connected();
    const rejected = { rejectedSha256: tokenSha256("access-1") };
    expect(await fleet.start().outcome(rejected)).toBe("access-1");
    fleet.clock.freeze(10_000);
    const requests = Promise.all([fleet.start().begin(rejected), fleet.start().begin(rejected)]);
    expect(await fleet.clock.finish(requests)).toEqual(["access-2", "access-2"]);
    expect(fleet.box.refreshes).toHaveLength(1);
  });

  it("is not served while another environment refreshes, because that may end it", async () => {
    const fleet = await OAuthFleet.connected();
    fleet.clock.freeze(HOUR_MS - 600_000);
    const long = fleet.start().begin({ minTtl: 1_800 });
    await fleet.clock.advance(50);
    const short = fleet.start().begin({ minTtl: 300 });
    expect(await fleet.clock.finish(Promise.all([long, short]))).toEqual(["access-2", "access-2"]);
  });

  it("is served again while a refresh takes longer than usual", async () => {
    const fleet = await OAuthFleet.connected();
    fleet.clock.freeze(HOUR_MS - 600_000);
    const dying = fleet.start();
    dying.deathAt = "lease taken";
    dying.begin({ minTtl: 1_800 });
    await fleet.clock.advance(50);
    expect(await fleet.start().outcome({ minTtl: 300 })).toBe("access-1");
  });

  it("replaces one that Box refuses to exchange, once for all instances", async () => {
    const fleet = await OAuthFleet.connected();
    const [one, other] = [fleet.start(), fleet.start()];
    const need = {
      ...{ credentials: CREDENTIALS, subject: USER, policyDigest: "digest", minTtl: 300 },
      rejectedSha256: undefined,
    };
    const { token } = await one.tokens.obtain(need, one.instance.context());
    const replaced = Promise.all(
      [one, other].map(({ tokens, instance }) => tokens.replace(token, need, instance.context())),
    );
    const names = (await fleet.clock.finish(replaced)).map((each) => each.token.token.access_token);
    expect(names).toEqual(["access-2", "access-2"]);
  });
});

describe("a request for a user's token is refused with", () => {
  it("user_not_connected where the user never connected", async () => {
    expect(await new OAuthFleet().start().outcome()).toBe("user_not_connected");
  });

  it("reconnect_required where the user consented to another client ID", async () => {
    const fleet = await OAuthFleet.connected();
    fleet.clock.freeze(HOUR_MS);
    const credentials = { ...CREDENTIALS, clientID: "client-2" };
    expect(await fleet.start().outcome({ credentials })).toBe("reconnect_required");
    expect(fleet.box.refreshes).toEqual([]);
  });

  it("isolation_not_possible where the statement isolates the full token", async () => {
    const fleet = await OAuthFleet.connected();
    const { tokens, instance } = fleet.start();
    const need = {
      ...{ credentials: CREDENTIALS, subject: USER, policyDigest: "digest", minTtl: 300 },
      ...{ rejectedSha256: undefined, isolatedFor: "alias:nightly" },
    };
    await expect(tokens.obtain(need, instance.context())).rejects.toMatchObject({
      code: "isolation_not_possible",
    });
  });

  it("connection_unreadable where the service secret was rotated twice, and is not removed", async () => {
    const fleet = await OAuthFleet.connected();
    fleet.shared.secret.rotate();
    fleet.shared.secret.rotate();
    fleet.clock.freeze(10_000);
    expect(await fleet.start().outcome()).toBe("connection_unreadable");
    expect(fleet.item?.sealed).toBeDefined();
  });

  it("connections_unavailable while the version may be too new for Secrets Manager to return it", async () => {
    const fleet = new OAuthFleet();
    await fleet.connect();
    fleet.shared.secret.rotate();
    fleet.shared.secret.rotate();
    expect(await fleet.start().outcome()).toBe("connections_unavailable");
    expect(fleet.item?.sealed).toBeDefined();
  });

  it("deadline_exceeded where too little time is left for a refresh, which does not begin", async () => {
    const fleet = await OAuthFleet.connected();
    fleet.clock.freeze(HOUR_MS);
    expect(await fleet.start().outcome({ timeLeft: 3_500 })).toBe("deadline_exceeded");
    expect(fleet.box.refreshes).toEqual([]);
    expect(await fleet.start().outcome()).toBe("access-2");
  });

  it.each([
    ["shared_cache_misconfigured", false],
    ["shared_cache_key_forbidden", true],
  ])("%s where the operator has to repair the table", async (code, isKeyRefused) => {
    const fleet = await OAuthFleet.connected();
    const { TableFailure } = await import("../../../../../functions/broker/shared-cache/table.ts");
    fleet.shared.table.outage = new TableFailure("scripted", false, false, isKeyRefused);
    expect(await fleet.start().outcome()).toBe(code);
  });

  it.each([
    ["shared_cache_misconfigured", "secret_forbidden"],
    ["shared_cache_key_forbidden", "secret_key_forbidden"],
    ["connections_unavailable", "secret_unavailable"],
  ] as const)("%s where the service secret is %s", async (code, failure) => {
    const fleet = await OAuthFleet.connected();
    fleet.shared.secret.failure = new Failure(failure, "scripted");
    expect(await fleet.start().outcome()).toBe(code);
  });

  it("connections_unavailable while the table is away, and with nothing worse afterwards", async () => {
    const fleet = await OAuthFleet.connected();
    const { TableFailure } = await import("../../../../../functions/broker/shared-cache/table.ts");
    fleet.shared.table.outage = new TableFailure("scripted", true);
    expect(await fleet.start().outcome()).toBe("connections_unavailable");
    fleet.shared.table.outage = undefined;
    expect(await fleet.start().outcome()).toBe("access-1");
  });
});
