import { expect, test } from "vitest";
import { attempts } from "../../../client/attempts.ts";
import { clientError, functionError } from "../../../client/errors.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

const throttled = () => clientError("function_throttled");
const limited = (retryAfterSeconds: number) =>
  functionError("box_rate_limited", true, undefined, { retryAfterSeconds });

/** Runs against answers from a script; what follows the script succeeds. */
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

test("what is retryable is tried four times, with pauses that double", async () => {
  const failures = Array.from({ length: 9 }, throttled);
  const { outcome, tried, sleeps } = await run(failures);
  expect([tried, sleeps, outcome]).toEqual([4, [200, 400, 800], failures[3]]);
});

test("chance shortens a pause to half at most", async () => {
  expect((await run([throttled()], { fraction: 1 })).sleeps).toEqual([100]);
});

test("the seconds that an answer names are kept to", async () => {
  expect(await run([limited(3)])).toMatchObject({ outcome: "token", tried: 2, sleeps: [3_000] });
});

test("a pause that would outlast the time is not begun", async () => {
  const failure = limited(20);
  expect(await run([failure])).toEqual({ outcome: failure, tried: 1, sleeps: [] });
});

test("what is not retryable is tried once", async () => {
  const failure = clientError("not_permitted");
  expect(await run([failure])).toEqual({ outcome: failure, tried: 1, sleeps: [] });
});

test("a bug is no reason to try again", async () => {
  const bug = new TypeError("bug");
  expect(await run([bug])).toEqual({ outcome: bug, tried: 1, sleeps: [] });
});
