import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Sandbox, startSandbox } from "../../sandbox/sandbox.ts";
import { everythingPolicy, invokeToken, linesOf } from "../support/sandbox-requests.ts";

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await startSandbox({
    apps: {
      limited: { authentication: "app_token" },
      ccg: { authentication: "client_credentials" },
      crm: { authentication: "oauth2" },
    },
  });
  await sandbox.deployPolicy(everythingPolicy(sandbox, ["sandbox"]));
});
afterAll(() => sandbox.close());
beforeEach(() => sandbox.coldStart());

const token = (event: object = {}) => invokeToken(sandbox, { app: "sandbox", ...event });
const { stringify } = JSON;
/** Stores the config of another app, as an operator who changes the kind of app does. */
const store = (config: object) => sandbox.secretsManager.put("box-sts/sandbox", stringify(config));
const ofUser = () => ({ box_subject_type: "user", box_subject_id: sandbox.sample.managedUser.id });

describe("after an app was replaced by one of another kind, and the first one has no key at Box any more,", () => {
  beforeEach(async () => {
    const { config, box } = sandbox.apps.sandbox!;
    await sandbox.rotateKey();
    store(sandbox.apps.sandbox!.config);
    await sandbox.coldStart();
    // The secret is read, and no token of the enterprise is there.
    expect(await token(ofUser())).toHaveProperty("access_token");
    box.publicKeys.clear();
    expect(config.enterpriseID).toBe(sandbox.apps.sandbox!.config.enterpriseID);
  });

  test("the next request gets an App Token, within one request to each", async () => {
    const { limited } = sandbox.appTokenApps;
    store(limited!.config);
    expect(await token()).toMatchObject({ access_token: limited!.config.appTokens.primary?.token });
    expect(linesOf(sandbox, "audit").at(-1)).toMatchObject({
      outcome: "issued",
      subject: `enterprise:${limited!.config.enterpriseID}`,
    });
  });

  test("the next request gets a token by Client Credentials Grant for the other enterprise", async () => {
    const { config } = sandbox.apps.ccg!;
    store(config);
    expect(await token()).toHaveProperty("access_token");
    expect(linesOf(sandbox, "audit").at(-1)).toMatchObject({ subject: `enterprise:${config.enterpriseID}` });
  });

  test("a subject that the other kind does not have is refused as such", async () => {
    store(sandbox.oauthApps.crm!.config);
    expect(await token()).toMatchObject({ code: "subject_not_supported" });
  });

  test("a config of the same kind for the same enterprise is not tried twice", async () => {
    store({ ...sandbox.apps.sandbox!.config, webhooks: {} });
    sandbox.box.requests.clear();
    expect(await token()).toMatchObject({ code: "box_key_refused" });
    expect(sandbox.box.requests.count("token")).toBe(2);
  });
});

test("after App Tokens were replaced by a key, the next request gets a token with the key", async () => {
  const { limited } = sandbox.appTokenApps;
  await sandbox.rotateKey();
  const { config } = sandbox.apps.sandbox!;
  store(limited!.config);
  await sandbox.coldStart();
  expect(await token()).toHaveProperty("access_token");
  for (const slot of ["primary", "secondary"] as const)
    sandbox.box.console.revokeAppToken(limited!.box, slot);
  store(config);
  expect(await token({ scope: "item_download" })).toMatchObject({ scope: "item_download" });
});
