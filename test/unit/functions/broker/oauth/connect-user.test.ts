import { beforeEach, describe, expect, test } from "vitest";
import { tokenSha256 } from "../../../../../functions/broker/held-token.ts";
import { returnAddress } from "../../../../../functions/broker/oauth/invitation.ts";
import { Failure } from "../../../../../schemas/protocol/problems.ts";
import {
  type Browser,
  ConnectScene,
  credentialsOf,
  HOST,
  OTHER_USER,
  titleOf,
  USER,
} from "../../../../support/connect-scene.ts";
import { contextOf, unsignedCredentialsOf } from "../../../../support/fake-ports.ts";

let scene: ConnectScene;
let browser: Browser;
beforeEach(async () => {
  scene = await new ConnectScene().start();
  browser = scene.browser();
});

const code = (address: string) => new URL(address).searchParams.get("code");

describe("a connect link", () => {
  test("leads to Box's consent page with state, challenge and the function's own callback", async () => {
    const page = new URL(await browser.begin(await scene.invitation()));
    expect(page.origin + page.pathname).toBe("https://account.box.com/api/oauth2/authorize");
    expect(Object.fromEntries(page.searchParams)).toEqual({
      response_type: "code",
      client_id: "client-of-reports",
      redirect_uri: `https://${HOST}/callback`,
      state: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/),
      code_challenge: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/),
      code_challenge_method: "S256",
    });
  });

  test("requests the scopes that the app's config names", async () => {
    const page = new URL(await browser.begin(await scene.invitation({ app: "drive" })));
    expect(page.searchParams.get("scope")).toBe("root_readonly manage_webhook");
  });

  test("has the callback at the deployment's public address where there is one", async () => {
    scene.publicUrl = "https://connect.example.com";
    await scene.start();
    const page = new URL(await browser.begin(await scene.invitation()));
    expect(page.searchParams.get("redirect_uri")).toBe("https://connect.example.com/callback");
  });

  test("sets a cookie for this host alone, which scripts cannot read, for ten minutes", async () => {
    const invitation = await scene.invitation();
    const { cookies = [], headers } = await scene.send({
      path: "/connect",
      query: `invitation=${invitation}`,
    });
    expect(cookies).toEqual([
      expect.stringMatching(
        /^__Host-box-sts-connect-[A-Za-z0-9_-]{22}=[A-Za-z0-9._-]+; Max-Age=600; Path=\/; Secure; HttpOnly; SameSite=Lax$/,
      ),
    ]);
    expect(headers).toMatchObject({ "cache-control": "no-store", "referrer-policy": "no-referrer" });
  });

  test("has another state and another challenge each time", async () => {
    const invitation = await scene.invitation();
    const pages = [await browser.begin(invitation), await browser.begin(invitation)];
    for (const name of ["state", "code_challenge"]) {
      expect(new Set(pages.map((page) => new URL(page).searchParams.get(name))).size).toBe(2);
    }
  });

  test("of an app whose secret cannot be read shows a page, and reports the reason in the log alone", async () => {
    scene.credentialFailure = new Failure("secret_forbidden", "AccessDenied on box/reports");
    const response = await browser.open(`/connect?invitation=${await scene.invitation()}`);
    expect(response.statusCode).toBe(503);
    expect(response.body).not.toContain("AccessDenied");
    expect(scene.lines.at(-1)).toMatchObject({
      ...{ kind: "connect", outcome: "refused", code: "secret_forbidden", app: "reports" },
      ...{ reason: "AccessDenied on box/reports", ConnectionsFailed: 1 },
    });
  });

  test("of an app that is not an OAuth 2.0 app is the operator's to repair", async () => {
    scene.credentials.set("reports", unsignedCredentialsOf());
    const response = await browser.open(`/connect?invitation=${await scene.invitation()}`);
    expect(response.statusCode).toBe(503);
    expect(scene.lines.at(-1)).toMatchObject({ code: "secret_invalid" });
  });
});

describe("a consent", () => {
  test("stores the user's tokens, and the page names the account", async () => {
    const before = scene.shared.table.now();
    const response = await browser.connect();
    expect(response.statusCode).toBe(200);
    expect(titleOf(response)).toBe("You are connected");
    expect(response.body).toContain("Your Box account ann@example.com is now connected.");
    const connection = await scene.connection();
    expect(connection).toEqual({
      ...{ app: "reports", clientID: "client-of-reports", userId: USER.id, login: USER.login },
      connectedAt: expect.any(Number),
      pair: {
        access: { access_token: expect.stringMatching(/^access-/), expires_in: 3_600, restricted_to: [] },
        lifetime: 3_600,
        refreshToken: expect.stringMatching(/^refresh-/),
        born: expect.any(Number),
      },
    });
    expect(connection?.connectedAt).toBeGreaterThanOrEqual(before);
  });

  test("is exchanged with one POST, with the verifier of its own challenge", async () => {
    await browser.connect();
    expect(scene.box.exchanges).toEqual([
      {
        code: expect.any(String),
        codeVerifier: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/),
        redirectUri: `https://${HOST}/callback`,
      },
    ]);
    expect(scene.box.revoked).toEqual([]);
  });

  test("has one audit line, written after the tokens are stored and before the page", async () => {
    scene.audit.write = async (event) => {
      expect(scene.connectionItems).toHaveLength(1);
      scene.audit.events.push(event);
    };
    await browser.connect();
    const connection = await scene.connection();
    expect(scene.audit.events).toEqual([
      expect.objectContaining({
        ...{ action: "connect", outcome: "connected", code: null, reason: null, app: "reports" },
        ...{ request_id: "request-1", subject: `user:${USER.id}`, client_id: "client-of-reports" },
        ...{ caller: "unidentified", source_ip: "203.0.113.7", secret_version: "version-1" },
        token_sha256: tokenSha256(connection?.pair.access.access_token ?? ""),
      }),
    ]);
    expect(scene.lines.at(-1)).toMatchObject({ kind: "connect", outcome: "connected", ConnectionsMade: 1 });
  });

  test("ends its cookie, whatever becomes of it", async () => {
    const page = await browser.begin(await scene.invitation());
    const [name] = browser.cookies.keys();
    const response = await browser.open(scene.box.refuse(page, "access_denied"));
    expect(response.cookies).toEqual([`${name}=; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Lax`]);
    expect(browser.cookies.size).toBe(0);
  });

  test("links to the address that the operator named in the invitation", async () => {
    const returnTo = "https://intranet.example.com/done?from=box&to=here";
    const { body, headers } = await browser.connect({ returnTo });
    expect(body).toContain(
      '<a href="https://intranet.example.com/done?from=box&amp;to=here">Continue to intranet.example.com</a>',
    );
    expect(headers?.location).toBeUndefined();
  });

  test("of the invited user is accepted, in two tabs of one browser, in any order", async () => {
    const first = await browser.begin(await scene.invitation({ userId: USER.id }));
    const second = await browser.begin(await scene.invitation({ app: "drive" }));
    expect(browser.cookies.size).toBe(2);
    expect((await browser.open(scene.box.consent(second))).statusCode).toBe(200);
    expect((await browser.open(scene.box.consent(first))).statusCode).toBe(200);
    expect((await scene.connection(USER.id, "drive"))?.clientID).toBe("client-of-drive");
    expect((await scene.connection())?.clientID).toBe("client-of-reports");
  });

  test("leaves at most five attempts in one browser, of which the oldest ones end", async () => {
    const invitation = await scene.invitation();
    const pages: string[] = [];
    for (let count = 0; count < 12; count++) pages.push(await browser.begin(invitation));
    expect(browser.cookies.size).toBe(5);
    expect((await browser.open(scene.box.consent(pages[0] ?? ""))).statusCode).toBe(400);
    expect((await browser.open(scene.box.consent(pages[7] ?? ""))).statusCode).toBe(200);
  });

  test("needs less than 8 KB for the cookies of five attempts, also with the longest address to return to", async () => {
    const returnTo = returnAddress("https://example.com/".padEnd(512, "a")) ?? "";
    expect(returnTo).toHaveLength(512);
    for (let count = 0; count < 5; count++) await browser.begin(await scene.invitation({ returnTo }));
    const header = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    expect(browser.cookies.size).toBe(5);
    expect(header.length).toBeLessThan(8_192);
  });

  test("is accepted by another environment than the one where it began", async () => {
    const page = await browser.begin(await scene.invitation());
    await scene.start();
    expect((await browser.open(scene.box.consent(page))).statusCode).toBe(200);
  });

  test("that began before a rotation of the service secret is accepted after it", async () => {
    const page = await browser.begin(await scene.invitation());
    scene.shared.secret.rotate();
    await scene.start();
    expect((await browser.open(scene.box.consent(page))).statusCode).toBe(200);
  });
});

describe("a callback that two environments get at once", () => {
  test("is exchanged once, and the page of the other one does not deny the connection", async () => {
    const callback = scene.box.consent(await browser.begin(await scene.invitation()));
    const request = browser.requestTo(callback);
    // The code takes so long that the second request comes while the first one waits for Box.
    scene.box.exchangeMs = 300;
    const environments = [await scene.environment(), await scene.environment()];
    const pages = await scene.clock.finish(Promise.all(environments.map((handle) => handle(request))));
    expect(pages.map(titleOf).toSorted()).toEqual([
      "This attempt to connect was used before",
      "You are connected",
    ]);
    expect(pages.map(({ body = "" }) => body.includes("Nothing was connected"))).toEqual([false, false]);
    expect(scene.box.exchanges).toHaveLength(1);
    expect(scene.box.revoked).toEqual([]);
    expect(await scene.connection()).toMatchObject({ userId: USER.id });
  });

  test("is the first one's, also where the response to its note in the table is lost", async () => {
    const callback = scene.box.consent(await browser.begin(await scene.invitation()));
    scene.shared.table.lostResponses = 1;
    expect((await browser.open(callback)).statusCode).toBe(200);
  });

  test("costs an item that is deleted after an hour, and that no list of connections has", async () => {
    await browser.connect();
    const key = [...scene.shared.table.items.keys()].find((one) => one.includes("#state#")) ?? "";
    expect(key).toMatch(/^connection#reports#state#[0-9a-f]{64}$/);
    const { deleteAfter = 0, sealed } = scene.shared.table.items.get(key) ?? {};
    expect(sealed).toBeUndefined();
    expect(deleteAfter - scene.clock.wall() / 1_000).toBeCloseTo(3_600, -1);
    const listed = [];
    const context = contextOf(scene.clock);
    const { table } = scene.shared;
    for await (const { connection } of scene.store.all(table.scan.bind(table), context, () => {}))
      listed.push(connection.userId);
    expect(listed).toEqual([USER.id]);
  });
});

describe("after a rotation of the client secret", () => {
  const another = (version: string) =>
    credentialsOf("reports", { versionId: version, clientSecret: `secret-of-${version}` });

  test("a consent is exchanged with the version of the app's secret that Box accepts", async () => {
    scene.otherVersions.push(another("version-3"), another("version-2"));
    scene.box.acceptedSecret = "secret-of-version-2";
    expect((await browser.connect()).statusCode).toBe(200);
    const [first, ...others] = scene.box.exchanges;
    expect(others).toEqual([first, first]);
    expect(await scene.connection()).toMatchObject({ userId: USER.id });
    expect(scene.audit.last).toMatchObject({ outcome: "connected", secret_version: "version-2" });
  });

  test("a pair that is not stored is ended with the version that Box accepts", async () => {
    scene.otherVersions.push(another("version-2"));
    scene.box.acceptedSecret = "secret-of-version-2";
    await browser.connect({ userId: USER.id }, OTHER_USER);
    expect(scene.box.revoked).toHaveLength(1);
    expect(scene.box.revokers).toEqual(["version-2"]);
  });

  test("no version of another Box app or of another kind of app gets the code", async () => {
    scene.otherVersions.push(credentialsOf("reports", { versionId: "other", clientID: "another-client" }));
    scene.box.acceptedSecret = "secret-that-no-version-has";
    expect((await browser.connect()).statusCode).toBe(503);
    expect(scene.box.exchanges).toHaveLength(1);
    expect(scene.audit.last).toMatchObject({ code: "box_client_refused", secret_version: "version-1" });
    scene.otherVersions[0] = unsignedCredentialsOf({ clientID: "client-of-reports" });
    await browser.connect();
    expect(scene.box.exchanges).toHaveLength(2);
  });
});

describe("the time of a request", () => {
  test("is kept for storing the tokens while the code is exchanged, and for ending them while they are stored", async () => {
    await browser.connect({ userId: USER.id }, OTHER_USER);
    expect(scene.box.timeLeft).toEqual({ exchange: 11_800, whoAmI: 17_800, revoke: 19_800 });
  });

  test("is spent on the service secret for two seconds at most", async () => {
    expect(scene.secretTimeLeft).toEqual([30_000, 30_000]);
    scene.clock.freeze(300_000);
    await browser.begin(await scene.invitation());
    expect(scene.secretTimeLeft.slice(2)).toEqual([2_000, 2_000]);
  });
});

test("an address that Box names for the user is kept up to the length of an email address", async () => {
  await browser.connect({}, { ...USER, login: "a".repeat(300_000) });
  expect((await scene.connection())?.login).toHaveLength(254);
});

test("a line for the operator that cannot be written changes no response", async () => {
  scene.writeFailure = new Error("EPIPE");
  expect((await browser.open("/unknown")).statusCode).toBe(404);
  expect((await browser.connect()).statusCode).toBe(200);
  expect(await scene.connection()).toBeDefined();
});

test("a pair comes from the code that came with the state, and from no other", async () => {
  const callback = scene.box.consent(await browser.begin(await scene.invitation()));
  await browser.open(callback);
  expect(scene.box.exchanges[0]?.code).toBe(code(callback));
});
