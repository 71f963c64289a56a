import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AnyAppConfig, writeConfig } from "../../../sandbox/apps/app.ts";
import { type Sandbox, startSandbox } from "../../../sandbox/sandbox.ts";
import { parseBoxConfig } from "../../../schemas/box-config/parse.ts";

/** Apps of every kind in one sandbox, as `SandboxOptions.apps` names them. */
let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await startSandbox({
    refreshRotation: "commit-on-use",
    apps: {
      ccg: { authentication: "client_credentials" },
      drive: { authentication: "oauth2", redirectUris: ["http://localhost:3000/callback"] },
      readers: { authentication: "oauth2", scopes: ["root_readonly"], signatureKeys: true },
      view: { authentication: "app_token" },
      withdrawn: { authentication: "app_token", authorized: false },
    },
  });
});
afterAll(() => sandbox.close());

function stored(name: string): unknown {
  const versions = [...sandbox.secretsManager.secrets.get(`box-sts/${name}`)!.versions.values()];
  return JSON.parse(versions.find(({ stages }) => stages.has("AWSCURRENT"))!.SecretString!);
}

const CLIENT = {
  clientID: expect.stringMatching(/^[a-z0-9]{32}$/),
  clientSecret: expect.stringMatching(/^[A-Za-z0-9]{32}$/),
};
const TOKEN = {
  token: expect.stringMatching(/^[A-Za-z0-9]{32}$/),
  createdAt: expect.stringMatching(/^\d{4}-\d{2}-\d{2}$/),
};

test("each app is listed by its kind, and its config is the current version of its secret", () => {
  expect(Object.keys(sandbox.apps)).toEqual(["sandbox", "ccg"]);
  expect(Object.keys(sandbox.oauthApps)).toEqual(["drive", "readers"]);
  expect(Object.keys(sandbox.appTokenApps)).toEqual(["view", "withdrawn"]);
  for (const apps of [sandbox.apps, sandbox.oauthApps, sandbox.appTokenApps]) {
    for (const [name, { config }] of Object.entries<{ config: AnyAppConfig }>(apps))
      expect(stored(name)).toEqual(config);
  }
});

test("the config of an OAuth app has its credentials, and its scopes where some were chosen", () => {
  expect(stored("drive")).toEqual({ boxAppSettings: CLIENT, oauth2: {} });
  expect(stored("readers")).toEqual({
    boxAppSettings: CLIENT,
    oauth2: { scopes: ["root_readonly"] },
    webhooks: { primaryKey: expect.any(String), secondaryKey: expect.any(String) },
  });
});

test("the config of an app with App Tokens has both, which Box accepts, even after the admin withdrew the app", async () => {
  for (const name of ["view", "withdrawn"]) {
    const { config, box } = sandbox.appTokenApps[name]!;
    expect(stored(name)).toEqual({
      boxAppSettings: CLIENT,
      appTokens: { primary: TOKEN, secondary: TOKEN },
      enterpriseID: box.enterpriseId,
    });
    expect(config.appTokens.primary?.token).not.toBe(config.appTokens.secondary?.token);
    for (const slot of ["primary", "secondary"] as const) {
      const headers = { Authorization: `Bearer ${config.appTokens[slot]!.token}` };
      const response = await fetch(`${sandbox.box.url}/2.0/users/me`, { headers });
      expect(await response.json()).toMatchObject({ id: box.serviceAccountId });
    }
  }
  expect(sandbox.appTokenApps.withdrawn?.box.authorized).toBe(false);
});

test.each(["sandbox", "ccg", "drive", "readers", "view"])(
  "our own parser finds nothing to remark about the config of %s",
  (name) => {
    expect(parseBoxConfig(JSON.stringify(stored(name)))).toMatchObject({ ok: true, value: { warnings: [] } });
  },
);

test("what changes at Box is in the secret once it is stored", () => {
  const { box, config } = sandbox.appTokenApps.view!;
  const { token } = sandbox.box.console.generateAppToken(box, "primary");
  expect(stored("view")).toMatchObject({ appTokens: { primary: config.appTokens.primary } });
  sandbox.storeConfig("view");
  expect(stored("view")).toMatchObject({
    appTokens: { primary: { token }, secondary: config.appTokens.secondary },
  });
  expect(() => sandbox.storeConfig("nothing")).toThrow(
    /no such app "nothing"; there are sandbox, ccg, drive/,
  );
  expect(() => void sandbox.rotateKey("drive")).toThrow(/no such app "drive"; there are sandbox, ccg/);
});

test("the rotation of refresh tokens is the option's", () => {
  expect(sandbox.box.refreshRotation).toBe("commit-on-use");
});

describe("a config file", () => {
  test("of our own format is called after the client ID", async () => {
    const folder = await mkdtemp(join(tmpdir(), "box-sts-kinds-"));
    for (const { config } of [sandbox.oauthApps.drive!, sandbox.appTokenApps.view!]) {
      const path = await writeConfig(folder, config);
      expect(basename(path)).toBe(`${config.boxAppSettings.clientID}_config.json`);
    }
    await rm(folder, { recursive: true });
  });
});
