import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { policyFromFile } from "../../../../functions/lambda/policy-file.ts";
import { EVERYTHING } from "../../../support/fake-ports.ts";

const folder = mkdtempSync(join(tmpdir(), "box-sts-policy-"));
afterAll(() => rmSync(folder, { recursive: true }));

function file(text: string): string {
  const path = join(folder, "policy.json");
  writeFileSync(path, text);
  return path;
}

const policy = { version: 1, statements: [EVERYTHING] };

describe("the policy file", () => {
  it("is available if it is valid, with the SHA-256 of its bytes", () => {
    const text = JSON.stringify(policy);
    const digest = createHash("sha256").update(text).digest("hex");
    expect(policyFromFile(file(text))).toEqual({ available: true, policy, digest });
  });

  it("has another digest if any byte differs", () => {
    const digests = [JSON.stringify(policy), JSON.stringify(policy, null, 1)].map((text) => {
      const source = policyFromFile(file(text));
      return source.available && source.digest;
    });
    expect(digests[0]).not.toBe(digests[1]);
  });

  it.each<[string, string | undefined, RegExp]>([
    ["is not named", undefined, /^BOX_STS_POLICY is not set$/],
    ["does not exist", join(folder, "nowhere.json"), /\(ENOENT\)$/],
    ["is a folder", folder, /\(EISDIR\)$/],
  ])("denies everything if it %s", (_case, path, reason) => {
    expect(policyFromFile(path)).toEqual({ available: false, reason: expect.stringMatching(reason) });
  });

  it.each<[string, string]>([
    ["is empty", ""],
    ["is not JSON", "{"],
    ["has no version", `{"statements":[]}`],
    ["has an unknown property", JSON.stringify({ ...policy, comment: "x" })],
    [
      "has one bad statement among good ones",
      JSON.stringify({
        version: 1,
        statements: [EVERYTHING, { ...EVERYTHING, id: "b", scopes: ["nonsense"] }],
      }),
    ],
  ])("denies everything if it %s", (_case, text) => {
    expect(policyFromFile(file(text))).toEqual({ available: false, reason: expect.stringMatching(/\w/) });
  });
});
