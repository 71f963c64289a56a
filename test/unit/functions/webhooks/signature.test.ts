import { createHmac, randomBytes, randomUUID } from "node:crypto";
import { WebhooksManager } from "box-node-sdk/managers";
import { describe, expect, test } from "vitest";
import { isSigned } from "../../../../functions/broker/webhooks/signature.ts";
import { systemClock as clock } from "../../../../functions/lambda/system.ts";
import { SeededRandom } from "../../../support/seeded-random.ts";
import {
  newKeys,
  RecordedTarget,
  signedDelivery,
  webhookEvent,
  webhookFunction,
} from "../../../support/webhooks.ts";

type Headers = Record<string, string>;

const KEYS = newKeys();
const OTHERS = newKeys();
const functionWith = (keys: Parameters<typeof isSigned>[1] = KEYS) =>
  webhookFunction({ clock, keys: { reports: keys }, targets: { reports: new RecordedTarget() } });

/** How Box's own SDK judges the same request. */
function official(event: ReturnType<typeof signedDelivery>, keys: typeof KEYS): Promise<boolean> {
  const body = Buffer.from(event.body, "base64").toString("utf8");
  return WebhooksManager.validateMessage(body, event.headers as Headers, keys.primaryKey, {
    secondaryKey: keys.secondaryKey,
  });
}

const now = () => clock.wall();
const good = (changes: object = {}) => signedDelivery({ keys: KEYS, sentAt: now() - 2_000, ...changes });
const headers = (changes: Readonly<Record<string, string | undefined>>) => good({ headers: changes });
const swapped = { primaryKey: KEYS.secondaryKey, secondaryKey: KEYS.primaryKey };
const NOTHING = "A".repeat(43);

/** Requests, and whether they are Box's; the SDK agrees about each. */
const ZOO: Readonly<Record<string, [make: () => ReturnType<typeof signedDelivery>, accepted: boolean]>> = {
  "signed with both keys": [() => good(), true],
  "signed with the primary key alone": [() => good({ keys: { primaryKey: KEYS.primaryKey } }), true],
  "signed with the secondary key alone": [() => good({ keys: { secondaryKey: KEYS.secondaryKey } }), true],
  "of which the primary key was replaced": [
    () => good({ keys: { ...KEYS, primaryKey: OTHERS.primaryKey } }),
    true,
  ],
  "of which the secondary key was replaced": [
    () => good({ keys: { ...KEYS, secondaryKey: OTHERS.secondaryKey } }),
    true,
  ],
  "signed with the keys of another app": [() => good({ keys: OTHERS }), false],
  "signed with the keys in each other's place": [() => good({ keys: swapped }), false],
  "without a signature": [
    () => headers({ "box-signature-primary": undefined, "box-signature-secondary": undefined }),
    false,
  ],
  "with a signature of nothing": [
    () => headers({ "box-signature-primary": `${NOTHING}=`, "box-signature-secondary": `${NOTHING}=` }),
    false,
  ],
  "with a signature that is cut short": [
    () => headers({ "box-signature-primary": "AAAA", "box-signature-secondary": "" }),
    false,
  ],
  "without a version": [() => headers({ "box-signature-version": undefined }), false],
  "of another version": [() => headers({ "box-signature-version": "2" }), false],
  "of another algorithm": [() => headers({ "box-signature-algorithm": "HmacSHA1" }), false],
  "of an algorithm in other letters": [() => headers({ "box-signature-algorithm": "hmacsha256" }), false],
  "sent 590 seconds ago": [() => good({ sentAt: now() - 590_000 }), true],
  "sent 610 seconds ago": [() => good({ sentAt: now() - 610_000 }), false],
  "sent 90 seconds from now": [() => good({ sentAt: now() + 90_000 }), false],
  "with an offset in the timestamp": [
    () => good({ timestamp: new Date(now() - 7 * 3_600_000).toISOString().replace(/\.\d+Z$/, "-07:00") }),
    true,
  ],
  "with another timestamp than the one that was signed": [
    () => headers({ "box-delivery-timestamp": new Date(now() - 1_000).toISOString() }),
    false,
  ],
  "with a body beyond ASCII": [() => good({ body: webhookEvent({ name: "Übung 計画 😀" }) }), true],
  "with escapes in the body": [
    () => good({ body: JSON.stringify(webhookEvent({ url: "a/b" })).replaceAll("/", "\\/") }),
    true,
  ],
  "with escaped characters beyond ASCII in the body": [
    () => good({ body: `{"type":"webhook_event","id":"1","name":"\\u00dcbung"}` }),
    true,
  ],
  "with spaces in the body": [() => good({ body: JSON.stringify(webhookEvent(), undefined, 2) }), true],
};

describe("a delivery", () => {
  test.each(Object.entries(ZOO))("%s is judged as Box's SDK judges it", async (_, [make, isAccepted]) => {
    const { status } = await functionWith();
    const event = make();
    expect(await official(event, KEYS)).toBe(isAccepted);
    expect(await status(event)).toBe(isAccepted ? 204 : 403);
  });

  test("is accepted with header names in any case, which Box's SDK does not", async () => {
    const { status } = await functionWith();
    const event = good();
    const titled = Object.entries(event.headers).map(([name, value]) => [name.toUpperCase(), value]);
    const shouted = { ...event, headers: Object.fromEntries(titled) };
    await expect(official(shouted, KEYS).catch(() => false)).resolves.toBe(false);
    expect(await status(shouted)).toBe(204);
  });

  test("is accepted up to 60 seconds before its time, which Box's SDK does not allow", async () => {
    const { status } = await functionWith();
    const event = good({ sentAt: now() + 30_000 });
    expect(await official(event, KEYS)).toBe(false);
    expect(await status(event)).toBe(204);
  });

  test("is refused where its body was written again with escapes, which Box's SDK accepts", async () => {
    const { status } = await functionWith();
    const sent = `{"type":"webhook_event","id":"1","name":"\\u00dcbung","url":"a\\/b"}`;
    const { body: _, ...signed } = good({ body: sent });
    const rewritten = { ...signed, body: Buffer.from(JSON.stringify(JSON.parse(sent))).toString("base64") };
    expect(await official(rewritten, KEYS)).toBe(true);
    expect(await status(rewritten)).toBe(403);
  });

  test("is the same as text and as base64", async () => {
    const { status } = await functionWith();
    const event = good({ body: webhookEvent({ name: "Übung" }) });
    const text = Buffer.from(event.body, "base64").toString("utf8");
    expect(await status({ ...event, body: text, isBase64Encoded: false })).toBe(204);
  });

  test("is refused where one bit of its body was changed", async () => {
    const { status } = await functionWith();
    const event = good();
    const bytes = Buffer.from(event.body, "base64");
    bytes.writeUInt8(bytes.readUInt8(20) ^ 1, 20);
    expect(await status({ ...event, body: bytes.toString("base64") })).toBe(403);
  });
});

test("1,000 random deliveries are judged as Box's SDK judges them", async () => {
  const seed = Number(process.env.WEBHOOK_SEED ?? randomBytes(4).readUInt32LE());
  const random = new SeededRandom(seed);
  const { status } = await functionWith();
  const rarely = <Value>(usual: Value, ...others: readonly Value[]): Value =>
    random.chance(0.85) ? usual : random.pick(others);
  let accepted = 0;
  for (let count = 0; count < 1_000; count += 1) {
    const event = good({
      keys: {
        primaryKey: random.pick([KEYS.primaryKey, KEYS.secondaryKey, OTHERS.primaryKey, undefined]),
        secondaryKey: random.pick([KEYS.secondaryKey, KEYS.primaryKey, OTHERS.secondaryKey, undefined]),
      },
      body: JSON.stringify(webhookEvent({ name: random.pick(["a", "ü", "😀", "/", "\\u00fc", "\u2028"]) })),
      // Seconds; neither near the limit, where the two read the clock one after the other, nor a little ahead.
      sentAt: now() - rarely(random.below(590), 610, 5_000, -70) * 1_000,
      headers: {
        ...rarely({}, { "box-signature-version": "2" }, { "box-signature-algorithm": undefined }),
        ...rarely({}, { "box-signature-primary": `${NOTHING}=` }, { "box-signature-secondary": "====" }),
        ...rarely({}, { "box-signature-primary": undefined }, { "box-delivery-id": undefined }),
      },
    });
    const isAccepted = await official(event, KEYS);
    expect(await status(event), `WEBHOOK_SEED=${seed}, delivery ${count}`).toBe(isAccepted ? 204 : 403);
    accepted += Number(isAccepted);
  }
  expect(accepted).toBeGreaterThan(100);
  expect(accepted).toBeLessThan(900);
});

describe("an app with", () => {
  test.each([
    ["the primary key alone", { primaryKey: KEYS.primaryKey }],
    ["the secondary key alone", { secondaryKey: KEYS.secondaryKey }],
  ])("%s gets its deliveries", async (_, keys) => {
    const { status } = await functionWith(keys);
    expect(await status(good())).toBe(204);
  });

  test("no keys gets none, whatever they are signed with", async () => {
    const { status } = await functionWith({});
    for (const key of ["", "no key", "undefined", "null"]) {
      expect(await status(good({ keys: { primaryKey: key, secondaryKey: key } })), key).toBe(403);
    }
  });
});

test("a signature with the placeholder of a key that does not exist is none", () => {
  const [body, timestamp] = [Buffer.from("{}"), "2026-06-01T12:00:00Z"];
  for (const placeholder of ["no key", "", "undefined"]) {
    const forged = createHmac("sha256", placeholder).update(body).update(timestamp).digest();
    const signed = { body, timestamp, primary: forged, secondary: forged };
    for (const keys of [{}, { primaryKey: KEYS.primaryKey }, { secondaryKey: KEYS.secondaryKey }]) {
      expect(isSigned(signed, keys), placeholder).toBe(false);
    }
  }
});

test("a signature with a key of any bytes is that of node:crypto over the body and then the timestamp", () => {
  for (let round = 0; round < 200; round += 1) {
    const [body, key, timestamp] = [randomBytes(round), randomUUID(), `t${round}`];
    const primary = createHmac("sha256", key)
      .update(Buffer.concat([body, Buffer.from(timestamp)]))
      .digest();
    expect(isSigned({ body, timestamp, primary }, { primaryKey: key })).toBe(true);
    expect(isSigned({ body, timestamp, secondary: primary }, { primaryKey: key })).toBe(false);
    expect(isSigned({ body, timestamp: `${timestamp}0`, primary }, { primaryKey: key })).toBe(false);
  }
});
