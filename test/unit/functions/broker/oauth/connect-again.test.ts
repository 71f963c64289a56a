import { beforeEach, describe, expect, test } from "vitest";
import { Failure } from "../../../../../schemas/protocol/problems.ts";
import { type Browser, ConnectScene, credentialsOf, USER } from "../../../../support/connect-scene.ts";

let scene: ConnectScene;
let browser: Browser;
beforeEach(async () => {
  scene = await new ConnectScene().start();
  browser = scene.browser();
});

describe("a consent of a user who is connected", () => {
  test("replaces the user's earlier connection", async () => {
    await browser.connect();
    const before = await scene.connection();
    await scene.clock.advance(60_000);
    await browser.connect();
    const after = await scene.connection();
    expect(after?.pair.refreshToken).not.toBe(before?.pair.refreshToken);
    expect(scene.connectionItems).toHaveLength(1);
    expect(scene.box.revoked).toEqual([before?.pair.refreshToken]);
  });

  test("warns where the tokens of the earlier connection may live on, and connects the user all the same", async () => {
    await browser.connect();
    scene.box.failures.revoke = new Failure("box_unavailable", "scripted");
    expect((await browser.connect()).statusCode).toBe(200);
    expect(scene.box.revoked).toHaveLength(1);
    expect(scene.unended).toEqual(["reports"]);
  });

  test("waits at most 3 s for the end of the tokens of the earlier connection", async () => {
    await browser.connect();
    await browser.connect();
    expect(scene.box.revoked).toHaveLength(1);
    expect(scene.box.timeLeft.revoke).toBeLessThanOrEqual(3_000);
  });

  test("does not have Box end the tokens of another Box app with the credentials of this one", async () => {
    await browser.connect();
    scene.credentials.set("reports", credentialsOf("reports", { clientID: "another-client" }));
    expect((await browser.connect()).statusCode).toBe(200);
    expect(scene.box.revoked).toEqual([]);
    expect(scene.unended).toEqual(["reports"]);
  });

  test("replaces a connection that another instance changes meanwhile", async () => {
    await browser.connect();
    const { table } = scene.shared;
    const page = await browser.begin(await scene.invitation());
    const read = table.read.bind(table);
    let races = 3;
    const [[key, item] = []] = scene.connectionItems;
    if (key === undefined || item === undefined) throw new Error("nothing stored");
    const replace = table.replace.bind(table);
    table.replace = async (...write) => {
      if (races-- > 0)
        table.items.set(key, { ...item, fence: item.fence + 100 - races, writer: `other-${races}` });
      return replace(...write);
    };
    table.read = read;
    expect((await browser.open(scene.box.consent(page))).statusCode).toBe(200);
    expect((await scene.connection())?.pair.refreshToken).toBe(`refresh-${scene.box.exchanges.at(-1)?.code}`);
  });

  test("replaces a record that no version of the service secret opens any more", async () => {
    await browser.connect();
    scene.shared.secret.rotate();
    scene.shared.secret.rotate();
    await scene.start();
    expect((await browser.connect()).statusCode).toBe(200);
    expect(await scene.connection()).toMatchObject({ userId: USER.id });
    // Nobody can end the tokens in that record.
    expect(scene.box.revoked).toEqual([]);
    expect(scene.unended).toEqual(["reports"]);
  });
});
