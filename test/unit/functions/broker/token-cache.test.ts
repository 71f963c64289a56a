import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import { cacheKey, TokenCache, tokenSha256 } from "../../../../functions/broker/token-cache.ts";
import { credentialsOf, unsignedCredentialsOf } from "../../../support/fake-ports.ts";
import { VirtualClock } from "../../../support/virtual-clock.ts";

const sha256 = (text: string) => createHash("sha256").update(text);

const parts = {
  baseUrl: "https://api.box.com",
  credentials: credentialsOf({ app: "reports", clientID: "client-1", kid: "abcd1234" }),
  subject: { type: "user", id: "17" },
  restriction: { scopes: ["item_upload", "item_download"], resource: "https://api.box.com/2.0/files/1" },
  policyDigest: "digest",
} as const;

it("hashes every part with its length, in base64url", () => {
  const text = [
    "19:https://api.box.com",
    "7:reports",
    "8:client-1",
    "8:abcd1234",
    "4:user",
    "2:17",
    "32:scopes item_download item_upload",
    "31:https://api.box.com/2.0/files/1",
    "6:digest",
  ].join("");
  expect(cacheKey(parts)).toBe(sha256(text).digest("base64url"));
});

it("hashes a full token for an app without a key with empty parts", () => {
  const credentials = unsignedCredentialsOf({ app: "reports", clientID: "client-1" });
  const text = "19:https://api.box.com7:reports8:client-10:4:user2:174:full0:6:digest";
  expect(cacheKey({ ...parts, credentials, restriction: undefined })).toBe(sha256(text).digest("base64url"));
});

it("does not change the order of the scopes that it is given", () => {
  const scopes = ["item_upload", "item_download"];
  cacheKey({ ...parts, restriction: { scopes } });
  expect(scopes).toEqual(["item_upload", "item_download"]);
});

it("names a token by the SHA-256 of it in lower-case hex", () => {
  expect(tokenSha256("token")).toBe(sha256("token").digest("hex"));
});

it("counts whole seconds of life, rounded down", async () => {
  const clock = new VirtualClock();
  const cache = new TokenCache(clock);
  const token = {
    token: { access_token: "a", expires_in: 3600, restricted_to: [] },
    sha256: "a",
    born: { wall: clock.wall(), monotonic: clock.monotonic() },
    lifetime: 3600,
  };
  await clock.advance(1_500);
  expect(cache.lifeLeft(token)).toBe(3598);
  expect(cache.ageSeconds(token)).toBe(1.5);
});
