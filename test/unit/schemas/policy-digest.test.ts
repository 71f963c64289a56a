import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import { policyDigest } from "../../../schemas/policy/digest.ts";
import { parsePolicy } from "../../../schemas/policy/parse.ts";

it("the digest of a policy is the SHA-256 of its text as UTF-8, in lower-case hex", () => {
  const text = '{ "version": 1, "statements": [] } é\n';
  expect(policyDigest(text)).toBe(createHash("sha256").update(text, "utf8").digest("hex"));
});

it("a policy of exactly 1 MiB is read, and one with a character more is refused", () => {
  const policy = '{"version":1,"statements":[]}';
  const padded = policy.padEnd(1_048_576, " ");
  expect(parsePolicy(padded).ok).toBe(true);
  expect(parsePolicy(`${padded} `).ok).toBe(false);
});
