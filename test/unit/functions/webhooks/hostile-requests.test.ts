import { createHmac, randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { MemoryTable } from "../../../support/memory-table.ts";
import { SeededRandom } from "../../../support/seeded-random.ts";
import { VirtualClock } from "../../../support/virtual-clock.ts";
import {
  newKeys,
  RecordedTarget,
  signedDelivery,
  urlEvent,
  webhookFunction,
} from "../../../support/webhooks.ts";

const REQUESTS = 20_000;
const PER_SECOND = 2_000;
const KEYS = { reports: newKeys(), skills: newKeys() };

test("20,000 hostile requests of many kinds cost no call, one read per app in 300 s, and one line a minute", async () => {
  const seed = Number(process.env.HOSTILE_SEED ?? randomBytes(4).readUInt32LE());
  const random = new SeededRandom(seed);
  const clock = new VirtualClock();
  const table = new MemoryTable(() => clock.wall());
  const targets = { reports: new RecordedTarget(), skills: new RecordedTarget(true) };
  const { send, reads, lines } = await webhookFunction({ clock, keys: KEYS, targets, table });
  expect(reads).toEqual(["reports", "skills"]);

  const apps = ["reports", "skills", "guessed", "Reports", "..", "%2e%2e", "a/b", ""];
  const guessed = newKeys();
  const wrong = (changes: object = {}) =>
    signedDelivery({ app: random.pick(apps), keys: guessed, sentAt: clock.wall(), ...changes });
  const kinds: readonly (() => unknown)[] = [
    () => wrong(),
    () => wrong({ keys: { primaryKey: KEYS.reports.secondaryKey } }),
    () => wrong({ keys: { primaryKey: "" } }),
    () => wrong({ body: randomBytes(64) }),
    () => wrong({ sentAt: clock.wall() - random.pick([600_001, 1e9]) }),
    () => wrong({ sentAt: clock.wall() + 120_000 }),
    () => wrong({ timestamp: random.pick(["", "never", "9999999999999", "2026-06-01T12:00:00"]) }),
    () => wrong({ headers: { [random.pick(["box-signature-version", "box-signature-algorithm"])]: "0" } }),
    () => wrong({ headers: { "box-signature-primary": undefined, "box-signature-secondary": "x" } }),
    () => urlEvent(random.pick(apps), {}, Buffer.from("{}")),
    () => ({ ...wrong(), body: undefined }),
    () => ({ ...wrong(), requestContext: { http: { method: random.pick(["GET", "HEAD", "PUT"]) } } }),
    () => random.pick([undefined, null, "", 0, [], {}]),
    replayOf(),
  ];
  /** A good signature of reports, at the door of another app or with another body. */
  function replayOf() {
    const timestamp = new Date(clock.wall()).toISOString();
    const primary = createHmac("sha256", KEYS.reports.primaryKey)
      .update("{}")
      .update(timestamp)
      .digest("base64");
    const headers = { "box-delivery-timestamp": timestamp, "box-signature-primary": primary };
    return () => {
      const app = random.pick(["skills", "guessed"]);
      return wrong({ app, body: "{}", headers: { ...headers, "box-signature-secondary": primary } });
    };
  }

  let minutes = 0;
  for (let sent = 0; sent < REQUESTS; sent += 1) {
    const response = await send(random.pick(kinds)());
    expect(response.statusCode, `HOSTILE_SEED=${seed}`).toBe(403);
    if (sent % PER_SECOND === PER_SECOND - 1) clock.setWall(1_000);
    // A longer attack, without its requests: the clock passes 35 minutes in all.
    if (sent % 4_000 === 0) minutes += 7;
    if (sent % 4_000 === 0) clock.setWall(7 * 60_000);
  }
  expect(minutes).toBe(35);
  // Reads after the first ones: once for each 300 s that passed with a well-formed request, never once per request.
  expect(reads.length / 2 - 1, `HOSTILE_SEED=${seed}`).toBeLessThanOrEqual(
    Math.ceil((minutes * 60 + 10) / 300),
  );
  expect(reads.filter((app) => app === "reports").length).toBe(reads.length / 2);
  expect(table.calls).toEqual([]);
  expect(targets.reports.messages.length + targets.skills.messages.length).toBe(0);
  expect(lines.length, `HOSTILE_SEED=${seed}`).toBeLessThanOrEqual(minutes + 1);
  const counted = lines.map((line) => JSON.parse(line));
  expect(counted.every(({ kind }) => kind === "webhook-refusals")).toBe(true);
  expect(Math.max(...lines.map(({ length }) => length))).toBeLessThan(2_000);
});

test("hostile requests within 300 s of the start cause no call at all", async () => {
  const clock = new VirtualClock();
  const table = new MemoryTable(() => clock.wall());
  const { send, reads, lines } = await webhookFunction({
    ...{ clock, table, keys: KEYS, targets: { reports: new RecordedTarget(), skills: new RecordedTarget() } },
  });
  const guessed = newKeys();
  for (let sent = 0; sent < 2_000; sent += 1) {
    const app = sent % 2 === 0 ? "reports" : `guess-${sent}`;
    await send(signedDelivery({ app, keys: guessed, sentAt: clock.wall() }));
  }
  expect([reads.length, table.calls.length, lines.length]).toEqual([2, 0, 1]);
});

test("the response and its work are the same for an app that exists and for one that does not", async () => {
  const clock = new VirtualClock();
  const { send, reads } = await webhookFunction({
    ...{ clock, keys: KEYS, targets: { reports: new RecordedTarget(), skills: new RecordedTarget() } },
  });
  const guessed = newKeys();
  const responses: unknown[] = [];
  const readsOf: number[] = [];
  for (const app of ["reports", "guessed", "skills", "constructor"]) {
    clock.setWall(301_000);
    const before = reads.length;
    responses.push(await send(signedDelivery({ app, keys: guessed, sentAt: clock.wall() })));
    readsOf.push(reads.length - before);
  }
  for (const response of responses) expect(response).toEqual(responses[0]);
  expect(readsOf).toEqual([2, 2, 2, 2]);
});
