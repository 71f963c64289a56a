import { beforeEach, describe, expect, test } from "vitest";
import { DAY_MS } from "../../../../../functions/broker/oauth/connection.ts";
import {
  type Browser,
  ConnectScene,
  credentialsOf,
  OTHER_USER,
  titleOf,
  USER,
} from "../../../../support/connect-scene.ts";
import { ENDED, INVALID, USED, withoutEffect } from "./without-effect.ts";

/** Attacks on the authorization code flow, by the sections of RFC 9700 (OAuth 2.0 Security Best Current Practice). */
let scene: ConnectScene;
let victim: Browser;
let attacker: Browser;
beforeEach(async () => {
  scene = await new ConnectScene().start();
  victim = scene.browser();
  attacker = scene.browser();
});

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
  ])("the host %j instead of Lambda's own is refused", async (domainName) => {
    const query = `invitation=${await scene.invitation()}`;
    const { statusCode } = await scene.send({ path: "/connect", query, domainName });
    expect(statusCode).toBe(404);
  });
});

describe("cross-site request forgery (RFC 9700 §4.7)", () => {
  test("the attacker's callback in the victim's browser connects nothing (login CSRF)", async () => {
    const callback = scene.box.consent(await attacker.begin(await scene.invitation()), OTHER_USER);
    expect(await withoutEffect(scene, victim.open(callback))).toBe(ENDED);
  });

  test("nor does it where the victim has an attempt of its own, which continues", async () => {
    const callback = scene.box.consent(await attacker.begin(await scene.invitation()), OTHER_USER);
    const page = await victim.begin(await scene.invitation());
    expect(await withoutEffect(scene, victim.open(callback))).toBe(ENDED);
    expect((await victim.open(scene.box.consent(page))).statusCode).toBe(200);
    expect(await scene.connection(OTHER_USER.id)).toBeUndefined();
  });

  test("a stolen state without its cookie is worth nothing", async () => {
    const callback = scene.box.consent(await victim.begin(await scene.invitation()));
    expect(await withoutEffect(scene, attacker.open(callback))).toBe(ENDED);
    expect((await victim.open(callback)).statusCode).toBe(200);
  });

  test("a cookie without a state is worth nothing", async () => {
    const page = await victim.begin(await scene.invitation());
    const code = parametersOf(scene.box.consent(page)).get("code");
    expect(await withoutEffect(scene, victim.open(`/callback?code=${code}`))).toBe(ENDED);
  });

  test("the cookie of another attempt does not open under the name of this one", async () => {
    await victim.begin(await scene.invitation());
    const [[, sealed = ""] = []] = victim.cookies;
    const callback = scene.box.consent(await attacker.begin(await scene.invitation()));
    const [[name = ""] = []] = attacker.cookies;
    attacker.cookies.set(name, sealed);
    expect(await withoutEffect(scene, attacker.open(callback))).toBe(ENDED);
    expect(scene.lines.at(-1)).toMatchObject({ reasons: { authorization_of_another_state: 1 } });
  });

  test("two cookies of one name, of which a browser sends one, are refused", async () => {
    const callback = new URL(scene.box.consent(await victim.begin(await scene.invitation())));
    const [[name = "", value = ""] = []] = victim.cookies;
    const cookies = [`${name}=${value}`, `${name}=${value}`];
    expect(
      await withoutEffect(scene, scene.send({ path: "/callback", query: callback.search.slice(1), cookies })),
    ).toBe(ENDED);
  });
});

describe("authorization code injection (RFC 9700 §4.5)", () => {
  test("the victim's code in the attacker's own attempt is refused by PKCE", async () => {
    const stolen =
      parametersOf(scene.box.consent(await victim.begin(await scene.invitation()))).get("code") ?? "";
    const own = scene.box.consent(await attacker.begin(await scene.invitation()), OTHER_USER);
    expect((await attacker.open(callbackWith({ code: stolen }, own))).statusCode).toBe(400);
    expect(scene.connectionItems).toEqual([]);
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
    expect(scene.connectionItems).toEqual([]);
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
    expect(await withoutEffect(scene, victim.open(callback))).toBe(USED);
    expect(await scene.connection()).toBeDefined();
  });

  test("of a callback at another environment is refused before any call to Box, and the connection stays", async () => {
    const callback = scene.box.consent(await victim.begin(await scene.invitation()));
    const cookies = [...victim.cookies];
    await victim.open(callback);
    await scene.start();
    for (const [name, value] of cookies) victim.cookies.set(name, value);
    const calls = scene.box.calls;
    const response = await victim.open(callback);
    expect({ status: response.statusCode, title: titleOf(response) }).toEqual({ status: 400, title: USED });
    expect(scene.box.calls).toBe(calls);
    expect(scene.lines.at(-1)).toMatchObject({ reasons: { state_used_before: 1 } });
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
    expect(await withoutEffect(scene, victim.open(scene.box.consent(page)))).toBe(USED);
  });
});

describe("what has expired", () => {
  test("a consent after ten minutes, whose cookie a client has kept, is refused before any call", async () => {
    const page = await victim.begin(await scene.invitation());
    await scene.clock.advance(600_000);
    expect(await withoutEffect(scene, victim.open(scene.box.consent(page)))).toBe(ENDED);
    expect(scene.lines.at(-1)).toMatchObject({ reasons: { authorization_expired: 1 } });
  });

  test("an invitation is refused before any call", async () => {
    const invitation = await scene.invitation({ expires: scene.clock.wall() + DAY_MS });
    await scene.clock.advance(DAY_MS);
    expect(await withoutEffect(scene, victim.open(`/connect?invitation=${invitation}`))).toBe(INVALID);
    expect(scene.credentialLoads).toBe(0);
  });

  test("a consent that began while its invitation was valid is accepted after it", async () => {
    const invitation = await scene.invitation({ expires: scene.clock.wall() + 1_000 });
    const page = await victim.begin(invitation);
    await scene.clock.advance(2_000);
    expect((await victim.open(scene.box.consent(page))).statusCode).toBe(200);
  });
});
