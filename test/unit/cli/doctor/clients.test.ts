import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BoxJwtAuth, JwtConfig } from "box-node-sdk";
import { BaseUrls, NetworkSession } from "box-node-sdk/networking";
import { afterAll, describe, expect, test } from "vitest";
import { configVariants, type OtherClient } from "../../../support/config-variants.ts";
import { loopbackServer } from "../../../support/loopback-server.ts";
import { boxSts } from "../../../support/terminal.ts";

const folder = mkdtempSync(join(tmpdir(), "box-sts-clients-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const VARIANTS = configVariants();
const CLIENTS: readonly OtherClient[] = ["box-cli", "box-node-sdk-10", "box-node-sdk-4", "rclone"];

describe("box-sts doctor --offline says which other clients refuse a config", () => {
  test.each(VARIANTS)("$name", async ({ text, refusedBy }) => {
    const path = join(folder, "config.json");
    writeFileSync(path, text, { mode: 0o600 });
    const { status, stdout } = await boxSts(["doctor", "--config", path, "--offline", "--json"]);
    const { checks } = JSON.parse(stdout) as { checks: { check: string; status: string; next?: string }[] };
    const ofClients = checks.filter(({ check }) => CLIENTS.includes(check as OtherClient));
    expect(ofClients.map(({ check }) => check)).toEqual(CLIENTS);
    const refused = ofClients.filter((one) => one.status !== "ok");
    expect(refused.map(({ check }) => check)).toEqual(refusedBy);
    expect(refused.filter(({ next }) => next === undefined)).toEqual([]);
    // The config is good for box-sts.
    expect(status).toBe(0);
  });
});

/** Whether box-node-sdk 10 gets as far as a token request for a subject with this config. */
async function isAcceptedBySdk(text: string): Promise<boolean> {
  const server = await loopbackServer(({ response }) => {
    response.writeHead(200, { "content-type": "application/json" });
    response.end('{"access_token":"token","expires_in":3600,"token_type":"bearer","restricted_to":[]}');
  });
  const baseUrls = new BaseUrls({ baseUrl: server.url, uploadUrl: server.url, oauth2Url: server.url });
  try {
    const auth = new BoxJwtAuth({ config: JwtConfig.fromConfigJsonString(text) });
    await auth.retrieveToken(new NetworkSession({ baseUrls }));
    return server.requests.length === 1;
  } catch {
    return false;
  }
}

test.each(VARIANTS)(
  "box-node-sdk 10 itself behaves so with the config $name",
  async ({ text, refusedBy }) => {
    expect(await isAcceptedBySdk(text)).toBe(!refusedBy.includes("box-node-sdk-10"));
  },
);
