import { createRequire } from "node:module";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  uploadOf,
  type WebhookScene,
  webhookScene,
} from "../integration/sandbox/webhooks/webhook-requests.ts";
import { loopbackServer } from "../support/loopback-server.ts";

/** The validators of the legacy SDKs decide about what the sandbox sends. */
interface LegacySdk {
  validateWebhookMessage(body: unknown, headers: unknown, primary: string, secondary: string): boolean;
}

let at: WebhookScene;

beforeAll(async () => {
  at = await webhookScene();
});
afterAll(() => at.box.close());

function sdkOf(packageName: string): LegacySdk {
  const found = createRequire(import.meta.url)(packageName);
  return found.default ?? found;
}

describe.each(["box-node-sdk-3", "box-node-sdk-4"])("%s", (packageName) => {
  const sdk = sdkOf(packageName);

  test.each(["Mona Managed", "Zoë / 山田"])(
    "accepts an event by %s, as text and as the object that a framework parsed",
    async (name) => {
      const { url, requests } = await loopbackServer(({ response }) => response.writeHead(200).end());
      await at.box.webhooks.send(at.app, url, uploadOf(at, { user: { ...at.sample.managedUser, name } }));
      const [{ body, headers }] = requests as [(typeof requests)[0]];
      const { primary = "", secondary = "" } = at.app.signatureKeys;
      expect(sdk.validateWebhookMessage(body, headers, primary, secondary)).toBe(true);
      expect(sdk.validateWebhookMessage(JSON.parse(body), headers, "other", secondary)).toBe(true);
      expect(sdk.validateWebhookMessage(body, headers, "other", "another")).toBe(false);
    },
  );
});
