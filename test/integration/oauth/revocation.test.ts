import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Sandbox, startSandbox } from "../../../sandbox/sandbox.ts";
import type { Policy } from "../../../schemas/policy/parse.ts";
import { connectUser } from "../../support/connect-user.ts";
import { auditLines } from "../../support/token-client.ts";

/** Revocations by callers whose tokens come of a token that the app or the user has only once, at the sandbox's Box. */
const rights = { subjects: ["enterprise", "user:*"], unrestricted: true, revoke: true } as const;
const policy: Policy = {
  version: 1,
  statements: ["crm", "view"].map((app) => ({ id: app, caller: { name: "everything" }, app, ...rights })),
};

let sandbox: Sandbox;
let user: Readonly<Record<string, string>>;

beforeAll(async () => {
  const apps = { crm: { authentication: "oauth2" }, view: { authentication: "app_token" } } as const;
  sandbox = await startSandbox({ sharedCache: true, policy, apps });
  const { id } = sandbox.sample.managedUser;
  user = { app: "crm", box_subject_type: "user", box_subject_id: id };
  await connectUser(sandbox, "crm", id);
});
afterAll(() => sandbox.close());

/** What the function returned, or the code of its refusal. */
async function invoke(event: object): Promise<Readonly<Record<string, string>>> {
  const outcome = await sandbox.functions.tokenInvoke.invoke(event, { qualifier: "everything" });
  return outcome.ok ? JSON.parse(outcome.payload) : { code: outcome.error.errorType };
}

const tokenOf = async (parameters: object) =>
  (await invoke(parameters)).access_token ?? expect.fail("no token");
const isAlive = (token: string) => sandbox.box.tokens.find(token) !== undefined;

describe.each([
  ["a connected user", "crm"],
  ["an app with App Tokens", "view"],
])("of %s", (_, app) => {
  const wanted = () => (app === "crm" ? user : { app });

  test("the full token is refused, and stays alive", async () => {
    const token = await tokenOf(wanted());
    expect(await invoke({ token })).toEqual({ code: "unsupported_token_type" });
    expect(auditLines(sandbox).at(-1)).toMatchObject({ action: "revoke", outcome: "denied", app });
    expect(isAlive(token)).toBe(true);
  });

  test("a downscoped token is evicted, and both it and the full token stay alive at Box", async () => {
    sandbox.box.requests.clear();
    const scoped = { ...wanted(), scope: "item_download" };
    const token = await tokenOf(scoped);
    expect(await invoke({ token })).toEqual({});
    expect(auditLines(sandbox).at(-1)).toMatchObject({ outcome: "revoked", effect: "evicted" });
    expect(sandbox.box.requests.count("revoke")).toBe(0);
    expect(isAlive(token)).toBe(true);
    expect(await tokenOf(scoped)).not.toBe(token);
  });
});

test("an App Token of the version of the secret before is refused, and made-up tokens do not read it each time", async () => {
  const token = await tokenOf({ app: "view" });
  sandbox.box.console.generateAppToken(sandbox.appTokenApps.view!.box, "primary");
  sandbox.storeConfig("view");
  await sandbox.coldStart();
  expect(await tokenOf({ app: "view" })).not.toBe(token);
  expect(await invoke({ token })).toEqual({ code: "unsupported_token_type" });
  const reads = sandbox.secretsManager.requests.count("GetSecretValue");
  for (const madeUp of ["one", "two", "three"]) expect(await invoke({ token: madeUp })).toEqual({});
  expect(auditLines(sandbox).at(-1)).toMatchObject({ outcome: "revoked", effect: "unknown_token" });
  expect(sandbox.secretsManager.requests.count("GetSecretValue")).toBe(reads);
});

test("the sandbox's Box ends a downscoped token alone, which the real Box does not promise", async () => {
  const full = await tokenOf(user);
  const token = await tokenOf({ ...user, scope: "item_download" });
  const living = sandbox.box.connections.refreshTokens.length;
  const { clientID, clientSecret } = sandbox.oauthApps.crm!.config.boxAppSettings;
  const body = new URLSearchParams({ client_id: clientID, client_secret: clientSecret, token });
  expect((await fetch(`${sandbox.box.url}/oauth2/revoke`, { method: "POST", body })).status).toBe(200);
  expect([isAlive(token), isAlive(full)]).toEqual([false, true]);
  expect(sandbox.box.connections.refreshTokens.length).toBe(living);
});
