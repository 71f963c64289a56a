import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Stack } from "aws-cdk-lib";
import { Key } from "aws-cdk-lib/aws-kms";
import { describe, expect, test } from "vitest";
import { mistakesFor, policy, sync } from "./construct-scene.ts";
import { newFolder } from "./deployment.ts";

describe("the construct reports, without throwing,", () => {
  test("an environment that Lambda would not take, by function and with its size", () => {
    const path = join(newFolder(), "policy.json");
    writeFileSync(path, JSON.stringify(policy({ ...sync, app: "a*" })));
    const sizes = (count: number, serviceAccount = {}) =>
      mistakesFor(() => ({
        apps: Array.from({ length: count }, (_, index) => ({
          ...serviceAccount,
          name: `a${index}`,
          createSecret: `box/${"long-".repeat(4)}name-${index}`,
        })),
        policy: path,
      }));
    expect(sizes(32)).toEqual([]);
    expect(sizes(40)).toEqual(
      ["token-invoke", "health"].map((name) =>
        expect.stringMatching(
          new RegExp(
            `^The environment of ${name} would have about 4\\d{3} bytes, and Lambda allows 4096; shorten`,
          ),
        ),
      ),
    );
    const serviceAccount = "AutomationUser_1234567_AbCdEfGhIj@boxdevedition.com";
    expect(sizes(25, { serviceAccount })).toEqual([
      expect.stringMatching(/^The environment of health would have/),
    ]);
  });

  test("policies of a role that IAM would not take, by function and with their size", () => {
    const path = join(newFolder(), "policy.json");
    writeFileSync(path, JSON.stringify(policy({ ...sync, app: "a*" })));
    const sizes = (count: number, keysOf: (stack: Stack, index: number) => object) =>
      mistakesFor((stack) => ({
        apps: Array.from({ length: count }, (_, index) => ({
          ...keysOf(stack, index),
          name: `a${index}`,
          createSecret: `box/name-${index}`,
        })),
        policy: path,
      }));
    const ownKey = (stack: Stack, index: number) =>
      Key.fromKeyArn(stack, `K${index}`, `arn:aws:kms:eu-central-1:123456789012:key/${index}-12ab-34cd`);
    expect(sizes(35, () => ({}))).toEqual([]);
    expect(sizes(35, (stack, index) => ({ signingKeys: [ownKey(stack, index)] }))).toEqual([]);
    expect(sizes(35, (stack, index) => ({ encryptionKey: ownKey(stack, index) }))).toEqual(
      ["token-invoke", "health"].map((name) =>
        expect.stringMatching(
          new RegExp(
            `^The policies of the role of ${name} would have about 1\\d{4} characters, and IAM allows 10240; share`,
          ),
        ),
      ),
    );
  });
});
