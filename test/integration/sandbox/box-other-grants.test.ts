import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { addApp, type BoxApp } from "../../../sandbox/box/state.ts";
import {
  ACCESS_TOKEN_TYPE,
  ENTERPRISE,
  enterpriseToken,
  exchange,
  get,
  parsedResponse,
  post,
  type Scene,
  scene,
} from "./box-requests.ts";

let at: Scene;
let ccg: BoxApp;
const tokenUrl = () => `${at.box.url}/oauth2/token`;

beforeAll(async () => {
  at = await scene();
  ccg = addApp(at.box.state, ENTERPRISE, { authentication: "client_credentials" });
});
afterAll(() => at.box.close());
beforeEach(() => {
  Object.assign(ccg, { authorized: true, userTokens: true, accessLevel: "app+enterprise" });
});

const clientOf = ({ clientId, clientSecret }: BoxApp) => ({
  client_id: clientId,
  client_secret: clientSecret,
});

describe("client credentials", () => {
  const grant = (type?: string, id?: string, app = ccg) =>
    post(tokenUrl(), {
      grant_type: "client_credentials",
      ...clientOf(app),
      box_subject_type: type,
      box_subject_id: id,
    });

  test("serve the enterprise and its users", async () => {
    for (const [type, id] of [
      ["enterprise", ENTERPRISE],
      ["user", at.sample.managedUser.id],
      ["user", at.sample.appUser.id],
    ] as const) {
      const { status, body } = await grant(type, id);
      expect(status).toBe(200);
      expect(body).toMatchObject({ token_type: "bearer", restricted_to: [] });
    }
  });

  const UNAUTHORIZED_TYPE = {
    error: "unauthorized_client",
    error_description: 'The "box_subject_type" value is unauthorized for this client_id',
  };
  const BAD_CREDENTIALS = { error: "invalid_grant", error_description: "Grant credentials are invalid" };

  test.each([undefined, "external"])("need a subject type that Box has, not %s", async (type) => {
    expect((await grant(type, ENTERPRISE)).body).toEqual(UNAUTHORIZED_TYPE);
  });

  test("need the app's own enterprise", async () => {
    expect((await grant("enterprise", "7777777")).body).toEqual(BAD_CREDENTIALS);
    expect((await grant("user", "7777777")).body).toEqual(BAD_CREDENTIALS);
  });

  test("give no user token while user tokens are off", async () => {
    ccg.userTokens = false;
    expect((await grant("user", at.sample.appUser.id)).body).toEqual(UNAUTHORIZED_TYPE);
  });

  test("give no managed user's token with App Access only", async () => {
    ccg.accessLevel = "app";
    expect((await grant("user", at.sample.managedUser.id)).body).toEqual({
      error: "invalid_grant",
      error_description: "Cannot obtain token based on the enterprise configuration for your app",
    });
  });

  test("give nothing while the admin has not authorized the app", async () => {
    ccg.authorized = false;
    expect((await grant("enterprise", ENTERPRISE)).body).toEqual({
      error: "unauthorized_client",
      error_description: "This app is not authorized by the enterprise admin",
    });
  });

  test("are refused to a JWT app and to an OAuth app, each with Box's error", async () => {
    expect((await grant("enterprise", ENTERPRISE, at.app)).body.error_description).toBe(
      "The grant type is unauthorized for this client_id",
    );
    const oauth = addApp(at.box.state, ENTERPRISE, { authentication: "oauth2" });
    expect((await grant("enterprise", ENTERPRISE, oauth)).body).toEqual(UNAUTHORIZED_TYPE);
  });
});

describe("downscoping", () => {
  const folderUrl = (id: string) => `https://api.box.com/2.0/folders/${id}`;

  test("binds a token to scopes and a folder, one row for each", async () => {
    const { reports } = at.sample;
    const { status, body } = await exchange(at, await enterpriseToken(at), {
      scope: "item_preview item_download",
      resource: folderUrl(reports.id),
    });
    const object = { id: reports.id, type: "folder", name: "Reports", sequence_id: "0", etag: "0" };
    expect(status).toBe(200);
    expect(body).toEqual({
      access_token: expect.stringMatching(/^1!.{60,}/),
      expires_in: expect.any(Number),
      token_type: "bearer",
      issued_token_type: ACCESS_TOKEN_TYPE,
      restricted_to: [
        { scope: "item_preview", object },
        { scope: "item_download", object },
      ],
    });
  });

  test("accepts any host and any prefix before /2.0", async () => {
    const token = await enterpriseToken(at);
    const { reports, reportFile } = at.sample;
    for (const resource of [
      `${at.box.url}/2.0/folders/${reports.id}`,
      `http://localhost:1/tenant/2.0/files/${reportFile.id}`,
    ]) {
      expect((await exchange(at, token, { scope: "item_preview", resource })).status).toBe(200);
    }
  });

  test.each([
    ["an unknown folder", () => folderUrl("999")],
    ["a file's id as a folder", () => folderUrl(at.sample.reportFile.id)],
    ["a folder its user cannot see", () => folderUrl(at.sample.privateFolder.id)],
    ["something that is no URL", () => at.sample.reports.id],
  ])("refuses %s", async (_what, resource) => {
    const { status, body } = await exchange(at, await enterpriseToken(at), {
      scope: "item_preview",
      resource: resource(),
    });
    expect(status).toBe(400);
    expect(body).toEqual({ error: "invalid_resource", error_description: "The target resource is invalid." });
  });

  test("accepts a shared link instead of a resource", async () => {
    const { sharedLink, reportFile } = at.sample;
    const form = { scope: "item_preview", box_shared_link: sharedLink };
    const { body } = await exchange(at, await enterpriseToken(at), form);
    expect(body.restricted_to[0].object.id).toBe(reportFile.id);
  });

  test("never widens scope or resource", async () => {
    const { reports, nestedFile, payroll } = at.sample;
    const form = { scope: "item_preview", resource: folderUrl(reports.id) };
    const narrow = (await exchange(at, await enterpriseToken(at), form)).body.access_token;
    expect((await exchange(at, narrow, { scope: "item_download" })).status).toBe(401);
    expect((await exchange(at, narrow, { scope: "root_readwrite" })).status).toBe(401);
    const elsewhere = { scope: "item_preview", resource: folderUrl(payroll.id) };
    expect((await exchange(at, narrow, elsewhere)).body.error).toBe("invalid_resource");
    const inside = { scope: "item_preview", resource: `https://api.box.com/2.0/files/${nestedFile.id}` };
    expect((await exchange(at, narrow, inside)).status).toBe(200);
    const same = await exchange(at, narrow, { scope: "item_preview" });
    expect(same.body.restricted_to[0].object.id).toBe(reports.id);
  });

  test("refuses a scope that the app does not have", async () => {
    expect((await exchange(at, await enterpriseToken(at), { scope: "manage_groups" })).status).toBe(401);
  });

  test("does not prolong a life", async () => {
    at.box.expiresIn = 100;
    const token = await enterpriseToken(at);
    at.box.expiresIn = undefined;
    expect((await exchange(at, token, { scope: "item_preview" })).body.expires_in).toBeLessThanOrEqual(100);
  });

  test("needs a living subject token and its type", async () => {
    const token = await enterpriseToken(at);
    expect((await exchange(at, "unknown", { scope: "item_preview" })).body.error).toBe("invalid_token");
    const untyped = { scope: "item_preview", subject_token_type: "other" };
    expect((await exchange(at, token, untyped)).body.error).toBe("invalid_token");
    at.box.tokens.expire(token);
    expect((await exchange(at, token, { scope: "item_preview" })).body.error).toBe("invalid_token");
  });

  test("accepts an unsigned annotator as actor, and nothing signed or expired", async () => {
    const actor = (header: object, claims: object, signature = "") =>
      `${[header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".")}.${signature}`;
    const claims = {
      sub: "ext-1",
      name: "Annie",
      box_sub_type: "external",
      exp: Math.floor(Date.now() / 1000) + 60,
    };
    const token = await enterpriseToken(at);
    const exchangeFor = (actor_token: string) =>
      exchange(at, token, { scope: "annotation_edit", actor_token });
    expect((await exchangeFor(actor({ alg: "none" }, claims))).status).toBe(200);
    expect((await exchangeFor(actor({ alg: "RS256" }, claims, "AAAA"))).status).toBe(400);
    expect((await exchangeFor(actor({ alg: "none" }, { ...claims, exp: 1 }))).status).toBe(400);
  });
});

describe("unknown codes and refresh tokens", () => {
  test.each([
    ["authorization_code", "Auth code doesn't exist or is invalid for the client"],
    ["refresh_token", "Invalid refresh token"],
  ])("are refused in Box's words: %s", async (grant_type, error_description) => {
    const oauth = addApp(at.box.state, ENTERPRISE, { authentication: "oauth2" });
    const { body } = await post(tokenUrl(), {
      grant_type,
      ...clientOf(oauth),
      code: "x",
      refresh_token: "x",
    });
    expect(body).toEqual({ error: "invalid_grant", error_description });
    expect((await post(tokenUrl(), { grant_type, ...clientOf(at.app) })).body.error).toBe(
      "unauthorized_client",
    );
  });
});

describe("revoking", () => {
  const revoke = (token: string, client: Record<string, string> = clientOf(at.app)) =>
    post(`${at.box.url}/oauth2/revoke`, { token, ...client });

  test("ends a token at once and responds with JSON", async () => {
    const token = await enterpriseToken(at);
    const { status, text } = await revoke(token);
    expect({ status, text }).toEqual({ status: 200, text: "{}" });
    expect((await get(at, "/2.0/users/me", token)).status).toBe(401);
  });

  test("refuses a token of another app, which lives on, and one that has ended or expired", async () => {
    const INVALID = { error: "invalid_token", error_description: "The supplied token is invalid" };
    const [token, expired] = [await enterpriseToken(at), await enterpriseToken(at)];
    expect((await revoke(token, clientOf(ccg))).body).toEqual(INVALID);
    expect((await get(at, "/2.0/users/me", token)).status).toBe(200);
    await revoke(token);
    expect((await revoke(token)).body).toEqual(INVALID);
    at.box.tokens.expire(expired);
    expect((await revoke(expired)).body).toEqual(INVALID);
  });

  test("refuses an unknown token and an unknown client", async () => {
    expect((await revoke("unknown")).body).toEqual({
      error: "invalid_token",
      error_description: "The supplied token is invalid",
    });
    expect((await revoke("unknown", { client_id: at.app.clientId, client_secret: "x" })).body.error).toBe(
      "invalid_client",
    );
  });
});

test("anything else is not found", async () => {
  expect((await parsedResponse(await fetch(`${at.box.url}/oauth2/nothing`))).status).toBe(404);
});
