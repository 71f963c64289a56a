import * as four from "box-node-sdk-4/sdk-gen";
import * as fourNetworking from "box-node-sdk-4/sdk-gen/networking";
import * as generated from "box-typescript-sdk-gen";
import { BaseUrls as GeneratedBaseUrls } from "box-typescript-sdk-gen/networking/baseUrls.generated";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { boxAuth } from "../../client/index.ts";
import { type Sandbox, startSandbox } from "../../sandbox/sandbox.ts";
import { optionsByAccess } from "../integration/client/options-by-access.ts";

/** The generated SDK under its former name, and inside version 4: their own grants, and our tokens. */
let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await startSandbox({ apps: { ccg: { authentication: "client_credentials" } } });
});
afterAll(() => sandbox.close());
beforeEach(() => sandbox.box.requests.clear());

const urls = () => {
  const { url } = sandbox.box;
  return { baseUrl: url, uploadUrl: url, oauth2Url: `${url}/oauth2` };
};
const configJson = () => JSON.stringify(sandbox.apps.sandbox?.config);
const ccgConfig = () => {
  const { config } = sandbox.apps.ccg!;
  const { clientID: clientId, clientSecret } = config.boxAppSettings;
  return { clientId, clientSecret, enterpriseId: config.enterpriseID };
};
const ours = () => boxAuth({ ...optionsByAccess(sandbox).url(), app: "sandbox" });

/** What both do, by the classes of one. */
const SDKS = {
  "box-typescript-sdk-gen": {
    jwt: () => new generated.BoxJwtAuth({ config: generated.JwtConfig.fromConfigJsonString(configJson()) }),
    ccg: () => new generated.BoxCcgAuth({ config: new generated.CcgConfig(ccgConfig()) }),
    client: (auth: generated.BoxJwtAuth | generated.BoxCcgAuth | ReturnType<typeof ours>) =>
      new generated.BoxClient({ auth }).withCustomBaseUrls(new GeneratedBaseUrls(urls())),
  },
  "box-node-sdk 4, sdk-gen": {
    jwt: () => new four.BoxJwtAuth({ config: four.JwtConfig.fromConfigJsonString(configJson()) }),
    ccg: () => new four.BoxCcgAuth({ config: new four.CcgConfig(ccgConfig()) }),
    client: (auth: four.BoxJwtAuth | four.BoxCcgAuth | ReturnType<typeof ours>) =>
      new four.BoxClient({ auth }).withCustomBaseUrls(new fourNetworking.BaseUrls(urls())),
  },
};

describe.each(Object.keys(SDKS) as (keyof typeof SDKS)[])("%s", (name) => {
  const sdk = SDKS[name] as (typeof SDKS)["box-typescript-sdk-gen"];

  test.each([
    ["JWT", "token/jwt-bearer", () => sdk.jwt(), "sandbox"],
    ["client credentials", "token/client_credentials", () => sdk.ccg(), "ccg"],
    ["our token", "token/jwt-bearer", ours, "sandbox"],
  ] as const)("signs in by %s and reads a folder", async (_, operation, auth, app) => {
    const client = sdk.client(auth());
    expect((await client.users.getUserMe()).id).toBe(sandbox.apps[app]?.box.serviceAccountId);
    if (app === "sandbox") {
      const { reports } = sandbox.sample;
      expect((await client.folders.getFolderById(reports.id)).name).toBe("Reports");
    }
    expect(sandbox.box.requests.count(operation)).toBeLessThanOrEqual(1);
  });
});
