import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, it } from "vitest";
import { cacheKey } from "../../../../functions/broker/cache-key.ts";
import { credentialsOf, unsignedCredentialsOf } from "../../../support/fake-ports.ts";
import { samples } from "../../../support/samples.ts";

/** Everything that a token depends on, in values that could be split at many positions. */
const word = fc.string({ unit: fc.constantFrom("a", ":", "1", " ", "é"), maxLength: 3 });
const facts = fc.record(
  {
    baseUrl: word,
    app: word,
    clientID: word,
    kid: word,
    type: fc.constantFrom("enterprise" as const, "user" as const),
    id: word,
    scopes: fc.uniqueArray(fc.constantFrom("full", "item_download", "item_upload"), { minLength: 1 }),
    resource: fc.constantFrom("https://api.box.com/2.0/files/1", "https://api.box.com/2.0/folders/1"),
    policyDigest: word,
  },
  { requiredKeys: ["baseUrl", "app", "clientID", "kid", "type", "id", "policyDigest"] },
);
type Facts = typeof facts extends fc.Arbitrary<infer Value> ? Value : never;

function keyOf({ baseUrl, app, clientID, kid, type, id, scopes, resource, policyDigest }: Facts): string {
  const credentials = credentialsOf({ app, clientID, kid });
  const bound = resource === undefined ? {} : { resource };
  const restriction = scopes === undefined ? undefined : { scopes, ...bound };
  return cacheKey({ baseUrl, credentials, subject: { type, id }, restriction, policyDigest });
}

/** What the key must distinguish. A resource without scopes and the order of scopes make no difference. */
function meaning({ scopes, resource, ...others }: Facts): string {
  const narrowed = scopes === undefined ? null : [[...scopes].sort(), resource ?? null];
  return JSON.stringify([Object.entries(others).sort(), narrowed]);
}

it("the cache key is equal for equal facts and differs if any of them differs", () => {
  fc.assert(
    fc.property(facts, facts, (one, other) => {
      expect(keyOf(one) === keyOf(other)).toBe(meaning(one) === meaning(other));
    }),
    { numRuns: samples(3_000) },
  );
});

it("the cache key differs if only one fact differs", () => {
  fc.assert(
    fc.property(facts, facts, fc.constantFrom(...Object.keys({ ...sample })), (one, other, name) => {
      const changed = { ...one, [name]: (other as Record<string, unknown>)[name] } as Facts;
      expect(keyOf(one) === keyOf(changed)).toBe(meaning(one) === meaning(changed));
    }),
    { numRuns: samples(3_000) },
  );
});

it("the cache key keeps adjacent facts separate", () => {
  const facts: Facts = { ...sample, app: "a1:", clientID: "b" };
  expect(keyOf(facts)).not.toBe(keyOf({ ...facts, app: "a", clientID: "1:b" }));
  expect(keyOf({ ...sample, type: "user", id: "1" })).not.toBe(
    keyOf({ ...sample, type: "enterprise", id: "1" }),
  );
});

it("the cache key keeps adjacent scopes separate", () => {
  const keyOfScopes = (...scopes: readonly string[]) =>
    cacheKey({
      ...{
        baseUrl: "u",
        subject: { type: "user", id: "1" },
        policyDigest: "d",
        credentials: credentialsOf(),
      },
      restriction: { scopes },
    });
  expect(keyOfScopes("ab", "c")).not.toBe(keyOfScopes("a", "bc"));
  expect(keyOfScopes("a", "b")).not.toBe(keyOfScopes("ab"));
  expect(keyOfScopes("full")).not.toBe(keyOfScopes());
});

it("the cache key does not depend on the secret's version, which does not affect the token", () => {
  const need = { baseUrl: "u", subject: { type: "user", id: "1" }, policyDigest: "d" } as const;
  const keys = ["v1", "v2"].map((versionId) =>
    cacheKey({ ...need, restriction: undefined, credentials: credentialsOf({ versionId }) }),
  );
  expect(keys[0]).toBe(keys[1]);
});

const sha256 = (...parts: readonly string[]) =>
  createHash("sha256").update(parts.join("")).digest("base64url");

it("is the SHA-256 of every fact behind its length, in base64url", () => {
  const scopes: NonNullable<Facts["scopes"]> = ["item_upload", "item_download"];
  const expected = sha256(
    "19:https://api.box.com",
    "7:reports",
    "8:client-1",
    "8:abcd1234",
    "4:user",
    "1:1",
    "32:scopes item_download item_upload",
    "31:https://api.box.com/2.0/files/1",
    "6:digest",
    "0:",
  );
  expect(keyOf({ ...sample, scopes })).toBe(expected);
  expect(scopes).toEqual(["item_upload", "item_download"]);
});

it("has empty facts for a full token and for an app without a key", () => {
  const credentials = unsignedCredentialsOf({ app: "reports", clientID: "client-1" });
  const subject = { type: "user", id: "1" } as const;
  const full = { baseUrl: "https://api.box.com", credentials, subject, policyDigest: "digest" };
  const expected = "19:https://api.box.com7:reports8:client-10:4:user1:14:full0:6:digest";
  expect(cacheKey(full)).toBe(sha256(expected, "0:"));
  expect(cacheKey({ ...full, isolatedFor: "alias:a" })).toBe(sha256(expected, "7:alias:a"));
});

const sample: Facts = {
  ...{ baseUrl: "https://api.box.com", app: "reports", clientID: "client-1", kid: "abcd1234" },
  ...{ type: "user", id: "1", policyDigest: "digest", scopes: ["full"] },
  resource: "https://api.box.com/2.0/files/1",
};
