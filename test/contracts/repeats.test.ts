import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { isRepeatedByClient } from "../../client/errors.ts";
import { withRetry } from "../../functions/async/retry.ts";
import { Failure, PROBLEMS, type ProblemCode } from "../../schemas/protocol/problems.ts";
import { contextOf, countingRandomness } from "../support/fake-ports.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

const CODES = Object.keys(PROBLEMS) as ProblemCode[];
/** The AWS SDK retries the read and the signature, inside the adapters. */
const REPEATED_BY_THE_SDK: readonly ProblemCode[] = ["secret_unavailable", "signing_key_unavailable"];

/** The number of attempts that the function's own recovery makes when every attempt fails with `code`. */
async function attemptsAt(code: ProblemCode): Promise<number> {
  const clock = new VirtualClock();
  let attempts = 0;
  const attempt = async () => {
    attempts++;
    throw new Failure(code, "always");
  };
  const ports = { clock, random: countingRandomness(0) };
  const work = withRetry(ports, attempt)(undefined, contextOf(clock, "request", 30_000));
  await clock.finish(work.catch(() => {}));
  return attempts;
}

test.each(CODES)("the function retries %s exactly if its row says so", async (code) => {
  const row = PROBLEMS[code];
  const isRepeated = REPEATED_BY_THE_SDK.includes(code) || (await attemptsAt(code)) > 1;
  expect(row.retryable && row.repeatedBy === "function").toBe(isRepeated);
});

test.each(CODES)("the client does not retry %s, which the function has already retried", (code) => {
  expect(isRepeatedByClient(code)).toBe(false);
});

test("docs/problems.md names the problems that the function has already retried", () => {
  const docs = readFileSync(new URL("../../docs/problems.md", import.meta.url), "utf8");
  const [, sentence = ""] =
    /The function has already repeated what failed with ([^:]*?), so a caller/.exec(docs) ?? [];
  const named = [...sentence.matchAll(/`(\w+)`/g)].map(([, code]) => code);
  const repeated = CODES.filter((code) => {
    const row = PROBLEMS[code];
    return row.retryable && row.repeatedBy === "function";
  });
  expect(named.sort()).toEqual(repeated.sort());
});
