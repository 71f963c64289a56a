import { describe, expect, it } from "vitest";
import { RateLimits } from "../../../../functions/broker/rate-limits.ts";
import { RefusalMemory, remembered } from "../../../../functions/broker/refusal-memory.ts";
import { Failure, type ProblemCode } from "../../../../schemas/protocol/problems.ts";
import { VirtualClock } from "../../../support/virtual-clock.ts";

const failure = (code: ProblemCode, retryAfter?: number) =>
  new Failure(code, "scripted", retryAfter === undefined ? {} : { retryAfter });

/** The code and the remaining seconds of what `check` throws; undefined if it throws nothing. */
function thrownBy(check: () => void) {
  try {
    check();
    return undefined;
  } catch (thrown) {
    const { code, retryAfter } = thrown as Failure;
    return { code, retryAfter };
  }
}

describe("RefusalMemory", () => {
  const memory = () => {
    const clock = new VirtualClock();
    const refusals = new RefusalMemory(clock);
    return { clock, refusals, check: (key = "key") => thrownBy(() => refusals.check(key)) };
  };

  it("repeats a final refusal for 30 s without a Retry-After, and then forgets it", async () => {
    const { clock, refusals, check } = memory();
    refusals.note("key", failure("box_subject_refused"));
    await clock.advance(29_999);
    expect(check()).toEqual({ code: "box_subject_refused", retryAfter: undefined });
    await clock.advance(1);
    expect(check()).toBeUndefined();
    clock.setWall(-3_600_000);
    expect(check()).toBeUndefined();
  });

  it("repeats a temporary failure until its Retry-After, with the remaining whole seconds", async () => {
    const { clock, refusals, check } = memory();
    refusals.note("key", failure("box_unavailable", 5));
    await clock.advance(3_500);
    expect(check()).toEqual({ code: "box_unavailable", retryAfter: 2 });
    await clock.advance(1_500);
    expect(check()).toBeUndefined();
  });

  it("repeats a temporary failure for a Retry-After of one second, and for five minutes at most", async () => {
    const { clock, refusals, check } = memory();
    refusals.note("key", failure("box_unavailable", 1));
    expect(check()).toMatchObject({ retryAfter: 1 });
    refusals.note("key", failure("box_unavailable", 86_400));
    expect(check()).toEqual({ code: "box_unavailable", retryAfter: 300 });
    await clock.advance(300_000);
    expect(check()).toBeUndefined();
  });

  it.each([
    ["a passing failure without Retry-After", failure("box_unavailable")],
    ["a failure with Retry-After: 0", failure("box_unavailable", 0)],
    [
      "a refusal from a memory, which would last longer than promised",
      remembered(failure("box_subject_refused"), 5),
    ],
    ["what Secrets Manager refuses", failure("secret_forbidden")],
    ["what the policy refuses", failure("unauthorized_client")],
    ["a time-out of one request", failure("deadline_exceeded", 5)],
    ["a bug", new TypeError("bug")],
    ["nothing", undefined],
  ])("does not remember %s", (_, thrown) => {
    const { refusals, check } = memory();
    refusals.note("key", thrown);
    expect(check()).toBeUndefined();
  });

  it("remembers the latest refusal of each key", async () => {
    const { clock, refusals, check } = memory();
    refusals.note("key", failure("box_subject_refused"));
    refusals.note("other", failure("box_scope_refused"));
    await clock.advance(20_000);
    refusals.note("key", failure("box_terms_not_accepted"));
    await clock.advance(20_000);
    expect(check("key")).toMatchObject({ code: "box_terms_not_accepted" });
    expect(check("other")).toBeUndefined();
  });

  it("forgets the oldest of more than 10,000 refusals, and counts a repeated one as new", () => {
    const { refusals, check } = memory();
    for (let index = 0; index < 10_000; index++) refusals.note(`${index}`, failure("box_refused"));
    expect(check("0")).toBeDefined();
    refusals.note("0", failure("box_refused"));
    refusals.note("10000", failure("box_refused"));
    expect(["0", "1", "2", "10000"].map((key) => check(key) !== undefined)).toEqual([
      true,
      false,
      true,
      true,
    ]);
  });
});

describe("RateLimits", () => {
  const limits = () => {
    const clock = new VirtualClock();
    const rateLimits = new RateLimits(clock);
    return { clock, rateLimits, check: (app = "reports") => thrownBy(() => rateLimits.check(app)) };
  };

  it("stops only that app until the end of Box's Retry-After, with the remaining whole seconds", async () => {
    const { clock, rateLimits, check } = limits();
    rateLimits.note("reports", failure("box_rate_limited", 20));
    expect(check()).toEqual({ code: "box_rate_limited", retryAfter: 20 });
    expect(check("payroll")).toBeUndefined();
    await clock.advance(19_100);
    expect(check()).toEqual({ code: "box_rate_limited", retryAfter: 1 });
    await clock.advance(900);
    expect(check()).toBeUndefined();
    clock.setWall(-3_600_000);
    expect(check()).toBeUndefined();
  });

  it("stops an app for a Retry-After of one second, and for five minutes at most", () => {
    const { rateLimits, check } = limits();
    rateLimits.note("reports", failure("box_rate_limited", 1));
    expect(check()).toMatchObject({ retryAfter: 1 });
    rateLimits.note("reports", failure("box_rate_limited", 86_400));
    expect(check()).toMatchObject({ retryAfter: 300 });
  });

  it.each([
    ["a 429 without Retry-After", failure("box_rate_limited")],
    ["a 429 with Retry-After: 0", failure("box_rate_limited", 0)],
    ["a 503 with Retry-After", failure("box_unavailable", 20)],
    ["a bug", new TypeError("bug")],
  ])("does not stop an app after %s", (_, thrown) => {
    const { rateLimits, check } = limits();
    rateLimits.note("reports", thrown);
    expect(check()).toBeUndefined();
  });
});
