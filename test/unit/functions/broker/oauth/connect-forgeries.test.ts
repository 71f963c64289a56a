import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { sealText } from "../../../../../functions/broker/oauth/sealed-text.ts";
import { type Browser, ConnectScene, type Sent } from "../../../../support/connect-scene.ts";
import { expectLinearGrowth } from "../../../../support/growth.ts";
import { ENDED, INVALID, withoutEffect } from "./without-effect.ts";

/** What a client may make up: sealed texts that were changed, and requests of another form. */
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

const parametersOf = (address: string) => new URL(address).searchParams;
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
    expect(await withoutEffect(scene, attacker.open(`/connect?invitation=${sealed}`))).toBe(INVALID);
    victim.cookies.set(name, await scene.invitation());
    expect(await withoutEffect(scene, victim.open(scene.box.consent(page)))).toBe(ENDED);
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
    expect(await withoutEffect(scene, victim.open(scene.box.consent(page)))).toBe(ENDED);
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
    expect(await withoutEffect(scene, scene.send({ path: "/connect", query: twice }))).toBe(INVALID);
    const callback = scene.box.consent(await victim.begin(invitation));
    for (const name of ["code", "state"]) {
      const again = `${callback}&${name}=${parametersOf(callback).get(name)}`;
      expect(await withoutEffect(scene, victim.open(again))).toBe(ENDED);
    }
  });

  test("a code and an error together are refused", async () => {
    const callback = scene.box.consent(await victim.begin(await scene.invitation()));
    expect(await withoutEffect(scene, victim.open(`${callback}&error=access_denied`))).toBe(ENDED);
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
    expect(await withoutEffect(scene, victim.open(`/callback?state=${state}&${parameters}`))).toBe(ENDED);
  });

  test.each(["", "short", "s".repeat(42), "s".repeat(44), `${"s".repeat(42)}+`, `${"s".repeat(42)}%00`])(
    "the state %j is refused by its form",
    async (state) => {
      const query = `code=c&state=${state}`;
      expect(await withoutEffect(scene, scene.send({ path: "/callback", query, cookies: [] }))).toBe(ENDED);
      expect(scene.lines.at(-1)).toMatchObject({ reasons: { callback_malformed: 1 } });
    },
  );

  test("oversized queries and cookies are refused", async () => {
    const invitation = await scene.invitation();
    const long = `invitation=${invitation}&x=${"x".repeat(8_192)}`;
    expect(await withoutEffect(scene, scene.send({ path: "/connect", query: long }))).toBe(INVALID);
    const page = await victim.begin(invitation);
    const [[name = "", sealed = ""] = []] = victim.cookies;
    victim.cookies.set(name, sealed + "A".repeat(1_000_000));
    expect(await withoutEffect(scene, victim.open(scene.box.consent(page)))).toBe(ENDED);
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
