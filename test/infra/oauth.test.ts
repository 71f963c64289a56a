import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { App, Stack } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import { ArnPrincipal, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { describe, expect, test } from "vitest";
import { readAuthorizeSettings } from "../../functions/lambda/authorize-settings.ts";
import { readConnectionsSettings } from "../../functions/lambda/connections-settings.ts";
import { BoxTokenService, type BoxTokenServiceProps, type OAuthProps } from "../../infra/index.ts";
import type { DeployConfig } from "../../schemas/deploy/parse.ts";
import { alarmsOf } from "./alarm-names.ts";
import {
  type Deployment,
  deploy,
  mistakesOf,
  newFolder,
  ofType,
  type TemplateResource,
} from "./deployment.ts";
import { lineOf, permissionsOf } from "./permissions.ts";
import { ENV, policyOf } from "./service.ts";

const OPERATORS = "arn:aws:iam::123456789012:role/operators";
const oauth = { apps: ["archive"] };
const json = (value: unknown) => JSON.stringify(value);
const without = deploy({ sharedCache: true });
const withUsers = deploy({ sharedCache: true, oauth });
const parts = ["authorize", "connections"] as const;

const idOf = (name: string) => `Service${name[0]?.toUpperCase()}${name.slice(1)}`;
const functionOf = (deployment: Deployment, name: string): TemplateResource =>
  ofType(deployment, "AWS::Lambda::Function").find(([id]) => id.startsWith(idOf(name)))?.[1] ??
  expect.fail(`no function ${name}`);

/** As a deployment makes them, with a URL or an id in the place of each reference. */
function variablesOf(deployment: Deployment, name: string): Readonly<Record<string, string>> {
  const { Variables } = functionOf(deployment, name).Properties.Environment as {
    Variables: Record<string, unknown>;
  };
  return Object.fromEntries(Object.entries(Variables).map(([key, value]) => [key, deployed(value)]));
}
function deployed(value: unknown): string {
  if (typeof value === "string") return value;
  const [[intrinsic, argument]] = Object.entries(value as object) as [[string, unknown]];
  if (intrinsic === "Fn::Join") return (argument as [string, unknown[]])[1].map(deployed).join("");
  return json(argument).includes("FunctionUrl")
    ? "https://id.lambda-url.eu-central-1.on.aws/"
    : String(argument);
}
const known = new Set(permissionsOf(without).map(lineOf));
const added = permissionsOf(withUsers).filter((one) => !known.has(lineOf(one)));
const ofRole = (name: string) =>
  added
    .filter(({ principal }) => principal === `<${name}>`)
    .map(({ action, resource, condition }) => `${action} ${resource} ${condition}`);
const tableOf = (deployment: Deployment): TemplateResource =>
  ofType(deployment, "AWS::DynamoDB::Table")[0]?.[1] ?? expect.fail("no table");

describe("the functions authorize and connections", () => {
  test("get variables that they start with: the OAuth 2.0 apps alone, the table and the service secret", () => {
    for (const settings of [
      readAuthorizeSettings(variablesOf(withUsers, "authorize")),
      readConnectionsSettings(variablesOf(withUsers, "connections")),
    ]) {
      expect([...settings.apps.keys()]).toEqual(["archive"]);
      expect(settings.sharedCache).toEqual({
        table: expect.stringMatching(/^ServiceSharedCacheTable/),
        serviceSecret: expect.stringMatching(/^ServiceSharedCacheServiceSecret/),
      });
      expect(settings.service).toBe("box-sts-Service");
    }
  });

  test("agree on the address of the pages: the Function URL, or the public one in its place", () => {
    const authorize = readAuthorizeSettings(variablesOf(withUsers, "authorize"));
    const connections = readConnectionsSettings(variablesOf(withUsers, "connections"));
    expect(authorize.publicUrl).toBeUndefined();
    expect(connections.authorizeUrl).toBe("https://id.lambda-url.eu-central-1.on.aws");
    for (const publicUrl of ["https://connect.example.com", "https://example.com/box/"]) {
      const behind = deploy({ sharedCache: true, oauth: { ...oauth, publicUrl } });
      const expected = publicUrl.replace(/\/$/, "");
      expect(readAuthorizeSettings(variablesOf(behind, "authorize")).publicUrl).toBe(expected);
      expect(readConnectionsSettings(variablesOf(behind, "connections")).authorizeUrl).toBe(expected);
      const { RedirectUri } = Template.fromStack(behind.stack).toJSON().Outputs;
      expect(RedirectUri.Value).toBe(`${expected}/callback`);
    }
  });

  test("have their bounds: five invocations within Box's 30 seconds, and two that may take a sweep's 15 minutes", () => {
    const [authorize, connections] = parts.map((name) => functionOf(withUsers, name).Properties);
    expect(authorize).toMatchObject({ ReservedConcurrentExecutions: 5 });
    expect(authorize?.Timeout).toBeLessThan(30);
    expect(connections).toMatchObject({ ReservedConcurrentExecutions: 2, Timeout: 900 });
    const changed = {
      sharedCache: true,
      oauth: { ...oauth, reservedConcurrency: 0 },
      tracing: true,
    } as const;
    const stopped = functionOf(deploy(changed), "authorize").Properties;
    expect(stopped).toMatchObject({ ReservedConcurrentExecutions: 0 });
    expect(stopped).not.toHaveProperty("TracingConfig");
    const unreserved = deploy({ sharedCache: true, oauth, reservedConcurrency: "unreserved" });
    for (const name of parts) {
      expect(functionOf(unreserved, name).Properties).not.toHaveProperty("ReservedConcurrentExecutions");
    }
  });

  test("read the secrets of their apps and the service secret, in both versions", () => {
    const both = "StringEquals secretsmanager:VersionStage AWSCURRENT,AWSPREVIOUS";
    for (const role of ["AuthorizeRole", "ConnectionsRole"]) {
      expect(ofRole(role).filter((line) => line.startsWith("secretsmanager:"))).toEqual([
        `secretsmanager:GetSecretValue <AppSecretboxarchive> ${both}`,
        `secretsmanager:GetSecretValue <SharedCacheServiceSecret> ${both}`,
      ]);
    }
  });

  test("use the items of connections in the table alone; connections scans it, too", () => {
    const condition =
      "ForAllValues:StringLike dynamodb:LeadingKeys connection#* and Null dynamodb:LeadingKeys false";
    const items = ["GetItem", "PutItem"].map(
      (action) => `dynamodb:${action} <SharedCacheTable> ${condition}`,
    );
    const actions = (role: string) => ofRole(role).filter((line) => line.startsWith("dynamodb:"));
    expect(actions("AuthorizeRole")).toEqual(items);
    expect(actions("ConnectionsRole")).toEqual([...items, "dynamodb:Scan <SharedCacheTable> always"]);
  });

  test("may do nothing else but write their own log and use the table's key through DynamoDB", () => {
    for (const name of ["Authorize", "Connections"]) {
      for (const line of ofRole(`${name}Role`)) {
        expect(line).toMatch(
          new RegExp(
            `^(?:dynamodb:|secretsmanager:GetSecretValue |logs:\\w+ <${name}Log> |kms:\\w+ <SharedCacheKey> StringEquals kms:ViaService dynamodb\\.)`,
          ),
        );
      }
    }
  });

  test("read no secret and no connection before the resource policy of authorize denies direct invocations", () => {
    const [policy] = ofType(withUsers, "AWS::IAM::Policy").filter(([id]) =>
      id.startsWith("ServiceAuthorizeSecrets"),
    );
    const [resourcePolicy] = ofType(withUsers, "AWS::Lambda::ResourcePolicy").filter(([id]) =>
      /Authorize/.test(id),
    );
    expect(policy?.[1].DependsOn).toContain(resourcePolicy?.[0]);
  });
});

describe("authorize", () => {
  test("writes no line of Lambda's own for each request, and connections writes all of them", () => {
    const [authorize, connections] = parts.map(
      (name) => functionOf(withUsers, name).Properties.LoggingConfig,
    );
    expect(authorize).toMatchObject({
      LogFormat: "JSON",
      SystemLogLevel: "WARN",
      ApplicationLogLevel: "TRACE",
    });
    expect(connections).not.toHaveProperty("LogFormat");
  });

  test("is reached through a Function URL without authentication, and directly by no principal", () => {
    const lines = added.filter(({ resource }) => resource === "<Authorize>").map(lineOf);
    expect(lines.toSorted()).toEqual([
      "ALLOW | * | lambda:InvokeFunction | <Authorize> | Bool lambda:InvokedViaFunctionUrl true",
      "ALLOW | * | lambda:InvokeFunctionUrl | <Authorize> | StringEquals lambda:FunctionUrlAuthType NONE",
      "DENY | * | lambda:InvokeAsync | <Authorize> | BoolIfExists lambda:InvokedViaFunctionUrl false",
      "DENY | * | lambda:InvokeFunction | <Authorize> | BoolIfExists lambda:InvokedViaFunctionUrl false",
    ]);
  });
});

describe("connections", () => {
  const [[rule, { Properties }]] = ofType(withUsers, "AWS::Events::Rule").filter(
    ([id]) => without.resources[id] === undefined,
  ) as [[string, TemplateResource]];

  test("is invoked once a day, without a repetition, and may otherwise be invoked by identity policies alone", () => {
    expect(Properties.ScheduleExpression).toBe("rate(1 day)");
    expect(Properties.Targets).toEqual([
      expect.objectContaining({ RetryPolicy: { MaximumRetryAttempts: 0 } }),
    ]);
    const [config] = ofType(withUsers, "AWS::Lambda::EventInvokeConfig").filter(([id]) =>
      /Connections/.test(id),
    );
    expect(config?.[1].Properties.MaximumRetryAttempts).toBe(0);
    const lines = added.filter(({ resource }) => resource === "<Connections>").map(lineOf);
    const source = `<${rule.replace(/^Service|[0-9A-F]{8}$/g, "")}>`;
    expect(lines).toEqual([
      `ALLOW | events.amazonaws.com | lambda:InvokeFunction | <Connections> | ArnLike aws:SourceArn ${source}`,
    ]);
  });

  test("has no Function URL", () => {
    const urls = ofType(withUsers, "AWS::Lambda::Url").map(([id]) => id.replace(/[0-9A-F]{8}$/, ""));
    expect(urls.toSorted()).toEqual(["ServiceAuthorizeAccessUrl", "ServiceByUrl"]);
  });

  test("may be invoked by the managers of deploy.json, by name of the function", () => {
    const managed = deploy({ sharedCache: true, oauth: { ...oauth, managers: [OPERATORS] } });
    const before = new Set(permissionsOf(withUsers).map(lineOf));
    const lines = permissionsOf(managed)
      .map(lineOf)
      .filter((line) => !before.has(line));
    expect(lines).toEqual([`ALLOW | ${OPERATORS} | lambda:InvokeFunction | <Connections> | always`]);
  });
});

describe("the table with connections", () => {
  test("is kept, protected against deletion, and recoverable to any point of 7 days", () => {
    const table = tableOf(withUsers);
    expect([table.DeletionPolicy, table.UpdateReplacePolicy]).toEqual(["Retain", "Retain"]);
    expect(table.Properties).toMatchObject({
      DeletionProtectionEnabled: true,
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true, RecoveryPeriodInDays: 7 },
    });
  });

  test("keeps the key that encrypts it, and the service secret", () => {
    const [[, key]] = ofType(withUsers, "AWS::KMS::Key") as [[string, TemplateResource]];
    expect([key.DeletionPolicy, key.UpdateReplacePolicy]).toEqual(["RetainExceptOnCreate", "Retain"]);
    const secrets = ofType(withUsers, "AWS::SecretsManager::Secret");
    expect(secrets.map(([, { DeletionPolicy }]) => DeletionPolicy)).toEqual([
      "RetainExceptOnCreate",
      "RetainExceptOnCreate",
    ]);
  });

  test("is denied to every principal for whatever reads more than one item, but for the sweep's scan", () => {
    const denied = permissionsOf(withUsers).filter(
      ({ effect, resource }) => effect === "Deny" && resource === "<SharedCacheTable>",
    );
    const before = permissionsOf(without).filter(
      ({ effect, resource }) => effect === "Deny" && resource === "<SharedCacheTable>",
    );
    expect(denied.map(({ action }) => action).toSorted()).toEqual(
      before.map(({ action }) => action).toSorted(),
    );
    const conditions = new Map(denied.map(({ action, condition }) => [action, condition]));
    expect(conditions.get("dynamodb:Scan")).toBe("ArnNotEquals aws:PrincipalArn <ConnectionsRole>");
    conditions.delete("dynamodb:Scan");
    expect(new Set(conditions.values())).toEqual(new Set(["always"]));
  });
});

describe("adding OAuth 2.0 apps to a deployment with a shared cache", () => {
  test("replaces nothing: it changes these properties, each of which CloudFormation changes in place", () => {
    const changed = Object.entries(without.resources).flatMap(([id, { Type, Properties = {} }]) => {
      const { Properties: now = {} } = withUsers.resources[id] ?? expect.fail(`${id} is gone`);
      const names = new Set([...Object.keys(now), ...Object.keys(Properties)]);
      return [...names]
        .filter((name) => json(now[name]) !== json(Properties[name]))
        .map((name) => `${Type} ${name}`);
    });
    expect(changed.toSorted()).toEqual([
      "AWS::CloudWatch::Dashboard DashboardBody",
      "AWS::DynamoDB::Table DeletionProtectionEnabled",
      "AWS::DynamoDB::Table PointInTimeRecoverySpecification",
      "AWS::DynamoDB::Table ResourcePolicy",
      "AWS::SNS::TopicPolicy PolicyDocument",
    ]);
  });

  test("is the only thing that adds any of it", () => {
    const template = json(Template.fromStack(without.stack).toJSON());
    const marks =
      /OAuth|ServiceAuthorize|ServiceConnection|connection#|PointInTimeRecovery|DeletionProtection/g;
    expect(template.match(marks)).toBeNull();
  });
});

test("the outputs name the pages, the redirect URI and the function, with SSM parameters for other deployments", () => {
  const { Outputs } = Template.fromStack(withUsers.stack).toJSON();
  const before = Template.fromStack(without.stack).toJSON().Outputs;
  const names = Object.keys(Outputs).filter((name) => before[name] === undefined);
  expect(names).toEqual([
    ...["AuthorizeUrl", "RedirectUri", "AuthorizeFunction", "ConnectionsFunction", "ConnectionsFunctionArn"],
  ]);
  expect(deployed(Outputs.RedirectUri.Value)).toBe("https://id.lambda-url.eu-central-1.on.aws/callback");
  const parameters = new Map(
    ofType(withUsers, "AWS::SSM::Parameter").map(([, { Properties }]) => [Properties.Name, Properties.Value]),
  );
  expect(parameters.get("/box-sts/box-sts/connections-function-arn")).toEqual(
    Outputs.ConnectionsFunctionArn.Value,
  );
  expect(parameters.get("/box-sts/box-sts/authorize-url")).toEqual(Outputs.AuthorizeUrl.Value);
});

test("the alarms are six more, of which those of the sweep read whole days and one is raised by silence", () => {
  const more = [...alarmsOf(withUsers)].filter(([name]) => !alarmsOf(without).has(name));
  const facts = more.map(([name, { Properties }]) => [
    ...[name, Properties.ComparisonOperator, Properties.Threshold],
    ...[Properties.Period, Properties.TreatMissingData],
  ]);
  const [above, below] = ["GreaterThanThreshold", "LessThanThreshold"];
  expect(facts).toEqual([
    ["ConnectionsFailed", above, 0, 300, "notBreaching"],
    ["ConnectRequestsRefused", above, 1_000, 300, "notBreaching"],
    ["ConnectThrottles", above, 100, 300, "notBreaching"],
    ["ConnectionsToReconnect", above, 0, undefined, "notBreaching"],
    ["ConnectionDaysLeft", below, 14, 86_400, "notBreaching"],
    ["ConnectionSweeps", below, 1, 86_400, "breaching"],
  ]);
  const { Metrics } = alarmsOf(withUsers).get("ConnectionsToReconnect")!.Properties;
  expect(json(Metrics).match(/"Period":86400/g)).toHaveLength(2);
  const alarmThresholds = { connectionDaysLeft: 7 };
  const changed = alarmsOf(deploy({ sharedCache: true, oauth, alarmThresholds }));
  expect(changed.get("ConnectionDaysLeft")?.Properties.Threshold).toBe(7);
});

/** The construct with these OAuth 2.0 apps in a deployer's stack, with the app `files`. */
function inStack(given: OAuthProps, props: Partial<BoxTokenServiceProps> = {}, env: object = ENV) {
  const stack = new Stack(new App({ outdir: newFolder() }), "Theirs", { env });
  const policy = join(newFolder(), "policy.json");
  writeFileSync(policy, json({ ...policyOf(), statements: [] }));
  const service = new BoxTokenService(stack, "Service", {
    ...{ apps: [{ name: "files", createSecret: "box/files" }], policy, oauth: given, sharedCache: true },
    ...props,
  });
  return { stack, service };
}

describe("the construct", () => {
  test("grants a role of the app to manage connections, by the role's own policy", () => {
    const { stack, service } = inStack({ apps: ["files"] });
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

  test("reports a manager of another account unless that is meant, and everyone", () => {
    const foreign = new ArnPrincipal("arn:aws:iam::999999999999:role/operators");
    const { stack, service } = inStack({ apps: ["files"] });
    expect(service.grantManageConnections(foreign).success).toBe(false);
    expect(service.grantManageConnections(new ArnPrincipal("*")).success).toBe(false);
    expect(mistakesOf(stack)).toEqual([
      expect.stringMatching(/^grantManageConnections: the caller is of the account 999999999999, /),
      expect.stringMatching(/^grantManageConnections: a caller is one IAM role or user; /),
    ]);
    const meant = inStack({ apps: ["files"] });
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
    const { stack } = inStack(given, props, { ...ENV, region });
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
      "30 days",
      { alarmThresholds: { connectionDaysLeft: 30 } },
      /^\/alarmThresholds\/connectionDaysLeft: .*from 1 to 29/,
    ],
  ])("%s", (_, config, sentence) => {
    expect(() => deploy(config as Partial<DeployConfig>)).toThrow(sentence);
  });
});
