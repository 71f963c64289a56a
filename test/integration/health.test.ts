import {
  DeleteSecretCommand,
  RestoreSecretCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { HealthReport } from "../../functions/lambda/health-invoke.ts";
import { type Sandbox, startSandbox } from "../../sandbox/sandbox.ts";
import { auditLines } from "../support/token-client.ts";

let sandbox: Sandbox;
let config: string;

beforeAll(async () => {
  sandbox = await startSandbox({ apps: { ccg: { authentication: "client_credentials" } } });
  config = JSON.stringify(sandbox.apps.sandbox!.config);
  await sandbox.coldStart({ BOX_STS_SERVICE_ACCOUNTS: "" });
});
afterAll(() => sandbox.close());
// The function keeps nothing from one check for the next, so that one environment serves all.
beforeEach(() => {
  sandbox.box.faults.clear();
  sandbox.secretsManager.faults.clear();
  store(config);
});

const store = (text: string) => sandbox.secretsManager.put("box-sts/sandbox", text);
const changed = (change: (config: ReturnType<typeof parsed>) => void) => {
  const copy = parsed();
  change(copy);
  store(JSON.stringify(copy));
};
const parsed = () => structuredClone(sandbox.apps.sandbox!.config) as Mutable;
type Mutable = {
  boxAppSettings: { clientSecret: string; appAuth: Record<string, string> };
  enterpriseID: string;
};

async function health(event: object = { app: "sandbox" }): Promise<HealthReport> {
  const outcome = await sandbox.functions.health.invoke(event);
  if (!outcome.ok) throw new Error(outcome.error.errorMessage);
  return JSON.parse(outcome.payload) as HealthReport;
}
const failureOf = async () => (await health()).apps[0]?.failure;

test("a users/me that refuses a new token is requested again, and is not called the token request", async () => {
  sandbox.box.faults.inject("server-error", { status: 401, times: 1, on: "api/users" });
  expect(await health()).toMatchObject({ healthy: true });
  sandbox.box.faults.inject("server-error", { status: 401, on: "api/users" });
  const failure = await failureOf();
  expect(failure).toMatchObject({ check: "user", code: "box_token_refused" });
  expect(JSON.stringify(failure)).not.toContain("token request");
});

describe("a healthy service", () => {
  test("reports for every app whose token it is, and nothing of its secret", async () => {
    const report = await health({});
    expect(report).toMatchObject({ healthy: true });
    expect(report.apps.map(({ app }) => app)).toEqual(["sandbox", "ccg"]);
    for (const { app, passed, user } of report.apps) {
      expect(passed).toEqual(["secret", "config", "key", "token", "user"]);
      expect(user?.id).toBe(sandbox.apps[app]?.box.serviceAccountId);
    }
    const { clientSecret, appAuth } = sandbox.apps.sandbox!.config.boxAppSettings;
    const written = JSON.stringify(report) + sandbox.functions.health.lines.join("\n");
    for (const secret of [clientSecret, appAuth.passphrase, "PRIVATE KEY", "access_token"]) {
      expect(written).not.toContain(secret);
    }
  });

  test("writes one line for the policy and one for each app, which are one metric", async () => {
    await health({});
    const lines = sandbox.functions.health.lines.slice(-3).map((line) => JSON.parse(line));
    expect(lines.map(({ app }) => app).sort()).toEqual(["ccg", "sandbox", undefined]);
    for (const line of lines) {
      expect(line).toMatchObject({
        kind: "health",
        healthy: true,
        HealthFailures: 0,
        Service: "health",
        _aws: {
          CloudWatchMetrics: [
            {
              Namespace: "BoxSts",
              Dimensions: [["Service"]],
              Metrics: [{ Name: "HealthFailures", Unit: "Count" }],
            },
          ],
        },
      });
    }
  });

  test("reports the digest of the policy that the token functions decide by", async () => {
    const { policy } = await health();
    expect(policy).toEqual({ healthy: true, digest: expect.stringMatching(/^[0-9a-f]{64}$/) });
    await sandbox.functions.tokenInvoke.invoke({ app: "sandbox" }, { qualifier: "everything" });
    expect(auditLines(sandbox).at(-1)?.policy_digest).toBe(policy.digest);
  });

  test("checks one named app, and lists the apps for an unknown name", async () => {
    expect((await health({ app: "ccg" })).apps).toHaveLength(1);
    await expect(health({ app: "payroll" })).rejects.toThrow("The app must be one of: sandbox, ccg");
  });

  test("reports what was repaired in a config that works", async () => {
    store(Buffer.from(config).toString("base64"));
    const [app] = (await health()).apps;
    expect(app?.healthy).toBe(true);
    expect(app?.warnings.length).toBeGreaterThan(0);
  });
});

test("a policy that does not load fails the check of every app, with its place", async () => {
  await sandbox.functions.health.restart({ BOX_STS_POLICY: "/no/such/policy.json" });
  const report = await health();
  await sandbox.functions.health.restart({ BOX_STS_POLICY: sandbox.environment.BOX_STS_POLICY ?? "" });
  expect(report).toMatchObject({
    healthy: false,
    apps: [{ healthy: true }],
    policy: {
      healthy: false,
      failure: {
        check: "policy",
        code: "policy_unavailable",
        detail: expect.stringContaining("ENOENT"),
        sentence: expect.stringContaining("deploy again"),
      },
    },
  });
  const [line] = sandbox.functions.health.lines.slice(-2).map((text) => JSON.parse(text));
  expect(line).toMatchObject({ kind: "health", healthy: false, HealthFailures: 1 });
});

describe("a failed health check is reported with the check, a console page and the remedy:", () => {
  const box = () => sandbox.apps.sandbox!.box;

  test("the secret has no value", async () => {
    sandbox.secretsManager.secrets.get("box-sts/sandbox")?.versions.clear();
    expect(await failureOf()).toMatchObject({
      check: "secret",
      code: "secret_not_found",
      page: expect.stringContaining("Secrets Manager"),
      sentence: expect.stringContaining("aws secretsmanager put-secret-value"),
    });
  });

  test("the secret is scheduled for deletion", async () => {
    const { secretsManager, region, operator: credentials } = sandbox;
    const client = new SecretsManagerClient({ endpoint: secretsManager.url, region, credentials });
    const secret = { SecretId: "box-sts/sandbox" };
    await client.send(new DeleteSecretCommand(secret));
    const failure = await failureOf();
    await client.send(new RestoreSecretCommand(secret));
    expect(failure).toMatchObject({
      code: "secret_not_found",
      sentence: expect.stringContaining("aws secretsmanager restore-secret"),
    });
  });

  test("the role may not read the secret", async () => {
    sandbox.secretsManager.faults.inject("access-denied");
    expect(await failureOf()).toMatchObject({
      check: "secret",
      code: "secret_forbidden",
      sentence: expect.stringContaining("cdk deploy --revert-drift"),
    });
  });

  test("the role may not use the secret's KMS key", async () => {
    sandbox.secretsManager.faults.inject("key-denied");
    expect(await failureOf()).toMatchObject({
      check: "secret",
      code: "secret_key_forbidden",
      sentence: expect.stringContaining("kms:Decrypt"),
    });
  });

  test("the config does not fit the schema", async () => {
    changed(({ boxAppSettings }) => Reflect.deleteProperty(boxAppSettings, "clientSecret"));
    expect(await failureOf()).toMatchObject({
      check: "config",
      code: "secret_invalid",
      detail: expect.stringContaining("/boxAppSettings/clientSecret"),
    });
  });

  test("the passphrase does not open the key", async () => {
    changed(({ boxAppSettings }) => {
      boxAppSettings.appAuth.passphrase = "another passphrase";
    });
    expect(await failureOf()).toMatchObject({
      check: "key",
      code: "secret_invalid",
      sentence: expect.stringContaining("passphrase"),
    });
  });

  test("Box does not know the key, although the previous version of the secret would do", async () => {
    changed(({ boxAppSettings }) => {
      boxAppSettings.appAuth.publicKeyID = "unknown1";
    });
    expect(await failureOf()).toMatchObject({
      check: "token",
      code: "box_key_refused",
      page: expect.stringContaining("Add and Manage Public Keys"),
    });
  });

  test.each([
    ["location-blocked", "box_location_blocked", "Elastic IP"],
    ["forbidden-by-policy", "box_policy_forbids", "policy"],
    ["password-reset", "box_password_reset_required", "password"],
    ["lost-body", "box_url_wrong", "BOX_API_URL"],
    ["disabled-app", "box_app_not_authorized", "enable"],
  ] as const)("Box refuses with %s, whose request Box Support can find", async (fault, code, advice) => {
    sandbox.box.faults.inject(fault);
    expect(await failureOf()).toMatchObject({
      check: "token",
      code,
      box_request_id: expect.stringMatching(/^[0-9a-f]{34}$/),
      page: expect.not.stringContaining("CloudWatch"),
      sentence: expect.stringContaining(advice),
    });
  });

  test("no admin has authorized the app", async () => {
    sandbox.box.faults.inject("unauthorized-app");
    expect(await failureOf()).toMatchObject({
      check: "token",
      code: "box_app_not_authorized",
      page: expect.stringContaining("Admin Console"),
      sentence: expect.stringContaining("re-authorize"),
    });
  });

  test("the app's access is too narrow for the user of its config", async () => {
    const { managedUser } = sandbox.sample;
    changed((copy) => {
      Reflect.deleteProperty(copy, "enterpriseID");
      Object.assign(copy, { userID: managedUser.id });
    });
    expect((await health()).apps[0]).toMatchObject({ healthy: true, user: { id: managedUser.id } });
    box().accessLevel = "app";
    const failure = await failureOf();
    box().accessLevel = "app+enterprise";
    expect(failure).toMatchObject({
      check: "token",
      code: "box_user_tokens_not_enabled",
      page: expect.stringContaining("App Access Level"),
      sentence: expect.stringContaining("too narrow"),
    });
  });

  test("the client secret was reset", async () => {
    changed(({ boxAppSettings }) => {
      boxAppSettings.clientSecret = "x".repeat(32);
    });
    expect(await failureOf()).toMatchObject({ check: "token", code: "box_client_refused" });
  });

  test("the token is another Service Account's than the one configured", async () => {
    await sandbox.coldStart({ BOX_STS_SERVICE_ACCOUNTS: '{"sandbox":"AutomationUser_1@boxdevedition.com"}' });
    const [app] = (await health()).apps;
    await sandbox.coldStart({ BOX_STS_SERVICE_ACCOUNTS: "" });
    expect(app).toMatchObject({
      healthy: false,
      passed: ["secret", "config", "key", "token"],
      user: { id: box().serviceAccountId },
      failure: {
        check: "user",
        code: "unexpected_account",
        page: expect.stringContaining("Service Account"),
      },
    });
    expect(JSON.parse(sandbox.functions.health.lines.at(-1) ?? "")).toMatchObject({ HealthFailures: 1 });
  });

  test("Box is away", async () => {
    sandbox.box.faults.inject("server-error");
    expect(await failureOf()).toMatchObject({ check: "token", code: "box_unavailable" });
  });

  test("users/me fails after the token was issued", async () => {
    sandbox.box.faults.inject("html-body", { on: "api/users" });
    expect(await failureOf()).toMatchObject({ check: "user", code: "box_unexpected_answer" });
    sandbox.box.faults.clear();
    sandbox.box.faults.inject("server-error", { on: "api/users", times: 1 });
    expect(await health()).toMatchObject({ healthy: true });
  });
});
