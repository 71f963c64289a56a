import { hash } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { AppTokenSlot } from "../../sandbox/box/console-tokens.ts";
import { type Sandbox, startSandbox } from "../../sandbox/sandbox.ts";
import { everythingPolicy, invokeHealth, invokeToken, linesOf } from "../support/sandbox-requests.ts";

const APPS = ["tokens", "oauth"] as const;
const SLOTS: readonly AppTokenSlot[] = ["primary", "secondary"];
/** Longer than a final refusal of Box is remembered. */
const FORGOTTEN_MS = 31_000;
/** Longer than anything is cached. */
const EXPIRED_MS = 2 * 3_600_000;

let sandbox: Sandbox;
let app: Sandbox["appTokenApps"][string];

beforeAll(async () => {
  sandbox = await startSandbox({
    apps: { tokens: { authentication: "app_token" }, oauth: { authentication: "oauth2" } },
  });
  app = sandbox.appTokenApps.tokens!;
  await sandbox.deployPolicy(everythingPolicy(sandbox, APPS));
});
afterAll(() => sandbox.close());
beforeEach(async () => {
  sandbox.box.faults.clear();
  generate(...SLOTS);
  store();
  sandbox.freeze(EXPIRED_MS);
  // An earlier test may have left the secondary one in use.
  await request();
  sandbox.box.requests.clear();
});

/** Every App Token that there was. */
const generated: string[] = [];
const generate = (...slots: readonly AppTokenSlot[]) => {
  for (const slot of slots) generated.push(sandbox.box.console.generateAppToken(app.box, slot).token);
};
const revoke = (...slots: readonly AppTokenSlot[]) => {
  for (const slot of slots) sandbox.box.console.revokeAppToken(app.box, slot);
};
const store = () => sandbox.storeConfig("tokens");
const tokenOf = (slot: AppTokenSlot) => sandbox.box.console.appTokens(app.box)[slot]?.token;
const request = (parameters: object = {}) => invokeToken(sandbox, { app: "tokens", ...parameters });
const downscoped = (scope = "item_download") => request({ scope });
const warnings = (from: number) =>
  linesOf(sandbox, "log")
    .slice(from)
    .filter((line) => String(line.message).includes("App Token"))
    .map((line) => [line.app, line.message]);
const metricOf = (line: Readonly<Record<string, unknown>> | undefined) => line?.AppTokenFallbacks;

describe("the token functions, for an app with App Tokens,", () => {
  test("give a downscoped token that works at Box, and the App Token itself where it is requested", async () => {
    const narrow = await downscoped();
    expect(narrow).toMatchObject({ scope: "item_download", token_type: "bearer" });
    expect(SLOTS.map(tokenOf)).not.toContain(narrow.access_token);
    const full = await request();
    expect(full.access_token).toBe(tokenOf("primary"));
    expect([3_599, 3_600]).toContain(full.expires_in);
    const response = await fetch(`${sandbox.box.url}/2.0/users/me`, {
      headers: { authorization: `Bearer ${full.access_token}` },
    });
    expect(await response.json()).toMatchObject({ id: app.box.serviceAccountId });
  });

  test("use the secondary one in the same request where Box refuses the primary one, and report it once", async () => {
    const from = linesOf(sandbox, "log").length;
    revoke("primary");
    expect((await downscoped()).access_token).toBeDefined();
    expect((await downscoped("item_upload")).access_token).toBeDefined();
    expect(warnings(from)).toEqual([
      ["tokens", "Box refuses the app's primary App Token; the secondary one is in use"],
    ]);
    const requests = linesOf(sandbox, "request").slice(-2);
    expect(requests.map(metricOf)).toEqual([1, 1]);
    // A token from the cache costs Box nothing and reports nothing.
    await downscoped();
    expect(metricOf(linesOf(sandbox, "request").at(-1))).toBeUndefined();
  });

  test("report that the primary one is in use again, after the operator has stored another one", async () => {
    revoke("primary");
    await downscoped();
    const from = linesOf(sandbox, "log").length;
    generate("primary");
    store();
    sandbox.freeze(301_000);
    expect((await request()).access_token).toBe(tokenOf("primary"));
    expect(warnings(from)).toEqual([["tokens", "Box accepts the app's primary App Token again"]]);
  });

  test("refuse where Box refuses both, and recover at once when the secret has new ones", async () => {
    const from = linesOf(sandbox, "log").length;
    await downscoped("item_preview");
    revoke(...SLOTS);
    expect(await downscoped()).toMatchObject({ code: "app_tokens_refused", retryable: false });
    const exchanges = sandbox.box.requests.count("token/token-exchange");
    expect((await downscoped("item_upload")).code).toBe("app_tokens_refused");
    expect(sandbox.box.requests.count("token/token-exchange")).toBe(exchanges);
    generate(...SLOTS);
    store();
    sandbox.freeze(FORGOTTEN_MS);
    expect((await downscoped()).access_token).toBeDefined();
    expect((await request()).access_token).toBe(tokenOf("primary"));
    expect(warnings(from).map(([, message]) => message)).toEqual([
      "Box refuses each of the app's App Tokens",
      "Box accepts the app's primary App Token again",
    ]);
  });

  test("use tokens that were stored a moment ago in the request that finds the old ones refused", async () => {
    await downscoped("item_preview");
    generate(...SLOTS);
    store();
    expect((await downscoped()).access_token).toBeDefined();
  });

  test("give the secondary one to a caller that reports the primary one, after Box has refused that too", async () => {
    const { access_token: first = "" } = await request();
    revoke("primary");
    const rejected_token_sha256 = hash("sha256", first, "hex");
    expect((await request({ rejected_token_sha256 })).access_token).toBe(tokenOf("secondary"));
    expect((await request()).access_token).toBe(tokenOf("secondary"));
  });

  test("take scopes that the app does not have for no refusal of its tokens", async () => {
    const from = linesOf(sandbox, "log").length;
    expect((await downscoped("manage_groups")).code).toBe("box_scope_refused");
    expect((await request()).access_token).toBe(tokenOf("primary"));
    expect(warnings(from)).toEqual([]);
  });

  test("take an exchange that Box refuses for no refusal of the App Tokens while Box's API accepts them", async () => {
    const from = linesOf(sandbox, "log").length;
    sandbox.box.faults.inject("token-refused");
    expect(await downscoped()).toMatchObject({ code: "box_token_refused", retryable: true });
    expect((await request()).access_token).toBe(tokenOf("primary"));
    expect(warnings(from)).toEqual([]);
  });

  test("give no token for a user", async () => {
    const user = { box_subject_type: "user", box_subject_id: sandbox.sample.managedUser.id };
    expect((await request(user)).code).toBe("subject_not_supported");
  });
});

describe("the health of an app with App Tokens", () => {
  const health = async () => (await invokeHealth(sandbox, { app: "tokens" })).apps[0];

  test("has both tokens with their age, and their Service Account", async () => {
    expect(await health()).toMatchObject({
      ...{ healthy: true, grant: "app_token", passed: ["secret", "config", "token", "user"] },
      user: { id: app.box.serviceAccountId },
      app_tokens: [
        { slot: "primary", accepted: true, age_days: 0 },
        { slot: "secondary", accepted: true, age_days: 0 },
      ],
    });
  });

  test("has the age of the older one as a metric, which is at least that of the secret where no date is stored", async () => {
    const dayMs = 24 * 3_600_000;
    const { appTokens, ...config } = app.config;
    const today = Math.floor(Date.now() / dayMs);
    const createdAt = new Date((today - 400) * dayMs).toISOString().slice(0, 10);
    const stored = {
      primary: { ...appTokens.primary, createdAt },
      secondary: { ...appTokens.secondary, createdAt: undefined },
    };
    sandbox.secretsManager.put(app.secretName, JSON.stringify({ ...config, appTokens: stored }));
    const [primary, secondary] = (await health())?.app_tokens ?? [];
    expect([400, 401]).toContain(primary?.age_days);
    expect(primary).not.toHaveProperty("at_least");
    expect(secondary).toEqual({ slot: "secondary", accepted: true, age_days: 0, at_least: true });
    expect(linesOf(sandbox, "health").at(-1)?.AppTokenAge).toBe(primary?.age_days);
  });

  test.each([
    [["primary"], "Box refuses the primary App Token."],
    [["secondary"], "Box refuses the secondary App Token."],
    [["primary", "secondary"], "Box refuses the primary and the secondary App Token."],
  ] as const)("fails where Box refuses %j", async (slots, detail) => {
    revoke(...slots);
    const checked = await health();
    expect(checked).toMatchObject({
      healthy: false,
      passed: ["secret", "config"],
      failure: {
        ...{ check: "token", code: "app_tokens_refused", detail },
        page: expect.stringContaining("Access Token"),
        sentence: expect.stringContaining("createdAt"),
      },
    });
    expect(checked?.app_tokens?.map(({ accepted }) => accepted)).toEqual(
      SLOTS.map((slot) => !(slots as readonly string[]).includes(slot)),
    );
    for (const slot of SLOTS)
      expect(JSON.stringify(checked)).not.toContain(tokenOf(slot) ?? "the token itself");
  });

  test("fails where the token is another Service Account's than the one configured", async () => {
    await sandbox.coldStart({ BOX_STS_SERVICE_ACCOUNTS: '{"tokens":"AutomationUser_1@boxdevedition.com"}' });
    const checked = await health();
    await sandbox.coldStart({ BOX_STS_SERVICE_ACCOUNTS: "" });
    expect(checked).toMatchObject({
      ...{ healthy: false, failure: { check: "user", code: "unexpected_account" } },
      user: { id: app.box.serviceAccountId },
    });
  });

  test("is unknown while Box does not respond, and no token counts as refused", async () => {
    sandbox.box.faults.inject("server-error", { on: "api/users" });
    const checked = await health();
    expect(checked).toMatchObject({ failure: { check: "token", code: "box_unavailable" } });
    expect(checked).not.toHaveProperty("app_tokens");
  });
});

describe("the health of an OAuth 2.0 app", () => {
  const health = async () => (await invokeHealth(sandbox, { app: "oauth" })).apps[0];
  const oauth = () => sandbox.oauthApps.oauth!;

  test("has its client credentials tested with a refresh token that no user has", async () => {
    expect(await health()).toMatchObject({
      ...{ healthy: true, grant: "oauth2", passed: ["secret", "config", "client"] },
    });
    expect(sandbox.box.requests.count("token/refresh_token")).toBe(1);
  });

  test("fails where the client secret was reset", async () => {
    const { clientSecret } = oauth().box;
    oauth().box.clientSecret = "x".repeat(32);
    const checked = await health();
    oauth().box.clientSecret = clientSecret;
    expect(checked).toMatchObject({
      ...{ healthy: false, passed: ["secret", "config"] },
      failure: { check: "client", code: "box_client_refused" },
    });
  });
});

test("no function has written an App Token or a client secret, whatever Box and the operator did", () => {
  const { tokenUrl, tokenInvoke, health } = sandbox.functions;
  const written = [tokenUrl, tokenInvoke, health].flatMap(({ lines }) => lines).join("\n");
  expect(written).toContain("app_tokens_refused");
  const { clientSecret } = sandbox.oauthApps.oauth!.config.boxAppSettings;
  const found = [...generated, app.config.boxAppSettings.clientSecret, clientSecret].filter((secret) =>
    written.includes(secret),
  );
  expect([generated.length > 30, found]).toEqual([true, []]);
});
