import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { DynamoDb } from "../../../sandbox/dynamodb/server.ts";
import type { FaultName } from "../../../sandbox/faults/faults.ts";
import { type Sandbox, startSandbox } from "../../../sandbox/sandbox.ts";
import { linesOfKind, requestToken } from "../../support/token-client.ts";

/** Whatever is wrong with the table, tokens are issued, and the log says what they were issued without. */
let sandbox: Sandbox;
let table: DynamoDb;

beforeAll(async () => {
  sandbox = await startSandbox({ sharedCache: true });
  table = sandbox.sharedCache!.dynamoDb;
});
afterAll(() => sandbox.close());
beforeEach(async () => {
  table.faults.clear();
  await sandbox.coldStart(sandbox.environment);
  table.requests.clear();
  sandbox.box.requests.clear();
});

const scopes = ["item_download", "item_upload", "item_preview", "item_rename", "item_share", "base_preview"];
const request = (parameters: Readonly<Record<string, string>> = {}) =>
  requestToken(sandbox, sandbox.callers.everything!, parameters);
const latestLine = () => linesOfKind(sandbox, "request").at(-1);

async function expectToken(parameters: Readonly<Record<string, string>> = {}): Promise<void> {
  const { status, body } = await request(parameters);
  expect([status, body.code]).toEqual([200, undefined]);
  expect(sandbox.box.tokens.find(body.access_token ?? "")).toBeDefined();
}

describe("a token is issued, and the log and a metric report the table, where it", () => {
  test.each<[string, FaultName<"dynamodb">, RegExp]>([
    ["is unavailable", "unavailable", /^DynamoDB: ServiceUnavailableException$/],
    ["breaks every connection", "reset", /^DynamoDB: \w+$/],
    ["loses every response", "lost-response", /^DynamoDB: \w+$/],
    [
      "is denied to the functions",
      "access-denied",
      /^DynamoDB: AccessDeniedException: User: \S+ is not authorized to perform: dynamodb:GetItem on resource: arn:aws:dynamodb:us-east-1:123456789012:table\/box-sts-tokens because no identity-based policy allows the dynamodb:GetItem action$/,
    ],
  ])("%s", async (_, fault, reason) => {
    table.faults.inject(fault);
    await expectToken();
    expect(latestLine()).toMatchObject({
      outcome: "issued",
      shared_cache_failure: expect.stringMatching(reason),
      SharedCacheFailures: 1,
    });
  });

  test("does not respond in time, once for each call that it gets", async () => {
    const gate = Promise.withResolvers<void>();
    table.faults.inject("slow", { until: gate.promise });
    await expectToken();
    expect(latestLine()).toMatchObject({ shared_cache_failure: "DynamoDB: TimeoutError" });
    expect(table.requests.count()).toBe(2);
    gate.resolve();
  });

  test("is at an address where nothing listens", async () => {
    await sandbox.coldStart({ AWS_ENDPOINT_URL_DYNAMODB: "http://127.0.0.1:1" });
    await expectToken();
    expect(latestLine()).toMatchObject({ shared_cache_failure: expect.stringMatching(/^DynamoDB: \w+$/) });
  });
});

describe("a table that throttles its requests", () => {
  /** After this time an environment reads whether the table still has the token of its memory. */
  const CONFIRM_MS = 60_000;

  test("costs an environment that has a token no wait: the token of its memory is served, and the log says so", async () => {
    const { body } = await request();
    sandbox.freeze(CONFIRM_MS);
    table.faults.inject("throttled");
    expect((await request()).body.access_token).toBe(body.access_token);
    expect(latestLine()).toMatchObject({
      outcome: "issued",
      shared_cache_failure: "DynamoDB: ThrottlingException",
      SharedCacheFailures: 1,
    });
  });

  test("is tried again by an environment without a token, which then uses the one that is stored", async () => {
    const { body } = await request();
    await sandbox.coldStart();
    sandbox.box.requests.clear();
    table.faults.inject("throttled", { times: 2 });
    expect((await request()).body.access_token).toBe(body.access_token);
    expect(latestLine()).not.toHaveProperty("shared_cache_failure");
    expect(sandbox.box.requests.count()).toBe(0);
  });
});

test("after three failures in a row an environment no longer calls the table, and says so", async () => {
  table.faults.inject("unavailable");
  for (const scope of scopes.slice(0, 3)) await expectToken({ scope });
  const calls = table.requests.count();
  for (const scope of scopes.slice(3)) await expectToken({ scope });
  expect(table.requests.count()).toBe(calls);
  expect(latestLine()).toMatchObject({ shared_cache_failure: "the circuit is open" });
});

test("a write that fails costs the other environments a token of their own, and no caller an error", async () => {
  const user = { box_subject_type: "user", box_subject_id: sandbox.sample.managedUser.id };
  table.faults.inject("unavailable", { on: "dynamodb.put" });
  await expectToken(user);
  expect(latestLine()).toMatchObject({ shared_cache_failure: "DynamoDB: ServiceUnavailableException" });
  table.faults.clear();
  await sandbox.coldStart();
  await expectToken(user);
  expect(latestLine()).not.toHaveProperty("shared_cache_failure");
  expect(sandbox.box.requests.count("token/jwt-bearer")).toBe(2);
});

test("a lost response to a write costs no second grant: the environment recognises its own item", async () => {
  const user = { box_subject_type: "user", box_subject_id: sandbox.sample.appUser.id };
  table.faults.inject("lost-response", { on: "dynamodb.put", times: 1 });
  await expectToken(user);
  await sandbox.coldStart();
  await expectToken(user);
  expect(sandbox.box.requests.count("token/jwt-bearer")).toBe(1);
  expect(latestLine()).not.toHaveProperty("shared_cache_failure");
});
