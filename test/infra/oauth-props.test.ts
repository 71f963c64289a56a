import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { App, Stack } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import { ArnPrincipal, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { describe, expect, test } from "vitest";
import { BoxTokenService, type BoxTokenServiceProps, type OAuthProps } from "../../infra/index.ts";
import type { DeployConfig } from "../../schemas/deploy/parse.ts";
import { inStack } from "./deployed-values.ts";
import { deploy, mistakesOf, newFolder } from "./deployment.ts";
import { lineOf, permissionsOf } from "./permissions.ts";
import { ENV, policyOf } from "./service.ts";

const OPERATORS = "arn:aws:iam::123456789012:role/operators";
const oauth = { apps: ["archive"] };
const json = (value: unknown) => JSON.stringify(value);
const files = (given: OAuthProps, props: Partial<BoxTokenServiceProps> = {}, env?: object) =>
  inStack(
    () => ({
      ...{ apps: [{ name: "files", createSecret: "box/files" }], oauth: given, sharedCache: true },
      ...props,
    }),
    env,
  );

describe("the construct", () => {
  test("grants a role of the app to manage connections, by the role's own policy", () => {
    const { stack, service } = files({ apps: ["files"] });
    const role = new Role(stack, "Operator", { assumedBy: new ServicePrincipal("lambda.amazonaws.com") });
    expect(service.grantManageConnections(role).success).toBe(true);
    const { Resources } = Template.fromStack(stack).toJSON();
    const lines = permissionsOf({ resources: Resources }).filter(
      ({ principal }) => principal === "<Operator>",
    );
    expect(lines.map(lineOf)).toEqual([
      "ALLOW | <Operator> | lambda:InvokeFunction | <Connections> | always",
    ]);
    expect([service.connectionsFunctionName, service.authorizeUrl].map((one) => stack.resolve(one))).toEqual([
      { Ref: expect.stringMatching(/^ServiceConnections/) },
      { "Fn::GetAtt": [expect.stringMatching(/^ServiceAuthorizeAccessUrl/), "FunctionUrl"] },
    ]);
  });

  test("reports a manager of another account without crossAccount, and everyone", () => {
    const foreign = new ArnPrincipal("arn:aws:iam::999999999999:role/operators");
    const { stack, service } = files({ apps: ["files"] });
    expect(service.grantManageConnections(foreign).success).toBe(false);
    expect(service.grantManageConnections(new ArnPrincipal("*")).success).toBe(false);
    expect(mistakesOf(stack)).toEqual([
      expect.stringMatching(/^grantManageConnections: the caller belongs to the account 999999999999, /),
      expect.stringMatching(/^grantManageConnections: a caller is one IAM role or user; /),
    ]);
    const meant = files({ apps: ["files"] });
    meant.service.grantManageConnections(foreign, { crossAccount: true });
    meant.service.grantManageConnections(foreign, { crossAccount: true });
    expect(mistakesOf(meant.stack)).toEqual([]);
    Template.fromStack(meant.stack).hasResourceProperties("AWS::Lambda::Permission", {
      Action: "lambda:InvokeFunction",
      Principal: "arn:aws:iam::999999999999:role/operators",
    });
  });

  test("reports a grant without OAuth 2.0 apps", () => {
    const stack = new Stack(new App({ outdir: newFolder() }), "Theirs", { env: ENV });
    const policy = join(newFolder(), "policy.json");
    writeFileSync(policy, json({ ...policyOf(), statements: [] }));
    const apps = [{ name: "files", createSecret: "box/files" }];
    const service = new BoxTokenService(stack, "Service", { apps, policy });
    expect(service.grantManageConnections(new ArnPrincipal(OPERATORS)).success).toBe(false);
    expect(mistakesOf(stack)).toEqual([
      expect.stringMatching(/^grantManageConnections: the service has no OAuth 2\.0 apps; /),
    ]);
    expect([service.authorizeUrl, service.connectionsFunctionArn]).toEqual([undefined, undefined]);
  });

  test.each<[string, OAuthProps, Partial<BoxTokenServiceProps>, RegExp, string?]>([
    [
      "no shared cache",
      { apps: ["files"] },
      { sharedCache: undefined as never },
      /^oauth: connections are stored .*; add sharedCache: true, or remove oauth\.$/,
    ],
    ["no app", { apps: [] }, {}, /^oauth\.apps: there is no app; name at least one of apps\.$/],
    [
      "an app that is not configured",
      { apps: ["file"] },
      {},
      /^oauth\.apps: "file" is no app of apps; .* Did you mean files\?$/,
    ],
    [
      "an address without https",
      { apps: ["files"], publicUrl: "http://connect.example.com" },
      {},
      /^oauth\.publicUrl: expected an https address/,
    ],
    [
      "half an invocation",
      { apps: ["files"], reservedConcurrency: 0.5 },
      {},
      /^oauth\.reservedConcurrency: expected a whole number from 0/,
    ],
    [
      "a region without Function URLs",
      { apps: ["files"] },
      {},
      /^oauth: Lambda has no Function URLs in il-central-1; remove oauth, or deploy /,
      "il-central-1",
    ],
  ])("makes no function and reports %s", (_, given, props, sentence, region = ENV.region) => {
    const { stack } = files(given, props, { ...ENV, region });
    Template.fromStack(stack).resourceCountIs("AWS::Lambda::Url", 0);
    expect(mistakesOf(stack)).toEqual([expect.stringMatching(sentence)]);
  });
});

test("a service that is deployed elsewhere grants its managers the statement of their own policy", () => {
  const stack = new Stack(new App({ outdir: newFolder() }), "Consumer", { env: ENV });
  const connectionsFunctionArn = "arn:aws:lambda:eu-central-1:123456789012:function:connections";
  const role = new Role(stack, "Operator", { assumedBy: new ServicePrincipal("lambda.amazonaws.com") });
  BoxTokenService.fromAttributes(stack, "Service", { connectionsFunctionArn }).grantManageConnections(role);
  expect(mistakesOf(stack)).toEqual([]);
  Template.fromStack(stack).hasResourceProperties("AWS::IAM::Policy", {
    PolicyDocument: {
      Statement: [{ Effect: "Allow", Action: "lambda:InvokeFunction", Resource: connectionsFunctionArn }],
    },
  });
  const nothing = BoxTokenService.fromAttributes(stack, "Other", {});
  expect(nothing.grantManageConnections(role).success).toBe(false);
  expect(mistakesOf(stack)).toEqual([
    expect.stringMatching(/^fromAttributes: connectionsFunctionArn is missing/),
  ]);
});

describe("deploy.json is refused with", () => {
  test.each<[string, Partial<Record<keyof DeployConfig, unknown>>, RegExp]>([
    ["no shared cache", { oauth }, /^oauth: connections are stored in the table of the shared cache/],
    ["no app", { oauth: { apps: [] }, sharedCache: true }, /^\/oauth\/apps: /],
    [
      "an app that is not configured",
      { oauth: { apps: ["archiv"] }, sharedCache: true },
      /^oauth\.apps: "archiv" is no app/,
    ],
    [
      "a query in the address",
      { oauth: { ...oauth, publicUrl: "https://a.example/?b" } },
      /^\/oauth\/publicUrl: .*without a query/,
    ],
    [
      "a session as manager",
      { oauth: { ...oauth, managers: ["arn:aws:sts::123456789012:assumed-role/a/b"] } },
      /^\/oauth\/managers\/0: /,
    ],
    [
      "a manager of another account, which could not be meant: managers have no crossAccount",
      {
        oauth: { ...oauth, managers: [OPERATORS, "arn:aws:iam::999999999999:role/operators"] },
        sharedCache: true,
      },
      /^\/oauth\/managers\/1: the manager is of the account 999999999999, the service of 123456789012; name a role or user of 123456789012[^:]*$/,
    ],
    [
      "30 days",
      { alarmThresholds: { connectionDaysLeft: 30 } },
      /^\/alarmThresholds\/connectionDaysLeft: .*from 1 to 29/,
    ],
  ])("%s", (_, config, sentence) => {
    expect(() => deploy(config as Partial<DeployConfig>)).toThrow(sentence);
  });
});
