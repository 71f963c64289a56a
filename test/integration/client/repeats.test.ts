import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type BoxStsError, boxAuth } from "../../../client/index.ts";
import { type Sandbox, startSandbox } from "../../../sandbox/sandbox.ts";
import { type OptionsByAccess, optionsByAccess } from "./options-by-access.ts";

/** Requests to Box and Secrets Manager for one call of the client. */
let sandbox: Sandbox;
let optionsBy: OptionsByAccess;

const SUBJECTS = Array.from({ length: 50 }, (_, index) => String(7_000_000 + index));

beforeAll(async () => {
  sandbox = await startSandbox({ scaling: { requestsPerEnvironment: Number.POSITIVE_INFINITY } });
  optionsBy = optionsByAccess(sandbox);
  const { managedUser } = sandbox.sample;
  for (const id of SUBJECTS) sandbox.box.state.users.set(id, { ...managedUser, id });
});
afterAll(() => sandbox.close());
beforeEach(async () => {
  for (const faults of Object.values(sandbox.faults)) faults.clear();
  await sandbox.coldStart();
  sandbox.box.requests.clear();
  sandbox.secretsManager.requests.clear();
});

const failure = (work: Promise<unknown>): Promise<BoxStsError> =>
  work.then(
    () => {
      throw new Error("it did not fail");
    },
    (error) => error,
  );
const posts = () => sandbox.box.requests.count("token");

describe.each(["url", "invoke"] as const)("by %s, one call of the client", (access) => {
  test("causes four POSTs, the function's own, while Box responds with 503", async () => {
    sandbox.faults.box.inject("server-error", { status: 503 });
    const error = await failure(boxAuth(optionsBy[access]()).retrieveToken());
    expect(error).toMatchObject({ code: "box_unavailable", retryable: true });
    expect(posts()).toBe(4);
  });

  test("causes one POST when Box's Retry-After is longer than the function's remaining time", async () => {
    sandbox.faults.box.inject("rate-limited", { retryAfterSeconds: 240 });
    const error = await failure(boxAuth(optionsBy[access]()).retrieveToken());
    expect(error).toMatchObject({ code: "box_rate_limited", retryable: true });
    if (access === "url") expect(error.retryAfterSeconds).toBe(240);
    expect(posts()).toBe(1);
  });

  test("causes three secret reads, the AWS SDK's own, while Secrets Manager throttles", async () => {
    sandbox.faults["secrets-manager"].inject("throttled");
    const error = await failure(boxAuth(optionsBy[access]()).retrieveToken());
    expect(error).toMatchObject({ code: "secret_unavailable", retryable: true });
    expect(sandbox.secretsManager.requests.count("GetSecretValue")).toBe(3);
  });

  test("is retried after Lambda throttled it, and then causes one POST", async () => {
    sandbox.faults.lambda.inject("throttled", { times: 3 });
    await boxAuth(optionsBy[access]()).retrieveToken();
    expect(posts()).toBe(1);
  });
});

test("50 calls for 50 subjects cause 200 POSTs while Box responds with 503", async () => {
  sandbox.faults.box.inject("server-error", { status: 503 });
  const errors = await Promise.all(
    SUBJECTS.map((user) => failure(boxAuth({ ...optionsBy.invoke(), subject: { user } }).retrieveToken())),
  );
  expect(new Set(errors.map(({ code }) => code))).toEqual(new Set(["box_unavailable"]));
  expect(posts()).toBe(200);
});
