import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { RefreshRotation } from "../../../../sandbox/box/oauth/connections.ts";
import { addApp } from "../../../../sandbox/box/state.ts";
import { ENTERPRISE, exchange, post } from "../box-requests.ts";
import {
  clientOf,
  connect,
  DAY_SECONDS,
  type OAuthScene,
  oauthScene,
  type Pair,
  refresh,
  statusOf,
} from "./oauth-requests.ts";

let at: OAuthScene;

beforeAll(async () => {
  at = await oauthScene();
});
afterAll(() => at.box.close());
beforeEach(() => {
  at.box.clock.skewSeconds = 0;
  at.box.refreshRotation = "strict";
  Object.assign(at.app, { authorized: true, enabled: true });
});

const INVALID = { error: "invalid_grant", error_description: "Invalid refresh token" };
const ROTATIONS: readonly RefreshRotation[] = ["strict", "commit-on-use"];

const refreshed = async (pair: Pair): Promise<Pair> => {
  const { status, body } = await refresh(at, pair.refresh_token);
  expect(status).toBe(200);
  return body;
};
const isLiving = async ({ access_token }: Pair) => (await statusOf(at, access_token)) === 200;

describe.each(ROTATIONS)("under %s rotation", (rotation) => {
  beforeEach(() => {
    at.box.refreshRotation = rotation;
  });

  test("a refresh gives a new pair in Box's form, for the same user", async () => {
    const first = await connect(at);
    const { status, body } = await refresh(at, first.refresh_token);
    expect(status).toBe(200);
    expect(body).toEqual({
      access_token: expect.stringMatching(/^[A-Za-z0-9]{32}$/),
      refresh_token: expect.stringMatching(/^[A-Za-z0-9]{32}$/),
      expires_in: expect.any(Number),
      restricted_to: [],
      token_type: "bearer",
    });
    expect(body.refresh_token).not.toBe(first.refresh_token);
    expect(at.box.tokens.find(body.access_token)?.userId).toBe(at.sample.managedUser.id);
  });

  test("a chain of refreshes keeps one pair alive, and no token of an earlier one", async () => {
    const pairs = [await connect(at)];
    for (let count = 0; count < 4; count++) pairs.push(await refreshed(pairs.at(-1)!));
    expect(await isLiving(pairs.at(-1)!)).toBe(true);
    for (const earlier of pairs.slice(0, -1)) {
      expect(await isLiving(earlier)).toBe(false);
      expect((await refresh(at, earlier.refresh_token)).body).toEqual(INVALID);
    }
    expect((await refresh(at, pairs.at(-1)!.refresh_token)).status).toBe(200);
  });

  test("a refresh token lives for 60 days by Box's clock, whatever becomes of its access token", async () => {
    const late = await connect(at);
    const old = await connect(at);
    at.box.clock.skewSeconds = 60 * DAY_SECONDS - 60;
    expect(await isLiving(late)).toBe(false);
    const next = await refreshed(late);
    at.box.clock.skewSeconds = 60 * DAY_SECONDS;
    expect((await refresh(at, old.refresh_token)).body).toEqual({
      error: "invalid_grant",
      error_description: "Refresh token has expired",
    });
    at.box.clock.skewSeconds = 119 * DAY_SECONDS;
    expect((await refresh(at, next.refresh_token)).status).toBe(200);
  });

  test("a refresh token of another app, an unknown one and none are refused alike", async () => {
    const { refresh_token } = await connect(at);
    const other = addApp(at.box.state, ENTERPRISE, { authentication: "oauth2" });
    expect((await refresh(at, refresh_token, clientOf(other))).body).toEqual(INVALID);
    expect((await refresh(at, "unknown")).body).toEqual(INVALID);
    expect((await refresh(at, "", { refresh_token: undefined })).body).toEqual(INVALID);
    expect((await refresh(at, refresh_token)).status).toBe(200);
  });

  test("an access token does not serve as a refresh token, nor the reverse", async () => {
    const { access_token, refresh_token } = await connect(at);
    expect((await refresh(at, access_token)).body).toEqual(INVALID);
    expect(await statusOf(at, refresh_token)).toBe(401);
  });

  test("a refusal for a wrong secret or a disabled app leaves the refresh token alive", async () => {
    const { refresh_token } = await connect(at);
    expect((await refresh(at, refresh_token, { client_secret: "x" })).body.error).toBe("invalid_client");
    at.app.enabled = false;
    expect((await refresh(at, refresh_token)).body.error).toBe("unauthorized_client");
    at.app.enabled = true;
    expect((await refresh(at, refresh_token)).status).toBe(200);
  });

  test("50 concurrent refreshes with one token leave one connection that works", async () => {
    const first = await connect(at);
    const responses = await Promise.all(Array.from({ length: 50 }, () => refresh(at, first.refresh_token)));
    const pairs = responses.filter(({ status }) => status === 200).map(({ body }) => body as Pair);
    expect(pairs).toHaveLength(rotation === "strict" ? 1 : 50);
    const [used, ...unused] = pairs as [Pair, ...Pair[]];
    expect(await isLiving(used)).toBe(true);
    for (const pair of unused) expect(await isLiving(pair)).toBe(false);
    expect(await isLiving(used)).toBe(true);
  });
});

describe("strict rotation", () => {
  test("ends the old pair with the refresh itself", async () => {
    const first = await connect(at);
    await refreshed(first);
    expect(await isLiving(first)).toBe(false);
    expect((await refresh(at, first.refresh_token)).body).toEqual(INVALID);
  });

  test("leaves alive what was exchanged from the old access token", async () => {
    const first = await connect(at);
    const narrow = (await exchange(at, first.access_token, { scope: "item_preview" })).body.access_token;
    await refreshed(first);
    expect(await statusOf(at, narrow)).toBe(200);
  });
});

test("strict rotation, switched on later, ends the candidates of commit-on-use as well", async () => {
  const first = await connect(at);
  at.box.refreshRotation = "commit-on-use";
  const candidate = await refreshed(first);
  at.box.refreshRotation = "strict";
  const second = await refreshed(first);
  expect(await isLiving(candidate)).toBe(false);
  expect(await isLiving(second)).toBe(true);
});

describe("commit-on-use rotation", () => {
  beforeEach(() => {
    at.box.refreshRotation = "commit-on-use";
  });

  test("leaves the old pair alive until the new one is used", async () => {
    const first = await connect(at);
    const lost = await refreshed(first);
    expect(await isLiving(first)).toBe(true);
    const second = await refreshed(first);
    expect(await isLiving(first)).toBe(true);
    expect(await isLiving(second)).toBe(true);
    expect(await isLiving(first)).toBe(false);
    expect(await isLiving(lost)).toBe(false);
    for (const { refresh_token } of [first, lost]) {
      expect((await refresh(at, refresh_token)).body).toEqual(INVALID);
    }
    expect((await refresh(at, second.refresh_token)).status).toBe(200);
  });

  test.each([
    ["an API call with the new access token", (pair: Pair) => statusOf(at, pair.access_token)],
    ["an exchange of it", (pair: Pair) => exchange(at, pair.access_token, { scope: "item_preview" })],
    ["a refused exchange of it", (pair: Pair) => exchange(at, pair.access_token, { scope: "manage_groups" })],
    ["a refresh with the new refresh token", (pair: Pair) => refresh(at, pair.refresh_token)],
  ])("commits with %s", async (_what, use) => {
    const first = await connect(at);
    const second = await refreshed(first);
    await use(second);
    expect(await isLiving(first)).toBe(false);
    expect((await refresh(at, first.refresh_token)).body).toEqual(INVALID);
  });

  test("commits nothing when the old access token is used", async () => {
    const first = await connect(at);
    const second = await refreshed(first);
    expect(await isLiving(first)).toBe(true);
    expect(await isLiving(second)).toBe(true);
  });

  test("does not mix the connections of one user", async () => {
    const [one, other] = [await connect(at), await connect(at)];
    await isLiving(await refreshed(one));
    expect(await isLiving(other)).toBe(true);
  });
});

describe.each(ROTATIONS)("revoking under %s rotation", (rotation) => {
  const revoke = (token: string, client = clientOf(at.app)) =>
    post(`${at.box.url}/oauth2/revoke`, { token, ...client });
  const UNKNOWN = { error: "invalid_token", error_description: "The supplied token is invalid" };

  beforeEach(() => {
    at.box.refreshRotation = rotation;
  });

  test.each(["access_token", "refresh_token"] as const)(
    "by %s ends both tokens of the pair",
    async (kind) => {
      const pair = await connect(at);
      expect(await revoke(pair[kind])).toMatchObject({ status: 200, text: "{}" });
      expect(await isLiving(pair)).toBe(false);
      expect((await refresh(at, pair.refresh_token)).body).toEqual(INVALID);
      expect((await revoke(pair[kind])).body).toEqual(UNKNOWN);
    },
  );

  test("by another app changes nothing", async () => {
    const pair = await connect(at);
    const other = addApp(at.box.state, ENTERPRISE, { authentication: "oauth2" });
    for (const token of [pair.access_token, pair.refresh_token])
      expect((await revoke(token, clientOf(other))).body).toEqual(UNKNOWN);
    expect(await isLiving(pair)).toBe(true);
  });

  test("by an expired token is refused, by the living refresh token of its pair it succeeds", async () => {
    const pair = await connect(at);
    at.box.tokens.expire(pair.access_token);
    expect((await revoke(pair.access_token)).body).toEqual(UNKNOWN);
    expect((await revoke(pair.refresh_token)).status).toBe(200);
  });

  test("as the user in the account settings ends every connection to the app", async () => {
    const pairs = [await connect(at), await connect(at)];
    at.box.connections.remove(at.app.clientId, at.sample.managedUser.id);
    for (const pair of pairs) {
      expect(await isLiving(pair)).toBe(false);
      expect((await refresh(at, pair.refresh_token)).body).toEqual(INVALID);
    }
  });
});

test("the other grants are refused to an OAuth app, and the OAuth grants to the others", async () => {
  const url = `${at.box.url}/oauth2/token`;
  const jwt = "urn:ietf:params:oauth:grant-type:jwt-bearer";
  const refusal = { error: "unauthorized_client" };
  expect((await post(url, { grant_type: jwt, ...clientOf(at.app) })).body).toMatchObject(refusal);
  for (const authentication of ["jwt", "client_credentials", "app_token"] as const) {
    const app = addApp(at.box.state, ENTERPRISE, { authentication });
    for (const grant_type of ["authorization_code", "refresh_token"])
      expect((await post(url, { grant_type, ...clientOf(app) })).body).toMatchObject(refusal);
  }
});
