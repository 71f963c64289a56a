import { inspect } from "node:util";
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { authOf } from "../../../client/box-auth.ts";
import { type BoxStsError, boxAuth } from "../../../client/index.ts";
import { parseOptions } from "../../../client/options.ts";
import { type Sandbox, startSandbox } from "../../../sandbox/sandbox.ts";
import { everyNth } from "../../support/samples.ts";
import { linesOfKind } from "../../support/token-client.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";
import { type OptionsByAccess, optionsByAccess } from "./options-by-access.ts";

/** What AWS, Box and the network do wrong, as the caller's program sees it through the client. */
let sandbox: Sandbox;
let optionsBy: OptionsByAccess;

beforeAll(async () => {
  sandbox = await startSandbox();
  optionsBy = optionsByAccess(sandbox);
});
afterAll(() => sandbox.close());
beforeEach(() => {
  for (const faults of Object.values(sandbox.faults)) faults.clear();
  sandbox.box.requests.clear();
});
/** For tests of what a function does that has no token yet. */
const coldStart = () => sandbox.coldStart();

const ACCESSES = ["url", "invoke"] as const;
const audits = () => linesOfKind(sandbox, "audit").length;
const failure = (work: Promise<unknown>): Promise<BoxStsError> =>
  work.then(
    () => {
      throw new Error("it did not fail");
    },
    (error) => error,
  );

describe.each(ACCESSES)("by %s, a call survives a brief fault:", (access) => {
  const brief = [
    ["throttled", {}],
    ["throttled", { retryAfterSeconds: 0 }],
    ["server-error", { status: 502 }],
    ["server-error", { status: 503, retryAfterSeconds: 0 }],
    ["reset", {}],
    ["reset-after", {}],
  ] as const;

  test.each(everyNth(brief, 3, ACCESSES.indexOf(access)))("Lambda: %s %j", async (fault, settings) => {
    const injected = sandbox.faults.lambda.inject(fault, { times: 2, ...settings });
    expect((await boxAuth(optionsBy[access]()).retrieveToken()).tokenType).toBe("bearer");
    expect(injected.hits).toBe(2);
  });

  test("a retry after a lost response gets it from the cache", async () => {
    await coldStart();
    sandbox.faults.lambda.inject("reset-after", { times: 1 });
    await boxAuth(optionsBy[access]()).retrieveToken();
    expect(sandbox.box.requests.count("token")).toBe(1);
  });
});

describe.each(ACCESSES)("by %s, a lasting fault is reported with its code:", (access) => {
  const lasting = [
    ["throttled", "function_throttled", 429],
    ["server-error", "function_failed", 502],
    ["reset", "unreachable", undefined],
  ] as const;

  test.each(everyNth(lasting, 3, ACCESSES.indexOf(access)))(
    "Lambda: %s is %s, after four attempts",
    async (fault, code, status) => {
      const injected = sandbox.faults.lambda.inject(fault);
      const error = await failure(boxAuth(optionsBy[access]()).retrieveToken());
      expect(error).toMatchObject({ code, status, retryable: true });
      expect(injected.hits).toBe(4);
    },
  );

  test("the client does not wait for a pause that is longer than the time left", async () => {
    const injected = sandbox.faults.lambda.inject("throttled", { retryAfterSeconds: 60 });
    const error = await failure(boxAuth(optionsBy[access]()).retrieveToken());
    expect(error).toMatchObject({ code: "function_throttled", retryAfterSeconds: 60 });
    expect(injected.hits).toBe(1);
  });

  test("a function that does not respond is timed_out", async () => {
    const until = Promise.withResolvers<void>();
    sandbox.faults.lambda.inject("slow", { until: until.promise });
    const error = await failure(boxAuth({ ...optionsBy[access](), timeoutMs: 100 }).retrieveToken());
    expect(error).toMatchObject({ code: "timed_out", retryable: true });
    until.resolve();
  });

  test("credentials that never come are timed_out", async () => {
    const credentials = () => new Promise<never>(() => {});
    const error = await failure(
      boxAuth({ ...optionsBy[access](), credentials, timeoutMs: 50 }).retrieveToken(),
    );
    expect(error).toMatchObject({ code: "timed_out", retryable: true });
  });

  describe("by a new environment,", () => {
    beforeEach(coldStart);
    test.each([
      ["unauthorized-app", "box_app_not_authorized", 503, false, 1],
      ["key-removed", "box_key_refused", 503, false, 1],
    ] as const)(
      "a Box fault %s gives %s after one request to the function",
      async (fault, code, status, retryable, requests) => {
        sandbox.faults.box.inject(fault);
        const before = audits();
        const error = await failure(boxAuth(optionsBy[access]()).retrieveToken());
        expect(error).toMatchObject({ code, status, retryable, requestId: expect.any(String) });
        expect(audits() - before).toBe(requests);
      },
    );

    test("the seconds of Box's rate limit reach the caller by URL", async () => {
      sandbox.faults.box.inject("rate-limited", { retryAfterSeconds: 240 });
      const error = await failure(boxAuth(optionsBy[access]()).retrieveToken());
      expect(error).toMatchObject({ code: "box_rate_limited", retryable: true });
      if (access === "url") expect(error.retryAfterSeconds).toBe(240);
    });

    test("denied access to Secrets Manager is secret_forbidden", async () => {
      sandbox.faults["secrets-manager"].inject("access-denied");
      const error = await failure(boxAuth(optionsBy[access]()).retrieveToken());
      expect(error).toMatchObject({ code: "secret_forbidden", retryable: false });
    });

    test("1,000 callers share one failure, and the call after it succeeds", async () => {
      const injected = sandbox.faults.box.inject("unauthorized-app");
      const auth = boxAuth(optionsBy[access]());
      const before = audits();
      const errors = await Promise.all(
        Array.from({ length: 1_000 }, () => failure(auth.retrieveAuthorizationHeader())),
      );
      expect(new Set(errors.map(({ code }) => code))).toEqual(new Set(["box_app_not_authorized"]));
      expect(audits() - before).toBe(1);
      injected.remove();
      sandbox.freeze(30_000);
      expect(await auth.retrieveAuthorizationHeader()).toMatch(/^Bearer /);
    });
  });
});

describe.each(ACCESSES)("by %s, a token", (access) => {
  test("is requested again when it has expired by the caller's clock", async () => {
    const clock = Object.assign(new VirtualClock(), { fraction: () => 0 });
    // The first token is a new one.
    await coldStart();
    const auth = authOf(parseOptions(optionsBy[access]()), clock);
    const [first, before] = [await auth.retrieveToken(), audits()];
    await clock.advance((first.expiresIn - 60) * 1_000);
    await auth.retrieveToken();
    expect(audits() - before).toBe(0);
    await clock.advance(1_000);
    await auth.retrieveToken();
    expect(audits() - before).toBe(1);
  });

  test("that Box rejected is replaced later if it cannot be replaced now", async () => {
    await coldStart();
    const auth = boxAuth(optionsBy[access]());
    const { accessToken } = await auth.retrieveToken();
    const injected = sandbox.faults.lambda.inject("throttled", { retryAfterSeconds: 60 });
    await failure(auth.refreshToken());
    await failure(auth.retrieveToken());
    injected.remove();
    sandbox.freeze(10_000);
    expect((await auth.retrieveToken()).accessToken).not.toBe(accessToken);
    expect(sandbox.box.requests.count("token")).toBe(2);
  });
});

describe("an error of IAM or Lambda", () => {
  const everything = () => sandbox.callers.everything!;
  test.each([
    ["url", { region: "eu-west-1" }, "wrong_region"],
    ["invoke", { region: "eu-west-1" }, "wrong_region"],
    ["url", { credentials: { accessKeyId: "AKIANOBODY", secretAccessKey: "x" } }, "credentials_refused"],
    ["invoke", { credentials: { accessKeyId: "AKIANOBODY", secretAccessKey: "x" } }, "credentials_refused"],
    ["invoke", { alias: "one-folder" }, "not_permitted"],
    ["invoke", { functionName: "token-url" }, "not_permitted"],
    ["invoke", { functionName: "elsewhere" }, "not_permitted"],
    ["url", { url: "http://127.0.0.1:9/", timeoutMs: 2_000 }, "unreachable"],
  ] as const)("by %s with %j: %s", async (access, changes, code) => {
    const error = await failure(boxAuth({ ...optionsBy[access](), ...changes } as never).retrieveToken());
    expect(error).toMatchObject({ name: "BoxStsError", code, nextStep: expect.stringMatching(/\w/) });
    expect(error.message).toContain(error.nextStep);
  });

  test("credentials_refused: a secret that does not belong to its key", async () => {
    const { accessKeyId } = everything();
    const credentials = { accessKeyId, secretAccessKey: "wrong" };
    const error = await failure(boxAuth({ ...optionsBy.url(), credentials }).retrieveToken());
    expect(error.code).toBe("credentials_refused");
  });

  test.each([
    ["url", "behind", 600_000],
    ["url", "ahead", -600_000],
    ["invoke", "behind", 600_000],
    ["invoke", "ahead", -600_000],
  ] as const)("by %s, a clock that is ten minutes %s: clock_wrong", async (access, _where, offset) => {
    // The client signs with `new Date()`, which a mocked `Date.now()` leaves as it is.
    const real = Date.now;
    const awsClock = vi.spyOn(Date, "now").mockImplementation(() => real() + offset);
    onTestFinished(() => awsClock.mockRestore());
    const error = await failure(boxAuth(optionsBy[access]()).retrieveToken());
    expect(error).toMatchObject({ code: "clock_wrong", status: 403, retryable: false });
  });

  test("function_not_found: an operator calls an alias that does not exist", async () => {
    const { accessKeyId, secretAccessKey } = sandbox.operator;
    const credentials = { accessKeyId, secretAccessKey };
    const options = { ...optionsBy.invoke(), credentials };
    const noFunction = await failure(boxAuth({ ...options, functionName: "elsewhere" }).retrieveToken());
    const noAlias = await failure(boxAuth({ ...options, alias: "nobody" }).retrieveToken());
    expect([noFunction.code, noAlias.code]).toEqual(["function_not_found", "function_not_found"]);
    expect(noFunction.message).toContain("(Function elsewhere, alias everything, region us-east-1.)");
    expect(noAlias.message).toContain("(Function token-invoke, alias nobody, region us-east-1.)");
  });

  test("not_a_token_function: another server responds", async () => {
    const error = await failure(boxAuth({ ...optionsBy.url(), url: sandbox.box.url }).retrieveToken());
    expect(error).toMatchObject({ code: "not_a_token_function", retryable: false });
    const api = await failure(boxAuth({ ...optionsBy.url(), url: sandbox.invokeUrl }).retrieveToken());
    expect(api.code).toBe("function_not_found");
  });

  test("the auth object contains nothing of the credentials", async () => {
    const auth = boxAuth(optionsBy.url());
    const { accessToken } = await auth.retrieveToken();
    const seen = inspect(auth, { depth: 10, showHidden: true }) + JSON.stringify(auth);
    for (const secret of [accessToken, everything().secretAccessKey]) expect(seen).not.toContain(secret);
  });
});
