import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { coalesced, joinable } from "../../../../functions/async/coalesce.ts";
import type { RequestContext } from "../../../../functions/broker/ports.ts";
import { Failure } from "../../../../schemas/protocol/problems.ts";
import { contextOf } from "../../../support/fake-ports.ts";
import { VirtualClock } from "../../../support/virtual-clock.ts";

interface Work {
  readonly key: string;
  readonly start: (shared: RequestContext) => Promise<string>;
}

function runway() {
  const clock = new VirtualClock();
  const join = joinable(
    clock,
    ({ key }: Work) => key,
    ({ start }, shared) => start(shared),
  );
  const starts: string[] = [];
  /** Work that takes the given time and then returns its number. */
  const work = (name: string, takes: number, fails?: Error) => async () => {
    const number = `${name}-${starts.push(name)}`;
    await clock.sleep(takes);
    if (fails) throw fails;
    return number;
  };
  const run = (key: string, timeLeft: number, start: Work["start"]) =>
    join({ key, start }, contextOf(clock, "request", timeLeft));
  return { clock, starts, work, run };
}

const ranOut = new Failure("deadline_exceeded", "the leader's time ran out");
const codeOf = (failure: unknown) => (failure as Failure).code;

describe("equal requests at the same time", () => {
  it("start one piece of work for 1,000 callers, and report which callers joined", async () => {
    const { clock, starts, work, run } = runway();
    const all = Array.from({ length: 1_000 }, () => run("a", 5_000, work("a", 100)));
    const results = await clock.finish(Promise.all(all));
    expect(starts).toEqual(["a"]);
    expect(new Set(results.map(({ value }) => value))).toEqual(new Set(["a-1"]));
    expect(results.filter(({ joined }) => !joined)).toHaveLength(1);
    expect(clock.waiting).toBe(0);
  });

  it("with another key start work of their own", async () => {
    const { clock, starts, work, run } = runway();
    const [one, other] = [run("a", 5_000, work("a", 100)), run("b", 5_000, work("b", 100))];
    await clock.finish(Promise.all([one, other]));
    expect(starts).toEqual(["a", "b"]);
  });

  it("start the work again once it is done, because no result is kept", async () => {
    const { clock, starts, work, run } = runway();
    await clock.finish(run("a", 5_000, work("a", 100)));
    const later = await clock.finish(run("a", 5_000, work("a", 100)));
    expect(later).toEqual({ value: "a-2", joined: false });
    expect(starts).toHaveLength(2);
  });

  it("share a failure, which the next request does not inherit", async () => {
    const { clock, starts, work, run } = runway();
    const failure = new Failure("box_key_refused", "no");
    const all = Array.from({ length: 3 }, () => run("a", 5_000, work("a", 100, failure)));
    const results = await clock.finish(Promise.allSettled(all));
    expect(results.map((result) => result.status === "rejected" && result.reason)).toEqual([
      failure,
      failure,
      failure,
    ]);
    expect(starts).toHaveLength(1);
    expect((await clock.finish(run("a", 5_000, work("a", 100)))).value).toBe("a-2");
  });
});

describe("time that runs out", () => {
  it("ends the request at its own deadline and leaves the work to the others", async () => {
    const { clock, starts, work, run } = runway();
    const leader = run("a", 1_000, work("a", 3_000)).catch(codeOf);
    const joiner = run("a", 9_000, work("a", 3_000));
    await clock.advance(999);
    expect(await Promise.race([leader, "still waiting"])).toBe("still waiting");
    await clock.advance(1);
    expect(await leader).toBe("deadline_exceeded");
    expect(await clock.finish(joiner)).toEqual({ value: "a-1", joined: true });
    expect(starts).toHaveLength(1);
  });

  it("of a joiner does not cancel the leader", async () => {
    const { clock, work, run } = runway();
    const leader = run("a", 9_000, work("a", 3_000));
    const joiner = run("a", 500, work("a", 3_000)).catch(codeOf);
    expect(await clock.finish(joiner)).toBe("deadline_exceeded");
    expect(await clock.finish(leader)).toEqual({ value: "a-1", joined: false });
  });

  it("in the leader's work makes the joiners that have time start it again, together", async () => {
    const { clock, starts, work, run } = runway();
    const leader = run("a", 1_000, work("a", 1_000, ranOut)).catch(codeOf);
    const joiners = [1, 2, 3].map(() => run("a", 9_000, work("a", 100)));
    const results = await clock.finish(Promise.all(joiners));
    expect(await leader).toBe("deadline_exceeded");
    expect(results.map(({ value }) => value)).toEqual(["a-2", "a-2", "a-2"]);
    expect(starts).toHaveLength(2);
  });

  it("makes no request repeat work that it started itself", async () => {
    const { clock, starts, work, run } = runway();
    expect(await clock.finish(run("a", 9_000, work("a", 100, ranOut)).catch(codeOf))).toBe(
      "deadline_exceeded",
    );
    expect(starts).toHaveLength(1);
  });

  it("does not make joiners start the work again if they have less time than an attempt takes", async () => {
    const { clock, starts, work, run } = runway();
    const leader = run("a", 1_000, work("a", 1_000, ranOut)).catch(codeOf);
    await clock.advance(249);
    const joiners = [1, 2, 3].map(() => run("a", 1_000, work("a", 100)).catch(codeOf));
    const codes = await clock.finish(Promise.all([leader, ...joiners]));
    expect(new Set(codes)).toEqual(new Set(["deadline_exceeded"]));
    expect(starts).toHaveLength(1);
  });

  it("is the longest deadline of all joiners for the shared work", async () => {
    const { clock, run } = runway();
    const timeLefts: number[] = [];
    const hasty = run("b", 1_000, async (shared) => {
      const record = () => timeLefts.push(shared.deadline - clock.monotonic());
      record();
      await clock.sleep(500);
      record();
      return "b";
    });
    await clock.advance(100);
    await clock.finish(Promise.all([hasty, run("b", 9_000, async () => "another")]));
    expect(timeLefts).toEqual([1_000, 8_600]);
  });

  it("is the longest deadline of all joiners also for another in-flight call that the shared work waits for", async () => {
    const { clock, starts, run } = runway();
    const inner = async (shared: RequestContext) => {
      starts.push("inner");
      await clock.sleep(2_000);
      return String(shared.deadline - clock.monotonic());
    };
    const other = coalesced(
      clock,
      () => "inner",
      (_: undefined, shared) => inner(shared),
    );
    const outer = (shared: RequestContext) => other(undefined, shared);
    const hasty = run("outer", 1_000, outer).catch(codeOf);
    const patient = run("outer", 9_000, outer);
    expect(await clock.finish(patient)).toEqual({ value: "7000", joined: true });
    expect(await hasty).toBe("deadline_exceeded");
    expect(starts).toEqual(["inner"]);
  });

  it("before the work started prevents its start", async () => {
    const { clock, starts, work, run } = runway();
    expect(await clock.finish(run("a", 0, work("a", 100)).catch(codeOf))).toBe("deadline_exceeded");
    expect(starts).toEqual([]);
    expect(clock.waiting).toBe(0);
  });
});

it("coalescing never runs two pieces of work for one key at once, settles by the deadline, and keeps nothing", async () => {
  const failures = fc.option(fc.constantFrom("deadline_exceeded" as const, "box_refused" as const));
  const requests = fc.record({
    after: fc.integer({ min: 0, max: 300 }),
    key: fc.constantFrom("a", "b"),
    timeLeft: fc.integer({ min: 1, max: 1_000 }),
    takes: fc.integer({ min: 0, max: 1_000 }),
    fails: failures,
  });
  await fc.assert(
    fc.asyncProperty(fc.array(requests, { minLength: 1, maxLength: 20 }), async (all) => {
      const { clock, run } = runway();
      const running = new Map<string, number>();
      const settled: Promise<void>[] = [];
      for (const { after, key, timeLeft, takes, fails } of all) {
        await clock.advance(after);
        const deadline = clock.monotonic() + timeLeft;
        const work = async () => {
          expect(running.get(key) ?? 0).toBe(0);
          running.set(key, 1);
          await clock.sleep(takes);
          running.set(key, 0);
          if (fails !== null) throw new Failure(fails, "scripted");
          return key;
        };
        const result = run(key, timeLeft, work).then(
          ({ value }) => expect(value).toBe(key),
          (failure) => expect(["deadline_exceeded", "box_refused"]).toContain(codeOf(failure)),
        );
        settled.push(result.then(() => expect(clock.monotonic()).toBeLessThanOrEqual(deadline)));
      }
      await clock.finish(Promise.all(settled));
      await clock.advance(1_000);
      expect(clock.waiting).toBe(0);
    }),
    { numRuns: 200 },
  );
});
