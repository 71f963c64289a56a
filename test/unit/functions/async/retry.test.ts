import { describe, expect, it } from "vitest";
import { withRetry } from "../../../../functions/async/retry.ts";
import type { RequestContext } from "../../../../functions/broker/ports.ts";
import { Failure, PROBLEMS, type ProblemCode } from "../../../../schemas/protocol/problems.ts";
import { contextOf, countingRandomness } from "../../../support/fake-ports.ts";
import { VirtualClock } from "../../../support/virtual-clock.ts";

/** Runs attempts that fail as scripted and then succeed; records the pauses between them. */
async function recover(
  failures: readonly Failure[],
  {
    timeLeft = 30_000,
    fraction = 0.5,
    waitsFor,
  }: { timeLeft?: number; fraction?: number; waitsFor?: number } = {},
) {
  const clock = new VirtualClock();
  const ports = { clock, random: countingRandomness(fraction) };
  let attempts = 0;
  const attempt = async () => {
    const failure = failures[attempts++];
    if (failure) throw failure;
    return "token";
  };
  const context = {
    ...contextOf(clock, "request", timeLeft),
    ...(waitsFor !== undefined && { waitsUntil: clock.monotonic() + waitsFor }),
  };
  const result = await clock.finish(
    withRetry(ports, attempt)(undefined, context).catch((failure: Failure) => failure),
  );
  return { result, attempts, pauses: clock.sleeps };
}

const failed = (code: ProblemCode, retryAfter?: number) =>
  new Failure(code, "scripted", retryAfter === undefined ? {} : { retryAfter });
const times = (count: number, failure: Failure) => Array.from({ length: count }, () => failure);

describe("failures that pass by themselves", () => {
  it.each(["box_unavailable", "box_rate_limited", "box_unexpected_answer"] as const)(
    "%s is tried again three times, after 200, 400 and 800 ms",
    async (code) => {
      expect(await recover(times(3, failed(code)))).toEqual({
        result: "token",
        attempts: 4,
        pauses: [200, 400, 800],
      });
      const spent = await recover(times(9, failed(code)));
      expect(spent).toMatchObject({ attempts: 4, result: { code } });
    },
  );

  it("are retried with jitter, after half to one and a half times the pause", async () => {
    const least = await recover(times(3, failed("box_unavailable")), { fraction: 0 });
    const most = await recover(times(3, failed("box_unavailable")), { fraction: 0.999_999 });
    expect(least.pauses).toEqual([100, 200, 400]);
    expect(most.pauses.map(Math.round)).toEqual([300, 600, 1200]);
  });

  it("are counted separately", async () => {
    const mixed = [
      ...times(3, failed("box_unavailable")),
      ...times(2, failed("box_clock_skewed")),
      ...times(2, failed("box_assertion_replayed")),
      ...times(3, failed("box_unexpected_answer")),
    ];
    expect(await recover(mixed)).toMatchObject({ result: "token", attempts: 11 });
  });
});

describe("failures that a new assertion fixes", () => {
  it.each(["box_clock_skewed", "box_assertion_replayed"] as const)(
    "%s is tried again twice, at once",
    async (code) => {
      expect(await recover(times(2, failed(code)))).toEqual({ result: "token", attempts: 3, pauses: [] });
      expect(await recover(times(9, failed(code)))).toMatchObject({ attempts: 3, result: { code } });
    },
  );
});

describe("Retry-After", () => {
  it("replaces the back-off, with up to half of it added as jitter", async () => {
    const failures = () => [failed("box_rate_limited", 8), failed("box_unavailable", 2)];
    const least = await recover(failures(), { fraction: 0 });
    const most = await recover(failures(), { fraction: 0.999_999 });
    expect(least).toEqual({ result: "token", attempts: 3, pauses: [8_000, 2_000] });
    expect(most.pauses.map(Math.round)).toEqual([12_000, 3_000]);
  });

  it("of 0 still means a pause of 100 ms", async () => {
    const { pauses } = await recover([failed("box_rate_limited", 0), failed("box_unavailable", 0)]);
    expect(pauses).toEqual([100, 100]);
  });

  it("is not needed after a kept-alive connection that the server had closed", async () => {
    const stale = new Failure("box_unavailable", "ECONNRESET", { staleConnection: true });
    expect(await recover([stale])).toEqual({ result: "token", attempts: 2, pauses: [] });
  });

  it("that exceeds the request's time fails at once and is reported to the caller", async () => {
    const { result, attempts, pauses } = await recover([failed("box_rate_limited", 60)]);
    expect(result).toMatchObject({ code: "box_rate_limited", retryAfter: 60 });
    expect({ attempts, pauses }).toEqual({ attempts: 1, pauses: [] });
  });

  it("that exceeds the time for which the request may wait fails at once, however much time it has", async () => {
    const limited = failed("box_rate_limited", 8);
    expect(await recover([limited], { waitsFor: 10_249 })).toMatchObject({ attempts: 1, result: limited });
    expect(await recover([limited], { waitsFor: 10_250 })).toMatchObject({ attempts: 2, result: "token" });
  });

  it("alone is limited in that way: what fails without it is repeated as long as the request has time", async () => {
    const failures = times(3, failed("box_unavailable"));
    expect(await recover(failures, { waitsFor: -5_000 })).toMatchObject({ attempts: 4, result: "token" });
  });

  it("must leave 250 ms for the attempt after it", async () => {
    const rateLimited = failed("box_rate_limited", 2);
    expect(await recover([rateLimited], { timeLeft: 2_749 })).toMatchObject({ attempts: 1 });
    expect(await recover([rateLimited], { timeLeft: 2_750 })).toMatchObject({ attempts: 2, result: "token" });
  });
});

describe("a request whose time runs out in an attempt", () => {
  const OUTAGES = ["box_unavailable", "box_rate_limited", "box_unexpected_answer"] as const;

  /**
   * Attempts that fail as scripted, and then one that gets no response until its deadline.
   * @param joinedBy milliseconds of a request that then joins
   */
  async function hang(failures: readonly Failure[], joinedBy?: number) {
    const clock = new VirtualClock();
    const { deadline: first, ...others } = contextOf(clock);
    let deadline = first;
    let isLate = false;
    const context: RequestContext = {
      ...others,
      get deadline() {
        return deadline;
      },
    };
    const script = [...failures];
    const attempt = async (_: undefined, limited: RequestContext): Promise<never> => {
      const failure = script.shift();
      if (failure) throw failure;
      const millisecondsLeft = limited.deadline - clock.monotonic();
      if (joinedBy !== undefined) deadline = clock.monotonic() + joinedBy;
      await clock.sleep(millisecondsLeft);
      throw failed("deadline_exceeded");
    };
    clock.setTimer(deadline - clock.monotonic(), () => {
      isLate = true;
    });
    const ports = { clock, random: countingRandomness() };
    const ended = withRetry(ports, attempt)(undefined, context).catch((failure: Failure) => ({
      ...{ code: failure.code, failure, isLate },
    }));
    return clock.finish(ended);
  }

  it.each(OUTAGES)(
    "fails with the %s of the attempt before, before its callers stop waiting",
    async (code) => {
      const { failure, isLate } = await hang([new Failure(code, "503", { boxRequestId: "box-1" })]);
      expect(failure).toMatchObject({ code, message: "503", boxRequestId: "box-1" });
      expect(isLate).toBe(false);
    },
  );

  it("does not report a Retry-After for which it has waited", async () => {
    const { failure } = await hang([failed("box_rate_limited", 8)]);
    expect(failure).toMatchObject({ code: "box_rate_limited", retryAfter: undefined });
  });

  it("fails with the last outage where several attempts have shown one", async () => {
    const failures = [failed("box_unexpected_answer"), failed("box_unavailable")];
    expect(await hang(failures)).toMatchObject({ code: "box_unavailable" });
  });

  it("fails with deadline_exceeded in the first one, which has all of its time", async () => {
    expect(await hang([])).toMatchObject({ code: "deadline_exceeded", isLate: true });
  });

  it.each(["box_clock_skewed", "box_assertion_replayed", "box_token_refused"] as const)(
    "fails with deadline_exceeded after %s, which another attempt resolves",
    async (code) => {
      expect(await hang([failed(code)])).toMatchObject({ code: "deadline_exceeded" });
      const failures = [failed("box_unavailable"), failed(code)];
      expect(await hang(failures)).toMatchObject({ code: "deadline_exceeded" });
    },
  );

  it("fails with deadline_exceeded where a request with more time has joined, which repeats the call for that", async () => {
    expect(await hang([failed("box_unavailable")], 60_000)).toMatchObject({ code: "deadline_exceeded" });
  });
});

describe("no attempt is repeated", () => {
  const recoverable = new Set([
    "box_unavailable",
    "box_rate_limited",
    "box_unexpected_answer",
    "box_token_refused",
    "box_clock_skewed",
    "box_assertion_replayed",
  ]);
  const final = (Object.keys(PROBLEMS) as ProblemCode[]).filter((code) => !recoverable.has(code));

  it.each(final)("after %s", async (code) => {
    expect(await recover([failed(code)])).toMatchObject({ attempts: 1, result: { code } });
  });

  it("after an error that is a bug and not a Failure", async () => {
    const clock = new VirtualClock();
    const bug = new TypeError("bug");
    let attempts = 0;
    const attempt = async () => {
      attempts++;
      throw bug;
    };
    const ports = { clock, random: countingRandomness() };
    await expect(withRetry(ports, attempt)(undefined, contextOf(clock))).rejects.toBe(bug);
    expect(attempts).toBe(1);
  });

  it("without time for another attempt", async () => {
    expect(await recover([failed("box_clock_skewed")], { timeLeft: 249 })).toMatchObject({ attempts: 1 });
    expect(await recover([failed("box_unavailable")], { timeLeft: 449 })).toMatchObject({ attempts: 1 });
    expect(await recover([failed("box_unavailable")], { timeLeft: 450 })).toMatchObject({ attempts: 2 });
  });
});
