import http from "node:http";
import { createRequire } from "node:module";
import { describe, expect, test } from "vitest";
import { configVariants } from "../support/config-variants.ts";
import { loopbackServer } from "../support/loopback-server.ts";

/** What `box-sts doctor` says of the legacy lines of Box's SDK is what they do. */
interface LegacySdk {
  configure(settings: object): void;
  getEnterpriseAppAuthTokens(): Promise<unknown>;
  getAppUserTokens(id: string): Promise<unknown>;
}
interface LegacyPackage {
  getPreconfiguredInstance(config: unknown): LegacySdk;
}

const load = createRequire(import.meta.url);
const VARIANTS = configVariants();

/** Whether the SDK gets as far as a token request with the config; without a key, whether it takes the config. */
async function isAccepted({ getPreconfiguredInstance }: LegacyPackage, text: string): Promise<boolean> {
  const server = await loopbackServer(({ response }) => {
    response.writeHead(200, { "content-type": "application/json" });
    response.end('{"access_token":"token","expires_in":3600,"token_type":"bearer","restricted_to":[]}');
  });
  try {
    const config = JSON.parse(text) as {
      boxAppSettings: { appAuth?: object };
      enterpriseID?: string;
      userID?: string;
    };
    const sdk = getPreconfiguredInstance(config);
    if (config.boxAppSettings.appAuth === undefined) return true;
    sdk.configure({ apiRootURL: server.url, numMaxRetries: 0, request: { agentClass: http.Agent } });
    await (config.enterpriseID === undefined
      ? sdk.getAppUserTokens(config.userID ?? "")
      : sdk.getEnterpriseAppAuthTokens());
    return server.requests.length === 1;
  } catch {
    return false;
  }
}

describe.each(["box-node-sdk-3", "box-node-sdk-4"])("%s", (name) => {
  const found = load(name) as { readonly default?: LegacyPackage } & LegacyPackage;
  const legacy = found.default ?? found;

  test.each(VARIANTS)("behaves as the doctor says with the config $name", async ({ text, refusedBy }) => {
    expect(await isAccepted(legacy, text)).toBe(!refusedBy.includes("box-node-sdk-4"));
  });
});
