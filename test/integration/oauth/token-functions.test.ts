import { BoxClient, BoxDeveloperTokenAuth } from "box-node-sdk";
import { BaseUrls, NetworkSession } from "box-node-sdk/networking";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { RefreshRotation } from "../../../sandbox/box/oauth/connections.ts";
import { type Sandbox, startSandbox } from "../../../sandbox/sandbox.ts";
import type { Policy } from "../../../schemas/policy/parse.ts";
import { connectUser } from "../../support/connect-user.ts";
import { requestToken } from "../../support/token-client.ts";
import { turn } from "../../support/virtual-clock.ts";

/** The token functions as four processes, each of which serves many requests at once, on one table. */
const PROCESSES = 4;
const REQUESTS = 50;
const ALIAS = "everything";

const policy: Policy = {
  version: 1,
  statements: [
    {
      id: "crm",
      caller: { name: ALIAS },
      app: "crm",
      subjects: ["user:*", "enterprise"],
      unrestricted: true,
    },
    {
      ...{ id: "crm-isolated", caller: { alias: "one-folder" }, app: "crm", subjects: ["user:*"] },
      ...{ unrestricted: true, isolate: true },
    },
  ],
};

let sandbox: Sandbox;
let userId: string;
let user: Readonly<Record<string, string>>;

beforeAll(async () => {
  sandbox = await startSandbox({
    ...{ sharedCache: true, policy, apps: { crm: { authentication: "oauth2" } } },
    scaling: { requestsPerEnvironment: 16, reservedConcurrency: PROCESSES },
  });
  userId = sandbox.sample.managedUser.id;
  user = { app: "crm", box_subject_type: "user", box_subject_id: userId };
});
afterAll(() => sandbox.close());
beforeEach(() => {
  sandbox.box.faults.clear();
  sandbox.box.requests.clear();
  sandbox.sharedCache!.dynamoDb.clock.skewSeconds = 0;
});
afterEach(() => vi.unstubAllEnvs());

/** The user connects, more than an hour ago. */
async function connectWithOldToken(rotation: RefreshRotation): Promise<void> {
  sandbox.box.refreshRotation = rotation;
  await connectUser(sandbox, "crm", userId, 4_300);
  sandbox.box.requests.clear();
}

interface Response {
  readonly ok: boolean;
  readonly access_token?: string;
  readonly code?: string;
}

async function invoke(event: object = {}, alias = ALIAS): Promise<Response> {
  const outcome = await sandbox.functions.tokenInvoke.invoke({ ...user, ...event }, { qualifier: alias });
  if (outcome.ok) return { ok: true, ...JSON.parse(outcome.payload) };
  return { ok: false, code: outcome.error.errorType };
}

/** As a client does: repeats what passes. On a machine that is busy with something else, a call to the table takes too long. */
async function invokeUntilServed(): Promise<Response> {
  for (;;) {
    const response = await invoke();
    if (response.code !== "connections_unavailable") return response;
  }
}

const refreshes = () => sandbox.box.requests.count("token/refresh_token");

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await turn();
}

/** What Box's API responds to a token, read by the official SDK. */
async function whoIs(accessToken = ""): Promise<string> {
  const auth = new BoxDeveloperTokenAuth({ token: accessToken });
  const networkSession = new NetworkSession({
    baseUrls: new BaseUrls({
      baseUrl: sandbox.box.url,
      uploadUrl: sandbox.box.url,
      oauth2Url: `${sandbox.box.url}/oauth2`,
    }),
  });
  return (await new BoxClient({ auth, networkSession }).users.getUserMe()).id;
}

describe.each(["strict", "commit-on-use"] as const)(
  "at a Box that rotates refresh tokens (%s)",
  (rotation) => {
    test(`${REQUESTS} requests to ${PROCESSES} processes at the moment of refresh are one refresh and ${REQUESTS} good responses`, async () => {
      await connectWithOldToken(rotation);
      const responses = await Promise.all(Array.from({ length: REQUESTS }, invokeUntilServed));
      expect(responses.filter(({ ok }) => !ok)).toEqual([]);
      const tokens = new Set(responses.map(({ access_token }) => access_token));
      expect(tokens.size).toBe(1);
      expect(refreshes()).toBe(1);
      expect(await whoIs([...tokens][0])).toBe(userId);
    });

    test("a downscoped token is exchanged again after each refresh", async () => {
      await connectWithOldToken(rotation);
      const scope = "item_download";
      const [one, again] = [await invoke({ scope }), await invoke({ scope })];
      expect(again.access_token).toBe(one.access_token);
      expect(sandbox.box.requests.count("token/token-exchange")).toBe(1);
      await connectWithOldToken(rotation);
      const other = await invoke({ scope });
      expect(other.ok).toBe(true);
      expect(other.access_token).not.toBe(one.access_token);
    });

    test.each([
      ["before Box got the refresh", "slow", true],
      ["after the refresh took effect", "slow-after", rotation === "commit-on-use"],
    ] as const)(
      "a process that is killed %s leaves a connection that survives or is reported",
      async (_, fault, survives) => {
        await connectWithOldToken(rotation);
        const gate = Promise.withResolvers<void>();
        sandbox.box.faults.inject(fault, { until: gate.promise, on: "token/refresh_token", times: 1 });
        const killed = invoke();
        await until(() => refreshes() === 1);
        await sandbox.functions.tokenInvoke.restart();
        expect(await killed).toMatchObject({ ok: false });
        sandbox.sharedCache!.dynamoDb.clock.skewSeconds = 23;
        const next = await invoke();
        gate.resolve();
        if (survives) expect(await whoIs(next.access_token)).toBe(userId);
        else expect(next.code).toBe("reconnect_required");
      },
    );

    test.each([
      ["before the new pair is stored", 1, rotation === "commit-on-use"],
      ["after the new pair is stored", 2, true],
    ] as const)(
      "a process that is killed %s leaves a connection that survives or is reported",
      async (_, earlierWrites, survives) => {
        await connectWithOldToken(rotation);
        const { requests } = sandbox.sharedCache!.dynamoDb;
        requests.clear();
        const gate = Promise.withResolvers<void>();
        const faults = { until: gate.promise, on: "dynamodb.put", after: earlierWrites, times: 1 };
        sandbox.faults.dynamodb.inject("slow", faults);
        const killed = invoke();
        await until(() => requests.count("dynamodb.put") === earlierWrites + 1);
        await sandbox.functions.tokenInvoke.restart();
        expect(await killed).toMatchObject({ ok: false });
        sandbox.sharedCache!.dynamoDb.clock.skewSeconds = 23;
        const next = await invoke();
        gate.resolve();
        if (survives) expect(await whoIs(next.access_token)).toBe(userId);
        else expect(next.code).toBe("reconnect_required");
      },
    );
  },
);

test("a response of Box that is lost after the refresh costs the connection only where the refresh ends the old pair", async () => {
  await connectWithOldToken("commit-on-use");
  sandbox.box.faults.inject("lost-response", { on: "token/refresh_token", times: 1 });
  expect(await whoIs((await invoke()).access_token)).toBe(userId);
  await connectWithOldToken("strict");
  sandbox.box.faults.inject("lost-response", { on: "token/refresh_token", times: 1 });
  expect(await invoke()).toEqual({ ok: false, code: "reconnect_required" });
});

describe("after Box has limited the rate of an app's requests", () => {
  const REFRESH = "token/refresh_token";
  const EXCHANGE = "token/token-exchange";
  const OTHER_USER = "7001";
  const other = { box_subject_id: OTHER_USER };
  const scope = "item_download";

  beforeEach(async () => {
    const { managedUser } = sandbox.sample;
    const { enterpriseId } = sandbox.oauthApps.crm!.box;
    sandbox.box.state.users.set(OTHER_USER, { ...managedUser, id: OTHER_USER, enterpriseId });
    // One environment, without the pauses of other tests.
    await sandbox.coldStart();
  });

  test.each([
    ["a refresh", "another user's refresh", {}, REFRESH, 4_300, other],
    ["a refresh", "another user's exchange", {}, EXCHANGE, 0, { ...other, scope }],
    ["an exchange", "another user's refresh", { scope }, REFRESH, 4_300, other],
  ])("with %s, %s is not sent before its Retry-After", async (_, _next, first, call, age, second) => {
    await connectWithOldToken("strict");
    await connectUser(sandbox, "crm", OTHER_USER, age);
    const limited = "scope" in first ? EXCHANGE : REFRESH;
    sandbox.box.faults.inject("rate-limited", { retryAfterSeconds: 100, on: limited, times: 1 });
    expect(await invoke(first)).toEqual({ ok: false, code: "box_rate_limited" });
    const sent = sandbox.box.requests.count(call);
    expect(await invoke(second)).toEqual({ ok: false, code: "box_rate_limited" });
    expect(sandbox.box.requests.count(call)).toBe(sent);
  });
});

test("the Function URL serves the same token as the invoked function", async () => {
  await connectWithOldToken("strict");
  const { body } = await requestToken(sandbox, sandbox.callers.everything!, user);
  expect(body.access_token).toBe((await invoke()).access_token);
  expect(refreshes()).toBe(1);
});

test.each([
  ["the enterprise", { box_subject_type: "enterprise", box_subject_id: undefined }, "subject_not_supported"],
  ["a user who has not connected", { box_subject_id: "123456789" }, "user_not_connected"],
])("a request for %s is refused", async (_, event, code) => {
  expect(await invoke(event)).toEqual({ ok: false, code });
});

test("a statement that isolates the full token is refused", async () => {
  await connectWithOldToken("strict");
  expect(await invoke({}, "one-folder")).toEqual({ ok: false, code: "isolation_not_possible" });
});
