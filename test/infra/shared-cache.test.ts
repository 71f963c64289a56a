import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { App, Stack } from "aws-cdk-lib";
import { Annotations, Match, Template } from "aws-cdk-lib/assertions";
import { Alias, Key } from "aws-cdk-lib/aws-kms";
import { describe, expect, test } from "vitest";
import { BoxTokenService, type SharedCacheProps } from "../../infra/index.ts";
import type { DeployConfig } from "../../schemas/deploy/parse.ts";
import {
  type Deployment,
  deploy,
  EXAMPLE_CONFIG,
  mistakesOf,
  newFolder,
  ofType,
  type TemplateResource,
  VPC,
} from "./deployment.ts";

const KEY = "arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";
const TYPES = ["AWS::DynamoDB::Table", "AWS::KMS::Key", "AWS::SecretsManager::Secret"] as const;
const json = (value: unknown) => JSON.stringify(value);
const without = deploy();
const shared = deploy({ sharedCache: true });
const withKey = deploy({ sharedCache: { encryptionKey: KEY } });

/** The one resource of the type, beside those of the template without a shared cache. */
function added(type: (typeof TYPES)[number], deployment = shared): readonly [string, TemplateResource] {
  const [one, ...more] = ofType(deployment, type).filter(([id]) => without.resources[id] === undefined);
  expect(more).toEqual([]);
  return one ?? expect.fail(`no ${type}`);
}

const [tableId, table] = added("AWS::DynamoDB::Table");
const [keyId, key] = added("AWS::KMS::Key");
const [secretId, secret] = added("AWS::SecretsManager::Secret");

function variablesOf(deployment: Deployment, name: string): Readonly<Record<string, unknown>> {
  const [, lambda] =
    ofType(deployment, "AWS::Lambda::Function").find(([id]) => id.startsWith(`Service${name}`)) ??
    expect.fail(name);
  return (lambda.Properties.Environment as { Variables: Readonly<Record<string, unknown>> }).Variables;
}

describe("the table of the shared cache", () => {
  test("has the key, the lifetime attribute and the billing that the functions and docs/storage.md expect", () => {
    expect(table.Properties).toMatchObject({
      KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
      AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
      TimeToLiveSpecification: { AttributeName: "delete_after", Enabled: true },
      BillingMode: "PAY_PER_REQUEST",
    });
  });

  test("keeps no copy: it has no recovery to a point in time, no stream and no replica, and goes with the stack", () => {
    expect(Object.keys(table.Properties).toSorted()).toEqual([
      ...["AttributeDefinitions", "BillingMode", "KeySchema", "ResourcePolicy", "SSESpecification"],
      "TimeToLiveSpecification",
    ]);
    expect([table.DeletionPolicy, table.UpdateReplacePolicy]).toEqual(["Delete", "Delete"]);
  });

  test("is encrypted with a key of the stack, which is rotated and goes with the table", () => {
    expect(table.Properties.SSESpecification).toEqual({
      ...{ SSEEnabled: true, SSEType: "KMS" },
      KMSMasterKeyId: { "Fn::GetAtt": [keyId, "Arn"] },
    });
    expect(key.Properties).toMatchObject({ EnableKeyRotation: true, PendingWindowInDays: 7 });
    expect(key.DeletionPolicy).toBe("Delete");
    expect(key.Properties.Tags).toEqual([{ Key: "box-sts:service", Value: "box-sts-Service" }]);
  });

  test("is encrypted with the operator's key where there is one, and the stack then makes none", () => {
    expect(added("AWS::DynamoDB::Table", withKey)[1].Properties.SSESpecification).toMatchObject({
      KMSMasterKeyId: KEY,
    });
    expect(ofType(withKey, "AWS::KMS::Key")).toEqual([]);
    // Another key changes the table in place.
    expect(added("AWS::DynamoDB::Table", withKey)[0]).toBe(tableId);
  });

  test("is denied to every principal for whatever reads more than one item", () => {
    const { Statement } = (table.Properties.ResourcePolicy as { PolicyDocument: { Statement: object[] } })
      .PolicyDocument;
    expect(Statement).toEqual([
      {
        ...{ Sid: "OneItemAtATime", Effect: "Deny", Principal: "*", Resource: "*" },
        Action: [
          "dynamodb:BatchGetItem",
          "dynamodb:ExportTableToPointInTime",
          ...["Delete", "Insert", "Select", "Update"].map((kind) => `dynamodb:PartiQL${kind}`),
          "dynamodb:Query",
          "dynamodb:Scan",
        ],
      },
    ]);
  });
});

describe("the service secret", () => {
  // CloudFormation generates another value when a property of GenerateSecretString changes, and every record of the
  // table that the old value encrypted is then unreadable. So these are frozen: a rotation is a new version of the secret.
  test("is generated with these properties, in every version of this construct", () => {
    expect(secret.Properties.GenerateSecretString).toEqual({ PasswordLength: 64, ExcludePunctuation: true });
  });

  test("has no other property that could set its value, its name or its key", () => {
    expect(Object.keys(secret.Properties).toSorted()).toEqual(["Description", "GenerateSecretString"]);
  });

  test("keeps its logical id, by which CloudFormation finds the value that is there", () => {
    expect(secretId.replace(/[0-9A-F]{8}$/, "")).toBe("ServiceSharedCacheServiceSecret");
  });

  test("stays when the stack or the shared cache goes, unless the first deployment fails", () => {
    expect([secret.DeletionPolicy, secret.UpdateReplacePolicy]).toEqual(["RetainExceptOnCreate", "Retain"]);
  });

  const [reports, archive] = EXAMPLE_CONFIG.apps;
  test.each<[string, Partial<DeployConfig>]>([
    ["another order of the apps", { apps: [archive!, reports!] }],
    ["a VPC", { vpc: VPC }],
    ["a key for the table", { sharedCache: { encryptionKey: KEY } }],
    ["another retention of the logs", { logRetention: 30 }],
  ])("is neither replaced nor changed by %s", (_, change) => {
    expect(deploy({ sharedCache: true, ...change }).resources[secretId]).toEqual(secret);
  });

  test("is changed by tags in its tags alone", () => {
    const { Tags, ...others } = deploy({ sharedCache: true, tags: { team: "content" } }).resources[secretId]!
      .Properties;
    expect(Tags).toEqual([{ Key: "team", Value: "content" }]);
    expect(others).toEqual(secret.Properties);
  });
});

describe("the functions", () => {
  test.each(["TokenUrl", "TokenInvoke"])("%s gets the names of the table and the service secret", (name) => {
    const { BOX_STS_TABLE, BOX_STS_SERVICE_SECRET, ...others } = variablesOf(shared, name);
    expect([BOX_STS_TABLE, BOX_STS_SERVICE_SECRET]).toEqual([{ Ref: tableId }, { Ref: secretId }]);
    expect(others).toEqual(variablesOf(without, name));
  });

  test("the health function gets the name of the table, and not that of the service secret", () => {
    const { BOX_STS_TABLE, ...others } = variablesOf(shared, "Health");
    expect(BOX_STS_TABLE).toEqual({ Ref: tableId });
    expect(others).toEqual(variablesOf(without, "Health"));
  });

  test("that give tokens may not use the table before their resource policies deny", () => {
    const using = ofType(shared, "AWS::IAM::Policy").filter(([, { Properties }]) =>
      json(Properties).includes("dynamodb:"),
    );
    const names = using.map(([id]) => id.replace(/[0-9A-F]{8}$/, ""));
    expect(names.toSorted()).toEqual([
      "ServiceHealthSecrets",
      "ServiceTokenInvokeSecrets",
      "ServiceTokenUrlSecrets",
    ]);
    for (const [id, { DependsOn }] of using.filter((_, at) => names[at] !== "ServiceHealthSecrets")) {
      expect(DependsOn).toEqual(without.resources[id]?.DependsOn);
      expect(DependsOn?.some((one) => /^ServiceBy(?:Url|Alias)/.test(one))).toBe(true);
    }
  });
});

test("the stack's outputs name the table and the service secret, and only where there are some", () => {
  const outputsOf = ({ stack }: Deployment) => Template.fromStack(stack).toJSON().Outputs;
  const { SharedCacheTable, ServiceSecret, ...others } = outputsOf(shared);
  expect([SharedCacheTable.Value, ServiceSecret.Value]).toEqual([{ Ref: tableId }, { Ref: secretId }]);
  expect(Object.keys(others)).toEqual(Object.keys(outputsOf(without)));
});

describe("switching the shared cache on", () => {
  /** A version of the code and environment: another environment is another version, with another logical id. */
  const isVersion = ([, { Type }]: readonly [string, TemplateResource]) => Type === "AWS::Lambda::Version";
  const stay = Object.entries(without.resources).filter((one) => !isVersion(one));
  const changed = stay.filter(([id, resource]) => json(shared.resources[id]) !== json(resource));

  test("replaces nothing: it changes these properties, each of which CloudFormation changes in place", () => {
    const properties = changed.flatMap(([id, { Type, Properties }]) => {
      const now = shared.resources[id] ?? expect.fail(`${id} is gone`);
      expect({ ...now, Properties: {} }).toEqual({ ...without.resources[id], Properties: {} });
      const names = new Set([...Object.keys(now.Properties), ...Object.keys(Properties)]);
      return [...names]
        .filter((name) => json(now.Properties[name]) !== json(Properties[name]))
        .map((name) => `${Type} ${name}`);
    });
    expect(properties.toSorted()).toEqual([
      // The alarm about authorizations keeps its state where all environments know it.
      "AWS::CloudWatch::Alarm Period",
      "AWS::CloudWatch::Alarm TreatMissingData",
      "AWS::CloudWatch::Dashboard DashboardBody",
      ...Array(3).fill("AWS::IAM::Policy PolicyDocument"),
      "AWS::Lambda::Alias FunctionVersion",
      ...Array(3).fill("AWS::Lambda::Function Environment"),
      "AWS::SNS::TopicPolicy PolicyDocument",
    ]);
  });

  test("adds a table, a key, a service secret, an alarm and a query, and nothing else", () => {
    const types = Object.entries(shared.resources)
      .filter((one) => !isVersion(one) && without.resources[one[0]] === undefined)
      .map(([, { Type }]) => Type);
    expect(types.toSorted()).toEqual([
      ...["AWS::CloudWatch::Alarm", ...TYPES.slice(0, 2), "AWS::Logs::QueryDefinition", TYPES[2]],
    ]);
  });

  test("is the only thing that adds any of it: without it the template is byte for byte the one without these parts", () => {
    const marks = /SharedCache|sharedCache|BOX_STS_TABLE|BOX_STS_SERVICE_SECRET|dynamodb|DynamoDB/;
    const template = Template.fromStack(without.stack).toJSON();
    expect(json(template)).not.toMatch(marks);
    const stripped = { ...shared.resources };
    for (const [id] of changed) stripped[id] = without.resources[id]!;
    const kept = Object.entries(stripped).filter(
      (one) => !isVersion(one) && without.resources[one[0]] !== undefined,
    );
    expect(json(kept)).toBe(json(stay));
  });
});

describe("in a VPC", () => {
  const infos = ({ stack }: Deployment) =>
    Annotations.fromStack(stack)
      .findInfo("*", Match.stringLikeRegexp("gateway endpoint"))
      .map(({ entry }) => entry.data);

  test("the synth mentions the gateway endpoint for DynamoDB, where there is a shared cache", () => {
    expect(infos(deploy({ vpc: VPC, sharedCache: true }))).toEqual([
      expect.stringMatching(/^sharedCache: in the VPC .*NAT gateway, or through a gateway endpoint/),
    ]);
    expect(infos(deploy({ vpc: VPC }))).toEqual([]);
    expect(infos(shared)).toEqual([]);
  });
});

describe("deploy.json is refused with", () => {
  test.each<[string, unknown, RegExp]>([
    ["false", false, /^\/sharedCache: The value true, or an object with encryptionKey.*leave it out/],
    ["an object without a key", {}, /^\/sharedCache: .*For example: true or \{"encryptionKey"/],
    ["a misspelt property", { key: KEY }, /^\/sharedCache: .*For example: true or \{"encryptionKey"/],
    [
      "an alias of a key",
      { encryptionKey: KEY.replace("key/", "alias/") },
      /^\/sharedCache: .*ARN of the KMS key/,
    ],
    [
      "a key of another region",
      { encryptionKey: KEY.replace("eu-central-1", "us-east-1") },
      /^sharedCache\.encryptionKey: .*us-east-1, the stack in eu-central-1; .*give a key of that region\.$/,
    ],
    [
      "a key of another account",
      { encryptionKey: KEY.replace("123456789012", "999999999999") },
      /^sharedCache\.encryptionKey: .*999999999999, the service to 123456789012; .*give one of that account\.$/,
    ],
  ])("%s", (_, sharedCache, sentence) => {
    // A file can hold what the type cannot.
    expect(() => deploy({ sharedCache } as Partial<DeployConfig>)).toThrow(sentence);
  });
});

describe("the construct", () => {
  const inStack = (cache: (stack: Stack) => true | SharedCacheProps, apps = 1) => {
    const stack = new Stack(new App({ outdir: newFolder() }), "Theirs", {
      env: { account: "123456789012", region: "eu-central-1" },
    });
    const policy = join(newFolder(), "policy.json");
    writeFileSync(policy, json({ version: 1, statements: [] }));
    const service = new BoxTokenService(stack, "Box", {
      apps: Array.from({ length: apps }, (__, index) => ({
        name: `a${index}`,
        createSecret: `box/${"long-".repeat(4)}name-${index}`,
      })),
      policy,
      sharedCache: cache(stack),
    });
    return { stack, service };
  };

  test("gives the name of the table and the ARN of the service secret", () => {
    const { stack, service } = inStack(() => true);
    expect([service.sharedCacheTableName, service.serviceSecretArn].map((one) => stack.resolve(one))).toEqual(
      [
        { Ref: expect.stringMatching(/^BoxSharedCacheTable/) },
        { Ref: expect.stringMatching(/^BoxSharedCacheServiceSecret/) },
      ],
    );
  });

  test("makes nothing where a program without types says false", () => {
    const { stack, service } = inStack(() => false as unknown as true);
    Template.fromStack(stack).resourceCountIs("AWS::DynamoDB::Table", 0);
    expect(service.sharedCacheTableName).toBeUndefined();
  });

  test("makes a key where the object has none", () => {
    const { stack } = inStack(() => ({}));
    Template.fromStack(stack).resourceCountIs("AWS::KMS::Key", 1);
  });

  test("takes a key that the same stack makes", () => {
    const { stack } = inStack((scope) => ({ encryptionKey: new Key(scope, "Own") }));
    expect(mistakesOf(stack)).toEqual([]);
    Template.fromStack(stack).hasResourceProperties("AWS::DynamoDB::Table", {
      SSESpecification: { KMSMasterKeyId: { "Fn::GetAtt": [Match.stringLikeRegexp("^Own"), "Arn"] } },
    });
  });

  test("reports an alias of a key, because IAM statements name keys", () => {
    const { stack } = inStack((scope) => ({
      encryptionKey: Alias.fromAliasName(scope, "Own", "alias/cache"),
    }));
    expect(mistakesOf(stack)).toEqual([
      expect.stringMatching(/^sharedCache\.encryptionKey: it is an alias.*give the key/),
    ]);
  });

  test("counts the names of the table and the secret, which CloudFormation makes up, in the size of the environment", () => {
    const reported = (apps: number) =>
      mistakesOf(inStack(() => true, apps).stack).map((one) => one.replace(/ would have.*/, ""));
    // Without a shared cache 33 of these apps fit.
    expect([31, 33].map(reported)).toEqual([
      [],
      ["The environment of token-invoke", "The environment of health"],
    ]);
  });
});
