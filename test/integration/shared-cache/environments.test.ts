import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { DynamoDb } from "../../../sandbox/dynamodb/server.ts";
import { type Sandbox, startSandbox } from "../../../sandbox/sandbox.ts";
import { auditLines, requestToken } from "../../support/token-client.ts";
import { turn } from "../../support/virtual-clock.ts";

/** What processes of the functions share through one table: each environment serves one request at a time. */
let sandbox: Sandbox;
let table: DynamoDb;

beforeAll(async () => {
  sandbox = await startSandbox({ sharedCache: true });
  table = sandbox.sharedCache!.dynamoDb;
});
afterAll(() => sandbox.close());
beforeEach(() => {
  sandbox.box.faults.clear();
  sandbox.box.requests.clear();
  table.requests.clear();
  table.clock.skewSeconds = 0;
});

const ENVIRONMENTS = 5;
const everything = () => sandbox.callers.everything!;
const grants = () => sandbox.box.requests.count("token/jwt-bearer");
const invoke = (event: object) =>
  sandbox.functions.tokenInvoke.invoke(event, { qualifier: everything().alias });
/** Requests at the same time, each of which needs an environment of its own; and the different tokens of them. */
async function invokeAtOnce(count: number, event: object): Promise<ReadonlySet<string>> {
  const outcomes = await Promise.all(Array.from({ length: count }, () => invoke(event)));
  return new Set(outcomes.map((outcome) => (outcome.ok ? JSON.parse(outcome.payload).access_token : "none")));
}
const cachesSince = (start: number) =>
  auditLines(sandbox)
    .slice(start)
    .map(({ cache }) => cache)
    .toSorted();

/** Holds Box's next grant until `open()` is called. */
function holdNextGrant() {
  const gate = Promise.withResolvers<void>();
  sandbox.box.faults.inject("slow", { until: gate.promise, on: "token", times: 1 });
  return { open: () => gate.resolve() };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await turn();
}

describe(`${ENVIRONMENTS} environments on one table`, () => {
  test("that start at the same time make one POST to Box for one subject, and return one token", async () => {
    const coldStarts = sandbox.functions.tokenInvoke.coldStarts;
    const user = { box_subject_type: "user", box_subject_id: sandbox.sample.managedUser.id };
    const tokens = await invokeAtOnce(ENVIRONMENTS, user);
    expect(sandbox.functions.tokenInvoke.coldStarts - coldStarts).toBe(ENVIRONMENTS);
    expect([tokens.size, tokens.has("none")]).toEqual([1, false]);
    expect(grants()).toBe(1);
  });

  test("wait for the one that mints, and say so in their audit lines", async () => {
    await invokeAtOnce(ENVIRONMENTS, { box_subject_type: "user", box_subject_id: sandbox.sample.appUser.id });
    sandbox.box.requests.clear();
    table.requests.clear();
    const start = auditLines(sandbox).length;
    const grant = holdNextGrant();
    const response = invokeAtOnce(ENVIRONMENTS, {});
    await until(() => table.requests.count("dynamodb.get") >= 3 * ENVIRONMENTS);
    expect(grants()).toBe(1);
    grant.open();
    const tokens = await response;
    expect([tokens.size, tokens.has("none")]).toEqual([1, false]);
    expect(grants()).toBe(1);
    expect(cachesSince(start)).toEqual(["miss", ...Array(ENVIRONMENTS - 1).fill("shared")]);
  });

  test("make one grant and one exchange for one narrowed token", async () => {
    const scope = "item_download";
    const tokens = await invokeAtOnce(ENVIRONMENTS, { scope });
    expect([tokens.size, tokens.has("none")]).toEqual([1, false]);
    expect(sandbox.box.requests.count("token/token-exchange")).toBe(1);
    expect(grants()).toBeLessThanOrEqual(1);
  });

  test("read the table again only after a minute: a hit in memory makes no call", async () => {
    await invoke({ scope: "base_preview" });
    table.requests.clear();
    await invoke({ scope: "base_preview" });
    expect(table.requests.count()).toBe(0);
  });
});

test("an environment of one function uses the token that an environment of the other has minted", async () => {
  const scope = "item_preview";
  const minted = JSON.parse(((await invoke({ scope })) as { payload: string }).payload);
  const { body } = await requestToken(sandbox, everything(), { scope });
  expect(body.access_token).toBe(minted.access_token);
  expect(sandbox.box.requests.count("token/token-exchange")).toBe(1);
});

test("environments whose clocks are two minutes apart share tokens, and agree about the life that is left", async () => {
  await sandbox.coldStart();
  const byInvoke = async (event: object) =>
    JSON.parse(((await invoke(event)) as { payload: string }).payload);
  const byUrl = async (parameters: Readonly<Record<string, string>>) =>
    (await requestToken(sandbox, everything(), parameters)).body;
  await Promise.all([byInvoke({}), byUrl({})]);
  sandbox.functions.tokenUrl.freeze(120_000);
  sandbox.box.requests.clear();
  for (const [scope, one, other] of [
    ["item_share", byInvoke, byUrl],
    ["item_rename", byUrl, byInvoke],
  ] as const) {
    const [minted, shared] = [await one({ scope }), await other({ scope })];
    expect(shared.access_token).toBe(minted.access_token);
    expect(Math.abs((shared.expires_in ?? 0) - (minted.expires_in ?? 0))).toBeLessThan(60);
  }
  expect(sandbox.box.requests.count("token/token-exchange")).toBe(2);
});

describe("where the environment that mints", () => {
  /** By the table's clock: its lease of 10 s has ended, with the tolerance of 2 s. */
  const endLeases = () => {
    table.clock.skewSeconds = 13;
  };

  test("is killed, another one waits for the end of its lease, then mints, and its caller sees no error", async () => {
    const user = { box_subject_type: "user", box_subject_id: sandbox.sample.managedUser.id };
    const scope = { ...user, scope: "root_readonly" };
    await invoke(user);
    sandbox.box.requests.clear();
    const exchange = holdNextGrant();
    const killed = invoke(scope);
    await until(() => sandbox.box.requests.count("token") === 1);
    const survivor = requestToken(sandbox, everything(), scope);
    await sandbox.functions.tokenInvoke.restart();
    expect(await killed).toMatchObject({ ok: false });
    const reads = table.requests.count("dynamodb.get");
    await until(() => table.requests.count("dynamodb.get") >= reads + 3);
    expect(sandbox.box.requests.count("token")).toBe(1);
    endLeases();
    const { status, body } = await survivor;
    expect(status).toBe(200);
    expect(sandbox.box.requests.count("token")).toBe(2);
    exchange.open();
    expect(JSON.parse(((await invoke(scope)) as { payload: string }).payload).access_token).toBe(
      body.access_token,
    );
    expect(sandbox.box.requests.count("token")).toBe(2);
  });

  test("comes back after its lease, the token that another one has minted meanwhile remains in the table", async () => {
    const scope = { scope: "item_upload" };
    await invoke({});
    sandbox.box.requests.clear();
    const exchange = holdNextGrant();
    const late = invoke(scope);
    await until(() => sandbox.box.requests.count("token") === 1);
    endLeases();
    const { body } = await requestToken(sandbox, everything(), scope);
    exchange.open();
    const lateToken = JSON.parse(((await late) as { payload: string }).payload).access_token;
    expect(lateToken).toMatch(/^1!/);
    expect(lateToken).not.toBe(body.access_token);
    await sandbox.coldStart();
    const third = JSON.parse(((await invoke(scope)) as { payload: string }).payload).access_token;
    expect(third).toBe(body.access_token);
    expect(sandbox.box.requests.count("token")).toBe(2);
  });
});
