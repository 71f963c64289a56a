import { beforeEach, describe, expect, test } from "vitest";
import { TableFailure } from "../../../../../functions/broker/shared-cache/table.ts";
import { Failure } from "../../../../../schemas/protocol/problems.ts";
import {
  type Browser,
  ConnectScene,
  credentialsOf,
  OTHER_USER,
  titleOf,
  USER,
} from "../../../../support/connect-scene.ts";
import { unsignedCredentialsOf } from "../../../../support/fake-ports.ts";

let scene: ConnectScene;
let browser: Browser;
beforeEach(async () => {
  scene = await new ConnectScene().start();
  browser = scene.browser();
});

describe("nothing is stored", () => {
  /** The page, after which neither a record nor a living pair is left. */
  async function refusedPage(response: ReturnType<Browser["open"]>, pairs: number) {
    const { statusCode, body } = await response;
    expect(await scene.connection()).toBeUndefined();
    expect(scene.box.revoked).toHaveLength(pairs);
    return { statusCode, title: titleOf({ body }) };
  }

  test("where the user does not consent", async () => {
    const page = await browser.begin(await scene.invitation());
    expect(
      await refusedPage(browser.open(scene.box.refuse(page, "access_denied", "The user denied")), 0),
    ).toEqual({ statusCode: 403, title: "You did not consent" });
    expect(scene.audit.last).toMatchObject({
      ...{ action: "connect", outcome: "denied", code: "consent_denied", app: "reports" },
      reason: "Box returned the user with access_denied The user denied",
    });
    expect(scene.box.calls).toBe(0);
  });

  test.each([
    ["temporarily_unavailable", "", 503, "Box did not respond", "box_unavailable"],
    ["server_error", "", 503, "Box did not respond", "box_unavailable"],
    ["unauthorized_client", "", 403, "Your company has not enabled this app", "box_app_not_authorized"],
    [
      "access_denied",
      "Disabled by Administrator",
      403,
      "Your company has not enabled this app",
      "box_app_not_authorized",
    ],
    ["invalid_scope", "", 503, "Something went wrong here", "box_scope_refused"],
    ["something_new", "<b>", 503, "Something went wrong here", "box_refused"],
  ])("where Box returns the user with %s %s", async (error, description, statusCode, title, problem) => {
    const page = await browser.begin(await scene.invitation());
    expect(await refusedPage(browser.open(scene.box.refuse(page, error, description)), 0)).toEqual({
      ...{ statusCode, title },
    });
    expect(scene.audit.last).toMatchObject({ action: "connect", code: problem });
  });

  test("where another user than the invited one consents: the pair is ended at Box", async () => {
    expect(await refusedPage(browser.connect({ userId: USER.id }, OTHER_USER), 1)).toEqual({
      ...{ statusCode: 403, title: "This connect link is for another Box user" },
    });
    expect(scene.connectionItems).toEqual([]);
    expect(scene.audit.last).toMatchObject({
      ...{ outcome: "denied", code: "wrong_box_user", subject: `user:${OTHER_USER.id}` },
      reason: `the invitation is for user ${USER.id}`,
    });
  });

  test("where the code has expired", async () => {
    const callback = scene.box.consent(await browser.begin(await scene.invitation()));
    await scene.clock.advance(30_000);
    expect(await refusedPage(browser.open(callback), 0)).toEqual({
      ...{ statusCode: 400, title: "Box did not accept the consent" },
    });
  });

  test.each([
    ["box_unavailable", "Box did not respond"],
    ["box_rate_limited", "Box did not respond"],
    ["box_unexpected_answer", "Box did not respond"],
    ["box_client_refused", "Something went wrong here"],
    ["box_app_not_authorized", "Your company has not enabled this app"],
  ] as const)(
    "where Box's response to the code is %s, and the POST is not repeated",
    async (problem, title) => {
      scene.box.failures.exchange = new Failure(problem, "scripted");
      expect((await refusedPage(browser.connect(), 0)).title).toBe(title);
      expect(scene.box.exchanges).toHaveLength(1);
      expect(scene.audit.last).toMatchObject({ action: "connect", code: problem });
    },
  );

  test("where the response with the tokens is lost, and the POST is not repeated", async () => {
    scene.box.failures.afterExchange = new Failure("box_unavailable", "scripted");
    expect((await refusedPage(browser.connect(), 0)).title).toBe("Box did not respond");
    expect(scene.box.exchanges).toHaveLength(1);
  });

  test("where Box does not say whose the tokens are: the pair is ended at Box", async () => {
    scene.box.failures.whoAmI = new Failure("box_unavailable", "scripted");
    expect((await refusedPage(browser.connect(), 1)).title).toBe("Box did not respond");
    expect(scene.connectionItems).toEqual([]);
  });

  test("where the access token cannot be used: the pair is ended at Box by its refresh token", async () => {
    scene.box.expiresIn = 0;
    expect((await refusedPage(browser.connect(), 1)).title).toBe("Box did not respond");
    expect(scene.box.revoked).toEqual([`refresh-${scene.box.exchanges[0]?.code}`]);
    expect(scene.box.whoAmICalls).toBe(0);
    expect(scene.audit.last).toMatchObject({ action: "connect", code: "box_unexpected_answer" });
  });

  test("where Box names a user with an id that is no number: the pair is ended at Box", async () => {
    expect((await refusedPage(browser.connect({}, { ...USER, id: "1#2" }), 1)).title).toBe(
      "Box did not respond",
    );
    expect(scene.connectionItems).toEqual([]);
  });

  test("where the table does not respond: the code is not sent", async () => {
    const page = await browser.begin(await scene.invitation());
    scene.shared.table.outage = new TableFailure("scripted", true);
    const { statusCode, body } = await browser.open(scene.box.consent(page));
    expect(statusCode).toBe(503);
    expect(body).toContain("Nothing was connected.");
    expect(scene.box.calls).toBe(0);
    expect(scene.audit.last).toMatchObject({ outcome: "failed", code: "connections_unavailable" });
  });

  test("where the table does not respond after the code was exchanged: the pair is ended at Box", async () => {
    const page = await browser.begin(await scene.invitation());
    const whoAmI = scene.box.whoAmI.bind(scene.box);
    scene.box.whoAmI = (...call) => {
      scene.shared.table.outage = new TableFailure("scripted", true);
      return whoAmI(...call);
    };
    const { statusCode, body } = await browser.open(scene.box.consent(page));
    expect(statusCode).toBe(503);
    expect(body).toContain("Nothing was connected.");
    expect(scene.box.revoked).toEqual([`refresh-${scene.box.exchanges[0]?.code}`]);
    expect(scene.audit.last).toMatchObject({ outcome: "failed", code: "connections_unavailable" });
  });

  test("where the audit line cannot be written: the record is removed, and the pair ended at Box", async () => {
    scene.audit.failure = new Error("EPIPE");
    expect(await refusedPage(browser.connect(), 1)).toEqual({
      ...{ statusCode: 503, title: "Something went wrong here" },
    });
    expect(scene.lines.at(-1)).toMatchObject({
      outcome: "refused",
      code: "audit_unavailable",
      ConnectionsFailed: 1,
    });
  });

  test("where the audit line cannot be written and another instance has refreshed meanwhile: its pair is ended", async () => {
    scene.audit.write = async () => {
      const [[key, item] = []] = scene.connectionItems;
      if (key === undefined || item === undefined) throw new Error("nothing stored");
      const connection = await scene.connection();
      if (connection === undefined) throw new Error("nothing stored");
      const pair = { ...connection.pair, refreshToken: "refresh-of-another-instance" };
      const context = { requestId: "other", deadline: Number.POSITIVE_INFINITY, trace: { steps: [] } };
      await scene.store.replace({ item, connection }, { ...connection, pair }, context);
      throw new Error("EPIPE");
    };
    const page = await browser.begin(await scene.invitation());
    expect((await browser.open(scene.box.consent(page))).statusCode).toBe(503);
    expect(await scene.connection()).toBeUndefined();
    expect(scene.box.revoked).toEqual(["refresh-of-another-instance"]);
  });

  test("where the app's secret became another Box app's meanwhile: the code is not sent to it", async () => {
    const page = await browser.begin(await scene.invitation());
    scene.credentials.set("reports", credentialsOf("reports", { clientID: "another-client" }));
    expect((await refusedPage(browser.open(scene.box.consent(page)), 0)).statusCode).toBe(400);
    expect(scene.box.exchanges).toEqual([]);
  });

  test("where the app's secret became that of another kind of app meanwhile", async () => {
    const page = await browser.begin(await scene.invitation());
    scene.credentials.set("reports", unsignedCredentialsOf({ clientID: "client-of-reports" }));
    expect((await refusedPage(browser.open(scene.box.consent(page)), 0)).statusCode).toBe(400);
    expect(scene.box.exchanges).toEqual([]);
  });

  test("where the function has an error of its own: the log has its place, and the page nothing of it", async () => {
    const page = await browser.begin(await scene.invitation());
    scene.credentials.set("reports", undefined as never);
    const { statusCode, body } = await browser.open(scene.box.consent(page));
    expect(statusCode).toBe(503);
    expect(body).not.toMatch(/TypeError|at .*\.ts/);
    expect(scene.audit.last).toMatchObject({
      code: "internal_error",
      reason: expect.stringContaining("TypeError"),
    });
  });

  test("and a pair that Box does not confirm to have ended is reported in the log", async () => {
    scene.box.failures.revoke = new Failure("box_unavailable", "scripted");
    await browser.connect({ userId: USER.id }, OTHER_USER);
    expect(scene.unended).toEqual(["reports"]);
  });

  test("where Box takes so long that the rest of the time suffices for a page alone", async () => {
    scene.box.exchangeMs = 60_000;
    const started = scene.clock.monotonic();
    expect((await refusedPage(browser.connect(), 0)).statusCode).toBe(503);
    // Of 20 s, less what is reserved for the log, the page, storing and ending a pair.
    expect(scene.clock.monotonic() - started).toBe(20_000 - 200 - 8_000);
    expect(scene.audit.last).toMatchObject({ code: "deadline_exceeded" });
  });
});
