import { Template } from "aws-cdk-lib/assertions";
import { describe, expect, test } from "vitest";
import { readAuthorizeSettings } from "../../functions/lambda/authorize-settings.ts";
import { readConnectionsSettings } from "../../functions/lambda/connections-settings.ts";
import { alarmsOf } from "./alarm-names.ts";
import { functionOf, textOf, variablesOf } from "./deployed-values.ts";
import { type Deployment, deploy, ofType, type TemplateResource } from "./deployment.ts";
import { lineOf, permissionsOf } from "./permissions.ts";

const OPERATORS = "arn:aws:iam::123456789012:role/operators";
const oauth = { apps: ["archive"] };
const json = (value: unknown) => JSON.stringify(value);
const without = deploy({ sharedCache: true });
const withUsers = deploy({ sharedCache: true, oauth });
const parts = ["authorize", "connections"] as const;

const idOf = (name: string) => `Service${name[0]?.toUpperCase()}${name.slice(1)}`;
/** A URL or an id instead of each reference. */
const deployed = (argument: unknown) =>
  json(argument).includes("FunctionUrl") ? "https://id.lambda-url.eu-central-1.on.aws/" : String(argument);
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
      readAuthorizeSettings(variablesOf(withUsers, idOf("authorize"), deployed)),
      readConnectionsSettings(variablesOf(withUsers, idOf("connections"), deployed)),
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
    const authorize = readAuthorizeSettings(variablesOf(withUsers, idOf("authorize"), deployed));
    const connections = readConnectionsSettings(variablesOf(withUsers, idOf("connections"), deployed));
    expect(authorize.publicUrl).toBeUndefined();
    expect(connections.authorizeUrl).toBe("https://id.lambda-url.eu-central-1.on.aws");
    for (const publicUrl of ["https://connect.example.com", "https://example.com/box/"]) {
      const behind = deploy({ sharedCache: true, oauth: { ...oauth, publicUrl } });
      const expected = publicUrl.replace(/\/$/, "");
      expect(readAuthorizeSettings(variablesOf(behind, idOf("authorize"), deployed)).publicUrl).toBe(
        expected,
      );
      expect(readConnectionsSettings(variablesOf(behind, idOf("connections"), deployed)).authorizeUrl).toBe(
        expected,
      );
      const { RedirectUri } = Template.fromStack(behind.stack).toJSON().Outputs;
      expect(RedirectUri.Value).toBe(`${expected}/callback`);
    }
  });

  test("have their bounds: five invocations within Box's 30 seconds, and two that may take a sweep's 15 minutes", () => {
    const [authorize, connections] = parts.map((name) => functionOf(withUsers, idOf(name)).Properties);
    expect(authorize).toMatchObject({ ReservedConcurrentExecutions: 5 });
    expect(authorize?.Timeout).toBeLessThan(30);
    expect(connections).toMatchObject({ ReservedConcurrentExecutions: 2, Timeout: 900 });
    const changed = {
      sharedCache: true,
      oauth: { ...oauth, reservedConcurrency: 0 },
      tracing: true,
    } as const;
    const stopped = functionOf(deploy(changed), idOf("authorize")).Properties;
    expect(stopped).toMatchObject({ ReservedConcurrentExecutions: 0 });
    expect(stopped).not.toHaveProperty("TracingConfig");
    const unreserved = deploy({ sharedCache: true, oauth, reservedConcurrency: "unreserved" });
    for (const name of parts) {
      expect(functionOf(unreserved, idOf(name)).Properties).not.toHaveProperty(
        "ReservedConcurrentExecutions",
      );
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
      (name) => functionOf(withUsers, idOf(name)).Properties.LoggingConfig,
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
  expect(textOf(Outputs.RedirectUri.Value, deployed)).toBe(
    "https://id.lambda-url.eu-central-1.on.aws/callback",
  );
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
