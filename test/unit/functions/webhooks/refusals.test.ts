import { describe, expect, test } from "vitest";
import { parseDelivery } from "../../../../functions/lambda/webhook-url.ts";
import { Failure } from "../../../../schemas/protocol/problems.ts";
import { REFUSAL_REASONS, type RefusalReason } from "../../../../schemas/protocol/webhook-problems.ts";
import { VirtualClock } from "../../../support/virtual-clock.ts";
import { newKeys, RecordedTarget, signedDelivery, webhookFunction } from "../../../support/webhooks.ts";

const KEYS = newKeys();
const clock = new VirtualClock();
const good = (changes: object = {}) => signedDelivery({ keys: KEYS, sentAt: clock.wall(), ...changes });
const header = (name: string, value: string | undefined) => good({ headers: { [name]: value } });
const MB = 1_048_576;

async function setUp() {
  const target = new RecordedTarget();
  return {
    target,
    ...(await webhookFunction({
      clock,
      keys: { reports: KEYS, keyless: {}, unread: {} },
      targets: { reports: target, keyless: target, unread: target },
    })),
  };
}

/** A request for each reason, in every form that it has. */
const requests = (): Readonly<Record<RefusalReason, readonly unknown[]>> => ({
  method: [
    ...["GET", "PUT", "OPTIONS", "post", 7].map((method) => ({
      ...good(),
      requestContext: { http: { method } },
    })),
    ...[undefined, null, {}, "text", 7, [], { requestContext: null }],
  ],
  path: [
    "",
    "/",
    "//reports",
    "/reports/",
    "/a/b",
    "/-reports",
    "/r%20s",
    "reports",
    `/${"r".repeat(65)}`,
    7,
  ].map((rawPath) => ({ ...good(), rawPath })),
  body_missing: [undefined, "", null, 7, {}].map((body) => ({ ...good(), body })),
  body_too_large: [
    { ...good(), body: "x".repeat(2 * MB + 1), isBase64Encoded: false },
    { ...good(), body: "ü".repeat(MB + 1), isBase64Encoded: false },
    { ...good(), body: Buffer.alloc(2 * MB + 3).toString("base64") },
  ],
  version: [undefined, "", "2", "1.0", "01"].map((value) => header("box-signature-version", value)),
  algorithm: [undefined, "none", "HmacSHA512", "HMACSHA256"].map((value) =>
    header("box-signature-algorithm", value),
  ),
  timestamp: [
    ...[undefined, "", "now", "1767225600", "2026-06-01", "2026-06-01T12:00:00"],
    ...[
      "2026-13-01T12:00:00Z",
      "2026-06-01 12:00:00Z",
      "Mon, 01 Jun 2026 12:00:00 GMT",
      "+002026-06-01T12:00:00Z",
    ],
  ].map((value) => header("box-delivery-timestamp", value)),
  signature_missing: [undefined, "x", "A".repeat(43), `${"A".repeat(42)}==`, `${"A".repeat(87)}=`].map(
    (value) => good({ headers: { "box-signature-primary": value, "box-signature-secondary": value } }),
  ),
  too_old: [600_001, 3_600_000, 1e12].map((age) => good({ sentAt: clock.wall() - age })),
  in_future: [60_001, 3_600_000].map((ahead) => good({ sentAt: clock.wall() + ahead })),
  unknown_app: ["other", "constructor", "__proto__", "REPORTS"].map((app) => good({ app })),
  no_keys: [good({ app: "keyless" }), good({ app: "keyless", keys: { primaryKey: "" } })],
  keys_unavailable: [good({ app: "unread" })],
  signature: [good({ keys: newKeys() })],
});
const REASONS = Object.keys(REFUSAL_REASONS) as RefusalReason[];
/** The reasons that are decided with the keys at hand. */
const BY_KEYS: readonly RefusalReason[] = ["unknown_app", "no_keys", "keys_unavailable", "signature"];
const BY_CLOCK: readonly RefusalReason[] = ["too_old", "in_future"];

describe("a request is refused", () => {
  test.each(REASONS)("for the reason %s, always with the same response", async (reason) => {
    const { secrets, send, reads, target, lines, line } = await setUp();
    secrets.set("unread", new Failure("secret_forbidden", "denied"));
    clock.setWall(301_000);
    for (const event of requests()[reason]) {
      const { statusCode, headers, body } = await send(event);
      expect(statusCode).toBe(403);
      expect(headers).toEqual({ "cache-control": "no-store", "content-type": "application/json" });
      expect(JSON.parse(body ?? "")).toEqual({
        code: "delivery_refused",
        description:
          "The request is not a signed delivery of Box to an app of this service. Compare the webhook's address and the app's signature keys with the deployment.",
        retryable: false,
      });
    }
    expect(target.messages).toEqual([]);
    expect(lines).toHaveLength(1);
    expect(line().reasons).toEqual({ [reason]: 1 });
    // Three at the start, and three because the keys were five minutes old.
    expect(reads).toHaveLength(BY_KEYS.includes(reason) ? 6 : 3);
  });

  test.each(REASONS.filter((reason) => ![...BY_KEYS, ...BY_CLOCK].includes(reason)))(
    "for the reason %s by the request alone",
    (reason) => {
      for (const event of requests()[reason])
        expect(parseDelivery(event)).toEqual({ ok: false, error: reason });
    },
  );
});

describe("the counts of refused requests", () => {
  test("are one line for the first, and then one a minute for all since the last", async () => {
    const { status, lines, line } = await setUp();
    for (let sent = 0; sent < 5; sent += 1) await status(header("box-signature-version", "2"));
    expect(lines).toHaveLength(1);
    expect(line()).toMatchObject({ kind: "webhook-refusals", reasons: { version: 1 }, WebhooksRefused: 1 });
    clock.setWall(60_000);
    await status(good({ keys: newKeys() }));
    expect(lines).toHaveLength(2);
    expect(line()).toEqual({
      kind: "webhook-refusals",
      time: new Date(clock.wall()).toISOString(),
      code: "delivery_refused",
      reasons: { version: 4, signature: 1 },
      apps: { reports: { signature: 1 } },
      _aws: expect.any(Object),
      Service: "box-sts",
      WebhooksRefused: 5,
    });
    clock.setWall(60_000);
    await status(header("box-signature-version", "2"));
    expect(line()).toMatchObject({ reasons: { version: 1 }, apps: {}, WebhooksRefused: 1 });
    expect(line().apps).toEqual({});
  });

  test("name no app that is not configured", async () => {
    const { status, line } = await setUp();
    await status(good({ app: "guessed" }));
    expect(line()).toMatchObject({ reasons: { unknown_app: 1 }, apps: {} });
  });

  test("count as failed too where the keys of the app could not be read", async () => {
    const { status, line, secrets } = await setUp();
    secrets.set("unread", new Failure("secret_forbidden", "denied"));
    clock.setWall(301_000);
    await status(good({ app: "unread" }));
    expect(line()).toMatchObject({
      apps: { unread: { keys_unavailable: 1 } },
      WebhooksRefused: 1,
      WebhooksFailed: 1,
    });
  });
});
