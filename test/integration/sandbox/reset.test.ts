import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { addSample } from "../../../sandbox/box/sample.ts";
import { addApp } from "../../../sandbox/box/state.ts";
import { assertion, enterpriseToken, get, jwtForm, post, type Scene, scene } from "./box-requests.ts";

let at: Scene;

beforeEach(async () => {
  at = await scene();
  at.box.checkpoint();
});
afterEach(() => at.box.close());

const statusOf = async (token: string) => (await get(at, "/2.0/users/me", token)).status;

describe("a reset", () => {
  test("puts apps, users and items back to the checkpoint, in the same objects", async () => {
    const { box, app, sample } = at;
    const other = addApp(box.state, "7654321");
    Object.assign(app, { authorized: false, clientSecret: "changed" });
    app.publicKeys.clear();
    app.scopes.clear();
    box.state.users.delete(sample.managedUser.id);
    box.state.items.delete(sample.reports.id);
    box.state.sharedLinks.clear();
    box.reset();
    expect(box.state.apps.has(other.clientId)).toBe(false);
    expect(box.state.apps.get(app.clientId)).toBe(app);
    expect(box.state.users.get(sample.managedUser.id)).toBe(sample.managedUser);
    expect(box.state.items.get(sample.reports.id)).toBe(sample.reports);
    expect(box.state.sharedLinks.get(sample.sharedLink)).toBe(sample.reportFile.id);
    expect((await get(at, "/2.0/folders/0/items", await enterpriseToken(at))).body.total_count).toBe(2);
  });

  test("ends every token that was issued since", async () => {
    const token = await enterpriseToken(at);
    expect(await statusOf(token)).toBe(200);
    at.box.reset();
    expect(await statusOf(token)).toBe(401);
  });

  test("brings back App Tokens of the checkpoint that were revoked, and ends those generated since", async () => {
    const { box } = at;
    const app = addApp(box.state, "1234567", { authentication: "app_token" });
    const { token } = box.console.generateAppToken(app, "primary");
    box.checkpoint();
    const { token: later } = box.console.generateAppToken(app, "primary");
    expect([await statusOf(token), await statusOf(later)]).toEqual([401, 200]);
    box.reset();
    expect([await statusOf(token), await statusOf(later)]).toEqual([200, 401]);
    expect(box.console.appTokens(app).primary?.token).toBe(token);
  });

  test("forgets connections, codes and download links", async () => {
    const { box } = at;
    const redirectUri = "http://localhost:3000/callback";
    const app = addApp(box.state, "1234567", { authentication: "oauth2", redirectUris: [redirectUri] });
    const { managedUser } = addSample(box.state, app);
    box.checkpoint();
    const client = { client_id: app.clientId, client_secret: app.clientSecret };
    const consent = { clientId: app.clientId, userId: managedUser.id, redirectUri };
    const redeem = (code: string) =>
      post(`${box.url}/oauth2/token`, { ...client, grant_type: "authorization_code", code });
    const pair = (await redeem(box.authorizations.grant(consent))).body;
    const unused = box.authorizations.grant(consent);
    const headers = { Authorization: `Bearer ${await enterpriseToken(at)}` };
    const content = `${box.url}/2.0/files/${at.sample.reportFile.id}/content`;
    const link = (await fetch(content, { headers, redirect: "manual" })).headers.get("location") as string;
    expect((await fetch(link)).status).toBe(200);
    box.reset();
    expect(box.connections.refreshTokens).toEqual([]);
    expect((await redeem(unused)).body.error).toBe("invalid_grant");
    const refresh = { ...client, grant_type: "refresh_token", refresh_token: pair.refresh_token };
    expect((await post(`${box.url}/oauth2/token`, refresh)).body.error_description).toBe(
      "Invalid refresh token",
    );
    expect((await fetch(link)).status).toBe(404);
  });

  test("empties the replay cache", async () => {
    const form = jwtForm(at, {}, { assertion: assertion(at) });
    const grant = () => post(`${at.box.url}/oauth2/token`, form);
    expect([(await grant()).status, (await grant()).status]).toEqual([200, 400]);
    at.box.reset();
    expect((await grant()).status).toBe(200);
  });

  test("ends faults, forgets requests, and puts the clock and the settings back", async () => {
    const { box } = at;
    box.expiresIn = 100;
    box.checkpoint();
    await enterpriseToken(at);
    box.faults.inject("server-error");
    box.clock.freeze();
    box.clock.advance(3_600_000);
    Object.assign(box, { expiresIn: 5, refreshRotation: "commit-on-use" });
    box.reset();
    expect([box.faults.active, box.requests.count(), box.requests.entries]).toEqual([[], 0, []]);
    expect([box.clock.frozen, box.clock.skewSeconds]).toEqual([false, 0]);
    expect([box.expiresIn, box.refreshRotation]).toEqual([100, "strict"]);
  });

  test("takes back what the API has changed, and forgets events and deliveries", async () => {
    const { box, sample } = at;
    const headers = { Authorization: `Bearer ${await enterpriseToken(at)}` };
    const call = (method: string, path: string, body: unknown) =>
      fetch(`${box.url}/2.0/${path}`, { method, headers, body: JSON.stringify(body) });
    const target = { id: sample.reports.id, type: "folder" };
    const webhook = { target, address: `${box.url}/none`, triggers: ["FOLDER.RENAMED", "FOLDER.MOVED"] };
    expect((await call("POST", "webhooks", webhook)).status).toBe(201);
    expect((await call("PUT", `folders/${target.id}`, { name: "Renamed" })).status).toBe(200);
    const moved = { parent: { id: sample.payroll.id } };
    expect((await call("PUT", `folders/${target.id}`, moved)).status).toBe(200);
    const invitation = {
      item: target,
      role: "viewer",
      accessible_by: { type: "user", id: sample.managedUser.id },
    };
    expect((await call("POST", "collaborations", invitation)).status).toBe(201);
    await box.deliveries.settled();
    expect(box.deliveries.all).toHaveLength(2);
    box.reset();
    expect(sample.reports).toMatchObject({ name: "Reports", parentId: "0", revision: 0 });
    expect(box.state.items.childrenOf("0")).toContain(sample.reports);
    expect(box.state.items.childrenOf(sample.payroll.id)).not.toContain(sample.reports);
    expect([...sample.reports.collaborators]).toEqual([]);
    const { webhooks, events, collaborations } = box.state;
    expect([webhooks.size, events, collaborations.size, box.deliveries.all]).toEqual([0, [], 0, []]);
  });

  test("goes back to what the Box was started with, where there was no checkpoint since", async () => {
    const fresh = await scene();
    fresh.box.reset();
    expect([fresh.box.state.apps.size, fresh.box.state.users.size, fresh.box.state.items.size]).toEqual([
      0, 0, 0,
    ]);
    await fresh.box.close();
  });
});
