import { beforeEach, describe, expect, test } from "vitest";
import { TableFailure } from "../../../../../functions/broker/shared-cache/table.ts";
import { Failure } from "../../../../../schemas/protocol/problems.ts";
import { issued, notIssued } from "../../../../support/fake-ports.ts";
import { Fleet } from "../../../../support/fleet.ts";

/** What many instances do that need the same token at the same moment. */
const THROTTLED = new TableFailure("DynamoDB: ThrottlingException", true, true);

let fleet: Fleet;
beforeEach(() => {
  fleet = new Fleet();
});

describe("a table that throttles", () => {
  test("delays cold instances, which wait for the token of the one that it does not throttle", async () => {
    const requests = Array.from({ length: 20 }, () => fleet.start().begin());
    fleet.shared.table.failures.push(undefined, ...Array(30).fill(THROTTLED));
    const outcomes = await fleet.clock.finish(Promise.all(requests));
    expect(outcomes.every(({ issued: isIssued }) => isIssued)).toBe(true);
    expect(fleet.box.kinds).toEqual(["jwt"]);
  });

  test("does not keep an instance from the token of its memory", async () => {
    const instance = fleet.start();
    const token = await instance.token();
    await fleet.clock.advance(61_000);
    fleet.shared.table.calls.length = 0;
    fleet.shared.table.outage = THROTTLED;
    const before = fleet.clock.monotonic();
    expect(await instance.token()).toBe(token);
    expect(fleet.clock.monotonic()).toBe(before);
    expect(fleet.shared.table.calls).toEqual(["read"]);
  });

  test("for good costs a cold request seconds and a mint, and soon nobody waits for it any more", async () => {
    fleet.shared.table.outage = THROTTLED;
    const instance = fleet.start();
    const took: number[] = [];
    for (const id of ["1", "2", "3", "4"]) {
      const before = fleet.clock.monotonic();
      await instance.token({ box_subject_type: "user", box_subject_id: id });
      took.push(fleet.clock.monotonic() - before);
    }
    expect(Math.max(...took)).toBeLessThan(8_000);
    expect(took.at(-1)).toBe(fleet.box.latency);
    expect(fleet.box.kinds).toEqual(["jwt", "jwt", "jwt", "jwt"]);
  });

  test("gets a new token as soon as it accepts it", async () => {
    const failures = [undefined, undefined, ...Array(4).fill(THROTTLED)];
    fleet.shared.table.failures.push(...failures);
    const token = await fleet.start().token();
    expect(await fleet.start().token()).toBe(token);
  });
});

test("a read that returns the item as it was before the lease has no request mint", async () => {
  const { table } = fleet.shared;
  const read = table.read.bind(table);
  let reads = 0;
  const waiting = fleet.start();
  const minting = fleet.start().begin();
  await fleet.clock.advance(0);
  table.read = async (key, context) => {
    const item = await read(key, context);
    // The second read of the request that waits comes from a replica that is behind.
    return ++reads === 2 ? undefined : item;
  };
  const outcomes = await fleet.clock.finish(Promise.all([minting, waiting.begin()]));
  expect(new Set(outcomes.map((outcome) => issued(outcome).access_token)).size).toBe(1);
  expect(fleet.box.kinds).toEqual(["jwt"]);
});

describe("a Retry-After of Box", () => {
  const limited = (retryAfter: number) => new Failure("box_rate_limited", "Box: 429", { retryAfter });

  test("that is longer than a lease ends the requests of all instances at once, after one POST", async () => {
    fleet.box.rule = () => limited(20);
    const before = fleet.clock.monotonic();
    const requests = Array.from({ length: 20 }, () => fleet.start().begin());
    const outcomes = await fleet.clock.finish(Promise.all(requests));
    expect(fleet.box.kinds).toEqual(["jwt"]);
    expect(fleet.clock.monotonic() - before).toBeLessThan(1_000);
    for (const outcome of outcomes)
      expect(notIssued(outcome).problem).toMatchObject({ code: "box_rate_limited", retry_after: 20 });
  });

  test("that ends within the lease is waited for by one instance, and by the others for its token", async () => {
    fleet.box.respondWith(limited(2));
    const requests = Array.from({ length: 20 }, () => fleet.start().begin());
    const outcomes = await fleet.clock.finish(Promise.all(requests));
    expect(outcomes.every(({ issued: isIssued }) => isIssued)).toBe(true);
    expect(fleet.box.kinds).toEqual(["jwt", "jwt"]);
  });
});

test("a Box that takes longer than a lease fails no request that has more time, and another instance mints once more", async () => {
  fleet.box.latency = 8_000;
  const away = new Failure("box_unavailable", "no response from Box within 8000 ms");
  fleet.box.respondWith(away);
  const requests = [fleet.start().begin(), fleet.start().begin()];
  const outcomes = await fleet.clock.finish(Promise.all(requests));
  const [first, second] = outcomes.map((outcome) => issued(outcome).access_token);
  // The first instance's two attempts, and that of the second one, which has taken the lease over.
  expect(fleet.box.kinds).toEqual(["jwt", "jwt", "jwt"]);
  expect(first).not.toBe(second);
  expect(await fleet.start().token()).toBe(second);
});

test("a service secret that cannot be read for a moment delays a cold instance, which then finds the token", async () => {
  const token = await fleet.start().token();
  fleet.shared.secret.failure = new Failure("secret_unavailable", "Secrets Manager: ThrottlingException");
  const request = fleet.start().begin();
  await fleet.clock.advance(20);
  fleet.shared.secret.failure = undefined;
  expect(issued(await fleet.clock.finish(request)).access_token).toBe(token);
  expect(fleet.box.kinds).toEqual(["jwt"]);
});

test("an instance that mints nothing reads the service secret once, however long it lives", async () => {
  const minting = fleet.start();
  const other = fleet.start();
  await minting.token();
  await other.token();
  fleet.shared.secret.reads = 0;
  for (let minute = 0; minute < 40; minute++) {
    await fleet.clock.advance(60_000);
    await other.token();
  }
  expect(fleet.shared.secret.reads).toBe(0);
});
