import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { dynamoDbTable } from "../../../functions/aws/token-table.ts";
import type { ListPage } from "../../../functions/broker/oauth/list.ts";
import { refreshAfterDays } from "../../../functions/broker/oauth/sweep.ts";
import type { SweepReport } from "../../../functions/broker/oauth/sweep-report.ts";
import type { DisconnectResult } from "../../../functions/lambda/connections-invoke.ts";
import { systemClock } from "../../../functions/lambda/system.ts";
import { type Sandbox, startSandbox } from "../../../sandbox/sandbox.ts";
import type { Policy } from "../../../schemas/policy/parse.ts";
import { connectUser } from "../../support/connect-user.ts";
import { turn } from "../../support/virtual-clock.ts";

/** The built connections function, the token functions, Box, Secrets Manager and DynamoDB, over real sockets. */
const policy: Policy = {
  version: 1,
  statements: [
    { id: "crm", caller: { name: "everything" }, app: "crm", subjects: ["user:*"], unrestricted: true },
  ],
};
const DAY_SECONDS = 86_400;
const USERS = ["7001", "7002", "7003", "7004", "7005", "7006"];
const TOKEN = /^[A-Za-z0-9]{32}$/;

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await startSandbox({
    ...{ sharedCache: true, policy, apps: { crm: { authentication: "oauth2" } } },
    scaling: { requestsPerEnvironment: 16, reservedConcurrency: 2 },
  });
  const { enterpriseId } = sandbox.oauthApps.crm!.box;
  for (const id of USERS) {
    const user = {
      id,
      name: `User ${id}`,
      login: `${id}@example.com`,
      enterpriseId,
      kind: "managed",
    } as const;
    sandbox.box.state.users.set(id, user);
  }
});
afterAll(() => sandbox.close());
beforeEach(async () => {
  sandbox.box.faults.clear();
  sandbox.box.clock.skewSeconds = 0;
  sandbox.sharedCache!.dynamoDb.clock.skewSeconds = 0;
  for (const userId of USERS) await invoke({ action: "disconnect", app: "crm", userId, force: true });
  sandbox.box.connections.expire();
  sandbox.box.refreshRotation = "strict";
});
afterEach(() => vi.unstubAllEnvs());

/** Users who have connected so many days ago: that is when their pairs were stored, and Box's clock has moved since. */
async function connect(users: readonly string[], days = 0): Promise<void> {
  for (const user of users) await connectUser(sandbox, "crm", user, days * DAY_SECONDS);
  sandbox.box.clock.skewSeconds = days * DAY_SECONDS;
  sandbox.box.requests.clear();
}

async function invoke<Result>(event: object): Promise<Result> {
  const outcome = await sandbox.functions.connections!.invoke(event);
  if (!outcome.ok) throw new Error(`${outcome.error.errorType}: ${outcome.error.errorMessage}`);
  return JSON.parse(outcome.payload) as Result;
}

const sweep = () => invoke<SweepReport>({ source: "aws.events", "detail-type": "Scheduled Event" });
const list = async () => (await invoke<ListPage>({ action: "list", app: "crm" })).connections;
const refreshes = () => sandbox.box.requests.count("token/refresh_token");
const lines = () =>
  sandbox.functions.connections!.lines.filter((line) => line.startsWith("{")).map((line) => JSON.parse(line));

/** The token, or the code of the refusal. */
async function requestToken(userId: string): Promise<string> {
  const event = { app: "crm", box_subject_type: "user", box_subject_id: userId };
  const outcome = await sandbox.functions.tokenInvoke.invoke(event, { qualifier: "everything" });
  if (!outcome.ok) return outcome.error.errorType;
  return (JSON.parse(outcome.payload) as { readonly access_token: string }).access_token;
}

/** The users of whom a sweep refreshes the connection so many days after their consent. */
const dueAfter = (days: number) => USERS.filter((userId) => refreshAfterDays({ app: "crm", userId }) <= days);

describe("the scheduled sweep", () => {
  test.each([
    [29, []],
    [31, dueAfter(31)],
    [40.5, USERS],
    [59, USERS],
  ])("refreshes %s days after the consent exactly the connections that are due", async (days, due) => {
    await connect(USERS, days);
    expect(await sweep()).toMatchObject({ connections: 6, refreshed: due.length, failed: 0, postponed: 0 });
    expect(refreshes()).toBe(due.length);
    const fresh = (await list()).filter(({ daysLeft }) => (daysLeft ?? 0) >= 59);
    expect(fresh.map(({ userId }) => userId)).toEqual(due);
  });

  test("reports 61 days after the consent, without earlier sweeps, which users have to connect again", async () => {
    await connect(USERS.slice(0, 2), 61);
    const report = await sweep();
    expect(report).toMatchObject({ refreshed: 0, toReconnect: 2, failed: 2 });
    expect(report.failures.map(({ userId, code }) => `${userId} ${code}`).sort()).toEqual([
      "7001 reconnect_required",
      "7002 reconnect_required",
    ]);
    const line = lines().at(-1);
    expect(line).toMatchObject({ kind: "connections", action: "sweep", ConnectionsToReconnect: 2 });
    expect((await list()).map(({ status }) => status)).toEqual(["reconnect_required", "reconnect_required"]);
  });

  test("at the same time as another one and as token requests costs one refresh for each connection", async () => {
    await connect(USERS, 41);
    const sweeps = Promise.all([sweep(), sweep()]);
    const requests = USERS.flatMap((user) => [requestToken(user), requestToken(user)]);
    const tokens = await Promise.all(requests);
    expect((await sweeps).map(({ failed }) => failed)).toEqual([0, 0]);
    expect(refreshes()).toBe(6);
    expect(new Set(tokens).size).toBe(6);
    for (const token of tokens) expect(token).toMatch(TOKEN);
  });

  test("that is killed in the middle leaves connections that the next one refreshes", async () => {
    sandbox.box.refreshRotation = "commit-on-use";
    await connect(USERS, 41);
    const gate = Promise.withResolvers<void>();
    const settings = { until: gate.promise, on: "token/refresh_token", after: 2, times: 4 };
    sandbox.box.faults.inject("slow-after", settings);
    const killed = expect(sweep()).rejects.toThrow();
    while (refreshes() < 6) await turn();
    await sandbox.functions.connections!.restart();
    await killed;
    gate.resolve();
    // Past the leases of the killed one.
    sandbox.sharedCache!.dynamoDb.clock.skewSeconds = 30;
    expect(await sweep()).toMatchObject({ failed: 0, postponed: 0, toReconnect: 0 });
    for (const user of USERS) expect(await requestToken(user)).toMatch(TOKEN);
  });

  test("sends Box no refresh of an app whose rate Box has limited a moment ago", async () => {
    const { requests } = sandbox.sharedCache!.dynamoDb;
    sandbox.box.faults.inject("rate-limited", {
      ...{ retryAfterSeconds: 100, on: "token/refresh_token", times: 1 },
    });
    /** Begins a sweep, which pauses for Box, until it has given back its lease on the connection. */
    const sweepUntilPaused = async (userId: string) => {
      await connect([userId], 41);
      requests.clear();
      const killed = expect(sweep()).rejects.toThrow();
      while (requests.count("dynamodb.put") < 2) await turn();
      return { killed };
    };
    const first = await sweepUntilPaused("7001");
    expect(refreshes()).toBe(1);
    const second = await sweepUntilPaused("7002");
    expect(refreshes()).toBe(0);
    await sandbox.functions.connections!.restart();
    await Promise.all([first.killed, second.killed]);
  });

  test("after a rotation of the service secret makes the next rotation safe", async () => {
    await connect(USERS);
    sandbox.sharedCache!.rotateServiceSecret();
    expect(await sweep()).toMatchObject({ encryptedAgain: 6, refreshed: 0, unreadable: 0 });
    sandbox.sharedCache!.rotateServiceSecret();
    await sandbox.coldStart();
    expect((await list()).map(({ status }) => status)).toEqual(USERS.map(() => "connected"));
    for (const user of USERS) expect(await requestToken(user)).toMatch(TOKEN);
  });

  test("reports connections that two rotations have made unreadable, and force removes them", async () => {
    await connect(USERS.slice(0, 1));
    sandbox.sharedCache!.rotateServiceSecret();
    sandbox.sharedCache!.rotateServiceSecret();
    // Until ten seconds after the encryption its version of the secret could be too new to be read.
    sandbox.sharedCache!.dynamoDb.clock.skewSeconds = 15;
    await sandbox.coldStart();
    expect(await sweep()).toMatchObject({ connections: 1, unreadable: 1, failed: 1 });
    expect(await list()).toMatchObject([{ userId: "7001", status: "unreadable", login: null }]);
    const request = { action: "disconnect", app: "crm", userId: "7001" };
    expect(await invoke(request)).toMatchObject({ disconnected: false, code: "connection_unreadable" });
    expect(await invoke({ ...request, force: true })).toMatchObject({
      disconnected: true,
      endedAtBox: false,
    });
    expect(await list()).toEqual([]);
  });
});

describe("a disconnection", () => {
  const request = { action: "disconnect", app: "crm", userId: "7001" };

  test("ends both tokens at Box, removes the connection, and writes its audit line", async () => {
    await connect(["7001"]);
    const token = await requestToken("7001");
    const living = sandbox.box.connections.refreshTokens.length;
    expect(await invoke(request)).toEqual({
      app: "crm",
      userId: "7001",
      disconnected: true,
      endedAtBox: true,
    });
    expect(sandbox.box.connections.refreshTokens.length).toBe(living - 1);
    expect(sandbox.box.tokens.find(token)).toBeUndefined();
    expect(await requestToken("7001")).toBe("user_not_connected");
    const audit = lines().filter(({ kind }) => kind === "audit");
    expect(audit.at(-1)).toMatchObject({
      ...{ action: "disconnect", outcome: "disconnected", effect: "ended_at_box", subject: "user:7001" },
    });
  });

  test("that is repeated reports that there is no connection", async () => {
    await connect(["7001"]);
    await invoke(request);
    expect(await invoke(request)).toMatchObject({
      ...{ disconnected: false, code: "user_not_connected", retryable: false },
      message: "User 7001 has no connection to the app crm.",
    });
  });

  test.each([
    ["Box is away", "server-error", "box_unavailable"],
    ["a web page with 200 responds in Box's place", "html-body", "box_unexpected_answer"],
  ] as const)("while %s removes nothing and can be repeated", async (_, fault, code) => {
    await connect(["7001"]);
    sandbox.box.faults.inject(fault, { on: "revoke" });
    const failed = await invoke<DisconnectResult>(request);
    expect(failed).toMatchObject({ disconnected: false, code, retryable: true });
    expect(failed).toMatchObject({ message: expect.stringContaining("Nothing was removed.") });
    sandbox.box.faults.clear();
    expect(await requestToken("7001")).toMatch(TOKEN);
    expect(await invoke(request)).toMatchObject({ disconnected: true });
  });

  test("of a user who has removed the app at Box counts as done", async () => {
    await connect(["7001"]);
    sandbox.box.connections.remove(sandbox.oauthApps.crm!.box.clientId, "7001");
    expect(await invoke(request)).toMatchObject({ disconnected: true, endedAtBox: true });
  });

  test("of an app that is not configured any more needs force", async () => {
    await expect(invoke({ ...request, app: "crn" })).rejects.toThrow(
      /^InvalidRequest: The app must be one of: .*crm.* Did you mean crm\? With force, /,
    );
    const forced = await invoke({ ...request, app: "retired", force: true });
    expect(forced).toMatchObject({ disconnected: false, code: "user_not_connected" });
  });
});

test("no token of a connection is in a result or a line of the function", async () => {
  await connect(USERS, 41);
  const tokens = [...sandbox.box.connections.refreshTokens];
  const results: unknown[] = [await sweep(), await list()];
  for (const user of USERS) tokens.push(await requestToken(user));
  tokens.push(...sandbox.box.connections.refreshTokens);
  results.push(await invoke({ action: "disconnect", app: "crm", userId: "7001" }));
  const written = JSON.stringify(results) + sandbox.functions.connections!.lines.join("\n");
  expect(new Set(tokens).size).toBe(18);
  expect(tokens.filter((token) => written.includes(token))).toEqual([]);
  expect(written).not.toContain(sandbox.oauthApps.crm!.config.boxAppSettings.clientSecret);
});

test("the connections function alone may scan the table", async () => {
  for (const [name, value] of Object.entries({ ...sandbox.environment, AWS_REGION: sandbox.region }))
    if (name.startsWith("AWS_")) vi.stubEnv(name, value);
  const { scan } = dynamoDbTable(sandbox.environment.BOX_STS_TABLE ?? "", systemClock);
  const context = { requestId: "r", deadline: systemClock.monotonic() + 60_000, trace: { steps: [] } };
  await expect(scan("connection#", undefined, context)).rejects.toThrow(/AccessDenied.*explicit deny/);
});
