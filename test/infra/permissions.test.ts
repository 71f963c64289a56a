import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { deploy, VPC } from "./deployment.ts";
import { lineOf, type Permission, permissionsOf } from "./permissions.ts";

const all = permissionsOf(deploy());
const reviewed = readFileSync(join(import.meta.dirname, "reviewed-permissions.txt"), "utf8")
  .split("\n")
  .filter((line) => line !== "" && !line.startsWith("#"));

const of = (action: string) => all.filter((permission) => permission.action === action);
const roles = ["<TokenUrlRole>", "<TokenInvokeRole>", "<HealthRole>"];

test("the example's template permits and denies what the reviewed list says, no more and no less", () => {
  expect(all.map(lineOf).toSorted()).toEqual(reviewed.toSorted());
});

describe("each statement is as narrow as AWS lets it be:", () => {
  test("no allowed action and no allowed resource has a star", () => {
    for (const { effect, action, resource } of all) {
      if (effect === "Allow") expect(`${action} ${resource}`).not.toContain("*");
    }
  });

  test("nobody is allowed anything by a star, except the topic's owner by nothing at all", () => {
    expect(all.filter(({ effect, principal }) => effect === "Allow" && principal === "*")).toEqual([]);
  });

  test("a secret is read by exact ARN and by stage", () => {
    const reads = of("secretsmanager:GetSecretValue");
    expect(new Set(reads.map(({ principal }) => principal))).toEqual(new Set(roles));
    for (const { resource, condition } of reads) {
      expect(resource).toMatch(/^(?:arn:.+:secret:box\/reports-AbCdEf|<AppSecretarchive>|<ServiceSecret>)$/);
      expect(condition).toMatch(/^StringEquals secretsmanager:VersionStage AWSCURRENT(?:,AWSPREVIOUS)?$/);
    }
    expect(reads.filter(({ condition }) => !condition.includes("AWSPREVIOUS")).every(isHealth)).toBe(true);
    expect(reads.filter(isHealth).some(({ resource }) => resource === "<ServiceSecret>")).toBe(false);
  });

  test("a key decrypts one secret, through Secrets Manager alone", () => {
    const decrypts = of("kms:Decrypt");
    expect(decrypts.map(({ principal }) => principal).toSorted()).toEqual(roles.toSorted());
    for (const { condition, resource } of decrypts) {
      expect(resource).toMatch(/^arn:aws:kms:eu-central-1:123456789012:key\/[0-9a-f-]+$/);
      expect(condition).toContain("kms:ViaService secretsmanager.eu-central-1.");
      expect(condition).toMatch(
        /kms:EncryptionContext:SecretARN arn:aws:secretsmanager:.+:box\/reports-AbCdEf$/,
      );
    }
  });

  test("a function writes its own log", () => {
    for (const { principal, resource } of of("logs:PutLogEvents")) {
      expect(resource).toBe(principal.replace("Role", "Log"));
    }
  });

  test("token-url is invoked through its URL or not at all", () => {
    const onTokenUrl = of("lambda:InvokeFunction").filter(({ resource }) =>
      resource.startsWith("<TokenUrl>"),
    );
    expect(onTokenUrl.filter(({ effect }) => effect === "Deny")).toEqual(
      ["<TokenUrl>", "<TokenUrl>:*"].map((resource) => ({
        effect: "Deny",
        principal: "*",
        action: "lambda:InvokeFunction",
        resource,
        condition: "BoolIfExists lambda:InvokedViaFunctionUrl false",
      })),
    );
    for (const { effect, condition } of onTokenUrl) {
      if (effect === "Allow") expect(condition).toBe("Bool lambda:InvokedViaFunctionUrl true");
    }
  });

  test("token-invoke is invoked through an alias, each by one caller", () => {
    const direct = of("lambda:InvokeFunction").filter(({ condition }) => condition === "always");
    expect(direct).toEqual([
      expect.objectContaining({
        principal: "arn:aws:iam::123456789012:role/nightly",
        resource: "<ByAliasnightlysync>",
      }),
    ]);
    expect(all.some(({ resource }) => resource.startsWith("<TokenInvoke>"))).toBe(false);
  });

  test("the functions can write to nothing but their log", () => {
    const rest = all.filter(
      ({ principal, action }) => roles.includes(principal) && !action.startsWith("logs:"),
    );
    expect(new Set(rest.map(({ action }) => action))).toEqual(
      new Set(["secretsmanager:GetSecretValue", "kms:Decrypt"]),
    );
  });
});

test("in a VPC, Lambda may attach the functions and their code may not", () => {
  const known = new Set(all.map(lineOf));
  const added = permissionsOf(deploy({ vpc: VPC })).filter((permission) => !known.has(lineOf(permission)));
  expect(added.every(({ action, resource }) => action.startsWith("ec2:") && resource === "*")).toBe(true);
  const actions = (effect: string) =>
    new Set(added.filter((one) => one.effect === effect).map(({ principal, action }) => principal + action));
  expect(actions("Deny")).toEqual(actions("Allow"));
  for (const { effect, condition } of added) {
    expect(condition).toBe(effect === "Deny" ? "Null lambda:SourceFunctionArn false" : "always");
  }
});

function isHealth({ principal }: Permission): boolean {
  return principal === "<HealthRole>";
}
