import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CONNECTIONS_AUDIT_QUERY } from "../../infra/audit-queries.ts";
import { CONNECT_REFUSALS_QUERY, CONNECTIONS_QUERY, WEBHOOK_REFUSALS_QUERY } from "../../infra/queries.ts";
import { refusal } from "../../sandbox/aws/iam.ts";
import type { Identity } from "../../sandbox/aws/identities.ts";
import { openPage, submit } from "../integration/sandbox/oauth/oauth-requests.ts";
import { FetchBrowser } from "../support/authorize-front.ts";
import { invoke } from "../support/token-client.ts";
import { signedDelivery, webhookEvent } from "../support/webhooks.ts";
import { FUNCTION_URL } from "./hosted-template.ts";
import { rowsOf } from "./insights-rows.ts";
import { type PublicScene, startPublicScene } from "./public-scene.ts";

let scene: PublicScene;
beforeAll(async () => {
  scene = await startPublicScene();
});
afterAll(() => scene[Symbol.asyncDispose]());

/** The result of `connections`, invoked directly without a qualifier. */
async function connections<Result>(event: object, as: Identity = scene.operator): Promise<Result> {
  const response = await invoke(scene.sandbox, { ...as, alias: "" }, event, { functionName: "connections" });
  if ("token" in response) return response.token as unknown as Result;
  throw new Error(JSON.stringify(response));
}

const local = (url: string) => url.replace(FUNCTION_URL, `${scene.urls.authorize}/`);
const user = () => scene.sandbox.sample.managedUser;

/** The user opens the operator's link and consents. @returns the page that ends it */
async function connect(): Promise<{ readonly status: number; readonly text: string }> {
  const { url } = await connections<{ url: string }>({ action: "link", app: "drive" });
  const browser = new FetchBrowser();
  const { location } = await browser.open(local(url));
  const consent = await submit(await openPage(location), { user_id: user().id, consent: "grant" });
  return browser.open(local(consent.headers.get("location") ?? ""));
}

async function tokenOf(userId: string): Promise<string> {
  const event = { app: "drive", box_subject_type: "user", box_subject_id: userId };
  const response = await invoke(scene.sandbox, scene.caller, event);
  return "token" in response ? "token" : response.errorType;
}

describe("the template's functions for OAuth 2.0 users, each behind its own role's permissions:", () => {
  test("a user connects by an operator's link, and callers get the user's tokens until the operator disconnects", async () => {
    expect(await tokenOf(user().id)).toBe("user_not_connected");
    const page = await connect();
    expect(page.text).toContain(`Your Box account ${user().login} is now connected.`);
    expect(await tokenOf(user().id)).toBe("token");
    const listed = await connections<{ connections: readonly object[] }>({ action: "list" });
    expect(listed.connections).toMatchObject([{ app: "drive", userId: user().id, status: "connected" }]);
    const disconnect = { action: "disconnect", app: "drive", userId: user().id };
    expect(await connections(disconnect)).toMatchObject({ disconnected: true, endedAtBox: true });
    expect(await tokenOf(user().id)).toBe("user_not_connected");
  });

  test("the scheduled event sweeps all connections", async () => {
    await connect();
    const outcome = await scene.hosted.connections?.invoke({
      ...{ source: "aws.events", "detail-type": "Scheduled Event", detail: {} },
    });
    expect(JSON.parse(outcome?.ok ? outcome.payload : "{}")).toMatchObject({ connections: 1, failed: 0 });
    expect(scene.dynamoDb.requests.count("dynamodb.scan")).toBeGreaterThan(0);
  });

  test("connections is denied to a caller of tokens", async () => {
    await expect(connections({ action: "list" }, scene.caller)).rejects.toMatchObject({
      name: "AccessDeniedException",
    });
  });
});

describe("the template's webhook function, behind its own role's permissions:", () => {
  const deliver = async (changes: object = {}) => {
    const { headers, body } = signedDelivery({
      ...{ app: "drive", keys: scene.webhookKeys, sentAt: Date.now() },
      body: webhookEvent({ id: randomUUID() }),
    });
    const request = {
      method: "POST",
      headers: { ...headers, ...changes },
      body: Buffer.from(body, "base64"),
    };
    return (await fetch(`${scene.urls.webhook}/drive`, request)).status;
  };

  test("a signed event arrives at the bus", async () => {
    const before = scene.eventBridge.events.length;
    expect(await deliver()).toBe(204);
    expect(scene.eventBridge.events.length).toBe(before + 1);
  });

  test("an event with another signature is refused and handed to no target", async () => {
    const before = scene.eventBridge.events.length;
    const forged = Buffer.alloc(32).toString("base64");
    const signatures = { "box-signature-primary": forged, "box-signature-secondary": forged };
    expect(await deliver(signatures)).toBe(403);
    expect(scene.eventBridge.events.length).toBe(before);
  });
});

describe("a direct invocation of a public function is denied to", () => {
  test.each([
    ["an administrator, of authorize", "authorize", "administrator"],
    ["an administrator, of webhook", "webhook", "administrator"],
    ["an operator, of authorize", "authorize", "operator"],
    ["a caller of tokens, of webhook", "webhook", "caller"],
  ] as const)("%s", async (_, functionName, who) => {
    const identity = { ...scene[who], alias: "" };
    await expect(invoke(scene.sandbox, identity, {}, { functionName })).rejects.toMatchObject({
      name: "AccessDeniedException",
    });
  });
});

test("the saved queries find what the functions have written", async () => {
  const page = await connect();
  expect(page.status).toBe(200);
  const local404 = await new FetchBrowser().open(`${scene.urls.authorize}/unknown`);
  expect(local404.status).toBeGreaterThanOrEqual(400);
  const log = (name: string) =>
    (scene.hosted[name]?.lines ?? []).map((message, timestamp) => ({ timestamp, message }));
  const both = [...log("authorize"), ...log("connections")];
  const audited = rowsOf(CONNECTIONS_AUDIT_QUERY, both).map(({ action, outcome }) => `${action} ${outcome}`);
  expect(audited).toEqual(expect.arrayContaining(["connect connected", "disconnect disconnected"]));
  expect(rowsOf(CONNECT_REFUSALS_QUERY, log("authorize")).length).toBeGreaterThan(0);
  expect(rowsOf(CONNECTIONS_QUERY, log("connections"))).toHaveLength(1);
  expect(rowsOf(WEBHOOK_REFUSALS_QUERY, log("webhook")).length).toBeGreaterThan(0);
});

describe("in the table,", () => {
  /** What IAM decides about one request. */
  const decided = (identity: Identity, action: string, ...leadingKeys: string[]) =>
    refusal(scene.grants, { identity, action: `dynamodb:${action}`, resource: scene.tableArn, leadingKeys });

  test("each function may use the items of its own prefix alone", () => {
    const { authorize, connections: manager, webhook } = scene.roles;
    for (const [role, own, other] of [
      [authorize, "connection#drive#1", "webhook#1"],
      [manager, "connection#drive#1", "0a1b2c"],
      [webhook, "webhook#1", "connection#drive#1"],
    ] as const) {
      for (const action of ["GetItem", "PutItem"]) {
        expect(decided(role, action, own)).toBeUndefined();
        expect(decided(role, action, other)).toMatch(/no identity-based policy allows/);
        expect(decided(role, action)).toMatch(/no identity-based policy allows/);
      }
    }
  });

  test("connections alone may scan, and an administrator may not", () => {
    expect(decided(scene.roles.connections, "Scan")).toBeUndefined();
    expect(decided(scene.administrator, "Scan")).toMatch(/explicit deny in a resource-based policy$/);
    for (const name of ["authorize", "webhook", "token-invoke", "health"] as const) {
      expect(decided(scene.roles[name], "Scan")).toBeDefined();
    }
  });
});
