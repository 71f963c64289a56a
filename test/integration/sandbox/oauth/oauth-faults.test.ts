import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { BoxFault } from "../../../../sandbox/box/conditions.ts";
import { parseFault } from "../../../../sandbox/faults/fault-text.ts";
import {
  authorizeUrl,
  connect,
  type OAuthScene,
  oauthScene,
  openPage,
  refresh,
  statusOf,
} from "./oauth-requests.ts";

/** What can go wrong with a refresh, in the order of its life: before it takes effect, with it, after it. */
let at: OAuthScene;

beforeAll(async () => {
  at = await oauthScene();
});
afterAll(() => at.box.close());
beforeEach(() => {
  at.box.faults.clear();
  at.box.refreshRotation = "strict";
});

const INVALID = { error: "invalid_grant", error_description: "Invalid refresh token" };
const injectOnce = (fault: BoxFault, settings = {}) =>
  at.box.faults.inject(fault, { on: "token/refresh_token", times: 1, ...settings });

/** The status of a response, or that there was none. */
const outcomeOf = async (response: ReturnType<typeof refresh>): Promise<number | "no response"> =>
  response.then(({ status }) => status).catch(() => "no response");

describe.each([
  ["lost-response", "no response"],
  ["reset-after", "no response"],
  ["server-error-after", 503],
] as const)("%s", (fault, outcome) => {
  test("ends the old pair under strict rotation, and the new one exists at Box alone", async () => {
    const pair = await connect(at);
    const before = new Set(at.box.connections.refreshTokens);
    injectOnce(fault);
    expect(await outcomeOf(refresh(at, pair.refresh_token))).toBe(outcome);
    expect((await refresh(at, pair.refresh_token)).body).toEqual(INVALID);
    expect(await statusOf(at, pair.access_token)).toBe(401);
    expect(at.box.connections.refreshTokens.filter((token) => !before.has(token))).toHaveLength(1);
  });

  test("leaves the old pair alive under commit-on-use rotation, so that a second refresh succeeds", async () => {
    at.box.refreshRotation = "commit-on-use";
    const pair = await connect(at);
    injectOnce(fault);
    expect(await outcomeOf(refresh(at, pair.refresh_token))).toBe(outcome);
    expect(await statusOf(at, pair.access_token)).toBe(200);
    const { status, body } = await refresh(at, pair.refresh_token);
    expect(status).toBe(200);
    expect(await statusOf(at, body.access_token)).toBe(200);
    expect(await statusOf(at, pair.access_token)).toBe(401);
  });
});

test.each([
  ["server-error", {}, 503],
  ["server-error", { status: 502 }, 502],
  ["rate-limited", { retryAfterSeconds: 2 }, 429],
  ["reset", {}, "no response"],
  ["html-body", { status: 502 }, 502],
] as const)(
  "%s %j affects a refresh before its effect: the refresh token stays good",
  async (fault, settings, outcome) => {
    const pair = await connect(at);
    injectOnce(fault, settings);
    expect(await outcomeOf(refresh(at, pair.refresh_token))).toBe(outcome);
    expect(await statusOf(at, pair.access_token)).toBe(200);
    expect((await refresh(at, pair.refresh_token)).status).toBe(200);
  },
);

test("slow delays a refresh before its effect, slow-after delays the response to one", async () => {
  for (const [fault, isEffective] of [
    ["slow", false],
    ["slow-after", true],
  ] as const) {
    const pair = await connect(at);
    const count = at.box.connections.refreshTokens.length;
    const gate = Promise.withResolvers<void>();
    const injected = injectOnce(fault, { until: gate.promise });
    const held = refresh(at, pair.refresh_token);
    while (injected.hits === 0) await new Promise(setImmediate);
    // A whole request later, the held one has got as far as it does.
    expect(await statusOf(at, pair.access_token)).toBe(isEffective ? 401 : 200);
    expect(at.box.connections.refreshTokens).toHaveLength(count);
    expect(at.box.connections.refreshTokens.includes(pair.refresh_token)).toBe(!isEffective);
    gate.resolve();
    expect((await held).status).toBe(200);
  }
});

test.each([
  ["refresh-token-revoked", "Invalid refresh token"],
  ["refresh-token-expired", "Refresh token has expired"],
] as const)("%s refuses a refresh as Box does, and no other grant", async (fault, error_description) => {
  at.box.faults.inject(fault);
  const pair = await connect(at);
  expect((await refresh(at, pair.refresh_token)).body).toEqual({ error: "invalid_grant", error_description });
});

test("a fault of the authorize page leaves the token endpoint as it is", async () => {
  at.box.faults.inject("server-error", { on: "authorize" });
  expect((await openPage(authorizeUrl(at))).status).toBe(503);
  expect((await refresh(at, (await connect(at)).refresh_token)).status).toBe(200);
});

test.each([
  "lost-response,on=token/refresh_token,times=1",
  "server-error-after:502,on=token/refresh_token",
  "slow-after:200,on=token/authorization_code",
  "rate-limited:3,on=authorize/page",
  "refresh-token-revoked",
])("the command line understands %s", (text) => {
  expect(parseFault(text)).toMatchObject({ ok: true, value: { place: "box" } });
});
