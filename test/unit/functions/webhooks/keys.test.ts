import { describe, expect, test } from "vitest";
import type { RequestContext } from "../../../../functions/broker/ports.ts";
import { KeyRing } from "../../../../functions/broker/webhooks/key-ring.ts";
import type { WebhookKeys } from "../../../../functions/broker/webhooks/signature.ts";
import { readWebhookKeys } from "../../../../schemas/box-config/webhook-keys.ts";
import { Failure } from "../../../../schemas/protocol/problems.ts";
import { contextOf } from "../../../support/fake-ports.ts";
import { VirtualClock } from "../../../support/virtual-clock.ts";
import { newKeys, RecordedTarget, signedDelivery, webhookFunction } from "../../../support/webhooks.ts";

const OLD = newKeys();
const NEW = newKeys();

describe("a rotation of the signature keys at Box", () => {
  test("loses no delivery: the secondary key first, then the primary one, the secret after each", async () => {
    const clock = new VirtualClock();
    const target = new RecordedTarget();
    const { status, secrets, lines } = await webhookFunction({
      ...{ clock, keys: { reports: OLD }, targets: { reports: target } },
    });
    const atBox = { ...OLD };
    const arrives = () => status(signedDelivery({ keys: atBox, sentAt: clock.wall() }));
    for (const name of ["secondaryKey", "primaryKey"] as const) {
      atBox[name] = NEW[name];
      expect(await arrives(), `${name} is new at Box`).toBe(204);
      secrets.set("reports", { ...atBox });
      clock.setWall(1_000);
      expect(await arrives(), `${name} is new in the secret, which was not read again`).toBe(204);
      // What docs/webhooks.md says to wait for.
      clock.setWall(300_000);
      expect(await arrives(), `${name} is in use`).toBe(204);
    }
    expect(target.messages).toHaveLength(6);
    expect(lines.every((line) => line.includes('"handed_on"'))).toBe(true);
    expect(await status(signedDelivery({ keys: OLD, sentAt: clock.wall() }))).toBe(403);
  });

  test("of both keys at once refuses deliveries for 300 s, which Box sends again", async () => {
    const clock = new VirtualClock();
    const target = new RecordedTarget();
    const { status, secrets, reads } = await webhookFunction({
      ...{ clock, keys: { reports: OLD }, targets: { reports: target } },
    });
    secrets.set("reports", NEW);
    const arrives = () => status(signedDelivery({ keys: NEW, sentAt: clock.wall() }));
    expect(await arrives()).toBe(403);
    clock.setWall(299_000);
    expect(await arrives()).toBe(403);
    expect(reads).toHaveLength(1);
    clock.setWall(1_000);
    expect(await arrives()).toBe(204);
    expect(reads).toHaveLength(2);
  });

  test("ends an old key within 300 s, also in an environment that gets no delivery with a new one", async () => {
    const clock = new VirtualClock();
    const { status, secrets } = await webhookFunction({
      ...{ clock, keys: { reports: OLD }, targets: { reports: new RecordedTarget() } },
    });
    secrets.set("reports", NEW);
    clock.setWall(300_000);
    expect(await status(signedDelivery({ keys: OLD, sentAt: clock.wall() }))).toBe(403);
  });
});

describe("the keys of an app", () => {
  async function ringOf(read: (app: string) => Promise<WebhookKeys>) {
    const clock = new VirtualClock();
    const reads: string[] = [];
    const reported: string[] = [];
    const ring = new KeyRing(
      ["one", "two"],
      async (app) => {
        reads.push(app);
        return read(app);
      },
      clock,
      (app, { code }) => reported.push(`${app} ${code}`),
    );
    await ring.refresh(contextOf(clock));
    return { clock, ring, reads, reported, refresh: () => ring.refresh(contextOf(clock)) };
  }

  test("are read again once in 300 s, those of all apps together", async () => {
    const { clock, reads, refresh } = await ringOf(async () => OLD);
    expect(reads).toEqual(["one", "two"]);
    clock.freeze(299_999);
    await Promise.all([refresh(), refresh()]);
    expect(reads).toHaveLength(2);
    clock.freeze(1);
    await Promise.all(Array.from({ length: 50 }, refresh));
    expect(reads).toEqual(["one", "two", "one", "two"]);
  });

  test("are used for six hours of an outage, read again every 30 s, and then no more", async () => {
    let isAway = false;
    const { clock, ring, reads, reported, refresh } = await ringOf(async () => {
      if (isAway) throw new Failure("secret_unavailable", "Throttling");
      return OLD;
    });
    isAway = true;
    clock.setWall(300_000);
    await refresh();
    await refresh();
    expect(reads).toHaveLength(4);
    expect(reported).toEqual(["one secret_unavailable", "two secret_unavailable"]);
    clock.setWall(30_000);
    await refresh();
    expect(reads).toHaveLength(6);
    clock.setWall(6 * 3_600_000 - 330_000);
    await refresh();
    expect(ring.keysOf("one")).toEqual({ keys: OLD });
    clock.setWall(1);
    expect(ring.keysOf("one")).toEqual({ missing: "keys_unavailable" });
    isAway = false;
    clock.setWall(30_000);
    await refresh();
    expect(ring.keysOf("one")).toEqual({ keys: OLD });
  });

  test.each(["secret_not_found", "secret_forbidden", "secret_invalid"] as const)(
    "are dropped at once where reading them again is refused (%s), and read again after 300 s",
    async (code) => {
      let isRefused = false;
      const { clock, ring, reads, refresh } = await ringOf(async () => {
        if (isRefused) throw new Failure(code, "refused");
        return OLD;
      });
      isRefused = true;
      clock.setWall(300_000);
      await refresh();
      expect(ring.keysOf("one")).toEqual({ missing: "keys_unavailable" });
      clock.setWall(299_999);
      await refresh();
      expect(reads).toHaveLength(4);
      clock.setWall(1);
      await refresh();
      expect(reads).toHaveLength(6);
    },
  );

  test.each([
    ["more than five seconds", 30_000, 5_000],
    ["less", 2_000, 2_000],
  ])("may take five seconds to read, or what is left of a request that has %s", async (_, left, budget) => {
    const clock = new VirtualClock();
    const given: number[] = [];
    const read = async (__: string, { deadline, requestId }: RequestContext) => {
      expect(requestId).toBe("request-1");
      given.push(deadline - clock.monotonic());
      return OLD;
    };
    await new KeyRing(["one"], read, clock, () => {}).refresh(contextOf(clock, "request-1", left));
    expect(given).toEqual([budget]);
  });

  test("are kept in an outage that shows as a missed deadline, and are none if there were none before", async () => {
    const failing = async (): Promise<WebhookKeys> => {
      throw new Failure("deadline_exceeded", "the request's time was over");
    };
    const { ring: without } = await ringOf(failing);
    expect(without.keysOf("one")).toEqual({ missing: "keys_unavailable" });
    let read = async () => OLD as WebhookKeys;
    const { clock, ring, refresh } = await ringOf(() => read());
    read = failing;
    clock.setWall(300_000);
    await refresh();
    expect(ring.keysOf("one")).toEqual({ keys: OLD });
  });

  test("are unavailable before they were read, and unknown where the app has no target", () => {
    const ring = new KeyRing(
      ["one"],
      async () => OLD,
      new VirtualClock(),
      () => {},
    );
    expect(ring.keysOf("one")).toEqual({ missing: "keys_unavailable" });
    expect(ring.keysOf("three")).toEqual({ missing: "unknown_app" });
  });

  test("of another app are in use where those of one cannot be read", async () => {
    const { ring, reported } = await ringOf(async (app) => {
      if (app === "one") throw new Error("a bug");
      return NEW;
    });
    expect(reported).toEqual(["one internal_error"]);
    expect(ring.keysOf("one")).toEqual({ missing: "keys_unavailable" });
    expect(ring.keysOf("two")).toEqual({ keys: NEW });
    expect(ring.keysOf("three")).toEqual({ missing: "unknown_app" });
  });
});

describe("the keys in a Box config", () => {
  const keysIn = (config: unknown) => {
    const read = readWebhookKeys(typeof config === "string" ? config : JSON.stringify(config));
    return read.ok ? read.value : read.error.map(({ code }) => code);
  };
  const boxAppSettings = { clientID: "c", clientSecret: "s" };

  test.each([
    ["of an app with JWT", { boxAppSettings: { ...boxAppSettings, appAuth: {} }, enterpriseID: "1" }],
    ["of an app with OAuth 2.0", { boxAppSettings: { ...boxAppSettings, redirectUri: "https://a.example" } }],
    ["of an app of a kind that is not known", { boxAppSettings, anything: { primaryToken: "t" } }],
  ])("%s are read", (_, config) => {
    expect(keysIn({ ...config, webhooks: OLD })).toEqual(OLD);
    expect(keysIn(JSON.stringify(JSON.stringify({ ...config, webhooks: OLD })))).toEqual(OLD);
  });

  test.each([
    ["that has no webhooks", { boxAppSettings }],
    [
      "as the console writes it without keys",
      { boxAppSettings, webhooks: { primaryKey: "", secondaryKey: "" } },
    ],
    [
      "that has a word in their place",
      { boxAppSettings, webhooks: { primaryKey: "key", secondaryKey: "change-me" } },
    ],
    [
      "that has other types in their place",
      { boxAppSettings, webhooks: { primaryKey: 7, secondaryKey: [OLD] } },
    ],
    ["whose webhooks are a list", { boxAppSettings, webhooks: [OLD] }],
  ])("%s are none", (_, config) => {
    expect(keysIn(config)).toEqual({});
  });

  test("are not read from a text that is no config", () => {
    expect(keysIn("{")).toEqual([expect.stringMatching(/^json_/)]);
  });
});
