import { BoxClient, BoxDeveloperTokenAuth } from "box-node-sdk";
import { BaseUrls, NetworkSession } from "box-node-sdk/networking";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { addApp, type BoxApp } from "../../../sandbox/box/state.ts";
import { ENTERPRISE, exchange, get, post, type Scene, scene } from "./box-requests.ts";
import { DAY_SECONDS } from "./oauth/oauth-requests.ts";

let at: Scene;
let app: BoxApp;

beforeAll(async () => {
  at = await scene();
});
afterAll(() => at.box.close());
beforeEach(() => {
  at.box.clock.skewSeconds = 0;
  app = addApp(at.box.state, ENTERPRISE, { authentication: "app_token" });
});

const generate = (...parameters: Parameters<Scene["box"]["console"]["generateAppToken"]>) =>
  at.box.console.generateAppToken(...parameters).token;
const me = (token: string) => get(at, "/2.0/users/me", token);
const session = () => {
  const { url } = at.box;
  return new NetworkSession({
    baseUrls: new BaseUrls({ baseUrl: url, uploadUrl: url, oauth2Url: `${url}/api/oauth2` }),
  });
};

describe("an App Token", () => {
  test("has 32 characters, shows its day, and acts as the Service Account", async () => {
    const { token, createdAt } = at.box.console.generateAppToken(app, "primary");
    expect(token).toMatch(/^[A-Za-z0-9]{32}$/);
    expect(createdAt).toBe(new Date().toISOString().slice(0, 10));
    expect((await me(token)).body).toMatchObject({ id: app.serviceAccountId });
    const auth = new BoxDeveloperTokenAuth({ token });
    const client = new BoxClient({ auth, networkSession: session() });
    expect((await client.users.getUserMe()).id).toBe(app.serviceAccountId);
  });

  test("never expires, unless it was generated for some days", async () => {
    const [lasting, short] = [generate(app, "primary"), generate(app, "secondary", { expiresInDays: 30 })];
    at.box.clock.skewSeconds = 30 * DAY_SECONDS - 60;
    expect((await me(short)).status).toBe(200);
    at.box.clock.skewSeconds = 30 * DAY_SECONDS;
    expect((await me(short)).status).toBe(401);
    at.box.clock.skewSeconds = 3_650 * DAY_SECONDS;
    at.box.tokens.expire();
    expect((await me(lasting)).status).toBe(200);
  });

  test("shows the day by Box's clock", () => {
    at.box.clock.skewSeconds = 40 * DAY_SECONDS;
    const day = new Date(Date.now() + 40 * DAY_SECONDS * 1_000).toISOString().slice(0, 10);
    expect(at.box.console.generateAppToken(app, "primary").createdAt).toBe(day);
  });

  test("is replaced and revoked without a change to the other one", async () => {
    const [primary, secondary] = [generate(app, "primary"), generate(app, "secondary")];
    const next = generate(app, "primary");
    expect(
      await Promise.all([primary, secondary, next].map(async (token) => (await me(token)).status)),
    ).toEqual([401, 200, 200]);
    at.box.console.revokeAppToken(app, "secondary");
    expect((await me(secondary)).status).toBe(401);
    expect((await me(next)).status).toBe(200);
    expect(at.box.console.appTokens(app)).toEqual({
      primary: { token: next, createdAt: expect.any(String) },
    });
  });

  test("is generated only for an app that uses App Tokens, once the admin has authorized and enabled it", () => {
    expect(() => generate(at.app, "primary")).toThrow(/does not use App Tokens/);
    Object.assign(app, { authorized: false });
    expect(() => generate(app, "primary")).toThrow(/only after the admin has authorized the app/);
    Object.assign(app, { authorized: true, enabled: false });
    expect(() => generate(app, "primary")).toThrow(/only after the admin has authorized the app/);
  });

  test("can be exchanged for a narrower one, again and again", async () => {
    const token = generate(app, "primary");
    for (let count = 0; count < 2; count++) {
      const { status, body } = await exchange(at, token, { scope: "item_preview" });
      expect(status).toBe(200);
      expect(body.expires_in).toBeGreaterThanOrEqual(3_600);
      expect(body.expires_in).toBeLessThanOrEqual(4_200);
      expect((await me(body.access_token)).body.id).toBe(app.serviceAccountId);
    }
    expect((await me(token)).status).toBe(200);
  });

  test("is all that its app gets: every grant is refused by its type", async () => {
    const client = { client_id: app.clientId, client_secret: app.clientSecret };
    for (const grant_type of ["client_credentials", "urn:ietf:params:oauth:grant-type:jwt-bearer"]) {
      const form = { grant_type, ...client, box_subject_type: "enterprise", box_subject_id: ENTERPRISE };
      expect((await post(`${at.box.url}/oauth2/token`, form)).body).toEqual({
        error: "unauthorized_client",
        error_description: "The grant type is unauthorized for this client_id",
      });
    }
  });
});

describe("a developer token", () => {
  test("is the user's for 60 minutes, and nothing refreshes it", async () => {
    const { managedUser } = at.sample;
    const oauth = addApp(at.box.state, ENTERPRISE, { authentication: "oauth2" });
    const token = at.box.console.developerToken(oauth, managedUser);
    expect(token).toMatch(/^[A-Za-z0-9]{32}$/);
    expect((await me(token)).body).toMatchObject({ id: managedUser.id });
    const form = { client_id: oauth.clientId, client_secret: oauth.clientSecret, refresh_token: token };
    const refused = await post(`${at.box.url}/oauth2/token`, { grant_type: "refresh_token", ...form });
    expect(refused.body.error_description).toBe("Invalid refresh token");
    at.box.clock.skewSeconds = 3_595;
    expect((await me(token)).status).toBe(200);
    at.box.clock.skewSeconds = 3_600;
    expect((await me(token)).status).toBe(401);
  });

  test("works in the official SDK", async () => {
    const token = at.box.console.developerToken(at.app, at.sample.managedUser);
    const auth = new BoxDeveloperTokenAuth({ token });
    const client = new BoxClient({ auth, networkSession: session() });
    expect((await client.users.getUserMe()).id).toBe(at.sample.managedUser.id);
  });

  test("is refused to a user without a login, and to an app with App Tokens", () => {
    const { managedUser, appUser } = at.sample;
    expect(() => at.box.console.developerToken(at.app, appUser)).toThrow(/cannot log in/);
    expect(() => at.box.console.developerToken(app, managedUser)).toThrow(/no developer tokens/);
  });
});
