import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ACCOUNT, newIdentity } from "../../../sandbox/aws/identities.ts";
import type { Caller } from "../../../sandbox/sample/callers.ts";
import { type Sandbox, startSandbox } from "../../../sandbox/sandbox.ts";
import { parsePolicy } from "../../../schemas/policy/parse.ts";
import { invoke, requestToken } from "../../support/token-client.ts";
import { lineOf, permissionsOf } from "../permissions.ts";
import { ROOT } from "../synth.ts";
import { cdkPermissions, KEY } from "./cdk-permissions.ts";
import { type HostedTemplate, hostTemplate } from "./hosted-template.ts";
import { countAliases, type Meaning, PARAMETERS, SAM, samResources } from "./sam-template.ts";

const FUNCTIONS = ["TokenUrl", "TokenInvoke"];

/** References as the reviewed list of the CDK stack writes them. */
const meaningWith =
  (parameters: Readonly<Record<string, string>>): Meaning =>
  (reference) => {
    const names: Readonly<Record<string, string>> = { "TokenInvoke.Alias": "nightly-sync" };
    return parameters[reference] ?? `<${names[reference] ?? reference.replace(/\.Arn$/, "")}>`;
  };

/** The one reference that is left is the resource that a role is. */
const text = (value: unknown) =>
  typeof value === "string" ? value : `<${Object.values(value as object)[0]}>`;
const permissions = (parameters: Readonly<Record<string, string>>) =>
  permissionsOf({ resources: samResources(meaningWith(parameters)) }, text)
    .map(lineOf)
    .toSorted();

describe("examples/sam/template.yaml", () => {
  test("permits and denies what the CDK stack does, no more and no less", () => {
    expect(permissions(PARAMETERS)).toEqual(cdkPermissions({ key: false }));
  });

  test("permits and denies what the CDK stack does for a secret with a customer key", () => {
    expect(permissions({ ...PARAMETERS, SecretKeyArn: KEY })).toEqual(cdkPermissions({ key: true }));
  });

  test("configures the functions as the CDK stack does, with logs that are kept and outlive it", () => {
    const resources = samResources(meaningWith(PARAMETERS));
    for (const id of FUNCTIONS) {
      expect(resources[id]?.Properties).toMatchObject({
        Runtime: "nodejs24.x",
        Handler: "index.handler",
        Architectures: ["arm64"],
        MemorySize: 512,
        Timeout: 30,
        ReservedConcurrentExecutions: "50",
        Role: `<${id}Role>`,
        LoggingConfig: { LogGroup: `<${id}Log>` },
      });
      expect(resources[`${id}Log`]).toMatchObject({
        DeletionPolicy: "RetainExceptOnCreate",
        UpdateReplacePolicy: "Retain",
        Properties: { RetentionInDays: 365 },
      });
    }
    expect(resources.TokenUrl?.Properties.FunctionUrlConfig).toEqual({ AuthType: "AWS_IAM" });
    expect(resources.TokenUrl?.Properties).not.toHaveProperty("AutoPublishAlias");
  });

  test("lets no function read the secret before every resource policy denies", () => {
    expect(SAM.Resources.TokenUrlSecretAccess?.DependsOn).toBe("TokenUrlResourcePolicy");
    expect(SAM.Resources.TokenInvokeSecretAccess?.DependsOn).toEqual([
      "TokenInvokeResourcePolicy",
      "NightlySyncResourcePolicy",
    ]);
  });

  test("has no YAML alias, which CloudFormation does not take", () => {
    expect(countAliases()).toBe(0);
  });
});

describe("examples/sam/template.yaml, run in the sandbox with its own environment and permissions,", () => {
  const reports: Caller = { ...newIdentity("reports"), alias: "none" };
  const nightly: Caller = { ...newIdentity("nightly"), alias: "nightly-sync" };
  const administrator = { ...newIdentity("administrator"), alias: "nightly-sync" };
  let sandbox: Sandbox;
  let hosted: HostedTemplate;

  beforeAll(async () => {
    const policy = readFileSync(join(ROOT, "examples/sam/box-sts.policy.json"), "utf8");
    const parsed = parsePolicy(policy);
    const statements = parsed.ok ? parsed.value.statements : [];
    sandbox = await startSandbox({
      policy,
      policySample: { callers: [reports, nightly], apps: ["reports"], statements },
    });
    const lambda = `arn:aws:lambda:${sandbox.region}:${ACCOUNT}:function`;
    const secret = sandbox.secretsManager.secrets.get("box-sts/reports")?.arn ?? "";
    const meaning = meaningWith({
      ...PARAMETERS,
      SecretArn: secret,
      ReportsRoleArn: reports.roleArn,
      NightlyRoleArn: nightly.roleArn,
      "AWS::AccountId": ACCOUNT,
      "AWS::Region": sandbox.region,
      "TokenUrl.Arn": `${lambda}:token-url`,
      "TokenInvoke.Arn": `${lambda}:token-invoke`,
      "TokenInvoke.Alias": `${lambda}:token-invoke:nightly-sync`,
    });
    const resources = samResources(meaning);
    hosted = await hostTemplate({
      sandbox,
      functions: { "token-url": resources.TokenUrl!, "token-invoke": resources.TokenInvoke! },
      aliases: ["nightly-sync"],
      permissions: permissionsOf({ resources }, text),
      callers: [reports, nightly],
      administrator,
      policy: join(ROOT, "examples/sam/box-sts.policy.json"),
    });
  });
  afterAll(async () => {
    await hosted?.close();
    await sandbox?.close();
  });

  test("gives the caller that the policy names a token by the Function URL", async () => {
    const { status, body } = await requestToken(hosted.sandbox, reports, {});
    expect(body).toMatchObject({ token_type: "bearer", scope: "base_preview item_download" });
    expect(status).toBe(200);
  });

  test("gives the caller of the alias a token", async () => {
    expect(await invoke(hosted.sandbox, nightly)).toMatchObject({ token: { token_type: "bearer" } });
  });

  test.each([
    ["token-invoke through the alias", "token-invoke", "nightly-sync"],
    ["token-invoke without an alias", "token-invoke", ""],
    ["token-url", "token-url", ""],
  ])("denies an administrator a direct invocation of %s", async (_, functionName, qualifier) => {
    await expect(
      invoke(hosted.sandbox, administrator, {}, { functionName, qualifier }),
    ).rejects.toMatchObject({
      name: "AccessDeniedException",
      message: expect.stringContaining("explicit deny in a resource-based policy"),
    });
  });
});
