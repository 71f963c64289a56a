import { beforeEach, describe, expect, test } from "vitest";
import { Pauses } from "../../../../../functions/broker/shared-cache/pauses.ts";
import { TableFailure } from "../../../../../functions/broker/shared-cache/table.ts";
import { VirtualClock } from "../../../../support/virtual-clock.ts";

const THROTTLED = new TableFailure("DynamoDB: ThrottlingException", true, true);

const ENDLESS = { deadline: Number.POSITIVE_INFINITY };

let clock: VirtualClock;
/** When each call began, in milliseconds after the first one. */
let calls: number[];
beforeEach(() => {
  clock = new VirtualClock();
  calls = [];
});

const pausesOf = (fraction: number) =>
  new Pauses({ clock, random: { jti: () => "", fraction: () => fraction } });

/** A call that fails as scripted and then returns "item". */
function failing(...failures: readonly Error[]) {
  const start = clock.monotonic();
  return async () => {
    const failure = failures[calls.push(clock.monotonic() - start) - 1];
    if (failure !== undefined) throw failure;
    return "item";
  };
}
const always = (failure: Error) => failing(...Array<Error>(100).fill(failure));

describe("the pause before a poll", () => {
  test.each([
    [0, [25, 50, 100, 100, 100]],
    [0.5, [50, 100, 200, 200, 200]],
    [0.9, [70, 140, 280, 280, 280]],
  ])("doubles up to its limit, with the random fraction %d", async (fraction, expected) => {
    const pauses = pausesOf(fraction);
    for (let polls = 0; polls < 5; polls++) await clock.finish(pauses.beforePoll(ENDLESS, polls));
    expect(clock.sleeps.map(Math.round)).toEqual(expected);
  });
});

describe("a call that the table throttles", () => {
  test("is repeated until it succeeds, after pauses that double up to 1.6 seconds", async () => {
    const until = clock.monotonic() + 60_000;
    const call = failing(...Array<Error>(7).fill(THROTTLED));
    expect(await clock.finish(pausesOf(0.5).whileThrottled(ENDLESS, call, until))).toBe("item");
    expect(clock.sleeps).toEqual([100, 200, 400, 800, 1_600, 1_600, 1_600]);
    expect(calls).toHaveLength(8);
  });

  test.each([
    [0, [50, 100]],
    [0.9, [140, 280]],
  ])("is repeated after a pause at random, with the fraction %d", async (fraction, expected) => {
    await clock.finish(pausesOf(fraction).whileThrottled(ENDLESS, failing(THROTTLED, THROTTLED)));
    expect(clock.sleeps.map(Math.round)).toEqual(expected);
  });

  test("is repeated for two seconds where nothing else says, and then fails as the table said", async () => {
    const repeated = pausesOf(0.5).whileThrottled(ENDLESS, always(THROTTLED));
    await expect(clock.finish(repeated)).rejects.toBe(THROTTLED);
    expect(calls).toEqual([0, 100, 300, 700, 1_500, 3_100]);
  });

  test("is not repeated after a failure at the given moment or later", async () => {
    const until = clock.monotonic() + 300;
    const repeated = pausesOf(0.5).whileThrottled(ENDLESS, always(THROTTLED), until);
    await expect(clock.finish(repeated)).rejects.toBe(THROTTLED);
    expect(calls).toEqual([0, 100, 300]);
  });

  test("is made once where the given moment is now", async () => {
    const once = pausesOf(0.5).whileThrottled(ENDLESS, always(THROTTLED), clock.monotonic());
    await expect(clock.finish(once)).rejects.toBe(THROTTLED);
    expect(calls).toEqual([0]);
  });
});

describe("the deadline of a request", () => {
  test("ends the repetitions of a call before a pause that would exceed it", async () => {
    const request = { deadline: clock.monotonic() + 1_000 };
    const repeated = pausesOf(0.5).whileTemporary(request, always(THROTTLED), clock.monotonic() + 60_000);
    await expect(clock.finish(repeated)).rejects.toBe(THROTTLED);
    expect(calls).toEqual([0, 100, 300, 700]);
  });

  test("shortens the pause before a poll", async () => {
    await clock.finish(pausesOf(0.5).beforePoll({ deadline: clock.monotonic() + 60 }, 5));
    await clock.finish(pausesOf(0.5).beforePoll({ deadline: clock.monotonic() - 60 }, 5));
    expect(clock.sleeps).toEqual([60, 0]);
  });
});

describe("a call that fails in another way", () => {
  test.each([
    ["an outage of the table", new TableFailure("DynamoDB: InternalServerError", true)],
    ["a lasting failure of the table", new TableFailure("DynamoDB: AccessDenied", false)],
    ["a bug", new TypeError("a bug")],
    ["another error that claims to be throttled", Object.assign(new Error("no"), { isThrottled: true })],
  ])("is not repeated: %s", async (_, failure) => {
    await expect(clock.finish(pausesOf(0.5).whileThrottled(ENDLESS, always(failure)))).rejects.toBe(failure);
    expect(calls).toEqual([0]);
  });

  test("after it was throttled fails with that failure", async () => {
    const outage = new TableFailure("DynamoDB: InternalServerError", true);
    await expect(
      clock.finish(pausesOf(0.5).whileThrottled(ENDLESS, failing(THROTTLED, outage))),
    ).rejects.toBe(outage);
    expect(calls).toEqual([0, 100]);
  });
});
