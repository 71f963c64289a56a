import { expect, test } from "vitest";
import { attempts } from "../../../client/attempts.ts";
import { clientError, functionError } from "../../../client/errors.ts";
import { PROBLEMS } from "../../../schemas/protocol/problems.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

const throttled = () => clientError("function_throttled");
const limited = (retryAfterSeconds: number) => clientError("function_throttled", "", { retryAfterSeconds });

/** Runs attempts against scripted responses; every attempt after the script succeeds. */
async function run(script: readonly Error[], { timeoutMs = 20_000, fraction = 0 } = {}) {
  const clock = Object.assign(new VirtualClock(), { fraction: () => fraction });
  let tried = 0;
  const work = attempts(
    async () => {
      const failure = script[tried++];
      if (failure !== undefined) throw failure;
      return "token";
    },
    timeoutMs,
    clock,
  );
  const outcome = await clock.finish(work).catch((error: unknown) => error);
  return { outcome, tried, sleeps: clock.sleeps };
}

test("the client tries a throttled request four times, with pauses that double", async () => {
  const failures = Array.from({ length: 9 }, throttled);
  const { outcome, tried, sleeps } = await run(failures);
  expect([tried, sleeps, outcome]).toEqual([4, [200, 400, 800], failures[3]]);
});

test.each(["function_throttled", "function_failed", "unreachable"] as const)(
  "the client retries %s, which Lambda or the network caused",
  async (code) => {
    expect(await run([clientError(code)])).toMatchObject({ outcome: "token", tried: 2 });
  },
);

test.each(Object.entries(PROBLEMS))(
  "the client does not retry %s, which the function reports",
  async (code, row) => {
    const failure = functionError(code, row.retryable, undefined, { retryAfterSeconds: 1 });
    expect(await run([failure])).toEqual({ outcome: failure, tried: 1, sleeps: [] });
  },
);

test("the client does not retry a retryable error that only a newer function has", async () => {
  const failure = functionError("moon_phase", true, undefined, {});
  expect(await run([failure])).toEqual({ outcome: failure, tried: 1, sleeps: [] });
});

test("the random fraction shortens a pause to no less than half", async () => {
  expect((await run([throttled()], { fraction: 1 })).sleeps).toEqual([100]);
});

test.each([
  [3, 0, 3_000],
  [3, 0.5, 3_750],
  [3, 1, 4_500],
  [0, 1, 100],
  [0.05, 0, 100],
])(
  "after Retry-After: %d and with the random fraction %d the pause is %d ms",
  async (seconds, fraction, pause) => {
    expect(await run([limited(seconds)], { fraction })).toMatchObject({ tried: 2, sleeps: [pause] });
  },
);

test("1,000 callers that were throttled together retry at 1,000 different times", async () => {
  const pauses = await Promise.all(
    Array.from(
      { length: 1_000 },
      async (_, caller) => (await run([limited(2)], { fraction: caller / 1_000 })).sleeps[0],
    ),
  );
  expect(new Set(pauses).size).toBe(1_000);
  expect(Math.min(...pauses.map(Number))).toBe(2_000);
});

test("the client does not begin a pause that would end after the deadline", async () => {
  const failure = limited(20);
  expect(await run([failure])).toEqual({ outcome: failure, tried: 1, sleeps: [] });
});

test("the client tries a request once if its error is not retryable", async () => {
  const failure = clientError("not_permitted");
  expect(await run([failure])).toEqual({ outcome: failure, tried: 1, sleeps: [] });
});

test("the client does not retry after an error that is not a BoxStsError", async () => {
  const bug = new TypeError("bug");
  expect(await run([bug])).toEqual({ outcome: bug, tried: 1, sleeps: [] });
});
