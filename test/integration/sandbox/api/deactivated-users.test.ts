import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { addApp, type BoxApp } from "../../../../sandbox/box/state.ts";
import {
  ENTERPRISE,
  enterpriseToken,
  exchange,
  get,
  jwtGrant,
  post,
  type Scene,
  scene,
} from "../box-requests.ts";
import { type ApiCall, apiCalls } from "./api-calls.ts";

let at: Scene;
let call: ApiCall;
let userId: string;

const setStatus = (status: string) => call("PUT", `/users/${userId}`, { body: { status } });

beforeAll(async () => {
  at = await scene();
  call = apiCalls(at, await enterpriseToken(at));
  userId = at.sample.managedUser.id;
});
afterAll(() => at.box.close());
beforeEach(() => setStatus("active"));

const grantForUser = () => jwtGrant(at, { claims: { sub: userId, box_sub_type: "user" } });
const clientOf = ({ clientId, clientSecret }: BoxApp) => ({
  client_id: clientId,
  client_secret: clientSecret,
});
const token = (form: Record<string, string>) => post(`${at.box.url}/oauth2/token`, form);

describe("a user whom an admin has deactivated", () => {
  test("gets 401 with a token from before, which works again with the next activation", async () => {
    const { access_token } = (await grantForUser()).body;
    expect((await get(at, "/2.0/users/me", access_token)).status).toBe(200);
    await setStatus("inactive");
    const refused = await get(at, "/2.0/users/me", access_token);
    expect([refused.status, refused.headers.get("www-authenticate")]).toEqual([
      401,
      expect.stringMatching(/error="invalid_token"/),
    ]);
    await setStatus("active");
    expect((await get(at, "/2.0/users/me", access_token)).status).toBe(200);
  });

  test("cannot be acted for by As-User", async () => {
    const asUser = { headers: { "As-User": userId } };
    expect((await call("GET", "/users/me", asUser)).status).toBe(200);
    await setStatus("inactive");
    expect((await call("GET", "/users/me", asUser)).status).toBe(401);
  });

  test("is read and listed with its status by an admin", async () => {
    await setStatus("inactive");
    expect((await call("GET", `/users/${userId}`)).body).toMatchObject({ id: userId, status: "inactive" });
  });

  test("is refused by the JWT grant, and works with a status that only restricts", async () => {
    await setStatus("inactive");
    expect((await grantForUser()).body).toEqual({
      error: "invalid_grant",
      error_description: "Please check the 'sub' claim. The 'sub' specified is invalid.",
    });
    await setStatus("cannot_delete_edit");
    expect((await grantForUser()).status).toBe(200);
  });

  test("is refused by the Client Credentials Grant", async () => {
    const app = addApp(at.box.state, ENTERPRISE, { authentication: "client_credentials" });
    const subject = { box_subject_type: "user", box_subject_id: userId };
    await setStatus("inactive");
    const { body } = await token({ grant_type: "client_credentials", ...clientOf(app), ...subject });
    expect(body).toEqual({ error: "invalid_grant", error_description: "Grant credentials are invalid" });
  });

  test("is refused by the exchange of a token from before", async () => {
    const { access_token } = (await grantForUser()).body;
    await setStatus("inactive");
    expect((await exchange(at, access_token, { scope: "item_preview" })).body.error).toBe("invalid_token");
  });

  test("consents to nothing, and is refused with a code and a refresh token from before", async () => {
    const redirectUri = "https://app.example.com/callback";
    const app = addApp(at.box.state, ENTERPRISE, { authentication: "oauth2", redirectUris: [redirectUri] });
    const consent = () => at.box.authorizations.grant({ clientId: app.clientId, userId, redirectUri });
    const redeem = (code: string) => token({ grant_type: "authorization_code", ...clientOf(app), code });
    const { refresh_token } = (await redeem(consent())).body;
    const code = consent();
    await setStatus("inactive");
    expect(consent).toThrow(/No managed user has the id/);
    expect((await redeem(code)).body.error_description).toMatch(/^Auth code doesn't exist/);
    const refresh = () => token({ grant_type: "refresh_token", ...clientOf(app), refresh_token });
    expect((await refresh()).body).toEqual({
      error: "invalid_grant",
      error_description: "Invalid refresh token",
    });
    await setStatus("active");
    expect((await refresh()).status).toBe(200);
  });
});
