import { describe, expect, test } from "vitest";
import {
  deploy,
  deployWithCode,
  EXAMPLE_CONFIG,
  EXAMPLE_POLICY,
  ofType,
  PUBLIC,
  synthesise,
  VPC,
} from "./deployment.ts";

const example = deploy();
const functions = ofType(example, "AWS::Lambda::Function");
const json = (value: unknown) => JSON.stringify(value);

describe("the functions", () => {
  test("run on nodejs24.x and arm64, with the handler that the build exports", () => {
    expect(functions).toHaveLength(3);
    for (const [, { Properties }] of functions) {
      expect(Properties).toMatchObject({
        Runtime: "nodejs24.x",
        Architectures: ["arm64"],
        Handler: "index.handler",
      });
    }
  });

  test("each have a role and a log group of their own; the logs are kept for a time and outlive the stack", () => {
    const roles = functions.map(([, { Properties }]) => json(Properties.Role));
    expect(new Set(roles).size).toBe(3);
    const logs = ofType(example, "AWS::Logs::LogGroup");
    expect(logs).toHaveLength(3);
    for (const [, log] of logs) {
      expect(log.Properties.RetentionInDays).toBeGreaterThanOrEqual(90);
      expect([log.DeletionPolicy, log.UpdateReplacePolicy]).toEqual(["RetainExceptOnCreate", "Retain"]);
    }
  });

  test("have no secret in their environment", () => {
    for (const [, { Properties }] of functions) {
      expect(json(Properties.Environment)).not.toMatch(/\{\{resolve|PRIVATE KEY|clientSecret/);
    }
  });
});

describe("both kinds of access", () => {
  test("are one Function URL with AWS_IAM and one alias for each caller", () => {
    const urls = ofType(example, "AWS::Lambda::Url").map(([, { Properties }]) => Properties);
    expect(urls).toEqual([expect.objectContaining({ AuthType: "AWS_IAM" })]);
    const aliases = ofType(example, "AWS::Lambda::Alias").map(([, { Properties }]) => Properties.Name);
    expect(aliases).toEqual(["nightly-sync"]);
  });

  test("exist only with their resource policies", () => {
    const policyOf = (id: string) =>
      ofType(example, "AWS::Lambda::ResourcePolicy").find(([one]) => one.startsWith(id))![0];
    const [url] = ofType(example, "AWS::Lambda::Url");
    expect(url?.[1].DependsOn).toContain(policyOf("ServiceByUrlResourcePolicy"));
    const [alias] = ofType(example, "AWS::Lambda::Alias");
    expect(alias?.[1].DependsOn).toContain(policyOf("ServiceByAliasUNQUALIFIED"));
  });

  test("lead to no secret before every resource policy denies, because a function exists before its policies", () => {
    const accessOf = (name: string) =>
      ofType(example, "AWS::IAM::Policy").find(([id]) => id.startsWith(`Service${name}Secrets`))?.[1];
    const policies = ofType(example, "AWS::Lambda::ResourcePolicy").map(([id]) => id);
    const [url, invoke] = ["ByUrl", "ByAlias"].map((access) =>
      policies.filter((id) => id.startsWith(`Service${access}`)),
    );
    expect([url?.length, invoke?.length]).toEqual([1, 2]);
    expect(accessOf("TokenUrl")?.DependsOn).toEqual(expect.arrayContaining(url ?? []));
    expect(accessOf("TokenInvoke")?.DependsOn).toEqual(expect.arrayContaining(invoke ?? []));
    const secretReads = ofType(example, "AWS::IAM::Policy").filter(([, { Properties }]) =>
      json(Properties).includes("secretsmanager:GetSecretValue"),
    );
    expect(secretReads.map(([id]) => id.replace(/[0-9A-F]{8}$/, "")).toSorted()).toEqual([
      "ServiceHealthSecrets",
      "ServiceTokenInvokeSecrets",
      "ServiceTokenUrlSecrets",
    ]);
  });

  test("have no AWS::Lambda::Permission beside a resource policy, which would overwrite one another", () => {
    const permitted = ofType(example, "AWS::Lambda::Permission").map(([, { Properties }]) =>
      json(Properties.FunctionName),
    );
    expect(permitted).toEqual([expect.stringContaining("Health")]);
  });
});

describe("how much", () => {
  const concurrency = (change: Parameters<typeof deploy>[0]) =>
    Object.fromEntries(
      ofType(deploy(change), "AWS::Lambda::Function").map(([id, { Properties }]) => [
        id.replace(/^Service|[0-9A-F]{8}$/g, ""),
        Properties.ReservedConcurrentExecutions,
      ]),
    );

  test("concurrency is reserved as the deployment configures it", () => {
    expect(concurrency({})).toEqual({ TokenUrl: 50, TokenInvoke: 50, Health: 2 });
    expect(concurrency({ reservedConcurrency: 7 })).toEqual({ TokenUrl: 7, TokenInvoke: 7, Health: 2 });
    expect(concurrency({ reservedConcurrency: 0 })).toEqual({ TokenUrl: 0, TokenInvoke: 0, Health: 2 });
    expect(concurrency({ reservedConcurrency: "unreserved" })).toEqual({});
  });

  test("no asynchronous invocation is repeated, of an alias neither", () => {
    const configs = ofType(example, "AWS::Lambda::EventInvokeConfig").map(([, { Properties }]) => Properties);
    expect(configs.map(({ MaximumRetryAttempts }) => MaximumRetryAttempts)).toEqual([0, 0, 0]);
    const qualifiers = configs
      .map(({ FunctionName, Qualifier }) => `${json(FunctionName)} ${json(Qualifier)}`)
      .toSorted();
    expect(qualifiers).toEqual([
      expect.stringMatching(/ServiceHealth\w+"\} "\$LATEST"$/),
      expect.stringMatching(/ServiceTokenInvoke\w+"\} "\$LATEST"$/),
      expect.stringMatching(/ServiceTokenInvoke.+ServiceByAliasnightlysync/),
    ]);
  });
});

describe("secrets", () => {
  const secrets = ofType(example, "AWS::SecretsManager::Secret");

  test("that exist are imported: nothing in the template can change their value", () => {
    expect(secrets.map(([id]) => id)).toEqual([expect.stringMatching(/archive/)]);
  });

  test("that are created are empty, and stay when the stack goes", () => {
    for (const [, { Properties, DeletionPolicy, UpdateReplacePolicy }] of secrets) {
      expect([DeletionPolicy, UpdateReplacePolicy]).toEqual(["RetainExceptOnCreate", "Retain"]);
      expect(Properties.SecretString).toBeUndefined();
      expect(Properties.GenerateSecretString).toBeUndefined();
    }
  });

  const [reports, archive] = EXAMPLE_CONFIG.apps;
  const again = { name: "again", createSecret: "box/again" } as const;
  test.each([
    ["another app before the others", { apps: [again, archive!, reports!] }],
    ["another order", { apps: [archive!, reports!] }],
    [
      "fewer callers and no e-mail",
      { callers: EXAMPLE_CONFIG.callers.slice(), alarmEmail: "other@example.com" },
    ],
    ["a VPC", { vpc: { ...VPC } }],
    ["the expected Service Account", { apps: [reports!, { ...archive!, serviceAccount: "12345" }] }],
  ])("are neither replaced nor changed by %s", (_, change) => {
    const changed = new Map(ofType(deploy(change), "AWS::SecretsManager::Secret"));
    for (const [id, secret] of secrets) expect(changed.get(id)).toEqual(secret);
  });

  test("that were created and are then imported are left in the account", () => {
    const arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:archive-AbCdEf";
    const imported = ofType(
      deploy({ apps: [reports!, { name: "archive", secret: arn }] }),
      "AWS::SecretsManager::Secret",
    );
    expect(imported).toEqual([]);
  });
});

test.each([
  ["the example", {}],
  ["the example in a VPC", { vpc: VPC }],
  ["a deployment with a shared cache, OAuth 2.0 users and webhooks", PUBLIC],
])("no resource of %s waits for itself, which CloudFormation refuses", (_, change) => {
  const { resources } = deploy(change);
  const found = new Map<string, "entered" | "left">();
  const circles: string[] = [];
  const enter = (id: string, path: readonly string[]) => {
    if (found.get(id) === "entered") circles.push([...path, id].join(" > "));
    if (found.has(id)) return;
    found.set(id, "entered");
    for (const next of waitsFor(resources[id])) {
      if (resources[next] !== undefined) enter(next, [...path, id]);
    }
    found.set(id, "left");
  };
  for (const id of Object.keys(resources)) enter(id, []);
  expect(circles).toEqual([]);
  expect(found.size).toBe(Object.keys(resources).length);
});

/** Logical ids that CloudFormation makes first. */
function waitsFor(part: unknown): readonly string[] {
  if (typeof part !== "object" || part === null) return [];
  if (Array.isArray(part)) return part.flatMap(waitsFor);
  return Object.entries(part).flatMap(([key, value]) => {
    if (key === "Ref") return [String(value)];
    if (key === "Fn::GetAtt") return [String([value].flat()[0])];
    if (key === "DependsOn") return [value].flat().map(String);
    return waitsFor(value);
  });
}

test("the same deployment gives the same template and the same assets", () => {
  const again = synthesise();
  expect(again.resources).toEqual(deployWithCode().resources);
});

test("another policy changes the functions' code and nothing that is kept", () => {
  const narrower = {
    ...EXAMPLE_POLICY,
    statements: EXAMPLE_POLICY.statements.map((one) => ({ ...one, subjects: ["enterprise"] })),
  };
  const [before, after] = [deployWithCode().resources, deployWithCode({}, narrower).resources];
  const differs = Object.keys(before).filter((id) => json(after[id]) !== json(before[id]));
  expect(differs.map((id) => before[id]?.Type).toSorted()).toEqual([
    "AWS::Lambda::Alias",
    "AWS::Lambda::Function",
    "AWS::Lambda::Function",
    "AWS::Lambda::Function",
    "AWS::Lambda::Version",
    "AWS::SSM::Parameter",
  ]);
});
