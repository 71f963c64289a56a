import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { RETRY_SCHEDULES } from "../../../../sandbox/box/webhooks/schedule.ts";
import { webhookSender } from "../../../../sandbox/box/webhooks/sender.ts";
import { loopbackServer } from "../../../support/loopback-server.ts";
import { uploadOf, type WebhookScene, webhookScene } from "./webhook-requests.ts";

let at: WebhookScene;

beforeAll(async () => {
  at = await webhookScene();
});
afterAll(() => at.box.close());
beforeEach(() => {
  at.box.clock.skewSeconds = 0;
});

/** A target that responds with these statuses, one after the other, and then with the last one. */
const target = (...statuses: readonly number[]) =>
  loopbackServer(({ response }, number) => {
    response.writeHead(statuses[Math.min(number, statuses.length) - 1] ?? 200, { location: "/elsewhere" });
    response.end();
  });

describe("a delivery", () => {
  test("is a POST of JSON with Box's headers", async () => {
    const { url, requests } = await target(204);
    const delivery = await at.box.webhooks.send(at.app, `${url}/hook?x=1`, uploadOf(at));
    expect(delivery.state).toBe("delivered");
    const [{ method, path, headers, body }] = requests as [(typeof requests)[0]];
    expect({ method, path }).toEqual({ method: "POST", path: "/hook?x=1" });
    expect(headers).toMatchObject({
      "content-type": "application/json; charset=utf-8",
      "user-agent": "Box-WH-Client/0.1",
      "box-delivery-id": expect.stringMatching(/^[0-9a-f-]{36}$/),
      "box-delivery-timestamp": expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d-07:00$/),
      "box-signature-version": "1",
      "box-signature-algorithm": "HmacSHA256",
      "box-signature-primary": expect.stringMatching(/^[A-Za-z0-9+/]{43}=$/),
      "box-signature-secondary": expect.stringMatching(/^[A-Za-z0-9+/]{43}=$/),
    });
    expect(body).toBe(delivery.body.toString());
  });

  test("bears the time of Box's clock", async () => {
    const { url } = await target(200);
    at.box.clock.skewSeconds = -86_400;
    const earliest = Math.floor(Date.now() / 1_000) * 1_000;
    const { attempts } = await at.box.webhooks.send(at.app, url, uploadOf(at));
    const aDayLater = Date.parse(attempts[0]?.headers["box-delivery-timestamp"] ?? "") + 86_400_000;
    expect(aDayLater).toBeGreaterThanOrEqual(earliest);
    expect(aDayLater).toBeLessThanOrEqual(Date.now());
  });

  test("has no header for a key that the app does not have", async () => {
    const { url, requests } = await target(200);
    const { primary } = at.app.signatureKeys;
    const app = { ...at.app, signatureKeys: primary === undefined ? {} : { primary } };
    await at.box.webhooks.send(app, url, uploadOf(at));
    await at.box.webhooks.send({ ...at.app, signatureKeys: {} }, url, uploadOf(at));
    const names = requests.map(({ headers }) =>
      Object.keys(headers).filter((name) => /primary|secondary/.test(name)),
    );
    expect(names).toEqual([["box-signature-primary"], []]);
  });

  test("sends bytes as they are", async () => {
    const { url, requests } = await target(200);
    await at.box.webhooks.send(at.app, url, Buffer.from('{"name": "a/b ö"}\n'));
    expect(requests[0]?.body).toBe('{"name": "a/b ö"}\n');
  });
});

describe("a retry", () => {
  test("has another delivery id, another signature where the time differs, and the same bytes", async () => {
    const { url, requests } = await target(500, 404, 200);
    const delivery = await at.box.webhooks.send(at.app, url, uploadOf(at));
    at.box.clock.skewSeconds = 60;
    await delivery.retry();
    at.box.clock.skewSeconds = 120;
    expect((await delivery.retry()).status).toBe(200);
    expect(delivery.state).toBe("delivered");
    const distinct = (name: string) => new Set(requests.map(({ headers }) => headers[name])).size;
    expect(new Set(requests.map(({ body }) => body)).size).toBe(1);
    expect(distinct("box-delivery-id")).toBe(3);
    expect(distinct("box-delivery-timestamp")).toBe(3);
    expect(distinct("box-signature-primary")).toBe(3);
  });

  test.each([
    ["a redirect", 302],
    ["a refusal", 401],
    ["a failure", 503],
  ])("follows %s", async (_what, status) => {
    const { url, requests } = await target(status, 200);
    const delivery = await at.box.webhooks.send(at.app, url, uploadOf(at));
    expect(delivery.state).toBe("pending");
    await delivery.retry();
    expect(requests.map(({ path }) => path)).toEqual(["/", "/"]);
    expect(delivery.attempts.map((attempt) => attempt.status)).toEqual([status, 200]);
  });

  test("follows a target that is down, and one that is silent", async () => {
    const down = await loopbackServer(({ socket }) => socket.destroy());
    const delivery = await at.box.webhooks.send(at.app, down.url, uploadOf(at));
    expect(delivery.attempts).toMatchObject([{ status: undefined }]);
    expect(delivery.state).toBe("pending");
    const silent = await loopbackServer(() => {});
    const sender = webhookSender(at.box.now, { timeoutSeconds: 0.02 });
    expect((await sender.send(at.app, silent.url, uploadOf(at))).attempts).toMatchObject([
      { status: undefined },
    ]);
  });

  test("follows no success, while a repeat of the event does", async () => {
    const { url, requests } = await target(200);
    const delivery = await at.box.webhooks.send(at.app, url, uploadOf(at));
    expect(delivery.retryAfterSeconds).toBeUndefined();
    await expect(delivery.retry()).rejects.toThrow(/the event is delivered/);
    await delivery.repeat();
    expect(new Set(requests.map(({ body }) => body)).size).toBe(1);
    expect(requests).toHaveLength(2);
  });

  test.each(Object.entries(RETRY_SCHEDULES))(
    "comes as often as the schedule %s says, then no more",
    async (_name, schedule) => {
      const { url, requests } = await target(500);
      const delivery = await webhookSender(at.box.now, { schedule }).send(at.app, url, uploadOf(at));
      const delays: (number | undefined)[] = [];
      while (delivery.state === "pending") {
        delays.push(delivery.retryAfterSeconds);
        await delivery.retry();
      }
      expect(delivery.state).toBe("failed");
      expect(delays).toEqual(schedule);
      expect(requests).toHaveLength(schedule.length + 1);
      await expect(delivery.retry()).rejects.toThrow(/the event is failed/);
    },
  );

  test("comes by an injected timer at the schedule's delays, until the target is back", async () => {
    const { url, requests } = await target(500, 500, 200);
    const timers: [number, () => void][] = [];
    const sender = webhookSender(at.box.now, {
      schedule: [5, 10, 20],
      setTimer: (callback, seconds) => void timers.push([seconds, callback]),
    });
    const delivery = await sender.send(at.app, url, uploadOf(at));
    for (const count of [1, 2]) {
      while (timers.length < count) await new Promise(setImmediate);
      timers[count - 1]?.[1]();
    }
    while (delivery.state === "pending") await new Promise(setImmediate);
    expect(timers.map(([seconds]) => seconds)).toEqual([5, 10]);
    expect(requests).toHaveLength(3);
  });

  test("comes by no timer where an explicit call has brought the event before", async () => {
    const { url, requests } = await target(500, 200);
    const timers: (() => void)[] = [];
    const sender = webhookSender(at.box.now, { setTimer: (callback) => void timers.push(callback) });
    const delivery = await sender.send(at.app, url, uploadOf(at));
    await delivery.retry();
    timers[0]?.();
    await (await sender.send(at.app, url, uploadOf(at))).repeat();
    expect(delivery.attempts).toHaveLength(2);
    expect(requests).toHaveLength(4);
  });

  test("brings every event of a burst to a target that was down for it", async () => {
    let isUp = false;
    const { url, requests } = await loopbackServer(({ response }) => {
      response.writeHead(isUp ? 202 : 503).end();
    });
    const events = Array.from({ length: 25 }, () => uploadOf(at));
    const deliveries = await Promise.all(events.map((event) => at.box.webhooks.send(at.app, url, event)));
    isUp = true;
    const states = await Promise.all(deliveries.map((delivery) => delivery.retryToTheEnd()));
    expect(new Set(states)).toEqual(new Set(["delivered"]));
    const eventIds = requests.map(({ body }) => JSON.parse(body).id);
    expect(new Set(eventIds).size).toBe(25);
    expect(requests).toHaveLength(50);
    expect(new Set(requests.map(({ headers }) => headers["box-delivery-id"])).size).toBe(50);
  });
});

describe("the schedules", () => {
  test("have the numbers that Box's documentation has", () => {
    expect(RETRY_SCHEDULES["two-hours"]).toHaveLength(12);
    expect(RETRY_SCHEDULES["two-hours"].reduce((sum, delay) => sum + delay, 0)).toBe(7_200);
    expect(RETRY_SCHEDULES["five-minutes"]).toHaveLength(10);
    expect(RETRY_SCHEDULES["five-minutes"][0]).toBe(300);
  });
});
