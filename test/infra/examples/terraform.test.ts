import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { TemplateResource } from "../deployment.ts";
import { lineOf, permissionsOf } from "../permissions.ts";
import { ROOT } from "../synth.ts";
import { cdkPermissions } from "./cdk-permissions.ts";
import { FOLDER, rendered, type TemplateName, VARIABLES } from "./terraform-policies.ts";

const MAIN = readFileSync(join(FOLDER, "main.tf"), "utf8");

const resourcePolicy = (name: TemplateName, arn: string): TemplateResource => ({
  Type: "AWS::Lambda::ResourcePolicy",
  Properties: { ResourceArn: arn, PolicyDocument: rendered(name, VARIABLES[name]) },
});
const rolePolicy = (role: string, document: object): TemplateResource => ({
  Type: "AWS::IAM::Policy",
  Properties: { Roles: [`<${role}Role>`], PolicyDocument: document },
});

/** What `main.tf` makes of the policies, as resources of CloudFormation. */
function resources(key: boolean): Readonly<Record<string, TemplateResource>> {
  const ofFunction = (name: string): readonly (readonly [string, TemplateResource])[] => [
    [
      `${name}Role`,
      {
        Type: "AWS::IAM::Role",
        Properties: { AssumeRolePolicyDocument: rendered("trust.json") },
      },
    ],
    [`${name}LogAccess`, rolePolicy(name, rendered("log.json.tftpl", { log_group_arn: `<${name}Log>` }))],
    [`${name}Secrets`, rolePolicy(name, rendered("secrets.json.tftpl", VARIABLES["secrets.json.tftpl"]))],
    ...(key
      ? [[`${name}Key`, rolePolicy(name, rendered("key.json.tftpl", VARIABLES["key.json.tftpl"]))] as const]
      : []),
  ];
  return Object.fromEntries([
    ...ofFunction("TokenUrl"),
    ...ofFunction("TokenInvoke"),
    ["UrlPolicy", resourcePolicy("token-url.json.tftpl", "<TokenUrl>")],
    ["InvokePolicy", resourcePolicy("token-invoke.json.tftpl", "<TokenInvoke>")],
    ["AliasPolicy", resourcePolicy("alias.json.tftpl", "<nightly-sync>")],
  ]);
}

const text = (value: unknown) =>
  typeof value === "string" ? value : `<${Object.values(value as object)[0]}>`;

describe("examples/terraform", () => {
  test.each([false, true])("permits and denies what the CDK stack does (customer key: %s)", (key) => {
    const lines = permissionsOf({ resources: resources(key) }, text)
      // In CloudFormation the ARN of a log group ends with a star, which means its streams.
      .map((one) => lineOf({ ...one, resource: one.resource.replace(/^(<\w+Log>):\*$/, "$1") }));
    expect(lines.toSorted()).toEqual(cdkPermissions({ key }));
  });

  test("attaches each policy document to what it is about", () => {
    const blocks = [...MAIN.matchAll(/^resource "(\w+)" "(\w+)" \{\n([\s\S]*?)^\}$/gm)];
    const used = blocks.flatMap(([, type, name, body = ""]) =>
      [...body.matchAll(/policies\/([a-z.-]+)/g)].map(([, file]) => `${type}.${name} ${file}`),
    );
    expect(used).toEqual([
      "aws_iam_role.function trust.json",
      "aws_iam_role_policy.log log.json.tftpl",
      "aws_iam_role_policy.secrets secrets.json.tftpl",
      "aws_iam_role_policy.key key.json.tftpl",
      "aws_lambda_resource_policy.token_url token-url.json.tftpl",
      "aws_lambda_resource_policy.token_invoke token-invoke.json.tftpl",
      "aws_lambda_resource_policy.alias alias.json.tftpl",
    ]);
    const bodyOf = (label: string) =>
      blocks.find(([, type, name]) => `${type}.${name}` === label)?.[3]?.replaceAll(/\s+/g, " ");
    expect(bodyOf("aws_lambda_resource_policy.alias")).toContain(
      "resource_arn = aws_lambda_alias.caller[each.key].arn",
    );
    expect(bodyOf("aws_lambda_function_url.token_url")).toContain('authorization_type = "AWS_IAM"');
    // The secret becomes readable after the Denies.
    for (const policy of ["token_url", "token_invoke", "alias"]) {
      expect(bodyOf("aws_iam_role_policy.secrets")).toContain(`aws_lambda_resource_policy.${policy}`);
    }
  });

  test("has no aws_lambda_permission, which would overwrite the policies", () => {
    expect(MAIN).not.toMatch(/^resource "aws_lambda_permission"/m);
  });

  test("gives the functions the variables that the SAM example gives them", () => {
    const variables = (text: string) => [...new Set(text.match(/\bBOX_STS_[A-Z]+\b/g))].toSorted();
    const sam = readFileSync(join(ROOT, "examples/sam/template.yaml"), "utf8");
    expect(variables(MAIN)).toEqual(variables(sam));
  });

  test("ships the policy document of the SAM example", () => {
    const read = (folder: string) =>
      readFileSync(join(ROOT, "examples", folder, "box-sts.policy.json"), "utf8");
    expect(read("terraform")).toBe(read("sam"));
  });
});
