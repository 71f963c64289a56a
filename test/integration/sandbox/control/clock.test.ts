import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { addApp } from "../../../../sandbox/box/state.ts";
import { enterpriseToken, get, post, type Scene, scene } from "../box-requests.ts";
import { clientOf, codeOf, DAY_SECONDS, type OAuthScene, oauthScene } from "../oauth/oauth-requests.ts";
import { operatorOf, type Send } from "./control-requests.ts";

let at: Scene;
let send: Send;
/** Moves Box's clock over HTTP. */
const advance = async (seconds: number) => {
  expect((await send("/clock", { form: { advance: String(seconds) } })).status).toBe(200);
};

beforeEach(async () => {
  at = await scene();
  send = operatorOf(at.box, `${at.box.url}/_sandbox`);
});
afterEach(() => at.box.close());

describe("/clock", () => {
  test("returns Box's time, which is the machine's at first", async () => {
    const before = Date.now();
    const { body } = await send("/clock");
    expect(body.milliseconds).toBeGreaterThanOrEqual(before);
    expect(body.milliseconds).toBeLessThanOrEqual(Date.now());
    expect(body).toEqual({
      now: new Date(body.milliseconds).toISOString(),
      milliseconds: body.milliseconds,
      skewSeconds: 0,
      frozen: false,
    });
  });

  test.each([
    ["2027-03-04T05:06:07Z", "2027-03-04T05:06:07.000Z"],
    ["2027-03-04T05:06:07.250+02:00", "2027-03-04T03:06:07.250Z"],
    ["2027-03-04", "2027-03-04T00:00:00.000Z"],
    ["1804136767000", "2027-03-04T05:06:07.000Z"],
  ])("is set to %s and frozen there, which shows in Date", async (set, now) => {
    const { body } = await send("/clock", { form: { set, frozen: "true" } });
    expect([body.now, body.frozen]).toEqual([now, true]);
    const { headers } = await fetch(`${at.box.url}/2.0/users/me`);
    expect(headers.get("date")).toBe(new Date(Math.floor(Date.parse(now) / 1_000) * 1_000).toUTCString());
    expect((await send("/clock")).body.now).toBe(now);
  });

  test("is advanced while it is frozen, and then runs again", async () => {
    await send("/clock", { form: { set: "2027-01-01T00:00:00Z", frozen: "true" } });
    const { body } = await send("/clock", { form: { advance: "90.5" } });
    expect(body.now).toBe("2027-01-01T00:01:30.500Z");
    await send("/clock", { form: { frozen: "false" } });
    expect([at.box.clock.frozen, at.box.clock.now() >= Date.parse(body.now)]).toEqual([false, true]);
  });

  test.each([
    ["", /^Send at least one field/],
    ["set=yesterday", /^set is a time such as/],
    ["set=2027-13-01", /^set is a time such as/],
    ["set=2027-03-04T05:06:07", /^set is a time such as/],
    ["set=1804136767", /^set is in milliseconds since 1970/],
    ["set=999999999999999", /any time from 1970 to 9999/],
    ["advance=1h", /^advance is a number of seconds/],
    ["advance=999999999999", /any time from 1970 to 9999/],
    ["advance=-999999999999", /any time from 1970 to 9999/],
    ["frozen=1", /^frozen is true or false/],
    ["advance=60&frozen=maybe", /^frozen is true or false/],
  ])("refuses %j with a sentence, and stays as it was", async (form, sentence) => {
    const { status, body } = await send("/clock", { form });
    expect([status, body.error]).toEqual([400, expect.stringMatching(sentence)]);
    expect([at.box.clock.skewSeconds, at.box.clock.frozen]).toEqual([0, false]);
  });
});

describe("what lives by Box's clock", () => {
  const me = async (token: string) => (await get(at, "/2.0/users/me", token)).status;

  test("an access token expires", async () => {
    at.box.expiresIn = 3_600;
    const token = await enterpriseToken(at);
    await advance(3_590);
    expect(await me(token)).toBe(200);
    await advance(10);
    expect(await me(token)).toBe(401);
    await advance(-10);
    expect(await me(token)).toBe(200);
  });

  test("an App Token that was generated for some days expires", async () => {
    const app = addApp(at.box.state, "1234567", { authentication: "app_token" });
    const { token } = at.box.console.generateAppToken(app, "primary", { expiresInDays: 30 });
    await advance(30 * DAY_SECONDS - 60);
    expect(await me(token)).toBe(200);
    await advance(60);
    expect(await me(token)).toBe(401);
  });

  test("a frozen clock keeps a token alive, and a clock that was set ahead ends it at once", async () => {
    at.box.expiresIn = 1;
    await send("/clock", { form: { frozen: "true" } });
    const token = await enterpriseToken(at);
    await send("/clock", { form: { advance: "0.999" } });
    expect(await me(token)).toBe(200);
    await send("/clock", { form: { advance: "0.001" } });
    expect(await me(token)).toBe(401);
  });

  test("a download link ends after 15 minutes", async () => {
    await send("/clock", { form: { frozen: "true" } });
    const headers = { Authorization: `Bearer ${await enterpriseToken(at)}` };
    const content = `${at.box.url}/2.0/files/${at.sample.reportFile.id}/content`;
    const link = (await fetch(content, { headers, redirect: "manual" })).headers.get("location") as string;
    await advance(15 * 60 - 1);
    expect((await fetch(link)).status).toBe(200);
    await advance(1);
    expect((await fetch(link)).status).toBe(404);
  });

  test("an assertion is judged", async () => {
    await advance(61);
    const grant = await post(`${at.box.url}/oauth2/token`, {});
    expect(grant.status).toBe(400);
    const expired = await enterpriseToken(at);
    expect(expired).toBeUndefined();
    await advance(-61);
    expect(await enterpriseToken(at)).toMatch(/^1!/);
  });

  test("a delivery of a webhook is signed", async () => {
    await send("/clock", { form: { set: "2030-01-01T00:00:00Z", frozen: "true" } });
    const { box, app } = at;
    const delivery = await box.webhooks.send(app, `${box.url}/none`, { type: "webhook_event" });
    await advance(600);
    await delivery.repeat();
    expect(delivery.attempts.map(({ headers }) => headers["box-delivery-timestamp"])).toEqual([
      "2029-12-31T17:00:00-07:00",
      "2029-12-31T17:10:00-07:00",
    ]);
  });
});

describe("what OAuth 2.0 has issued, by Box's clock", () => {
  let oauth: OAuthScene;
  const token = (form: Record<string, string>) =>
    post(`${oauth.box.url}/oauth2/token`, { ...clientOf(oauth.app), ...form });
  const redeem = (code: string) => token({ grant_type: "authorization_code", code });

  beforeEach(async () => {
    oauth = await oauthScene();
    send = operatorOf(oauth.box, `${oauth.box.url}/_sandbox`);
  });
  afterEach(() => oauth.box.close());

  test("a code expires after 30 seconds", async () => {
    await send("/clock", { form: { frozen: "true" } });
    const [code, other] = [codeOf(oauth), codeOf(oauth)];
    await advance(29.999);
    expect((await redeem(code)).status).toBe(200);
    await advance(0.001);
    expect((await redeem(other)).body.error_description).toBe("The authorization code has expired");
  });

  test("a refresh token expires after 60 days", async () => {
    await send("/clock", { form: { frozen: "true" } });
    const first = (await redeem(codeOf(oauth))).body;
    const second = (await redeem(codeOf(oauth))).body;
    const refresh = ({ refresh_token }: { refresh_token: string }) =>
      token({ grant_type: "refresh_token", refresh_token });
    await advance(60 * DAY_SECONDS - 1);
    expect((await refresh(first)).status).toBe(200);
    await advance(1);
    expect((await refresh(second)).body.error_description).toBe("Refresh token has expired");
  });
});
