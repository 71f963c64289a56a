import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { DeployedCaller } from "../../schemas/deploy/parse.ts";
import { deploy, EXAMPLE_CONFIG, EXAMPLE_POLICY, ofType } from "./deployment.ts";
import { otherProgram } from "./other-program.ts";
import { lineOf, permissionsOf } from "./permissions.ts";

const KEY = "arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";
const [reports] = EXAMPLE_CONFIG.apps;
const archive = EXAMPLE_CONFIG.apps.find((app) => app.createSecret !== undefined);
const example = deploy();
const secretsOf = (deployment: typeof example) => ofType(deployment, "AWS::SecretsManager::Secret");
const isToken = (id: string) => /^ServiceToken/.test(id);

describe("deploy.json decides about", () => {
  test("memory, time and tracing of the token functions, and of no other", () => {
    const changed = deploy({ memorySize: 1_024, timeout: 10, tracing: true });
    for (const [id, { Properties }] of ofType(changed, "AWS::Lambda::Function")) {
      const traced = { MemorySize: 1_024, Timeout: 10, TracingConfig: { Mode: "Active" } };
      if (isToken(id)) expect(Properties).toMatchObject(traced);
      else expect(Properties).toMatchObject({ MemorySize: 512, Timeout: 60 });
    }
    const known = new Set(permissionsOf(example).map(lineOf));
    const added = permissionsOf(changed).filter((one) => !known.has(lineOf(one)));
    expect(added.map(lineOf).toSorted()).toEqual(
      ["TokenInvoke", "TokenUrl"].flatMap((name) =>
        ["xray:PutTelemetryRecords", "xray:PutTraceSegments"].map(
          (action) => `ALLOW | <${name}Role> | ${action} | * | always`,
        ),
      ),
    );
  });

  test("retention, key and protection of the logs", () => {
    const changed = deploy({ logRetention: 30, logEncryptionKey: KEY, protectAuditLog: true });
    const logs = ofType(changed, "AWS::Logs::LogGroup");
    expect(logs).toHaveLength(3);
    for (const [id, { Properties, DeletionPolicy, UpdateReplacePolicy }] of logs) {
      expect(Properties.KmsKeyId).toBe(KEY);
      expect(Properties.RetentionInDays).toBe(isToken(id) ? 30 : 90);
      expect(Properties.DeletionProtectionEnabled).toBe(isToken(id) ? true : undefined);
      // A rollback that had to delete a protected log group would fail.
      expect(DeletionPolicy).toBe(isToken(id) ? "Retain" : "RetainExceptOnCreate");
      expect(UpdateReplacePolicy).toBe("Retain");
    }
  });

  test("the tags of everything that can have some", () => {
    const changed = deploy({ tags: { team: "content" } });
    const tagged = Object.values(changed.resources).filter(({ Properties }) =>
      JSON.stringify(Properties?.Tags ?? []).includes('{"Key":"team","Value":"content"}'),
    );
    const types = new Set(tagged.map(({ Type }) => Type));
    expect(types).toContain("AWS::Lambda::Function");
    expect(types).toContain("AWS::SecretsManager::Secret");
    expect(types).toContain("AWS::Logs::LogGroup");
  });

  test("replicas of a secret that it creates, each with the key of its region", () => {
    const there = KEY.replace("eu-central-1", "us-east-1");
    const replicaRegions = [{ region: "us-east-1", encryptionKey: there }, { region: "us-east-2" }];
    const [[, replicated] = []] = secretsOf(
      deploy({ apps: [reports!, { ...archive!, replicaRegions }] }),
    ).filter(([id]) => id.includes("archive"));
    expect(replicated?.Properties.ReplicaRegions).toEqual([
      { Region: "us-east-1", KmsKeyId: there },
      { Region: "us-east-2" },
    ]);
  });

  test("a secret of another account, where crossAccount allows it", () => {
    const secret = "arn:aws:secretsmanager:eu-central-1:999999999999:secret:box/reports-AbCdEf";
    const encryptionKey = KEY.replace("123456789012", "999999999999");
    const apps = [{ name: "reports", secret, encryptionKey, crossAccount: true } as const, archive!];
    expect(permissionsOf(deploy({ apps })).filter(({ resource }) => resource === secret)).toHaveLength(3);
  });
});

describe("an alias with VPC endpoints", () => {
  const [url] = EXAMPLE_CONFIG.callers;
  const alias = EXAMPLE_CONFIG.callers.find((caller) => caller.alias !== undefined);
  const endpoints = ["vpce-0a", "vpce-0b"];

  test("is denied to requests that come through none of them, in addition to every other principal", () => {
    const known = new Set(permissionsOf(example).map(lineOf));
    const changed = deploy({ callers: [url!, { ...alias!, allowFromVpcEndpoints: endpoints }] });
    const added = permissionsOf(changed).filter((one) => !known.has(lineOf(one)));
    expect(permissionsOf(changed)).toHaveLength(known.size + added.length);
    expect(added.map(lineOf).toSorted()).toEqual(
      ["lambda:InvokeAsync", "lambda:InvokeFunction"].map(
        (action) =>
          `DENY | * | ${action} | <ByAliasnightlysync> | StringNotEquals aws:SourceVpce vpce-0a,vpce-0b`,
      ),
    );
  });

  test.each([
    [
      "an id of another kind",
      { ...alias!, allowFromVpcEndpoints: ["vpc-0a"] },
      /Endpoints\/0: .*Id of a VPC/,
    ],
    ["none", { ...alias!, allowFromVpcEndpoints: [] }, /Endpoints: The array is empty/],
    [
      "a caller of the URL",
      { ...url!, allowFromVpcEndpoints: endpoints },
      /Endpoints: .*needs the property alias/,
    ],
  ])("is refused with %s", (_, caller, sentence) => {
    // A file can hold what the type cannot.
    expect(() => deploy({ callers: [caller as DeployedCaller] })).toThrow(sentence);
  });
});

test("a secret that is created keeps its name and itself when its app is renamed", () => {
  const all = {
    ...EXAMPLE_POLICY,
    statements: EXAMPLE_POLICY.statements.map((one) => ({ ...one, app: "*" })),
  };
  const renamed = secretsOf(deploy({ apps: [reports!, { ...archive!, name: "archive-2026" }] }, all));
  const identity = ([id, { Properties }]: (typeof renamed)[0]) => [id, Properties.Name];
  expect(renamed.map(identity)).toEqual(secretsOf(example).map(identity));
  expect(renamed.map(([, { Properties }]) => Properties.Name)).toContain("box/archive");
});

test("a package without its functions fails for each function with the command that builds them", () => {
  const folder = otherProgram("dist/infra");
  writeFileSync(
    join(folder, "app.mjs"),
    `import { App, Stack } from "aws-cdk-lib";
import { Annotations, Match } from "aws-cdk-lib/assertions";
import { ArnPrincipal } from "aws-cdk-lib/aws-iam";
import { BoxTokenService } from "box-sts/infra";

const stack = new Stack(new App(), "Tokens");
const apps = [{ name: "reports", createSecret: "box/reports" }];
const service = new BoxTokenService(stack, "BoxTokens", { apps, policy: "policy.json" });
service.grantInvoke(new ArnPrincipal("arn:aws:iam::123456789012:role/a"), "a");
const errors = Annotations.fromStack(stack).findError("*", Match.anyValue());
console.log(JSON.stringify(errors.map(({ entry }) => entry.data)));
`,
  );
  const stdout = execFileSync(process.execPath, ["app.mjs"], { cwd: folder, encoding: "utf8" });
  expect(JSON.parse(stdout)).toEqual(
    ["token-invoke", "health"].map((name) =>
      expect.stringMatching(new RegExp(`^The built function ${name} is missing in .*Run npm run build\\.$`)),
    ),
  );
});
