import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { deploy, VPC } from "../deployment.ts";
import { ROOT } from "../synth.ts";

interface Statement {
  readonly Effect: string;
  readonly Action: readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: object;
}

/**
 * What CloudFormation does to create, update and delete a resource of each type, by the handlers of the types in AWS's
 * registry; reading for drift detection is left out where it would read secrets.
 */
const ACTIONS: Readonly<Record<string, string>> = {
  "AWS::CloudWatch::Alarm":
    "cloudwatch:PutMetricAlarm cloudwatch:DescribeAlarms cloudwatch:DeleteAlarms cloudwatch:TagResource cloudwatch:UntagResource cloudwatch:ListTagsForResource",
  "AWS::CloudWatch::Dashboard":
    "cloudwatch:PutDashboard cloudwatch:GetDashboard cloudwatch:DeleteDashboards cloudwatch:ListDashboards",
  "AWS::EC2::SecurityGroup":
    "ec2:CreateSecurityGroup ec2:DeleteSecurityGroup ec2:DescribeSecurityGroups ec2:AuthorizeSecurityGroupEgress ec2:RevokeSecurityGroupEgress ec2:CreateTags ec2:DeleteTags",
  "AWS::Events::Rule":
    "events:PutRule events:DescribeRule events:DeleteRule events:PutTargets events:RemoveTargets events:ListTargetsByRule events:TagResource events:UntagResource",
  "AWS::IAM::Policy": "iam:PutRolePolicy iam:GetRolePolicy iam:DeleteRolePolicy",
  "AWS::IAM::Role":
    "iam:CreateRole iam:GetRole iam:UpdateRole iam:UpdateAssumeRolePolicy iam:DeleteRole iam:TagRole iam:UntagRole iam:ListRolePolicies iam:ListAttachedRolePolicies iam:GetRolePolicy",
  "AWS::Lambda::Alias": "lambda:CreateAlias lambda:GetAlias lambda:UpdateAlias lambda:DeleteAlias",
  "AWS::Lambda::EventInvokeConfig":
    "lambda:PutFunctionEventInvokeConfig lambda:GetFunctionEventInvokeConfig lambda:UpdateFunctionEventInvokeConfig lambda:DeleteFunctionEventInvokeConfig",
  "AWS::Lambda::Function":
    "lambda:CreateFunction lambda:GetFunction lambda:GetFunctionConfiguration lambda:UpdateFunctionCode lambda:UpdateFunctionConfiguration lambda:DeleteFunction lambda:PutFunctionConcurrency lambda:DeleteFunctionConcurrency lambda:TagResource lambda:UntagResource lambda:ListTags lambda:GetFunctionCodeSigningConfig lambda:GetFunctionRecursionConfig lambda:GetRuntimeManagementConfig iam:PassRole s3:GetObject ec2:DescribeSubnets ec2:DescribeVpcs ec2:DescribeSecurityGroups",
  "AWS::Lambda::Permission": "lambda:AddPermission lambda:RemovePermission lambda:GetPolicy",
  "AWS::Lambda::ResourcePolicy":
    "lambda:PutResourcePolicy lambda:GetResourcePolicy lambda:DeleteResourcePolicy lambda:AddPermission lambda:RemovePermission",
  "AWS::Lambda::Url":
    "lambda:CreateFunctionUrlConfig lambda:GetFunctionUrlConfig lambda:UpdateFunctionUrlConfig lambda:DeleteFunctionUrlConfig",
  "AWS::Lambda::Version":
    "lambda:PublishVersion lambda:ListVersionsByFunction lambda:GetFunctionConfiguration lambda:DeleteFunction",
  "AWS::Logs::LogGroup":
    "logs:CreateLogGroup logs:DescribeLogGroups logs:DeleteLogGroup logs:PutRetentionPolicy logs:DeleteRetentionPolicy logs:AssociateKmsKey logs:DisassociateKmsKey logs:PutLogGroupDeletionProtection logs:TagResource logs:UntagResource logs:ListTagsForResource",
  "AWS::Logs::QueryDefinition":
    "logs:PutQueryDefinition logs:DescribeQueryDefinitions logs:DeleteQueryDefinition",
  "AWS::SNS::Subscription":
    "sns:Subscribe sns:Unsubscribe sns:GetSubscriptionAttributes sns:SetSubscriptionAttributes sns:ListSubscriptionsByTopic",
  "AWS::SNS::Topic":
    "sns:CreateTopic sns:GetTopicAttributes sns:SetTopicAttributes sns:DeleteTopic sns:ListSubscriptionsByTopic sns:GetDataProtectionPolicy sns:TagResource sns:UntagResource sns:ListTagsForResource",
  "AWS::SNS::TopicPolicy": "sns:GetTopicAttributes sns:SetTopicAttributes",
  "AWS::SSM::Parameter":
    "ssm:PutParameter ssm:GetParameters ssm:DeleteParameter ssm:AddTagsToResource ssm:RemoveTagsFromResource ssm:ListTagsForResource",
  "AWS::SecretsManager::Secret":
    "secretsmanager:CreateSecret secretsmanager:DescribeSecret secretsmanager:UpdateSecret secretsmanager:DeleteSecret secretsmanager:ReplicateSecretToRegions secretsmanager:RemoveRegionsFromReplication secretsmanager:TagResource secretsmanager:UntagResource",
};

const { Statement: statements } = JSON.parse(
  readFileSync(join(ROOT, "examples/deploy/execution-policy.json"), "utf8"),
) as { Statement: readonly Statement[] };
const allowed = new Set(
  statements.filter(({ Effect }) => Effect === "Allow").flatMap(({ Action }) => Action),
);

describe("examples/deploy/execution-policy.json", () => {
  const resources = Object.values(deploy({ vpc: VPC, denyLatest: true }).resources);
  const types = [...new Set(resources.map(({ Type }) => Type))].toSorted();

  test.each(types)("allows CloudFormation to create, update and delete %s", (type) => {
    expect(ACTIONS).toHaveProperty([type]);
    for (const action of ACTIONS[type]?.split(" ") ?? []) expect(allowed).toContain(action);
  });

  test("allows nothing that no type of resource needs", () => {
    const needed = new Set(Object.values(ACTIONS).flatMap((actions) => actions.split(" ")));
    expect([...allowed].filter((action) => !needed.has(action))).toEqual([]);
  });

  test("has no star in an action, and one alone as resource only where AWS knows no narrower one", () => {
    for (const { Action, Resource, Effect } of statements) {
      if (Effect !== "Allow") continue;
      for (const action of Action) expect(action).not.toContain("*");
      if (Resource !== "*") continue;
      for (const action of Action)
        expect(action).toMatch(/^(?:ec2:Describe|logs:Describe|logs:\w+QueryDefinition$)/);
    }
  });

  test("does not allow to read a secret's value, invoke a function or decrypt", () => {
    for (const action of ["secretsmanager:GetSecretValue", "lambda:InvokeFunction", "kms:Decrypt"]) {
      expect(allowed).not.toContain(action);
    }
    const [denied] = statements.filter(({ Effect }) => Effect === "Deny");
    expect(denied?.Action).toContain("secretsmanager:GetSecretValue");
  });

  test("passes roles to Lambda alone", () => {
    const [pass] = statements.filter(({ Action }) => Action.includes("iam:PassRole"));
    expect(pass).toMatchObject({
      Action: ["iam:PassRole"],
      Condition: { StringEquals: { "iam:PassedToService": "lambda.amazonaws.com" } },
    });
  });

  test("fits into one managed policy, which holds 6,144 characters without white space", () => {
    expect(JSON.stringify({ Version: "2012-10-17", Statement: statements }).length).toBeLessThan(6_144);
  });
});
