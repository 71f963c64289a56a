import { WebhooksManager } from "box-node-sdk/managers";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { replaceSignatureKey, type SignatureKeys } from "../../../sandbox/box/state.ts";
import { skillInvocation } from "../../../sandbox/box/webhooks/skill-invocation.ts";
import { loopbackServer } from "../../support/loopback-server.ts";
import { uploadOf, type WebhookScene, webhookScene } from "../sandbox/webhooks/webhook-requests.ts";

/** The official validator decides about what the sandbox sends, as it arrives at a target. */
let at: WebhookScene;

beforeAll(async () => {
  at = await webhookScene();
});
afterAll(() => at.box.close());
beforeEach(() => {
  at.box.clock.skewSeconds = 0;
});

/** What the target received, and the validator's verdict by the given keys. */
async function received(event: object) {
  const { url, requests } = await loopbackServer(({ response }) => response.writeHead(200).end());
  await at.box.webhooks.send(at.app, url, event);
  const [{ body, headers }] = requests as [(typeof requests)[0]];
  return {
    body,
    isValid: ({ primary, secondary }: SignatureKeys, text = body) =>
      WebhooksManager.validateMessage(
        text,
        headers as Record<string, string>,
        primary ?? "none",
        secondary === undefined ? {} : { secondaryKey: secondary },
      ),
  };
}
const invocation = () =>
  skillInvocation(at.box.tokens, at.box.now(), {
    app: at.app,
    file: at.sample.reportFile,
    user: at.sample.managedUser,
  });

describe("box-node-sdk 10", () => {
  test.each([
    ["a webhook event", () => uploadOf(at)],
    ["an event beyond ASCII", () => uploadOf(at, { user: { ...at.sample.managedUser, name: "Zoë / 山田" } })],
    ["a Skill invocation", invocation],
  ])("accepts %s by either key", async (_what, event) => {
    const { isValid } = await received(event());
    const { primary, secondary } = at.app.signatureKeys;
    expect(await isValid({ primary: primary! })).toBe(true);
    expect(await isValid({ primary: "other", secondary: secondary! })).toBe(true);
  });

  test("refuses other keys, keys that were exchanged, and another body", async () => {
    const { isValid, body } = await received(uploadOf(at));
    const { primary, secondary } = at.app.signatureKeys;
    expect(await isValid({ primary: "other", secondary: "another" })).toBe(false);
    expect(await isValid({ primary: secondary!, secondary: primary! })).toBe(false);
    expect(await isValid({ primary: primary! }, body.replace("UPLOADED", "TRASHED"))).toBe(false);
  });

  test.each([
    [-700, false],
    [-300, true],
    [60, false],
  ])("decides about a delivery whose clock is %i s ahead: %s", async (skewSeconds, verdict) => {
    at.box.clock.skewSeconds = skewSeconds;
    const { isValid } = await received(uploadOf(at));
    expect(await isValid(at.app.signatureKeys)).toBe(verdict);
  });

  test("accepts every delivery while one key after the other is replaced at Box", async () => {
    const receiver = { ...at.app.signatureKeys };
    for (const slot of ["primary", "secondary"] as const) {
      const next = replaceSignatureKey(at.app, slot);
      expect(await (await received(uploadOf(at))).isValid(receiver)).toBe(true);
      receiver[slot] = next;
      expect(await (await received(uploadOf(at))).isValid(receiver)).toBe(true);
    }
    replaceSignatureKey(at.app, "primary");
    replaceSignatureKey(at.app, "secondary");
    expect(await (await received(uploadOf(at))).isValid(receiver)).toBe(false);
  });
});
