import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Sandbox, startSandbox } from "../../../sandbox/sandbox.ts";
import { type AuthorizeFront, FetchBrowser, startAuthorizeFront } from "../../support/authorize-front.ts";
import { openPage, submit } from "../sandbox/oauth/oauth-requests.ts";

/** The built authorize function between a browser, Box's consent page and the token function, over HTTP. */
let sandbox: Sandbox;
let front: AuthorizeFront;
let browser: FetchBrowser;

beforeAll(async () => {
  const alias = { subjects: ["user:*"], unrestricted: true, caller: { alias: "everything" } };
  sandbox = await startSandbox({
    sharedCache: true,
    apps: {
      crm: { authentication: "oauth2", scopes: ["root_readonly"] },
      drive: { authentication: "oauth2" },
    },
    policy: {
      version: 1,
      statements: ["crm", "drive"].map((app) => ({ id: app, app, ...alias })),
    },
  });
  front = await startAuthorizeFront(sandbox, { app: "crm" });
});
afterAll(async () => {
  await front.close();
  await sandbox.close();
});
beforeEach(() => {
  browser = new FetchBrowser();
  sandbox.box.faults.clear();
  sandbox.box.requests.clear();
  sandbox.box.clock.skewSeconds = 0;
  sandbox.sharedCache?.dynamoDb.requests.clear();
});

const mona = () => sandbox.sample.managedUser;

/** From the connect link to the address that Box sends the browser back to. */
async function consented(link = front.link(), choice: "grant" | "deny" = "grant"): Promise<string> {
  const { status, location } = await browser.open(link);
  expect(status).toBe(302);
  const page = await submit(await openPage(location), { user_id: mona().id, consent: choice });
  return page.headers.get("location") ?? "";
}

const connectedPage = async (link?: string) => browser.open(await consented(link));

/** A user's token from the token function, or the code of its refusal. */
async function tokenOf(app: string): Promise<{ token?: string; error?: string }> {
  const event = { app, box_subject_type: "user", box_subject_id: mona().id };
  const outcome = await sandbox.functions.tokenInvoke.invoke(event, { qualifier: "everything" });
  if (outcome.ok) return { token: JSON.parse(outcome.payload).access_token };
  return { error: outcome.error.errorType };
}

async function userOf(token = ""): Promise<string> {
  const headers = { authorization: `Bearer ${token}` };
  const response = await fetch(`${sandbox.box.url}/2.0/users/me`, { headers });
  return ((await response.json()) as { id: string }).id;
}

const auditLines = () =>
  front.hosted.lines.filter((line) => line.includes('"kind":"audit"')).map((line) => JSON.parse(line));

const titleOf = ({ text }: { text: string }) => /<h1>([^<]*)<\/h1>/.exec(text)?.[1];

describe("a Box user", () => {
  test("who consents has tokens for the callers that the policy allows", async () => {
    expect(await tokenOf("crm")).toEqual({ error: "user_not_connected" });
    const page = await connectedPage();
    expect(page.status).toBe(200);
    expect(page.text).toContain(`Your Box account ${mona().login} is now connected.`);
    const { token } = await tokenOf("crm");
    expect(await userOf(token)).toBe(mona().id);
    expect(sandbox.box.requests.count("token/authorization_code")).toBe(1);
  });

  test("is named in one audit line, whose hash is that of the token which callers get", async () => {
    const before = auditLines().length;
    await connectedPage();
    const lines = auditLines().slice(before);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({
      ...{ action: "connect", outcome: "connected", app: "crm", subject: `user:${mona().id}` },
      ...{ client_id: sandbox.oauthApps.crm?.box.clientId, box_request_id: expect.any(String) },
    });
  });

  test("consents to the scopes that the app's config names", async () => {
    const { location } = await browser.open(front.link());
    expect((await openPage(location)).text).toContain("<code>root_readonly</code>");
  });

  test("can connect to two apps in two tabs at once", async () => {
    const [crm, drive] = [await consented(), await consented(front.link({ app: "drive" }))];
    expect((await browser.open(drive)).status).toBe(200);
    expect((await browser.open(crm)).status).toBe(200);
    expect(await userOf((await tokenOf("drive")).token)).toBe(mona().id);
    expect(browser.cookies.size).toBe(0);
  });

  test("who connects again has a new pair, and the token function serves it", async () => {
    await connectedPage();
    const first = await tokenOf("crm");
    await connectedPage();
    const second = await tokenOf("crm");
    expect(second.token).not.toBe(first.token);
    expect(await userOf(second.token)).toBe(mona().id);
  });

  test("whose connection Box has ended connects again", async () => {
    await connectedPage();
    const { clientId = "" } = sandbox.oauthApps.crm?.box ?? {};
    sandbox.box.connections.remove(clientId, mona().id);
    await sandbox.coldStart();
    await connectedPage();
    expect(await userOf((await tokenOf("crm")).token)).toBe(mona().id);
  });
});

describe("nothing is connected", () => {
  const pairs = () => sandbox.box.connections.refreshTokens.length;

  test("where the user denies", async () => {
    const before = pairs();
    const page = await browser.open(await consented(front.link(), "deny"));
    expect([page.status, titleOf(page)]).toEqual([403, "You did not consent"]);
    expect(pairs()).toBe(before);
  });

  test("where the code is older than Box's 30 seconds", async () => {
    const callback = await consented();
    sandbox.box.clock.skewSeconds = 31;
    const page = await browser.open(callback);
    expect([page.status, titleOf(page)]).toEqual([400, "Box did not accept the consent"]);
  });

  test("where another user was invited: Box no longer knows the pair", async () => {
    const before = pairs();
    const page = await connectedPage(front.link({ userId: "99999" }));
    expect([page.status, titleOf(page)]).toEqual([403, "This connect link is for another Box user"]);
    expect(sandbox.box.requests.count("revoke")).toBe(1);
    expect(pairs()).toBe(before);
  });

  test("where the admin has disabled the app after the consent", async () => {
    const app = sandbox.oauthApps.crm?.box;
    const callback = await consented();
    Object.assign(app ?? {}, { enabled: false });
    const page = await browser.open(callback).finally(() => Object.assign(app ?? {}, { enabled: true }));
    expect([page.status, titleOf(page)]).toEqual([403, "Your company has not enabled this app"]);
  });

  test.each(["server-error", "reset", "lost-response", "truncated-json"] as const)(
    "where Box's fault is %s, after one POST",
    async (fault) => {
      const callback = await consented();
      sandbox.box.faults.inject(fault, { on: "token" });
      const page = await browser.open(callback);
      expect([page.status, titleOf(page)]).toEqual([503, "Box did not respond"]);
      expect(sandbox.box.requests.count("token/authorization_code")).toBe(1);
    },
  );

  test("where a verifier is not that of the challenge: Box refuses an injected code (RFC 9700 §4.5)", async () => {
    const code = new URL(await consented()).searchParams.get("code") ?? "";
    const own = new URL(await consented());
    own.searchParams.set("code", code);
    expect(titleOf(await browser.open(own.href))).toBe("Box did not accept the consent");
  });

  test("where a code is for another app: Box refuses it (RFC 9700 §4.4)", async () => {
    const foreign = new URL(await consented(front.link({ app: "drive" }))).searchParams.get("code") ?? "";
    const own = new URL(await consented());
    own.searchParams.set("code", foreign);
    expect(titleOf(await browser.open(own.href))).toBe("Box did not accept the consent");
  });

  test("where the table is away: Box no longer knows the pair", async () => {
    const callback = await consented();
    const before = pairs();
    sandbox.faults.dynamodb.inject("unavailable");
    const page = await browser.open(callback).finally(() => sandbox.faults.dynamodb.clear());
    expect([page.status, titleOf(page)]).toEqual([503, "Something went wrong here"]);
    expect(pairs()).toBe(before);
  });
});

describe("the built function", () => {
  test("writes no code, state, cookie, invitation or token to its log", async () => {
    const link = front.link();
    const { location } = await browser.open(link);
    const [[, cookie = ""] = []] = browser.cookies;
    const callback = (await submit(await openPage(location), { user_id: mona().id, consent: "grant" }))
      .headers;
    const address = new URL(callback.get("location") ?? "");
    await browser.open(address.href);
    const { token } = await tokenOf("crm");
    const secrets = [
      ...[
        token,
        cookie,
        new URL(link).searchParams.get("invitation"),
        ...sandbox.box.connections.refreshTokens,
      ],
      ...["code", "state"].map((name) => address.searchParams.get(name)),
      ...[sandbox.oauthApps.crm?.box.clientSecret],
    ];
    const written = front.hosted.lines.join("\n");
    for (const secret of secrets) {
      expect(secret).toMatch(/^\S{20,}$/);
      expect(written).not.toContain(secret);
    }
  });

  test("costs no call for hostile requests, from its start on but for the service secret", async () => {
    await front.hosted.restart();
    await front.hosted.warm();
    sandbox.box.requests.clear();
    sandbox.secretsManager.requests.clear();
    const hostile = ["/", "/connect", "/connect?invitation=x", `/callback?state=${"s".repeat(43)}&code=c`];
    for (const path of [...hostile, ...hostile, ...hostile]) {
      expect((await browser.open(`${front.url}${path}`)).status).toBeGreaterThanOrEqual(400);
    }
    expect(sandbox.box.requests.entries).toEqual([]);
    expect(sandbox.secretsManager.requests.entries).toEqual([]);
    expect(sandbox.sharedCache?.dynamoDb.requests.entries).toEqual([]);
  });

  test("works after a rotation of the service secret that happened between the link and the callback", async () => {
    const callback = await consented();
    sandbox.sharedCache?.rotateServiceSecret();
    await front.hosted.restart();
    expect((await browser.open(callback)).status).toBe(200);
  });

  test.each(["BOX_STS_APPS", "BOX_STS_TABLE", "BOX_STS_SERVICE_SECRET"])(
    "does not start without %s, and reports its name",
    async (name) => {
      const present = sandbox.environment[name] ?? "";
      await front.hosted.restart({ [name]: "" });
      const error = await front.hosted.warm();
      await front.hosted.restart({ [name]: present });
      expect(error).toMatchObject({ errorMessage: expect.stringMatching(new RegExp(`^${name} is missing`)) });
    },
  );
});
