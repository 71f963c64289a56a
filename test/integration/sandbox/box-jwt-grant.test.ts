import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { jwtForm, jwtGrant, reset, type Scene, scene } from "./box-requests.ts";

let at: Scene;

beforeAll(async () => {
  at = await scene();
});
afterAll(() => at.box.close());
beforeEach(() => reset(at));

test("a correct assertion gets a token of Box's form", async () => {
  const { status, body, headers } = await jwtGrant(at);
  expect(status).toBe(200);
  expect(body).toEqual({
    access_token: expect.stringMatching(/^1![A-Za-z0-9_-]{568}\.\.$/),
    expires_in: expect.any(Number),
    restricted_to: [],
    token_type: "bearer",
  });
  expect(body.expires_in).toBeGreaterThanOrEqual(3600);
  expect(body.expires_in).toBeLessThanOrEqual(4200);
  expect(headers.get("cache-control")).toBe("no-store");
  expect(headers.get("content-type")).toBe("application/json");
  expect(headers.get("box-request-id")).toBeTruthy();
  expect(headers.get("strict-transport-security")).toBe("max-age=31536000");
});

test("the life of tokens can be set", async () => {
  at.box.expiresIn = 3646;
  expect((await jwtGrant(at)).body.expires_in).toBe(3646);
  at.box.expiresIn = undefined;
});

test("a multipart body is read like a form", async () => {
  const body = new FormData();
  for (const [name, value] of Object.entries(jwtForm(at))) body.append(name, String(value));
  const response = await fetch(`${at.box.url}/oauth2/token`, { method: "POST", body });
  expect(response.status).toBe(200);
});

test.each(["Application/X-WWW-Form-Urlencoded", "APPLICATION/X-WWW-FORM-URLENCODED; charset=UTF-8"])(
  "the media type of a form is read without regard to case: %s",
  async (type) => {
    const body = new URLSearchParams(jwtForm(at) as Record<string, string>).toString();
    const headers = { "Content-Type": type };
    expect((await fetch(`${at.box.url}/oauth2/token`, { method: "POST", headers, body })).status).toBe(200);
  },
);

test("the media type of a multipart form is read without regard to case", async () => {
  const form = new FormData();
  for (const [name, value] of Object.entries(jwtForm(at))) form.append(name, String(value));
  const made = new Response(form);
  const type = (made.headers.get("content-type") ?? "").replace("multipart/form-data", "Multipart/Form-Data");
  const init = { method: "POST", headers: { "Content-Type": type }, body: await made.bytes() };
  expect((await fetch(`${at.box.url}/oauth2/token`, init)).status).toBe(200);
});

describe("the client", () => {
  const refused = async (more: Record<string, string | undefined>) => (await jwtGrant(at, {}, more)).body;

  test("must be known", async () => {
    expect(await refused({ client_id: "unknown" })).toEqual({
      error: "invalid_client",
      error_description: "The client_id is invalid",
    });
  });

  test.each([{ client_secret: "wrong" }, { client_secret: undefined }, { client_id: undefined }])(
    "must send its credentials: %j",
    async (more) => {
      expect(await refused(more)).toEqual({
        error: "invalid_client",
        error_description: "The client credentials are invalid",
      });
    },
  );

  test("must send them in the body: Basic is not read", async () => {
    const { clientId, clientSecret } = at.app;
    const body = new URLSearchParams({ grant_type: "client_credentials" });
    const basic = Buffer.from(`${clientId}:${clientSecret}`).toString("base64");
    const init = { method: "POST", body, headers: { Authorization: `Basic ${basic}` } };
    const response = await fetch(`${at.box.url}/oauth2/token`, init);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: "invalid_client" });
  });

  test("must use a grant type that Box supports", async () => {
    const missing = {
      error: "invalid_request",
      error_description: "Invalid grant_type parameter or parameter missing",
    };
    expect(await refused({ grant_type: undefined })).toEqual(missing);
    expect(await refused({ grant_type: "password" })).toEqual(missing);
  });

  test("must send the assertion as three segments", async () => {
    expect((await refused({ assertion: "a.b" })).error).toBe("invalid_grant");
    expect((await refused({ assertion: undefined })).error).toBe("invalid_request");
  });

  test("must be set to JWT in the console", async () => {
    at.app.authentication = "client_credentials";
    expect(await refused({})).toEqual({
      error: "unauthorized_client",
      error_description: "The grant type is unauthorized for this client_id",
    });
  });

  test("cannot send its form as JSON", async () => {
    const response = await fetch(`${at.box.url}/oauth2/token`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(jwtForm(at)),
    });
    expect(await response.json()).toMatchObject({ error: "invalid_request" });
  });
});

describe("the subject", () => {
  const asUser = (id: string) => ({ claims: { sub: id, box_sub_type: "user" } });
  const CONFIGURATION = {
    error: "invalid_request",
    error_description: "Cannot obtain user token based on the enterprise configuration for your app",
  };

  test("may be a managed user or an app user", async () => {
    for (const { id } of [at.sample.managedUser, at.sample.appUser]) {
      expect((await jwtGrant(at, asUser(id))).status).toBe(200);
    }
  });

  test("must be a user of the enterprise", async () => {
    const { body } = await jwtGrant(at, asUser("9999999999"));
    expect(body.error_description).toBe("Please check the 'sub' claim. The 'sub' specified is invalid.");
  });

  test("cannot be a user while user tokens are off", async () => {
    at.app.userTokens = false;
    expect((await jwtGrant(at, asUser(at.sample.appUser.id))).body).toEqual(CONFIGURATION);
    expect((await jwtGrant(at)).status).toBe(200);
  });

  test("cannot be a managed user with App Access only", async () => {
    at.app.accessLevel = "app";
    expect((await jwtGrant(at, asUser(at.sample.managedUser.id))).body).toEqual(CONFIGURATION);
    expect((await jwtGrant(at, asUser(at.sample.appUser.id))).status).toBe(200);
  });

  test("cannot be the Service Account as a user", async () => {
    expect((await jwtGrant(at, asUser(at.app.serviceAccountId))).body).toEqual(CONFIGURATION);
  });

  test("gets nothing while the admin has not authorized the app", async () => {
    at.app.authorized = false;
    for (const changes of [{}, asUser(at.sample.appUser.id)]) {
      expect((await jwtGrant(at, changes)).body).toEqual({
        error: "unauthorized_client",
        error_description: "This app is not authorized by the enterprise admin",
      });
    }
  });
});
