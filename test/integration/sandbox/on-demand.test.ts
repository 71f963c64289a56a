import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { HostedFunction } from "../../../sandbox/lambda/hosted-function.ts";
import { type Bundles, bundles, type Holder, holder, VERSATILE } from "./fixture-functions.ts";

/** A function as Lambda runs it on demand: each environment has one request at a time. */
let all: Bundles;
let gate: Holder;
let hosted: HostedFunction;

beforeAll(async () => {
  [all, gate] = [await bundles(), await holder()];
});
afterAll(async () => {
  await gate[Symbol.asyncDispose]();
  await all[Symbol.asyncDispose]();
});
beforeEach(async () => {
  hosted = await all.host("on-demand", VERSATILE, { scaling: { reservedConcurrency: 4 } });
});

const hold = () => hosted.invoke({ do: "hold", port: gate.port });
const callsOf = async (given = hosted.invoke({ do: "calls" })) => {
  const outcome = await given;
  return outcome.ok ? Number(outcome.payload) : outcome.error;
};

describe("concurrent requests", () => {
  test("get an environment each, with a memory of its own", async () => {
    const held = [hold(), hold(), hold()];
    await gate.held(3);
    expect(hosted.coldStarts).toBe(3);
    gate.release();
    expect(await Promise.all(held.map((outcome) => callsOf(outcome)))).toEqual([1, 1, 1]);
  });

  test("beyond the reserved concurrency are throttled and do not run", async () => {
    const held = Array.from({ length: 4 }, hold);
    await gate.held(4);
    expect(await hosted.invoke({})).toEqual({
      ok: false,
      throttled: true,
      error: { errorType: "TooManyRequestsException", errorMessage: "Rate Exceeded." },
    });
    gate.release();
    await Promise.all(held);
    expect(await hosted.invoke("again")).toEqual({ ok: true, payload: '"again"' });
    expect(hosted.coldStarts).toBe(4);
  });
});

describe("an idle environment", () => {
  test("is reused, the one that was used last first", async () => {
    const held = [hold(), hold()];
    await gate.held(2);
    gate.release();
    await Promise.all(held);
    expect([await callsOf(), await callsOf(), await callsOf()]).toEqual([2, 3, 4]);
    expect(hosted.coldStarts).toBe(2);
  });

  test("is replaced by a new one after it ended", async () => {
    expect(await callsOf()).toBe(1);
    await hosted.invoke({ do: "exit", code: 1 });
    expect(await callsOf()).toBe(1);
    expect(hosted.coldStarts).toBe(2);
  });

  test("is gone after a restart, as all are", async () => {
    const held = [hold(), hold()];
    await gate.held(2);
    gate.release();
    await Promise.all(held);
    await hosted.restart();
    expect(await callsOf()).toBe(1);
    expect(hosted.coldStarts).toBe(3);
  });

  test("writes to a log stream of its own", async () => {
    const stream = async (given: Promise<Awaited<ReturnType<typeof hosted.invoke>>>) => {
      const outcome = await given;
      return outcome.ok ? JSON.parse(outcome.payload).logStreamName : undefined;
    };
    const streams = await Promise.all([1, 2].map(() => stream(hosted.invoke({ do: "context" }))));
    expect(new Set(streams).size).toBe(2);
    for (const name of streams) expect(name).toMatch(/^\[\$LATEST\][0-9a-f]{32}$/);
  });
});

describe("the lines of an invocation", () => {
  const linesOf = async (event: object) => {
    const lines: string[] = [];
    await hosted.invoke(event, { requestId: "the-request", onLine: (line) => void lines.push(line) });
    return lines;
  };

  test("are those of both outputs, and no other request's", async () => {
    expect(await linesOf({ do: "print", text: "one" })).toEqual(["one"]);
    expect(await linesOf({ do: "complain", text: "two" })).toEqual(["two"]);
    expect(await linesOf({ do: "throw", name: "three", message: "m", stack: "" })).toEqual([
      expect.stringMatching(/\tthe-request\tERROR\tInvoke Error \t.*three/),
    ]);
    expect(await linesOf({})).toEqual([]);
  });

  test("include what an earlier request left undone, as on Lambda", async () => {
    expect(await linesOf({ do: "print-afterwards", text: "late" })).toEqual([]);
    expect(await linesOf({ do: "left-work" })).toEqual(["late"]);
  });
});

describe("an asynchronous invocation that fails", () => {
  const failing = async (maximumRetryAttempts?: number) => {
    const retries = maximumRetryAttempts === undefined ? {} : { maximumRetryAttempts };
    const asynchronous = { ...retries, retryDelaysMs: [0, 0] as const };
    return all.host("failing", VERSATILE, { asynchronous });
  };
  /** Takes longer than one more attempt, which would not have waited, since its delay is zero. */
  const others = async (function_: HostedFunction) => {
    for (let count = 0; count < 20; count++) await function_.invoke({});
  };
  const attemptsOf = ({ lines }: HostedFunction) => lines.filter((line) => line.startsWith("attempt "));

  test("is run twice again, under the same request id", async () => {
    const twice = await failing();
    twice.acceptPayload('{ "do": "fail-and-print" }', { requestId: "same" });
    await expect.poll(() => attemptsOf(twice)).toEqual(["attempt same", "attempt same", "attempt same"]);
    await others(twice);
    expect(attemptsOf(twice)).toHaveLength(3);
  });

  test("is not run again where the function is configured so", async () => {
    const once = await failing(0);
    once.acceptPayload('{ "do": "fail-and-print" }');
    await expect.poll(() => attemptsOf(once)).toHaveLength(1);
    await others(once);
    expect(attemptsOf(once)).toHaveLength(1);
  });
});
