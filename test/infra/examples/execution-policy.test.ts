import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type Deployment, deploy, ofType, PUBLIC, type TemplateResource, VPC } from "../deployment.ts";
import { ROOT } from "../synth.ts";

interface Statement {
  readonly Sid?: string;
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
  "AWS::DynamoDB::Table":
    "dynamodb:CreateTable dynamodb:DescribeTable dynamodb:UpdateTable dynamodb:DeleteTable dynamodb:DescribeTimeToLive dynamodb:UpdateTimeToLive dynamodb:DescribeContinuousBackups dynamodb:UpdateContinuousBackups dynamodb:DescribeContributorInsights dynamodb:DescribeKinesisStreamingDestination dynamodb:PutResourcePolicy dynamodb:GetResourcePolicy dynamodb:DeleteResourcePolicy dynamodb:TagResource dynamodb:UntagResource dynamodb:ListTagsOfResource kms:CreateGrant kms:Decrypt kms:DescribeKey kms:Encrypt kms:GenerateDataKey kms:GenerateDataKeyWithoutPlaintext kms:ReEncryptFrom kms:ReEncryptTo",
  "AWS::EC2::SecurityGroup":
    "ec2:CreateSecurityGroup ec2:DeleteSecurityGroup ec2:DescribeSecurityGroups ec2:AuthorizeSecurityGroupEgress ec2:RevokeSecurityGroupEgress ec2:CreateTags ec2:DeleteTags",
  "AWS::Events::Rule":
    "events:PutRule events:DescribeRule events:DeleteRule events:PutTargets events:RemoveTargets events:ListTargetsByRule events:TagResource events:UntagResource",
  "AWS::IAM::Policy": "iam:PutRolePolicy iam:GetRolePolicy iam:DeleteRolePolicy",
  "AWS::IAM::Role":
    "iam:CreateRole iam:GetRole iam:UpdateRole iam:UpdateAssumeRolePolicy iam:DeleteRole iam:TagRole iam:UntagRole iam:ListRolePolicies iam:ListAttachedRolePolicies iam:GetRolePolicy",
  "AWS::KMS::Key":
    "kms:CreateKey kms:DescribeKey kms:EnableKeyRotation kms:DisableKeyRotation kms:GetKeyPolicy kms:GetKeyRotationStatus kms:ListResourceTags kms:PutKeyPolicy kms:ScheduleKeyDeletion kms:TagResource kms:UntagResource kms:UpdateKeyDescription",
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

const statementsIn = (file: string) => {
  const document = JSON.parse(readFileSync(join(ROOT, "examples/deploy", file), "utf8")) as {
    readonly Statement: readonly Statement[];
  };
  return document.Statement;
};
const allowedIn = (statements: readonly Statement[]) =>
  new Set(statements.filter(({ Effect }) => Effect === "Allow").flatMap(({ Action }) => Action));
const typesOf = (deployment: Deployment) =>
  [...new Set(Object.values(deployment.resources).map(({ Type }) => Type))].toSorted();

const statements = statementsIn("execution-policy.json");
const allowed = allowedIn(statements);

const needed = (types: readonly string[]) =>
  new Set(types.flatMap((type) => (ACTIONS[type] ?? expect.fail(type)).split(" ")));

describe("examples/deploy/execution-policy.json", () => {
  const everything = deploy({ vpc: VPC, denyLatest: true });

  test.each(typesOf(everything))("allows CloudFormation to create, update and delete %s", (type) => {
    expect(ACTIONS).toHaveProperty([type]);
    for (const action of ACTIONS[type]?.split(" ") ?? []) expect(allowed).toContain(action);
  });

  test("allows nothing that no type of resource needs", () => {
    expect([...allowed].filter((action) => !needed(typesOf(everything)).has(action))).toEqual([]);
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

describe("examples/deploy/execution-policy-shared-cache.json", () => {
  test("suffices, with the other policy, for the functions for OAuth 2.0 users and webhooks too", () => {
    expect(
      typesOf(deploy(PUBLIC)).filter((type) => !typesOf(deploy({ sharedCache: true })).includes(type)),
    ).toEqual([]);
  });

  const shared = deploy({ sharedCache: true });
  const more = statementsIn("execution-policy-shared-cache.json");
  const ownTypes = typesOf(shared).filter((type) => !typesOf(deploy()).includes(type));
  /** Generated by CloudFormation, and of another name than the apps' secrets. */
  const secretActions = [
    ...["Create", "Delete", "Describe", "Tag", "Untag", "Update"].map((verb) =>
      verb.endsWith("ag") ? `secretsmanager:${verb}Resource` : `secretsmanager:${verb}Secret`,
    ),
    "secretsmanager:GetRandomPassword",
  ];

  test("allows what the table, the key and the service secret of sharedCache need, and nothing else", () => {
    expect(ownTypes).toEqual(["AWS::DynamoDB::Table", "AWS::KMS::Key"]);
    expect([...allowedIn(more)].toSorted()).toEqual(
      [...new Set([...needed(ownTypes), ...secretActions])].toSorted(),
    );
  });

  test("is about keys with the tag of the service alone, and about the service secret by the name that it gets", () => {
    const [[, key]] = ofType(shared, "AWS::KMS::Key") as [[string, TemplateResource]];
    const [{ Key, Value }] = key.Properties.Tags as [{ readonly Key: string; readonly Value: string }];
    const ofKeys = more.filter(({ Action }) => Action.some((action) => action.startsWith("kms:")));
    expect(ofKeys).toHaveLength(3);
    for (const { Condition } of ofKeys) {
      expect(JSON.stringify(Condition)).toMatch(
        new RegExp(`"StringEquals":\\{"aws:Re(?:quest|source)Tag/${Key}":"${Value}"`),
      );
    }
    const [prefix] = more.flatMap(({ Sid, Resource }) =>
      Sid === "ServiceSecret" ? [String(Resource).replace(/^.*:secret:|\*$/g, "")] : [],
    );
    const secrets = ofType(shared, "AWS::SecretsManager::Secret").map(([id]) => id);
    expect(secrets.filter((id) => id.startsWith(prefix ?? "none"))).toHaveLength(1);
  });

  test("has no star in an action, and lets no principal use the key but through DynamoDB, nor read or change items", () => {
    for (const action of allowedIn(more)) {
      expect(action).not.toContain("*");
      expect(action).not.toMatch(/Item$|Scan|Query|PartiQL|GetSecretValue|Export/);
    }
    const decrypting = more.filter(({ Action }) => Action.includes("kms:Decrypt"));
    expect(decrypting).toEqual([
      expect.objectContaining({
        Condition: {
          StringEquals: expect.objectContaining({ "kms:ViaService": "dynamodb.eu-central-1.amazonaws.com" }),
        },
      }),
    ]);
  });
});
