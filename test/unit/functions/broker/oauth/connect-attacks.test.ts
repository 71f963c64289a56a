import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { DAY_MS } from "../../../../../functions/broker/oauth/connection.ts";
import { sealText } from "../../../../../functions/broker/oauth/sealed-text.ts";
import {
  type Browser,
  ConnectScene,
  credentialsOf,
  OTHER_USER,
  type Sent,
  titleOf,
  USER,
} from "../../../../support/connect-scene.ts";
import { expectLinearGrowth } from "../../../../support/growth.ts";

/** Attacks on the authorization code flow, by the sections of RFC 9700 (OAuth 2.0 Security Best Current Practice). */
const CALLBACK = { path: "/callback", query: `code=c&state=${"s".repeat(43)}` };
const NAME = `__Host-box-sts-connect-${"n".repeat(22)}=1`;

let scene: ConnectScene;
let victim: Browser;
let attacker: Browser;
beforeEach(async () => {
  scene = await new ConnectScene().start();
  victim = scene.browser();
  attacker = scene.browser();
});

const ENDED = "This attempt to connect has ended";
const INVALID = "This connect link is not valid";

/** The title, after which no call was made to Box and nothing is stored. */
async function withoutEffect(response: ReturnType<Browser["open"]>) {
  const calls = scene.box.calls;
  const writes = scene.shared.table.calls.length;
  const { statusCode, body = "", headers } = await response;
  expect(statusCode).toBe(400);
  expect(headers?.location).toBeUndefined();
  expect(scene.box.calls).toBe(calls);
  expect(scene.shared.table.calls).toHaveLength(writes);
  return titleOf({ body });
}

const parametersOf = (address: string) => new URL(address).searchParams;
const callbackWith = (changes: Readonly<Record<string, string>>, address: string) => {
  const url = new URL(address);
  for (const [name, value] of Object.entries(changes)) url.searchParams.set(name, value);
  return url.href;
};

describe("open redirects (RFC 9700 §4.11)", () => {
  test.each(["return_to", "returnTo", "redirect_uri", "redirect", "next", "url"])(
    "the parameter %s of a connect link is not read",
    async (name) => {
      const invitation = await scene.invitation();
      const query = `invitation=${invitation}&${name}=https://evil.example/`;
      const { headers, cookies } = await scene.send({ path: "/connect", query });
      expect(`${headers?.location}${cookies?.join()}`).not.toContain("evil");
    },
  );

  test("the page at the end never redirects, and links to no address that came with the request", async () => {
    const page = await victim.begin(await scene.invitation());
    const callback = `${scene.box.consent(page)}&returnTo=https://evil.example/&return_to=//evil.example`;
    const { statusCode, headers, body } = await victim.open(callback);
    expect(statusCode).toBe(200);
    expect(headers?.location).toBeUndefined();
    expect(body).not.toContain("evil");
    expect(body).not.toContain("<a ");
  });

  test("no header decides where Box sends the browser back", async () => {
    const headers = {
      ...{ host: "evil.example", "x-forwarded-host": "evil.example", forwarded: "host=evil.example" },
      ...{
        "x-forwarded-proto": "http",
        "x-forwarded-port": "666",
        "x-original-url": "https://evil.example/",
      },
      ...{ origin: "https://evil.example", referer: "https://evil.example/" },
    };
    const query = `invitation=${await scene.invitation()}`;
    const response = await scene.send({ path: "/connect", query, headers });
    const location = String(response.headers?.location);
    expect(parametersOf(location).get("redirect_uri")).toMatch(
      /^https:\/\/[0-9a-f]{16}\.lambda-url\.eu-west-1\.on\.aws\/callback$/,
    );
  });

  test.each([
    "evil.example/path",
    "user@evil.example",
    "evil.example:443",
    "",
    "localhost",
    "a b.example",
    "ä.example",
  ])("the host %j in the place of Lambda's own is refused", async (domainName) => {
    const query = `invitation=${await scene.invitation()}`;
    const { statusCode } = await scene.send({ path: "/connect", query, domainName });
    expect(statusCode).toBe(404);
  });
});

describe("cross-site request forgery (RFC 9700 §4.7)", () => {
  test("the attacker's callback in the victim's browser connects nothing (login CSRF)", async () => {
    const callback = scene.box.consent(await attacker.begin(await scene.invitation()), OTHER_USER);
    expect(await withoutEffect(victim.open(callback))).toBe(ENDED);
  });

  test("nor does it where the victim has an attempt of its own, which goes on", async () => {
    const callback = scene.box.consent(await attacker.begin(await scene.invitation()), OTHER_USER);
    const page = await victim.begin(await scene.invitation());
    expect(await withoutEffect(victim.open(callback))).toBe(ENDED);
    expect((await victim.open(scene.box.consent(page))).statusCode).toBe(200);
    expect(await scene.connection(OTHER_USER.id)).toBeUndefined();
  });

  test("a stolen state without its cookie is worth nothing", async () => {
    const callback = scene.box.consent(await victim.begin(await scene.invitation()));
    expect(await withoutEffect(attacker.open(callback))).toBe(ENDED);
    expect((await victim.open(callback)).statusCode).toBe(200);
  });

  test("a cookie without a state is worth nothing", async () => {
    const page = await victim.begin(await scene.invitation());
    const code = parametersOf(scene.box.consent(page)).get("code");
    expect(await withoutEffect(victim.open(`/callback?code=${code}`))).toBe(ENDED);
  });

  test("the cookie of another attempt does not open under the name of this one", async () => {
    await victim.begin(await scene.invitation());
    const [[, sealed = ""] = []] = victim.cookies;
    const callback = scene.box.consent(await attacker.begin(await scene.invitation()));
    const [[name = ""] = []] = attacker.cookies;
    attacker.cookies.set(name, sealed);
    expect(await withoutEffect(attacker.open(callback))).toBe(ENDED);
    expect(scene.lines.at(-1)).toMatchObject({ reasons: { authorization_of_another_state: 1 } });
  });

  test("two cookies of one name, of which a browser sends one, are refused", async () => {
    const callback = new URL(scene.box.consent(await victim.begin(await scene.invitation())));
    const [[name = "", value = ""] = []] = victim.cookies;
    const cookies = [`${name}=${value}`, `${name}=${value}`];
    expect(
      await withoutEffect(scene.send({ path: "/callback", query: callback.search.slice(1), cookies })),
    ).toBe(ENDED);
  });
});

describe("authorization code injection (RFC 9700 §4.5)", () => {
  test("the victim's code in the attacker's own attempt is refused by PKCE", async () => {
    const stolen =
      parametersOf(scene.box.consent(await victim.begin(await scene.invitation()))).get("code") ?? "";
    const own = scene.box.consent(await attacker.begin(await scene.invitation()), OTHER_USER);
    expect((await attacker.open(callbackWith({ code: stolen }, own))).statusCode).toBe(400);
    expect(scene.shared.table.items.size).toBe(0);
  });

  test("the attacker's code with the victim's state in the victim's browser is refused by PKCE", async () => {
    const foreign = parametersOf(
      scene.box.consent(await attacker.begin(await scene.invitation()), OTHER_USER),
    );
    const own = scene.box.consent(await victim.begin(await scene.invitation()));
    const response = await victim.open(callbackWith({ code: foreign.get("code") ?? "" }, own));
    expect(titleOf(response)).toBe("Box did not accept the consent");
    expect(await scene.connection(OTHER_USER.id)).toBeUndefined();
  });
});

describe("mix-up (RFC 9700 §4.4)", () => {
  test("a code that a user gave to one app is not stored for another", async () => {
    const drive = await victim.begin(await scene.invitation({ app: "drive" }));
    const reports = await victim.begin(await scene.invitation({ app: "reports" }));
    const code = parametersOf(scene.box.consent(drive)).get("code") ?? "";
    const { statusCode } = await victim.open(callbackWith({ code }, scene.box.consent(reports)));
    expect(statusCode).toBe(400);
    expect(scene.shared.table.items.size).toBe(0);
  });

  test("an app that takes another one's name does not get its codes", async () => {
    const callback = scene.box.consent(await victim.begin(await scene.invitation()));
    scene.credentials.set("reports", credentialsOf("drive"));
    expect((await victim.open(callback)).statusCode).toBe(400);
    expect(scene.box.exchanges).toEqual([]);
  });
});

describe("replay (RFC 9700 §2.1.1)", () => {
  test("of a callback with its cookie is refused before any call", async () => {
    const callback = scene.box.consent(await victim.begin(await scene.invitation()));
    const cookies = [...victim.cookies];
    expect((await victim.open(callback)).statusCode).toBe(200);
    for (const [name, value] of cookies) victim.cookies.set(name, value);
    expect(await withoutEffect(victim.open(callback))).toBe(ENDED);
    expect(await scene.connection()).toBeDefined();
  });

  test("of a callback at another environment is refused by Box, and the connection stays", async () => {
    const callback = scene.box.consent(await victim.begin(await scene.invitation()));
    const cookies = [...victim.cookies];
    await victim.open(callback);
    await scene.start();
    for (const [name, value] of cookies) victim.cookies.set(name, value);
    expect((await victim.open(callback)).statusCode).toBe(400);
    expect(await scene.connection()).toMatchObject({ userId: USER.id });
  });

  test("of a code in an attempt of its own is refused by Box", async () => {
    const first = scene.box.consent(await victim.begin(await scene.invitation()));
    await victim.open(first);
    const second = scene.box.consent(await victim.begin(await scene.invitation()));
    const replayed = callbackWith({ code: parametersOf(first).get("code") ?? "" }, second);
    expect(titleOf(await victim.open(replayed))).toBe("Box did not accept the consent");
  });

  test("of a state after a refusal is refused", async () => {
    const page = await victim.begin(await scene.invitation());
    const cookies = [...victim.cookies];
    await victim.open(scene.box.refuse(page, "access_denied"));
    for (const [name, value] of cookies) victim.cookies.set(name, value);
    expect(await withoutEffect(victim.open(scene.box.consent(page)))).toBe(ENDED);
  });
});

describe("what has expired", () => {
  test("a consent after ten minutes, whose cookie a client has kept, is refused before any call", async () => {
    const page = await victim.begin(await scene.invitation());
    await scene.clock.advance(600_000);
    expect(await withoutEffect(victim.open(scene.box.consent(page)))).toBe(ENDED);
    expect(scene.lines.at(-1)).toMatchObject({ reasons: { authorization_expired: 1 } });
  });

  test("an invitation is refused before any call", async () => {
    const invitation = await scene.invitation({ expires: scene.clock.wall() + DAY_MS });
    await scene.clock.advance(DAY_MS);
    expect(await withoutEffect(victim.open(`/connect?invitation=${invitation}`))).toBe(INVALID);
    expect(scene.credentialLoads).toBe(0);
  });

  test("a consent that began while its invitation was valid is accepted after it", async () => {
    const invitation = await scene.invitation({ expires: scene.clock.wall() + 1_000 });
    const page = await victim.begin(invitation);
    await scene.clock.advance(2_000);
    expect((await victim.open(scene.box.consent(page))).statusCode).toBe(200);
  });
});

describe("forgeries", () => {
  test("an invitation for an app that is not configured looks like a forged one", async () => {
    const foreign = await victim.open(`/connect?invitation=${await scene.invitation({ app: "unknown" })}`);
    const forged = await victim.open("/connect?invitation=forged");
    expect(foreign.body).toBe(forged.body);
    expect(foreign.statusCode).toBe(forged.statusCode);
    expect(scene.credentialLoads).toBe(0);
  });

  test("an invitation as a cookie, and a cookie as an invitation, do not open", async () => {
    const page = await victim.begin(await scene.invitation());
    const [[name = "", sealed = ""] = []] = victim.cookies;
    expect(await withoutEffect(attacker.open(`/connect?invitation=${sealed}`))).toBe(INVALID);
    victim.cookies.set(name, await scene.invitation());
    expect(await withoutEffect(victim.open(scene.box.consent(page)))).toBe(ENDED);
  });

  test("a cookie that another deployment's service secret sealed does not open", async () => {
    const page = await victim.begin(await scene.invitation());
    const [[name = ""] = []] = victim.cookies;
    const { id } = await scene.serviceKey();
    const state = parametersOf(page).get("state");
    const record = {
      state,
      app: "reports",
      expires: scene.clock.wall() + 60_000,
      clientID: "client-of-reports",
    };
    victim.cookies.set(name, sealText(record, "authorization", { id, secret: Buffer.alloc(64) }));
    expect(await withoutEffect(victim.open(scene.box.consent(page)))).toBe(ENDED);
  });

  test("any cookie or invitation that is edited, cut, lengthened or swapped has no effect", async () => {
    const invitation = await scene.invitation();
    const page = await victim.begin(invitation);
    const [[name = "", sealed = ""] = []] = victim.cookies;
    const callback = new URL(scene.box.consent(page)).search.slice(1);
    const anywhere = fc.nat(sealed.length - 1);
    const characters = fc.string({ unit: fc.constantFrom(..."AZaz09-_.=+/%;, \u0000\r\n"), maxLength: 3 });
    const damage = fc.tuple(anywhere, fc.nat(3), characters);
    await fc.assert(
      fc.asyncProperty(fc.boolean(), damage, async (isCookie, [at, cut, inserted]) => {
        const whole = isCookie ? sealed : invitation;
        const position = at % whole.length;
        const edited = whole.slice(0, position) + inserted + whole.slice(position + cut);
        fc.pre(edited !== whole);
        const cost = scene.cost;
        const response = isCookie
          ? await scene.send({ path: "/callback", query: callback, cookies: [`${name}=${edited}`] })
          : await scene.send({
              path: "/connect",
              query: new URLSearchParams({ invitation: edited }).toString(),
            });
        expect(response.statusCode).toBe(400);
        expect(scene.cost).toBe(cost);
      }),
      { numRuns: 300 },
    );
    expect((await victim.open(`/callback?${callback}`)).statusCode).toBe(200);
  });
});

describe("malformed requests", () => {
  test.each(["POST", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "get", ""])(
    "the method %j is refused with the one that is allowed",
    async (method) => {
      const query = `invitation=${await scene.invitation()}`;
      for (const path of ["/connect", "/callback"]) {
        const { statusCode, headers, cookies } = await scene.send({ method, path, query });
        expect({ statusCode, allow: headers?.allow, cookies }).toEqual({ statusCode: 405, allow: "GET" });
      }
    },
  );

  test.each([
    "/",
    "/connect/",
    "/Connect",
    "//connect",
    "/callback/../connect",
    "/favicon.ico",
    "/oauth2/token",
    "",
  ])("nothing is at the path %j", async (path) => {
    const query = `invitation=${await scene.invitation()}`;
    expect((await scene.send({ path, query })).statusCode).toBe(404);
  });

  test("the same parameter twice is refused (RFC 6749 §3.1)", async () => {
    const invitation = await scene.invitation();
    const twice = `invitation=${invitation}&invitation=${invitation}`;
    expect(await withoutEffect(scene.send({ path: "/connect", query: twice }))).toBe(INVALID);
    const callback = scene.box.consent(await victim.begin(invitation));
    for (const name of ["code", "state"]) {
      const again = `${callback}&${name}=${parametersOf(callback).get(name)}`;
      expect(await withoutEffect(victim.open(again))).toBe(ENDED);
    }
  });

  test("a code and an error together are refused", async () => {
    const callback = scene.box.consent(await victim.begin(await scene.invitation()));
    expect(await withoutEffect(victim.open(`${callback}&error=access_denied`))).toBe(ENDED);
  });

  test.each([
    ["code=", "an empty code"],
    [`code=${"c".repeat(1_025)}`, "an oversized code"],
    ["code=a%0d%0aSet-Cookie:%20x=y", "a code with line breaks"],
    ["code=a%20b", "a code with a space"],
    ["error=%0d%0a", "an error with line breaks"],
    [`error=${"e".repeat(129)}`, "an oversized error"],
    ["", "neither a code nor an error"],
  ])("%s (%s) is refused", async (parameters) => {
    const page = await victim.begin(await scene.invitation());
    const state = parametersOf(page).get("state");
    expect(await withoutEffect(victim.open(`/callback?state=${state}&${parameters}`))).toBe(ENDED);
  });

  test.each(["", "short", "s".repeat(42), "s".repeat(44), `${"s".repeat(42)}+`, `${"s".repeat(42)}%00`])(
    "the state %j is refused by its form",
    async (state) => {
      const query = `code=c&state=${state}`;
      expect(await withoutEffect(scene.send({ path: "/callback", query, cookies: [] }))).toBe(ENDED);
      expect(scene.lines.at(-1)).toMatchObject({ reasons: { callback_malformed: 1 } });
    },
  );

  test("oversized queries and cookies are refused", async () => {
    const invitation = await scene.invitation();
    const long = `invitation=${invitation}&x=${"x".repeat(8_192)}`;
    expect(await withoutEffect(scene.send({ path: "/connect", query: long }))).toBe(INVALID);
    const page = await victim.begin(invitation);
    const [[name = "", sealed = ""] = []] = victim.cookies;
    victim.cookies.set(name, sealed + "A".repeat(1_000_000));
    expect(await withoutEffect(victim.open(scene.box.consent(page)))).toBe(ENDED);
  });

  test("nothing of a request is in a header of the response (header injection)", async () => {
    const injected = "%0d%0aX-Injected:%20yes";
    const invitation = await scene.invitation();
    const responses = [
      await scene.send({ path: "/connect", query: `invitation=${invitation}${injected}` }),
      await scene.send({ path: "/connect", query: `invitation=${invitation}&x=${injected}` }),
      await scene.send({ path: `/connect${injected}`, query: `invitation=${invitation}` }),
      await scene.send({
        path: "/connect",
        query: `invitation=${invitation}`,
        cookies: Array.from({ length: 9 }, () => `__Host-box-sts-connect-${injected}=1`),
      }),
    ];
    for (const { headers, cookies } of responses) {
      const sent = JSON.stringify([headers, cookies]);
      expect(sent).not.toMatch(/injected|\\r|\\n/i);
    }
  });

  test.each([
    ...[
      undefined,
      null,
      1,
      "text",
      [],
      {},
      { rawPath: "/connect" },
      { rawPath: "/callback", requestContext: null },
    ],
    { rawPath: "/connect", requestContext: { http: null } },
    { rawPath: "/callback", rawQueryString: 1, requestContext: { http: { method: "GET" } }, cookies: "a=b" },
    {
      rawPath: "/callback",
      rawQueryString: "state",
      requestContext: { http: { method: "GET" } },
      cookies: [1, null],
    },
  ])("the event %j is refused", async (event) => {
    expect((await scene.handle(event)).statusCode).toBeGreaterThanOrEqual(400);
    expect(scene.cost).toBe(2);
  });

  test("any JSON value as the event is refused without a call", async () => {
    const parts = fc.record(
      {
        rawPath: fc.constantFrom("/connect", "/callback", "/", 1, null),
        rawQueryString: fc.oneof(fc.string(), fc.constant("state=&code="), fc.jsonValue()),
        cookies: fc.oneof(fc.array(fc.jsonValue()), fc.array(fc.string()), fc.jsonValue()),
        requestContext: fc.record({
          domainName: fc.oneof(fc.domain(), fc.jsonValue()),
          http: fc.record({ method: fc.constantFrom("GET", "POST", 1, null), sourceIp: fc.jsonValue() }),
        }),
      },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(fc.oneof(parts, fc.jsonValue()), async (event) => {
        expect([400, 404, 405]).toContain((await scene.handle(event)).statusCode);
        expect(scene.cost).toBe(2);
      }),
      { numRuns: 200 },
    );
  });

  const GIANT = 1_000_000;
  const giant = (text: string, scale: number) => text.repeat(Math.ceil((GIANT * scale) / 8 / text.length));
  test.each<readonly [string, (scale: number) => Sent]>([
    ["path", (scale) => ({ path: `/connect${giant("/", scale)}` })],
    ["invitation", (scale) => ({ path: "/connect", query: `invitation=${giant("a.", scale)}` })],
    ["query of parameters", (scale) => ({ path: "/callback", query: giant("state=&", scale) })],
    ["query of percent signs", (scale) => ({ path: "/callback", query: giant("%", scale) })],
    ["list of cookies", (scale) => ({ ...CALLBACK, cookies: giant("a=b;", scale).split(";") })],
    ["cookie", (scale) => ({ ...CALLBACK, cookies: [giant("__Host-box-sts-connect-", scale)] })],
    [
      "list of our cookies",
      (scale) => ({ ...CALLBACK, path: "/connect", cookies: giant(`${NAME};`, scale).split(";") }),
    ],
  ])("a giant %s is refused in linear time", async (_, sent) => {
    await expectLinearGrowth(sent, async (given) => {
      expect((await scene.send(given)).statusCode).toBeGreaterThanOrEqual(400);
    });
  });
});
