import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { addApp } from "../../../../sandbox/box/state.ts";
import { ENTERPRISE } from "../box-requests.ts";
import {
  authorizeUrl,
  CALLBACK,
  CHALLENGE,
  type OAuthScene,
  oauthScene,
  openPage,
  redeem,
  redirectOf,
  submit,
  VERIFIER,
} from "./oauth-requests.ts";

let at: OAuthScene;

beforeAll(async () => {
  at = await oauthScene();
});
afterAll(() => at.box.close());
beforeEach(() => {
  at.box.faults.clear();
  Object.assign(at.app, { authorized: true, enabled: true });
  at.app.redirectUris.clear();
  at.app.redirectUris.add(CALLBACK);
});

const other = "https://app.example.com/other";
const redirectedFrom = async (changes: Record<string, string | undefined>) =>
  redirectOf(await openPage(authorizeUrl(at, changes)));

describe("the consent page", () => {
  test.each(["/api/oauth2/authorize", "/oauth2/authorize"])(
    "at %s names the app, its scopes, where it leads and every managed user",
    async (path) => {
      const { status, text, headers } = await openPage(authorizeUrl(at, {}, path));
      expect(status).toBe(200);
      expect(headers.get("content-type")).toBe("text/html; charset=utf-8");
      for (const part of [at.app.clientId, "root_readwrite", CALLBACK, "Mona Managed (mona@example.com)"])
        expect(text).toContain(part);
      expect(text).not.toContain("AutomationUser_");
      expect(text).not.toContain("AppUser_1@boxdevedition.com");
    },
  );

  test("has a language, one heading, a labelled choice, two buttons and no script", async () => {
    const { text, headers } = await openPage(authorizeUrl(at));
    expect(text).toContain('<html lang="en">');
    expect(text.match(/<h1>/g)).toHaveLength(1);
    expect(text).toMatch(/<label for="user_id">[^<]+<\/label> <select id="user_id"/);
    expect([...text.matchAll(/<button[^>]*>([^<]+)/g)].map(([, label]) => label)).toEqual([
      "Grant access to Box",
      "Deny",
    ]);
    expect(text).not.toContain("<script");
    expect(headers.get("content-security-policy")).toMatch(/default-src 'none'.*frame-ancestors 'none'/);
  });

  test("shows only the scopes that the request has", async () => {
    const narrow = await openPage(authorizeUrl(at, { scope: "root_readonly manage_webhook" }));
    expect([...narrow.text.matchAll(/<li><code>([^<]+)/g)].map(([, scope]) => scope)).toEqual([
      "root_readonly",
      "manage_webhook",
    ]);
  });

  test("shows a parameter as text, never as markup", async () => {
    const { text } = await openPage(authorizeUrl(at, { state: '"><script>alert(1)</script>' }));
    expect(text).not.toContain("<script>");
  });
});

describe("the decision", () => {
  const deciding = async (fields: Record<string, string | undefined>, changes = {}) =>
    submit(await openPage(authorizeUrl(at, changes)), { user_id: at.sample.managedUser.id, ...fields });

  test("to grant redirects with a code and the state, and the token is the chosen user's", async () => {
    const response = await deciding({ consent: "grant" }, { state: "a b&c=d" });
    expect(response.status).toBe(302);
    const { to, parameters } = redirectOf(response);
    expect(to).toBe(CALLBACK);
    expect(parameters).toEqual({ code: expect.stringMatching(/^[A-Za-z0-9]{32}$/), state: "a b&c=d" });
    const { body } = await redeem(at, parameters.code!);
    const me = await fetch(`${at.box.url}/2.0/users/me`, {
      headers: { Authorization: `Bearer ${body.access_token}` },
    });
    expect(await me.json()).toMatchObject({ id: at.sample.managedUser.id });
  });

  test("to deny redirects with access_denied and the state", async () => {
    const { to, parameters } = redirectOf(await deciding({ consent: "deny" }));
    expect(to).toBe(CALLBACK);
    expect(parameters).toMatchObject({ error: "access_denied", state: "s1" });
    expect(parameters).not.toHaveProperty("code");
  });

  test("returns no state where the request has none", async () => {
    const { parameters } = redirectOf(await deciding({ consent: "grant" }, { state: undefined }));
    expect(Object.keys(parameters)).toEqual(["code"]);
  });

  test("keeps the redirect URI's own query", async () => {
    const uri = `${CALLBACK}?tenant=7`;
    at.app.redirectUris.add(uri);
    const { headers } = await deciding({ consent: "grant" }, { redirect_uri: uri });
    expect(headers.get("location")).toMatch(/\/callback\?tenant=7&code=[A-Za-z0-9]{32}&state=s1$/);
  });

  test.each([
    [
      "the value of another request",
      (browser: string) => openPage(authorizeUrl(at, { state: "s2" }), browser),
    ],
    ["no value", () => ({ requestToken: undefined })],
    ["a made-up value", () => ({ requestToken: "A".repeat(43) })],
  ])("is refused with %s against forgery", async (_what, other) => {
    const page = await openPage(authorizeUrl(at));
    const { requestToken: request_token } = await other(page.cookie.split(";")[0] ?? "");
    const fields = { user_id: at.sample.managedUser.id, consent: "grant", request_token };
    const { status, headers } = await submit(page, fields);
    expect({ status, location: headers.get("location") }).toEqual({ status: 403, location: null });
  });

  test("is refused from another browser, with or without a cookie of its own", async () => {
    const victim = await openPage(authorizeUrl(at));
    const attacker = await openPage(authorizeUrl(at));
    for (const cookie of ["", victim.cookie]) {
      const fields = { user_id: at.sample.managedUser.id, consent: "grant" };
      expect((await submit({ ...attacker, cookie }, fields)).status).toBe(403);
    }
  });

  test.each([
    ["an unknown user", { user_id: "1", consent: "grant" }],
    ["a Service Account", () => ({ user_id: at.app.serviceAccountId, consent: "grant" })],
    ["no decision", { consent: undefined }],
  ])("is refused for %s", async (_what, fields) => {
    const response = await deciding(typeof fields === "function" ? fields() : fields);
    expect(response.status).toBe(400);
    expect(response.headers.get("location")).toBeNull();
  });
});

describe("a request whose address cannot be trusted gets a page, never a redirect:", () => {
  const pageOf = async (changes: Record<string, string | undefined>) => {
    const { status, text, headers } = await openPage(authorizeUrl(at, changes));
    expect(headers.get("location")).toBeNull();
    expect(headers.get("content-type")).toMatch(/^text\/html/);
    return { status, heading: /<h1>([^<]+)/.exec(text)?.[1] };
  };

  test("an unknown client_id", async () => {
    expect(await pageOf({ client_id: "unknown" })).toEqual({ status: 400, heading: "invalid_client_id" });
  });

  test("a client_id of an app with another authentication method", async () => {
    const { clientId } = addApp(at.box.state, ENTERPRISE);
    expect(await pageOf({ client_id: clientId })).toEqual({ status: 400, heading: "unauthorized_client" });
  });

  test.each([
    other,
    `${CALLBACK}/`,
    `${CALLBACK}?x=1`,
    "https://app.example.com@evil.example/callback",
    "",
    "javascript:alert(1)",
  ])("the redirect_uri %j, which is not registered", async (redirect_uri) => {
    expect(await pageOf({ redirect_uri })).toEqual({ status: 400, heading: "redirect_uri_mismatch" });
  });

  test("no redirect_uri where several are registered, or none", async () => {
    const missing = { status: 400, heading: "redirect_uri_missing" };
    at.app.redirectUris.add(other);
    expect(await pageOf({ redirect_uri: undefined })).toEqual(missing);
    at.app.redirectUris.clear();
    expect(await pageOf({ redirect_uri: undefined })).toEqual(missing);
  });

  test("an app that the administrator has disabled, or that a fault disables", async () => {
    const disabled = { status: 403, heading: "Disabled by Administrator" };
    at.app.enabled = false;
    expect(await pageOf({})).toEqual(disabled);
    at.app.enabled = true;
    at.box.faults.inject("disabled-app", { on: "authorize", times: 1 });
    expect(await pageOf({})).toEqual(disabled);
    expect((await openPage(authorizeUrl(at))).status).toBe(200);
  });
});

test("the only registered redirect URI may be left out", async () => {
  const page = await openPage(authorizeUrl(at, { redirect_uri: undefined }));
  const response = await submit(page, { user_id: at.sample.managedUser.id, consent: "grant" });
  expect(redirectOf(response).to).toBe(CALLBACK);
});

describe("a request that is wrong otherwise is redirected to the app with an error:", () => {
  test.each([
    ["another response_type", { response_type: "token" }, "unsupported_response_type"],
    ["no response_type", { response_type: undefined }, "unsupported_response_type"],
    ["a scope that the app does not have", { scope: "root_readwrite manage_groups" }, "invalid_scope"],
    ["a plain challenge", { code_challenge: CHALLENGE, code_challenge_method: "plain" }, "invalid_request"],
    ["a challenge that is no hash", { code_challenge: VERIFIER }, "invalid_request"],
    ["a method without a challenge", { code_challenge_method: "S256" }, "invalid_request"],
  ])("%s", async (_what, changes, error) => {
    const { to, parameters } = await redirectedFrom(changes);
    expect(to).toBe(CALLBACK);
    expect(parameters).toEqual({ error, error_description: expect.any(String), state: "s1" });
  });
});

describe("a code challenge", () => {
  test.each([[{}], [{ code_challenge_method: "S256" }]])(
    "is an S256 one with the method %j: the code needs its verifier",
    async (method) => {
      const code = async () => {
        const page = await openPage(authorizeUrl(at, { code_challenge: CHALLENGE, ...method }));
        const response = await submit(page, { user_id: at.sample.managedUser.id, consent: "grant" });
        return redirectOf(response).parameters.code!;
      };
      expect((await redeem(at, await code(), { code_verifier: VERIFIER })).status).toBe(200);
      expect((await redeem(at, await code(), { code_verifier: CHALLENGE })).body.error).toBe("invalid_grant");
      expect((await redeem(at, await code())).body.error).toBe("invalid_grant");
    },
  );
});

test("pages and decisions are counted apart", async () => {
  at.box.requests.clear();
  const page = await openPage(authorizeUrl(at));
  await submit(page, { user_id: at.sample.managedUser.id, consent: "grant" });
  expect(at.box.requests.count("authorize/page")).toBe(1);
  expect(at.box.requests.count("authorize/consent")).toBe(1);
  expect(at.box.requests.count("authorize")).toBe(2);
});
