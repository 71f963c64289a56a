import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { addApp } from "../../../../sandbox/box/state.ts";
import { ENTERPRISE, exchange, get } from "../box-requests.ts";
import {
  CALLBACK,
  CHALLENGE,
  clientOf,
  codeOf,
  connect,
  type OAuthScene,
  oauthScene,
  redeem,
  statusOf,
  VERIFIER,
} from "./oauth-requests.ts";

let at: OAuthScene;

beforeAll(async () => {
  at = await oauthScene();
});
afterAll(() => at.box.close());
beforeEach(() => {
  at.box.clock.skewSeconds = 0;
  Object.assign(at.app, { authorized: true, enabled: true });
});

const BAD_CODE = {
  error: "invalid_grant",
  error_description: "Auth code doesn't exist or is invalid for the client",
};

describe("an authorization code", () => {
  test("gives a pair of 32 characters each, in Box's form", async () => {
    const { status, headers, body } = await redeem(at, codeOf(at));
    expect(status).toBe(200);
    expect(headers.get("cache-control")).toBe("no-store");
    expect(body).toEqual({
      access_token: expect.stringMatching(/^[A-Za-z0-9]{32}$/),
      refresh_token: expect.stringMatching(/^[A-Za-z0-9]{32}$/),
      expires_in: expect.any(Number),
      restricted_to: [],
      token_type: "bearer",
    });
  });

  test("is good for one use", async () => {
    const code = codeOf(at);
    const { access_token } = (await redeem(at, code)).body;
    expect((await redeem(at, code)).body).toEqual(BAD_CODE);
    expect(await statusOf(at, access_token)).toBe(200);
  });

  test("lives for 30 seconds by Box's clock", async () => {
    const code = codeOf(at);
    at.box.clock.skewSeconds = 30;
    expect((await redeem(at, code)).body).toEqual({
      error: "invalid_grant",
      error_description: "The authorization code has expired",
    });
    at.box.clock.skewSeconds = 0;
    expect((await redeem(at, code)).status).toBe(200);
  });

  test("is unknown to another app, whose attempt does not use it up", async () => {
    const other = addApp(at.box.state, ENTERPRISE, { authentication: "oauth2" });
    const code = codeOf(at);
    expect((await redeem(at, code, clientOf(other))).body).toEqual(BAD_CODE);
    expect((await redeem(at, code)).status).toBe(200);
  });

  test.each([undefined, "", "unknown"])("with the value %j is refused", async (code) => {
    expect((await redeem(at, code ?? "", { code })).body).toEqual(BAD_CODE);
  });

  test("needs its own redirect URI where the app sends one, as Box's command line does", async () => {
    expect((await redeem(at, codeOf(at), { redirect_uri: CALLBACK })).status).toBe(200);
    expect((await redeem(at, codeOf(at), { redirect_uri: `${CALLBACK}/` })).body).toEqual(BAD_CODE);
  });

  test.each([
    ["the right verifier", VERIFIER, 200],
    ["another verifier", `${VERIFIER}x`, 400],
    ["the challenge in its place", CHALLENGE, 400],
    ["no verifier", undefined, 400],
  ])("with a challenge and %s gets the status it should", async (_what, code_verifier, status) => {
    const code = codeOf(at, { codeChallenge: CHALLENGE });
    expect((await redeem(at, code, { code_verifier })).status).toBe(status);
  });

  test("that was tried with another verifier is used up", async () => {
    const code = codeOf(at, { codeChallenge: CHALLENGE });
    expect((await redeem(at, code, { code_verifier: "wrong" })).body.error).toBe("invalid_grant");
    expect((await redeem(at, code, { code_verifier: VERIFIER })).body).toEqual(BAD_CODE);
  });

  test("is refused to a wrong secret, and while the admin does not allow the app, and lives on", async () => {
    const code = codeOf(at);
    expect((await redeem(at, code, { client_secret: "x" })).body.error).toBe("invalid_client");
    at.app.enabled = false;
    expect((await redeem(at, code)).body.error).toBe("unauthorized_client");
    at.app.enabled = true;
    expect((await redeem(at, code)).status).toBe(200);
  });
});

describe("the access token", () => {
  test("is the consenting user's, who sees what is his own", async () => {
    const { access_token } = await connect(at);
    const { managedUser, privateFolder, reports } = at.sample;
    expect((await get(at, "/2.0/users/me", access_token)).body).toMatchObject({ id: managedUser.id });
    expect((await get(at, `/2.0/folders/${privateFolder.id}`, access_token)).status).toBe(200);
    expect((await get(at, `/2.0/folders/${reports.id}`, access_token)).status).toBe(404);
  });

  test("acts for no other user", async () => {
    const { access_token } = await connect(at);
    const headers = { "As-User": at.sample.appUser.id };
    expect((await get(at, "/2.0/users/me", access_token, headers)).status).toBe(403);
  });

  test("has the scopes of the consent, and no others of the app", async () => {
    const { access_token } = (await redeem(at, codeOf(at, { scope: "manage_webhook" }))).body;
    expect((await get(at, `/2.0/folders/${at.sample.privateFolder.id}`, access_token)).status).toBe(403);
    expect((await exchange(at, access_token, { scope: "item_preview" })).status).toBe(401);
  });

  test("can be exchanged for a narrower one", async () => {
    const { access_token } = await connect(at);
    const resource = `https://api.box.com/2.0/folders/${at.sample.privateFolder.id}`;
    const { status, body } = await exchange(at, access_token, { scope: "item_preview", resource });
    expect(status).toBe(200);
    expect(body).not.toHaveProperty("refresh_token");
  });

  test("expires by Box's clock", async () => {
    const { body } = await redeem(at, codeOf(at));
    at.box.clock.skewSeconds = body.expires_in - 5;
    expect(await statusOf(at, body.access_token)).toBe(200);
    at.box.clock.skewSeconds = body.expires_in;
    expect(await statusOf(at, body.access_token)).toBe(401);
  });
});

describe("a consent without a browser", () => {
  const request = () => ({
    clientId: at.app.clientId,
    userId: at.sample.managedUser.id,
    redirectUri: CALLBACK,
  });

  test.each([
    ["an unknown app", { clientId: "unknown" }, /No OAuth app has the client ID unknown/],
    ["an unknown user", { userId: "1" }, /No managed user has the id 1/],
    [
      "an unknown redirect URI",
      { redirectUri: "https://x" },
      /has no redirect URI https:\/\/x; it has https:/,
    ],
    ["a scope too many", { scope: "manage_groups" }, /has no such scopes; it has root_readwrite/],
  ])("is refused for %s, with what there is", (_what, changes, message) => {
    expect(() => at.box.authorizations.grant({ ...request(), ...changes })).toThrow(message);
  });
});
