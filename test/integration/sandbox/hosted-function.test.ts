import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { HostedFunction } from "../../../sandbox/lambda/hosted-function.ts";
import { type Bundles, bundles, VERSATILE } from "./fixture-functions.ts";

let all: Bundles;
let versatile: HostedFunction;
/** Handles any number of requests in one environment. */
let crowded: HostedFunction;

beforeAll(async () => {
  all = await bundles();
  versatile = await all.host("versatile", VERSATILE, { env: { GIVEN: "yes" }, timeoutMs: 5_000 });
  crowded = await all.host("crowded", VERSATILE, {
    scaling: { requestsPerEnvironment: Number.POSITIVE_INFINITY },
  });
});
afterAll(() => all[Symbol.asyncDispose]());

const payload = async (event: unknown, given = {}) => {
  const outcome = await versatile.invoke(event, given);
  expect(outcome).toMatchObject({ ok: true });
  return outcome.ok ? JSON.parse(outcome.payload) : undefined;
};
const failure = async (event: unknown, hosted = versatile) => {
  const outcome = await hosted.invoke(event, { requestId: "the-request" });
  expect(outcome.ok).toBe(false);
  return outcome.ok ? undefined : outcome.error;
};

test("the hosted function hands over the event and returns what the handler returned", async () => {
  expect(await payload({ a: [1, "two", null] })).toEqual({ a: [1, "two", null] });
  expect(await payload({ do: "undefined" })).toBeNull();
});

test("the hosted function gives the process its own variables and Lambda's, and none of ours", async () => {
  const env = await payload({ do: "env" });
  expect(env).toMatchObject({
    GIVEN: "yes",
    AWS_LAMBDA_FUNCTION_NAME: "versatile",
    AWS_REGION: "us-east-1",
    AWS_EXECUTION_ENV: "AWS_Lambda_nodejs24.x",
  });
  expect(env.PATH).toBeUndefined();
  expect(env.VITEST).toBeUndefined();
  expect(env.NODE_COMPILE_CACHE).toBeUndefined();
});

test("the hosted function fills the context as Lambda does", async () => {
  const context = await payload({ do: "context" }, { qualifier: "reports", requestId: "r-1" });
  expect(context).toMatchObject({
    awsRequestId: "r-1",
    invokedFunctionArn: "arn:aws:lambda:us-east-1:123456789012:function:versatile:reports",
    functionName: "versatile",
    functionVersion: "1",
    memoryLimitInMB: "256",
    logGroupName: "/aws/lambda/versatile",
  });
  expect(context.remaining).toBeGreaterThan(0);
  expect(context.remaining).toBeLessThanOrEqual(5_000);
  expect((await payload({ do: "context" })).invokedFunctionArn).toBe(
    "arn:aws:lambda:us-east-1:123456789012:function:versatile",
  );
});

test("the hosted function runs many requests in one environment at once, if so configured", async () => {
  await crowded.invoke({});
  const waiting = Array.from({ length: 100 }, () => crowded.invoke({ do: "wait" }));
  expect(await crowded.invoke({ do: "release" })).toEqual({ ok: true, payload: "100" });
  expect(await Promise.all(waiting)).toEqual(Array(100).fill({ ok: true, payload: '"released"' }));
  expect(crowded.coldStarts).toBe(1);
});

describe("a thrown error", () => {
  test("is reported with type, message and trace", async () => {
    expect(await failure({ do: "throw", name: "secret_invalid", message: "why" })).toEqual({
      errorType: "secret_invalid",
      errorMessage: "why",
      trace: expect.arrayContaining([expect.stringContaining("handler")]),
    });
  });

  test("with an empty stack has an empty trace", async () => {
    const error = await failure({ do: "throw", name: "x", message: "y", stack: "" });
    expect(error).toEqual({ errorType: "x", errorMessage: "y", trace: [""] });
  });

  test("that is no error is reported by its type", async () => {
    expect(await failure({ do: "throw-text" })).toEqual({
      errorType: "string",
      errorMessage: "just text",
      trace: [],
    });
  });

  test("is in the function's log, as Lambda's runtime writes it", async () => {
    await failure({ do: "throw", name: "logged", message: "to the log" });
    await expect
      .poll(() =>
        versatile.lines.some((line) => /\tthe-request\tERROR\tInvoke Error \t.*"logged"/.test(line)),
      )
      .toBe(true);
  });

  test("covers a result that is not JSON", async () => {
    expect(await failure({ do: "cycle" })).toMatchObject({ errorType: "Runtime.MarshalError" });
  });
});

describe("a result", () => {
  const repeated = (times: number) => ({ do: "repeat", text: "é", times });

  test("of 6,291,556 bytes is passed on", async () => {
    expect(await payload(repeated(3_145_777))).toHaveLength(3_145_777);
  });

  test("that is longer is an error of the function", async () => {
    expect(await failure(repeated(3_145_778))).toEqual({
      errorType: "Function.ResponseSizeTooLarge",
      errorMessage: "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
    });
  });
});

describe("the environment", () => {
  const state = () => payload({ do: "calls" });

  test("keeps its memory between calls, until a cold start", async () => {
    const calls = await state();
    expect(await state()).toBe(calls + 1);
    await versatile.restart({ ADDED: "later" });
    expect(await state()).toBe(1);
    expect((await payload({ do: "env" })).ADDED).toBe("later");
  });

  test.each([
    [
      { do: "exit", code: 3 },
      "Runtime.ExitError",
      "RequestId: the-request Error: Runtime exited with error: exit status 3",
    ],
    [
      { do: "exit", code: 0 },
      "Runtime.ExitError",
      "RequestId: the-request Error: Runtime exited without providing a reason",
    ],
    [{ do: "crash" }, "Error", "outside"],
    [{ do: "reject-elsewhere" }, "Runtime.UnhandledPromiseRejection", "nobody waits"],
  ])("ends with %j and the next call starts another", async (event, errorType, errorMessage) => {
    const before = versatile.coldStarts;
    expect(await failure(event)).toMatchObject({ errorType, errorMessage });
    expect(await state()).toBe(1);
    expect(versatile.coldStarts).toBe(before + 1);
  });

  test("fails all calls in flight when it ends", async () => {
    const waiting = [crowded.invoke({ do: "wait" }), crowded.invoke({ do: "wait" })];
    await failure({ do: "exit", code: 1 }, crowded);
    for (const outcome of await Promise.all(waiting)) {
      expect(outcome).toMatchObject({ ok: false, error: { errorType: "Runtime.ExitError" } });
    }
  });

  /** The time of many invocations of another function. */
  const passTime = async () => {
    for (let call = 0; call < 50; call++) await crowded.invoke({});
  };

  test("is frozen from its response to its next invocation, with the work that the function left", async () => {
    await payload({ do: "leave-work" });
    await passTime();
    const invoked = Date.now();
    expect(await payload({ do: "left-work" })).toBeGreaterThanOrEqual(invoked);
  });

  test("is frozen from its initialisation to its first invocation", async () => {
    const source = "const begun = []; setTimeout(() => begun.push(Date.now()), 1);";
    const handler = "const later = () => new Promise((resolve) => setTimeout(resolve, 1));";
    const early = await all.host(
      "early",
      `${source} ${handler} export const handler = async () => { await later(); return begun; };`,
    );
    expect(await early.warm()).toBeUndefined();
    await passTime();
    const invoked = Date.now();
    const outcome = await early.invoke({});
    const [begun] = JSON.parse(outcome.ok ? outcome.payload : "[0]");
    expect(begun).toBeGreaterThanOrEqual(invoked);
  });

  test("fails its next invocation with a rejection that the function left unhandled", async () => {
    await payload({ do: "leave-rejection" });
    await passTime();
    expect(await failure({ do: "wait" })).toMatchObject({ errorMessage: "left behind" });
  });

  test("that serves many requests at once is not frozen", async () => {
    await crowded.invoke({ do: "leave-work" });
    await expect.poll(async () => (await crowded.invoke({ do: "left-work" })).ok).toBe(true);
    const left = await crowded.invoke({ do: "left-work" });
    const invoked = Date.now();
    expect(JSON.parse(left.ok ? left.payload : "0")).toBeLessThanOrEqual(invoked);
  });

  test("is ended by a time-out", async () => {
    const slow = await all.host("slow", VERSATILE, { timeoutMs: 300 });
    expect(await failure({ do: "hang" }, slow)).toEqual({
      errorType: "Sandbox.Timedout",
      errorMessage: "RequestId: the-request Error: Task timed out after 0.30 seconds",
    });
    expect(await slow.invoke("again")).toEqual({ ok: true, payload: '"again"' });
    expect(slow.coldStarts).toBe(2);
  });
});

describe("initialisation", () => {
  test.each<[string, string, string, RegExp]>([
    ["throws", "throw new TypeError('BOX_STS_APPS is missing');", "TypeError", /BOX_STS_APPS is missing/],
    ["exits", "process.exit(7);", "Runtime.ExitError", /RequestId: the-request .*exit status 7/],
    ["exports no handler", "export const other = 1;", "Runtime.HandlerNotFound", /not exported/],
    [
      "takes a callback",
      "export const handler = (e, c, cb) => cb();",
      "Runtime.CallbackHandlerDeprecated",
      /callback/,
    ],
    ["is no program", "this is not JavaScript", "Runtime.UserCodeSyntaxError", /^SyntaxError: /],
    [
      "requires a missing module",
      "import { createRequire } from 'node:module'; createRequire(import.meta.url)('no-such-module');",
      "Runtime.ImportModuleError",
      /^Error: Cannot find module 'no-such-module'/,
    ],
    [
      "imports a missing module",
      "import 'no-such-module';",
      "Error",
      /^Cannot find package 'no-such-module'/,
    ],
  ])("that %s fails each call until it is repaired", async (_what, source, errorType, errorMessage) => {
    const broken = await all.host("broken", source);
    expect(await failure({}, broken)).toMatchObject({
      errorType,
      errorMessage: expect.stringMatching(errorMessage),
    });
    expect(await broken.warm()).toMatchObject({ errorType });
    expect(await failure({}, broken)).toMatchObject({ errorType });
  });

  test("that succeeds is done once for callers that come together to one environment", async () => {
    const scaling = { requestsPerEnvironment: Number.POSITIVE_INFINITY };
    const fresh = await all.host("fresh", VERSATILE, { scaling });
    await Promise.all(Array.from({ length: 20 }, () => fresh.invoke({})));
    expect(fresh.coldStarts).toBe(1);
  });
});

describe("the output", () => {
  test("is complete when the response arrives", async () => {
    // Long enough to arrive in many pieces, after the response if the sandbox did not wait for it.
    const long = "x".repeat(2_000_000);
    for (let round = 0; round < 5; round += 1) {
      await payload({ do: "print", text: `${long}${round}` });
      expect(versatile.lines.at(-1)?.slice(-3)).toBe(`xx${round}`);
    }
  });

  test("is a line even without its end", async () => {
    await payload({ do: "print-partly", text: "no newline" });
    expect(versatile.lines.at(-1)).toBe("no newline");
  });

  test("may be closed by the handler", async () => {
    const closing = await all.host("closing", VERSATILE);
    expect(await closing.invoke({ do: "close-output" })).toEqual({ ok: true, payload: '"closed"' });
    expect(await closing.invoke("still there")).toEqual({ ok: true, payload: '"still there"' });
  });
});
